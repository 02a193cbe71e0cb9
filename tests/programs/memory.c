/* Anonymous memory: mmap, MAP_FIXED, mprotect, mremap, madvise, partial munmap, msync, mincore. */
#include "test.h"
#include <sys/mman.h>

enum { PAGE = 4096 };

static unsigned char *map_anonymous(size_t pages)
{
	void *map = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	must(map != MAP_FAILED);
	return map;
}

static void show_remap(void)
{
	unsigned char *map = map_anonymous(4);
	fill_pattern(map, 4 * (size_t)PAGE, 0);
	unsigned char *grown = mremap(map, 4 * (size_t)PAGE, 400 * (size_t)PAGE, MREMAP_MAYMOVE);
	must(grown != MAP_FAILED);
	say("grown %d %d\n", is_pattern(grown, 4 * (size_t)PAGE, 0), grown[100 * PAGE]);
	unsigned char *shrunk = mremap(grown, 400 * (size_t)PAGE, PAGE, 0);
	say("shrunk in place %d\n", shrunk == grown);
	unsigned char *target = map_anonymous(8);
	unsigned char *moved = mremap(shrunk, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
				      target + 3 * PAGE);
	say("moved %d %d\n", moved == target + 3 * PAGE, is_pattern(moved, PAGE, 0));
	say("bad %d\n", mremap(moved + 1, PAGE, PAGE, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
}

int main(void)
{
	unsigned char *map = map_anonymous(16);
	say("zero %d\n", map[0] == 0 && map[16 * PAGE - 1] == 0);
	fill_pattern(map, 16 * (size_t)PAGE, 0);
	show(mprotect(map, PAGE, PROT_READ));
	show(mprotect(map + 1, PAGE, PROT_READ));
	show(read(open("/dev/zero", O_RDONLY), map, 1));
	show(munmap(map + 4 * PAGE, PAGE));
	show(mprotect(map, 16 * (size_t)PAGE, PROT_READ));
	void *fixed = mmap(map + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	say("fixed %d\n", fixed == map + 4 * PAGE);
	fixed = mmap(map + 4 * PAGE, PAGE, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	say("no replace %d %s\n", fixed == MAP_FAILED, strerrorname_np(errno));
	show(mprotect(map, 16 * (size_t)PAGE, PROT_READ | PROT_WRITE));
	show(madvise(map + 8 * PAGE, PAGE, MADV_DONTNEED));
	say("after MADV_DONTNEED %d\n", map[8 * PAGE + 5]);
	show(madvise(map, PAGE, 4711));
	show(msync(map, PAGE, MS_SYNC));
	unsigned char present[16];
	show(mincore(map, 4 * (size_t)PAGE, present));
	show(munmap(map, 16 * (size_t)PAGE));
	show(munmap(map, 0));
	show(mincore(map, PAGE, present));
	show_remap();
	return finish();
}
