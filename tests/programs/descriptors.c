/* Numbers of descriptors are the lowest free ones, whatever kind each is. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static void open_all_kinds(void)
{
	int ends[2];
	show(open("made", O_RDWR | O_CREAT, 0600));
	show(open("/etc/passwd", O_RDONLY));
	show(open("/dev/null", O_RDWR));
	show(open(".", O_RDONLY | O_DIRECTORY));
	must(pipe(ends) == 0);
	say("pipe %d %d\n", ends[0], ends[1]);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	say("socketpair %d %d\n", ends[0], ends[1]);
	show(eventfd(0, 0));
	show(epoll_create1(0));
	show(timerfd_create(CLOCK_MONOTONIC, 0));
	show(memfd_create("memory", 0));
	show(open("/proc/self/status", O_RDONLY));
	show(open("/proc/self/maps", O_RDONLY));
}

int main(void)
{
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	open_all_kinds();
	show(close(5));
	show(close(3));
	show(close(9));
	show(close(3));
	show(open("/dev/zero", O_RDONLY));
	show(open("made", O_RDONLY));
	show(open("made", O_WRONLY));
	show(open("missing", O_RDONLY));
	show(open("made", O_RDONLY));
	show(dup(4));
	show(fcntl(4, F_DUPFD, 40));
	show(fcntl(4, F_DUPFD, 40));
	show(dup(0));
	return finish();
}
