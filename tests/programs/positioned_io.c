/* pread, pwrite, readv, writev, preadv, pwritev, preadv2, pwritev2: offsets stay or move. */
#include "test.h"
#include <sys/uio.h>

static void show_vectors(int fd)
{
	char one[4] = "", two[6] = "", three[3] = "";
	struct iovec out[3] = { { "abc", 3 }, { "", 0 }, { "defghij", 7 } };
	struct iovec in[3] = { { one, 3 }, { two, 5 }, { three, 2 } };
	show(writev(fd, out, 3));
	show(lseek(fd, 0, SEEK_SET));
	show(readv(fd, in, 3));
	say("%s|%s|%.2s\n", one, two, three);
	show(lseek(fd, 0, SEEK_CUR));
	show(preadv(fd, in, 2, 2));
	say("%s|%s\n", one, two);
	show(pwritev(fd, out, 1, 20));
	show(preadv2(fd, in, 1, 20, 0));
	say("%s\n", one);
	show(lseek(fd, 1, SEEK_SET));
	show(preadv2(fd, in, 1, -1, 0));
	say("%s\n", one);
	show(pwritev2(fd, out, 3, -1, 0));
	show(lseek(fd, 0, SEEK_CUR));
}

int main(void)
{
	char text[16] = "";
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	show_vectors(fd);
	show(pwrite(fd, "XYZ", 3, 1));
	show(pread(fd, text, 8, 0));
	say("%s\n", text);
	show(pread(fd, text, 8, 1000));
	show(pread(fd, text, 8, -1));
	show(lseek(fd, 0, SEEK_CUR));
	int ends[2];
	must(pipe(ends) == 0);
	show(pread(ends[0], text, 1, 0));
	show(lseek(ends[0], 0, SEEK_CUR));
	struct iovec bad = { text, (size_t)-1 };
	show(readv(fd, &bad, 1));
	volatile int negative = -1;
	show(readv(fd, &bad, negative));
	show(writev(fd, &bad, 0));
	return finish();
}
