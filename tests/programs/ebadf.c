/* Calls on descriptors that are not open, or not open for that. */
#include "test.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

int main(void)
{
	char text[4];
	struct stat status;
	int ends[2];
	make_file("data", "abc");
	int reader = open("data", O_RDONLY), writer = open("data", O_WRONLY);
	must(reader >= 0 && writer >= 0 && pipe(ends) == 0);
	show(read(99, text, 1));
	show(write(99, "x", 1));
	show(read(writer, text, 1));
	show(write(reader, "x", 1));
	show(read(ends[1], text, 1));
	show(write(ends[0], "x", 1));
	show(lseek(99, 0, SEEK_SET));
	show(close(99));
	show(close(-1));
	show(fstat(99, &status));
	show(dup(99));
	show(fcntl(99, F_GETFL));
	show(fsync(99));
	show(fsync(ends[0]));
	show(ftruncate(99, 0));
	show(fchmod(99, 0600));
	show(fchdir(99));
	show(fchdir(reader));
	show(flock(99, LOCK_SH));
	show(sendfile(writer, 99, NULL, 1));
	show(epoll_wait(reader, bad_address(), 1, 0));
	show(epoll_ctl(99, EPOLL_CTL_ADD, 0, NULL));
	show(send(reader, "x", 1, 0));
	show(accept(reader, NULL, NULL));
	show(mmap(NULL, 4096, PROT_READ, MAP_SHARED, 99, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	show(openat(reader, "x", O_RDONLY));
	show(read(open(".", O_RDONLY), text, 1));
	return finish();
}
