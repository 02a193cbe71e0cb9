/* Read-only files mapped private and shared; offsets; errors. */
#include "test.h"
#include <sys/mman.h>

enum { PAGE = 4096, BYTES = 10 * PAGE };

int main(void)
{
	static unsigned char content[BYTES];
	fill_pattern(content, BYTES, 0);
	int out = open("data", O_WRONLY | O_CREAT, 0600);
	must(out >= 0 && write(out, content, BYTES) == BYTES);
	int fd = open("data", O_RDONLY);
	must(fd >= 0);
	const unsigned char *private = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	const unsigned char *shared = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
	const unsigned char *middle = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 5 * PAGE);
	must(private != MAP_FAILED && shared != MAP_FAILED && middle != MAP_FAILED);
	say("%d %d %d\n", is_pattern(private, BYTES, 0), is_pattern(shared, BYTES, 0),
	    is_pattern(middle, PAGE, 5 * (size_t)PAGE));
	show(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, out, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(mmap(NULL, PAGE, PROT_READ, 0, fd, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(pwrite(out, "changed", 7, 0));
	say("seen through the shared mapping: %.7s\n", (const char *)shared);
	return finish();
}
