/* Every way to make a descriptor that exec closes, and one exec that shows it. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static void say_open(const char *when)
{
	say("%s:", when);
	for (int fd = 0; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (flags >= 0)
			say(" %d%s", fd, flags & FD_CLOEXEC ? "c" : "");
	}
	say("\n");
}

static void open_all(void)
{
	int ends[2];
	sigset_t mask;
	sigemptyset(&mask);
	must(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
	must(open("made", O_RDWR | O_CREAT | O_CLOEXEC, 0600) >= 0);
	must(pipe2(ends, O_CLOEXEC) == 0 && pipe(ends) == 0);
	must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(eventfd(0, EFD_CLOEXEC) >= 0 && eventfd(0, 0) >= 0);
	must(epoll_create1(EPOLL_CLOEXEC) >= 0 && epoll_create1(0) >= 0);
	must(signalfd(-1, &mask, SFD_CLOEXEC) >= 0 && signalfd(-1, &mask, 0) >= 0);
	must(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) >= 0);
	must(inotify_init1(IN_CLOEXEC) >= 0 && inotify_init1(0) >= 0);
	must(memfd_create("m", MFD_CLOEXEC) >= 0);
	must(dup3(0, 40, O_CLOEXEC) == 40 && dup2(40, 41) == 41);
	must(fcntl(0, F_DUPFD_CLOEXEC, 42) == 42 && fcntl(0, F_DUPFD, 43) == 43);
	must(fcntl(43, F_SETFD, FD_CLOEXEC) == 0);
	must(dup2(0, 44) == 44 && ioctl(44, FIOCLEX) == 0);
	must(dup3(0, 45, O_CLOEXEC) == 45 && ioctl(45, FIONCLEX) == 0);
	must(syscall(SYS_pidfd_open, getpid(), 0) >= 0);
}

static void accept_with_cloexec(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(server, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(server, 2) == 0);
	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(accept4(server, NULL, NULL, SOCK_CLOEXEC) >= 0);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say_open("after exec");
		return finish();
	}
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	open_all();
	accept_with_cloexec();
	say_open("before exec");
	execl(argv[0], argv[0], "again", (char *)NULL);
	return 1;
}
