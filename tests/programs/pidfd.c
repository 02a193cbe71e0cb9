/* pidfd_open, pidfd_send_signal, waitid(P_PIDFD), poll on a pidfd, pidfd_getfd. */
#include "test.h"
#include <poll.h>
#include <sys/syscall.h>
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int main(void)
{
	siginfo_t info = { 0 };
	char text[16] = "";
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	pid_t pid = fork();
	if (pid == 0) {
		must(open("/etc/passwd", O_RDONLY) == 3);
		for (;;)
			pause();
	}
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	show(fd);
	show(fcntl(fd, F_GETFD));
	struct pollfd entry = { fd, POLLIN, 0 };
	show(poll(&entry, 1, 0));
	show(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	show(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	show(poll(&entry, 1, -1));
	show(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED));
	say("the child %d, code %d, status %d\n", info.si_pid == pid, info.si_code, info.si_status);
	show(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	show(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED));
	show(syscall(SYS_pidfd_open, pid, 0));
	show(syscall(SYS_pidfd_open, -1, 0));
	int own = (int)syscall(SYS_pidfd_open, getpid(), 0);
	make_file("data", "through pidfd");
	int data = open("data", O_RDONLY);
	int got = (int)syscall(SYS_pidfd_getfd, own, data, 0);
	say("pidfd_getfd %d\n", got);
	if (got >= 0)
		show(read(got, text, 7));
	say("%s\n", text);
	return finish();
}
