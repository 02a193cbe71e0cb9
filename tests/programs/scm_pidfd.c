/* Descriptors of processes through sockets, and descriptors taken out of a process. */
#include "test.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
/* since Linux 6.5; before that both calls fail, here and there alike */
#define PASS_PIDFD    76
#define PEER_PIDFD    77
#define MESSAGE_PIDFD 4

enum { PAGE = 4096 };

static int received_pidfd(int socket)
{
	char byte;
	struct iovec part = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	int fd = -1;
	must(recvmsg(socket, &message, 0) == 1);
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header))
		if (header->cmsg_type == MESSAGE_PIDFD)
			memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void processes(void)
{
	int sockets[2], one = 1, fd;
	socklen_t length = sizeof(fd);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	bool passes = setsockopt(sockets[0], SOL_SOCKET, PASS_PIDFD, &one, sizeof(one)) == 0;
	pid_t pid = fork();
	if (pid == 0) {
		must(write(sockets[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	fd = received_pidfd(sockets[0]);
	say("a pidfd in the message: %d\n", (fd >= 0) == passes);
	if (fd >= 0) {
		must(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0);
		siginfo_t info = { 0 };
		must(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
		must(info.si_pid == pid && info.si_status == SIGKILL);
		must(fcntl(fd, F_GETFD) >= 0 && close(fd) == 0);
	} else {
		must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	}
	if (getsockopt(sockets[0], SOL_SOCKET, PEER_PIDFD, &fd, &length) == 0) {
		must(fcntl(fd, F_GETFD) == FD_CLOEXEC);
		/* Its peer is the process that made the pair. */
		must(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0 && close(fd) == 0);
	}
	must(close(sockets[0]) == 0 && close(sockets[1]) == 0);
	int next = open("/dev/null", O_RDONLY);
	say("next %d\n", next);
	must(close(next) == 0);
}

/* The child's descriptors: a file, a memory file, a pipe. */
static void taken(void)
{
	int ready[2], fds[4];
	char byte, text[16] = "";
	must(pipe(ready) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		int file = open("data", O_RDWR), memory = memfd_create("memory", 0), ends[2];
		must(file >= 0 && memory >= 0 && ftruncate(memory, PAGE) == 0 && pipe(ends) == 0);
		char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
		must(map != MAP_FAILED && read(file, text, 2) == 2);
		strcpy(map, "child's");
		must(write(ends[1], "piped", 5) == 5);
		int numbers[4] = { file, memory, ends[0], ends[1] };
		must(write(ready[1], numbers, sizeof(numbers)) == sizeof(numbers));
		for (;;)
			pause();
	}
	must(read(ready[0], fds, sizeof(fds)) == sizeof(fds));
	int child = (int)syscall(SYS_pidfd_open, pid, 0);
	must(child >= 0);
	int file = (int)syscall(SYS_pidfd_getfd, child, fds[0], 0);
	int memory = (int)syscall(SYS_pidfd_getfd, child, fds[1], 0);
	int pipe_end = (int)syscall(SYS_pidfd_getfd, child, fds[2], 0);
	say("%d %d %d\n", file, memory, pipe_end);
	must(read(file, text, 2) == 2);
	say("%.2s\n", text);
	const char *map = mmap(NULL, 4, PROT_READ, MAP_PRIVATE, file, 0);
	must(map != MAP_FAILED);
	say("%.4s\n", map);
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	must(shared != MAP_FAILED);
	say("%s\n", shared);
	must(read(pipe_end, text, 5) == 5);
	say("%.5s\n", text);
	show(syscall(SYS_pidfd_getfd, child, 77, 0));
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	must(close(ready[0]) == 0 && read(ready[1], &byte, 1) == -1);
}

int main(void)
{
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	make_file("data", "abcdefgh");
	processes();
	taken();
	return finish();
}
