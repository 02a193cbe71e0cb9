/* open, read, write, lseek, fstat on a regular file, and the file left behind. */
#include "test.h"

int main(void)
{
	char text[64] = "";
	int fd = open("data", O_RDWR | O_CREAT | O_EXCL, 0640);
	must(fd >= 0);
	show(write(fd, "hello, world\n", 13));
	show(lseek(fd, 0, SEEK_CUR));
	show(lseek(fd, 7, SEEK_SET));
	show(read(fd, text, 5));
	say("read \"%s\"\n", text);
	show(lseek(fd, -6, SEEK_END));
	show(write(fd, "WORLD", 5));
	show(lseek(fd, 100, SEEK_END));
	show(write(fd, "far", 3));
	show(lseek(fd, -1, SEEK_SET));
	show(lseek(fd, 0, 77));
	show(read(fd, text, sizeof(text)));
	show(lseek(fd, 0, SEEK_SET));
	memset(text, 0, sizeof(text));
	show(read(fd, text, 13));
	say("read \"%s\"\n", text);
	show(fsync(fd));
	show(fdatasync(fd));
	show(close(fd));
	show(close(fd));
	show(open("missing", O_RDONLY));
	show(open("missing/file", O_RDONLY));
	show(open("data/file", O_RDONLY));
	show(open(".", O_WRONLY));
	return finish();
}
