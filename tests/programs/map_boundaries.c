/* Tables with a leaf for each 16 GiB, as CPython's of its arenas: all variants begin one at the same mapping. */
#include "test.h"
#include <sys/mman.h>

#define LEAF_BITS 34
#define MAPPINGS  24

int main(void)
{
	char news[MAPPINGS];
	uintptr_t before = 0;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < MAPPINGS; i++) {
		void *map = mmap(NULL, 1ul << 30, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		must(map != MAP_FAILED);
		news[i] = (uintptr_t)map >> LEAF_BITS != before ? 'n' : '.';
		before = (uintptr_t)map >> LEAF_BITS;
	}
	must(write(null, news, sizeof(news)) == sizeof(news));
	say("mapped %d\n", MAPPINGS);
	return finish();
}
