/* dup, dup2, dup3, F_DUPFD, F_DUPFD_CLOEXEC: numbers, shared offsets, flags, errors. */
#include "test.h"

static void show_sharing(int fd)
{
	char text[4] = "";
	int copy = dup(fd);
	must(copy >= 0);
	show(read(fd, text, 3));
	say("%s\n", text);
	show(read(copy, text, 3));
	say("%s\n", text);
	show(lseek(fd, 0, SEEK_CUR));
	show(fcntl(copy, F_SETFL, O_APPEND));
	say("append %d\n", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
	show(close(fd));
	show(read(copy, text, 3));
	say("%s\n", text);
	int other = open("data", O_RDONLY);
	show(lseek(other, 0, SEEK_CUR));
	show(close(other));
	show(close(copy));
}

int main(void)
{
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	make_file("data", "abcdefghijklmnopqrstuvwxyz");
	int fd = open("data", O_RDWR);
	must(fd >= 0);
	show_sharing(fd);
	fd = open("data", O_RDWR | O_CLOEXEC);
	show(fd);
	show(dup2(fd, 9));
	show(fcntl(fd, F_GETFD));
	show(fcntl(9, F_GETFD));
	show(dup2(fd, fd));
	show(dup2(20, 21));
	show(dup2(fd, -1));
	show(dup3(fd, 9, O_CLOEXEC));
	show(fcntl(9, F_GETFD));
	show(dup3(fd, fd, 0));
	show(dup3(fd, 10, O_APPEND));
	show(dup2(0, 9));
	show(fcntl(fd, F_DUPFD, 9));
	show(fcntl(fd, F_DUPFD_CLOEXEC, 9));
	show(fcntl(11, F_GETFD));
	show(fcntl(fd, F_SETFD, 0));
	show(fcntl(fd, F_GETFD));
	show(fcntl(fd, F_DUPFD, -1));
	show(fcntl(fd, 9999));
	return finish();
}
