/* Descriptors sent over a socket: numbers, offsets shared, close-on-exec, several, credentials. */
#include "test.h"
#include <sys/socket.h>

static void send_fds(int socket, const int *fds, size_t count)
{
	char byte = 'f';
	struct iovec vector = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	must(sendmsg(socket, &message, 0) == 1);
}

static int receive_fds(int socket, int *fds, size_t room, int flags)
{
	char byte;
	struct iovec vector = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(room * sizeof(int)) };
	must(recvmsg(socket, &message, flags) == 1);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	must(header && header->cmsg_type == SCM_RIGHTS);
	size_t length = header->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(header), length);
	say("flags %d, received %zu:", message.msg_flags & MSG_CTRUNC, length / sizeof(int));
	for (size_t i = 0; i < length / sizeof(int); i++)
		say(" %d", fds[i]);
	say("\n");
	return (int)(length / sizeof(int));
}

int main(void)
{
	int sockets[2], fds[4], ends[2];
	char text[8] = "";
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	make_file("data", "abcdefgh");
	pid_t pid = fork();
	if (pid == 0) {
		must(close(sockets[0]) == 0 && pipe(ends) == 0);
		int file = open("data", O_RDWR), passwd = open("/etc/passwd", O_RDONLY);
		must(read(file, text, 3) == 3 && write(ends[1], "piped", 5) == 5);
		send_fds(sockets[1], (int[]){ file }, 1);
		send_fds(sockets[1], (int[]){ ends[0], passwd, STDOUT_FILENO }, 3);
		must(read(sockets[1], text, 1) == 1);
		must(read(file, text, 2) == 2);
		say("child reads %.2s\n", text);
		_exit(0);
	}
	must(close(sockets[1]) == 0);
	must(receive_fds(sockets[0], fds, 4, MSG_CMSG_CLOEXEC) == 1);
	show(fcntl(fds[0], F_GETFD));
	memset(text, 0, sizeof(text));
	show(read(fds[0], text, 2));
	say("%s\n", text);
	must(receive_fds(sockets[0], fds + 1, 4, 0) == 3);
	show(read(fds[1], text, 5));
	say("%s\n", text);
	say("a root user %d\n", read(fds[2], text, 5) == 5 && memcmp(text, "root:", 5) == 0);
	must(write(fds[3], "to the received standard output\n", 32) == 32);
	must(write(sockets[0], "g", 1) == 1);
	wait_and_say("child", pid);
	show(open("/dev/null", O_RDONLY));
	return finish();
}
