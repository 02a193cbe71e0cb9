/* Mappings with a wish where to be, above and below others: whether the wish was granted decides which calls follow. */
#include "test.h"
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char *map_at(char *wish, size_t length)
{
	char *got = mmap(wish, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			 0);
	must(got != MAP_FAILED);
	/* Natively either may happen, but in all variants the same. */
	if (got == wish)
		must(getppid() > 0);
	else
		must(getpgid(0) > 0);
	return got;
}

/* As glibc looks for room for the heap of another thread (malloc/arena.c, new_heap). */
static void map_heaps(void)
{
	char *heap = map_at(NULL, 128 * MIB);
	char *aligned = heap + (64 * MIB - (uintptr_t)heap % (64 * MIB)) % (64 * MIB);
	if (aligned != heap)
		must(munmap(heap, (size_t)(aligned - heap)) == 0);
	if (aligned + 64 * MIB != heap + 128 * MIB)
		must(munmap(aligned + 64 * MIB, (size_t)(heap + 64 * MIB - aligned)) == 0);
	for (int i = 1; i <= 4; i++) {
		char *next = map_at(aligned + (size_t)i * 64 * MIB, 64 * MIB);
		if ((uintptr_t)next % (64 * MIB))
			must(munmap(next, 64 * MIB) == 0);
	}
}

int main(void)
{
	char *base = map_at(NULL, MIB);
	map_heaps();
	for (int i = -20; i <= 40; i++)
		map_at(base + i * (ptrdiff_t)(16 * MIB), 4 * MIB);
	map_at(base, MIB);
	map_at(base + MIB / 2, MIB);
	map_at(base + 100, MIB);
	say("mapped\n");
	return finish();
}
