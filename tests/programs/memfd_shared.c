/* Memory files between processes: by fork, through a socket, by /proc/self/fd, sealed, executed. */
#include "test.h"
#include <sys/mman.h>
#include <sys/socket.h>

enum { PAGE = 4096 };

static void send_fd(int socket, int fd)
{
	struct iovec part = { "f", 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(socket, &message, 0) == 1);
}

static int receive_fd(int socket)
{
	char byte;
	struct iovec part = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	int fd = -1;
	must(recvmsg(socket, &message, 0) == 1);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	must(header && header->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static char *map_fd(int fd, int protection, int kind)
{
	char *map = mmap(NULL, PAGE, protection, kind, fd, 0);
	must(map != MAP_FAILED);
	return map;
}

static void child(int socket)
{
	int fd = receive_fd(socket);
	char text[16] = "";
	char *map = map_fd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	say("child sees %s at offset %ld\n", map, (long)lseek(fd, 0, SEEK_CUR));
	strcpy(map + 20, "from the child");
	must(read(fd, text, 3) == 3 && write(socket, "d", 1) == 1);
	_exit(0);
}

static void sealed(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, PAGE) == 0);
	show(fcntl(fd, F_GETFD));
	char *map = map_fd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	strcpy(map, "kept");
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	must(munmap(map, PAGE) == 0);
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
	show(fcntl(fd, F_GET_SEALS));
	show(ftruncate(fd, 1));
	show(write(fd, "x", 1));
	show(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	map = map_fd(fd, PROT_READ, MAP_PRIVATE);
	say("%s\n", map);
	must(munmap(map, PAGE) == 0 && close(fd) == 0);
}

static void executed(void)
{
	static const char script[] = "#!/bin/sh\necho from a memory file\n";
	int fd = memfd_create("script", 0);
	must(fd >= 0 && write(fd, script, sizeof(script) - 1) == (ssize_t)sizeof(script) - 1);
	pid_t pid = fork();
	if (pid == 0) {
		char *const words[] = { "script", NULL };
		fexecve(fd, words, environ);
		_exit(127);
	}
	wait_and_say("script", pid);
	must(close(fd) == 0);
}

/* A store through one mapping, read through another with other rights, at any time. */
static void code(void)
{
	static const unsigned char bytes[] = { 0xb8, 0x2a, 0, 0, 0, 0xc3 }; /* mov $42,%eax; ret */
	int fd = memfd_create("code", 0);
	must(fd >= 0 && ftruncate(fd, PAGE) == 0);
	void *run = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	char *map = map_fd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	must(run != MAP_FAILED);
	memcpy(map, bytes, sizeof(bytes));
	int (*function)(void);
	memcpy(&function, &run, sizeof(function));
	say("%d\n", function());
	/* Each variant's own addresses, which no other may read. */
	memcpy(map + 64, &map, sizeof(map));
	must(munmap(map, PAGE) == 0 && munmap(run, PAGE) == 0);
	char *again = map_fd(fd, PROT_READ, MAP_SHARED), *stored;
	memcpy(&stored, again + 64, sizeof(stored));
	say("the same address %d\n", stored == map);
	must(close(fd) == 0);
}

int main(void)
{
	int sockets[2];
	char byte, text[16] = "", path[64];
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	pid_t pid = fork();
	if (pid == 0)
		child(sockets[1]);
	int fd = memfd_create("shared", 0);
	say("descriptor %d\n", fd);
	must(write(fd, "written", 7) == 7 && ftruncate(fd, PAGE) == 0);
	must(lseek(fd, 2, SEEK_SET) == 2);
	char *map = map_fd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	map[0] = 'W';
	send_fd(sockets[0], fd);
	must(read(sockets[0], &byte, 1) == 1);
	wait_and_say("child", pid);
	say("%s, offset %ld\n", map + 20, (long)lseek(fd, 0, SEEK_CUR));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR);
	must(again >= 0 && pwrite(again, "again", 5, 40) == 5);
	char *second = map_fd(again, PROT_READ | PROT_WRITE, MAP_SHARED);
	second[45] = '!';
	show(pread(fd, text, 6, 40));
	say("%s %s\n", text, map + 40);
	char link[64] = "";
	must(readlink(path, link, sizeof(link) - 1) > 0);
	say("%s\n", link);
	sealed();
	executed();
	code();
	return finish();
}
