/* Reads and writes of no bytes, with good and bad pointers. */
#include "test.h"
#include <sys/uio.h>

int main(void)
{
	int ends[2];
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && pipe(ends) == 0);
	show(write(fd, "", 0));
	show(write(fd, NULL, 0));
	show(read(fd, NULL, 0));
	show(write(ends[1], "", 0));
	show(read(ends[0], NULL, 0));
	show(write(STDOUT_FILENO, "", 0));
	show(writev(fd, NULL, 0));
	struct iovec none[2] = { { NULL, 0 }, { NULL, 0 } };
	show(writev(fd, none, 2));
	show(readv(fd, none, 2));
	show(write(-1, "", 0));
	show(pread(fd, NULL, 0, 0));
	show(lseek(fd, 0, SEEK_END));
	return finish();
}
