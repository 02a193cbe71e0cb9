/* Checked allocation. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void *alloc_zeroed(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	CHECK(memory);
	return memory;
}

char *alloc_string(const char *text)
{
	char *copy = strdup(text);

	CHECK(copy);
	return copy;
}

void alloc_grow_bytes(void **array, size_t *capacity, size_t needed, size_t size)
{
	size_t wanted = *capacity + *capacity / 2;
	char *grown;

	if (needed <= *capacity)
		return;
	if (wanted < needed)
		wanted = needed;
	if (wanted < 8)
		wanted = 8;
	CHECK(wanted < (size_t)1 << 40);
	grown = reallocarray(*array, wanted, size);
	CHECK(grown);
	memset(grown + *capacity * size, 0, (wanted - *capacity) * size);
	*array = grown;
	*capacity = wanted;
}
