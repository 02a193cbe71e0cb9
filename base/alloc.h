/*
 * Allocation that does not fail in the middle of a sentence: out of memory is
 * a CHECK, because a monitor that cannot hold a record must not go on.
 * Outside sizes meet base/limits.h before they come here.
 */
#pragma once

#include <stddef.h>

/* Zeroed memory; the caller frees it with free(). Never returns NULL. */
void *alloc_zeroed(size_t count, size_t size);

/* Like strdup; never returns NULL. */
char *alloc_string(const char *text);

/*
 * Makes room for `needed` elements in a heap array of *capacity elements of
 * `size` bytes, growing by half; new elements are zeroed.
 */
void alloc_grow_bytes(void **array, size_t *capacity, size_t needed, size_t size);

#define alloc_grow(array, capacity, needed) \
	alloc_grow_bytes((void **)(array), (capacity), (needed), sizeof(**(array)))
