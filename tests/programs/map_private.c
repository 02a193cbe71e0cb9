/* A file opened read-write and mapped private: stores stay out of the file. */
#include "test.h"
#include <sys/mman.h>

enum { BYTES = 3 * 4096 + 100 };

int main(void)
{
	static unsigned char content[BYTES];
	unsigned char back[16];
	int fd = open("data", O_RDWR | O_CREAT | O_EXCL, 0600);
	must(fd >= 0);
	fill_pattern(content, BYTES, 0);
	show(write(fd, content, BYTES));
	unsigned char *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	must(map != MAP_FAILED);
	say("pattern %d\n", is_pattern(map, BYTES, 0));
	memset(map + 4096, 'x', 4096);
	show(pread(fd, back, sizeof(back), 4096));
	say("file unchanged %d\n", is_pattern(back, sizeof(back), 4096));
	unsigned char *second = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 8192);
	must(second != MAP_FAILED);
	say("second pattern %d\n", is_pattern(second, 4096, 8192));
	show(close(fd));
	say("still pattern %d\n", is_pattern(map, 4096, 0));
	show(write(STDERR_FILENO, map + 4096, 3));
	show(munmap(map, BYTES));
	show(munmap(second, 4096));
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	must(fd >= 0 && write(fd, content, BYTES) == BYTES);
	map = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	must(map != MAP_FAILED);
	say("unnamed pattern %d\n", is_pattern(map, BYTES, 0));
	return finish();
}
