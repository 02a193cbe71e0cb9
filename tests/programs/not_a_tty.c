/* ioctl and termios on what is no terminal; FIONREAD, FIONBIO, FIOCLEX. */
#include "test.h"
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
	struct termios settings;
	struct winsize size;
	int ends[2], waiting = -1, on = 1;
	must(pipe(ends) == 0);
	make_file("data", "0123456789");
	int fd = open("data", O_RDONLY);
	show(tcgetattr(fd, &settings));
	show(tcsetattr(ends[0], TCSANOW, &settings));
	show(ioctl(fd, TIOCGWINSZ, &size));
	show(isatty(fd));
	show(isatty(ends[0]));
	show(isatty(99));
	say("%d\n", ttyname(fd) == NULL);
	show(tcgetpgrp(fd));
	show(lseek(fd, 3, SEEK_SET));
	show(ioctl(fd, FIONREAD, &waiting));
	say("waiting %d\n", waiting);
	must(write(ends[1], "abc", 3) == 3);
	show(ioctl(ends[0], FIONREAD, &waiting));
	say("waiting %d\n", waiting);
	show(ioctl(ends[0], FIONBIO, &on));
	say("nonblocking %d\n", (fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
	show(ioctl(fd, FIOCLEX));
	show(fcntl(fd, F_GETFD));
	show(ioctl(fd, FIONCLEX));
	show(fcntl(fd, F_GETFD));
	show(ioctl(99, TCGETS, &settings));
	show(ioctl(fd, FIONREAD, bad_address()));
	return finish();
}
