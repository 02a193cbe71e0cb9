/* Received descriptors of every kind: files mapped, directories read, /proc, devices, epoll; truncated, peeked. */
#include "test.h"
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define MESSAGE_FDS 8

union control {
	char bytes[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
	struct cmsghdr align;
};

static void send_fds(int socket, const int *fds, size_t count)
{
	char byte = 'f';
	struct iovec vector = { &byte, 1 };
	union control control = { { 0 } };
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

static size_t receive_fds(int socket, int *fds, size_t control_bytes, int flags)
{
	char byte;
	struct iovec vector = { &byte, 1 };
	union control control = { { 0 } };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = control_bytes };
	size_t count = 0;
	must(recvmsg(socket, &message, flags) == 1);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header) {
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	}
	say("truncated %d, control %zu, descriptors %zu:", !!(message.msg_flags & MSG_CTRUNC),
	    message.msg_controllen, count);
	for (size_t i = 0; i < count; i++)
		say(" %d", fds[i]);
	say("\n");
	return count;
}

static void mapped(int socket)
{
	int fds[4];
	char text[8] = "";
	receive_fds(socket, fds, CMSG_SPACE(3 * sizeof(int)), 0);
	const char *map = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fds[0], 0);
	must(map != MAP_FAILED);
	say("mapped \"%.5s\"\n", map);
	char *own = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fds[1], 0);
	must(own != MAP_FAILED);
	own[0] = 'R';
	say("mapped \"%.5s\"\n", own);
	show(pread(fds[1], text, 5, 0));
	say("read \"%s\"\n", text);
	show(mmap(NULL, 5, PROT_READ, MAP_SHARED, fds[2], 0) == MAP_FAILED ? -1 : 0);
	show(write(fds[2], "more", 4));
	show(fcntl(fds[1], F_GETFL) & O_ACCMODE);
	for (int i = 0; i < 3; i++)
		must(close(fds[i]) == 0);
}

static void directory(int socket)
{
	int fds[3];
	char text[32] = "";
	receive_fds(socket, fds, CMSG_SPACE(3 * sizeof(int)), MSG_CMSG_CLOEXEC);
	show(fcntl(fds[0], F_GETFD));
	int file = openat(fds[0], "read", O_RDONLY);
	must(file >= 0);
	show(read(file, text, 4));
	must(close(file) == 0);
	DIR *dir = fdopendir(fds[0]);
	must(dir);
	int count = 0;
	while (readdir(dir))
		count++;
	say("%d entries\n", count);
	must(closedir(dir) == 0);
	show(read(fds[1], text, sizeof(text)));
	show(write(fds[1], "nowhere", 7));
	say("%d\n", read(fds[2], text, 5) == 5 && memcmp(text, "Name:", 5) == 0);
	must(close(fds[1]) == 0 && close(fds[2]) == 0);
}

static void epoll_object(int socket)
{
	int fds[2];
	struct epoll_event event = { 0 };
	receive_fds(socket, fds, CMSG_SPACE(2 * sizeof(int)), 0);
	show(epoll_wait(fds[0], &event, 1, 1000));
	say("data %d\n", (int)event.data.u32);
	must(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void truncated(int socket)
{
	int fds[4];
	receive_fds(socket, fds, CMSG_LEN(2 * sizeof(int)), 0);
	must(close(fds[0]) == 0 && close(fds[1]) == 0);
	receive_fds(socket, fds, 0, 0);
	receive_fds(socket, fds, CMSG_SPACE(sizeof(int)), MSG_PEEK);
	receive_fds(socket, fds + 1, CMSG_SPACE(sizeof(int)), 0);
	char text[8] = "";
	show(read(fds[0], text, 3));
	show(read(fds[1], text + 3, 3));
	say("%s\n", text);
	must(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	must(fd >= 0);
	return fd;
}

/* Everything is sent, and closed here, before anything is received. */
static void send_all(int socket)
{
	int file[3] = { opened("read", O_RDONLY), opened("both", O_RDWR),
			opened("write", O_WRONLY | O_CREAT | O_APPEND) };
	send_fds(socket, file, 3);
	int other[3] = { opened(".", O_RDONLY | O_DIRECTORY), opened("/dev/null", O_RDWR),
			 opened("/proc/self/status", O_RDONLY) };
	send_fds(socket, other, 3);
	int ends[2], epoll = epoll_create1(0);
	must(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 77 };
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
	send_fds(socket, (int[]){ epoll, ends[0] }, 2);
	must(close(epoll) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
	int many[3] = { opened("read", O_RDONLY), opened("read", O_RDONLY),
			opened("read", O_RDONLY) };
	send_fds(socket, many, 3);
	send_fds(socket, many, 2);
	send_fds(socket, many, 1);
	for (int i = 0; i < 3; i++)
		must(close(file[i]) == 0 && close(other[i]) == 0 && close(many[i]) == 0);
}

int main(void)
{
	int sockets[2];
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	make_file("read", "alpha");
	make_file("both", "bravo");
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		send_all(sockets[1]);
		_exit(0);
	}
	wait_and_say("child", pid);
	mapped(sockets[0]);
	directory(sockets[0]);
	epoll_object(sockets[0]);
	truncated(sockets[0]);
	show(open("/dev/null", O_RDONLY));
	return finish();
}
