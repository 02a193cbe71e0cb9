/*
 * What a program leaves uninitialised where the kernel does not look: it is
 * another garbage in each variant, and must not count as a difference.
 */
#include "test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

/* at another address in each variant */
static const char garbage_of[1];

static long garbage(void)
{
	return (long)((uintptr_t)garbage_of >> 12);
}

static void soil(void *bytes, size_t length)
{
	memset(bytes, (int)(garbage() & 0xff), length);
}

static void show_registers(void)
{
	/* a mode without O_CREAT, a descriptor and an offset without a file, a new address not wanted */
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "data", O_RDONLY, garbage());
	must(fd >= 0);
	void *memory = (void *)syscall(SYS_mmap, 0L, 8192L, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, garbage(), garbage() << 12);
	must(memory != MAP_FAILED);
	must((void *)syscall(SYS_mremap, memory, 8192L, 4096L, 0L, garbage()) == memory);
	show(syscall(SYS_fcntl, fd, F_GETFL, garbage()) & O_ACCMODE);
	show(syscall(SYS_prctl, PR_GET_KEEPCAPS, garbage(), garbage(), garbage(), garbage()));
	/* the upper halves of what the kernel takes as ints */
	show(syscall(SYS_lseek, (long)fd | (garbage() << 32), 2L, SEEK_SET));
	show(syscall(SYS_fchmod, (long)fd | (garbage() << 32), 0640L | (garbage() << 32)));
	show(syscall(SYS_getpid, garbage(), garbage()) == getpid());
	must(close(fd) == 0);
}

static void show_structures(void)
{
	struct timespec times[2];
	struct stat st;
	struct flock lock;
	struct sigaction action;
	struct pollfd polled;
	struct epoll_event event;
	int ends[2];

	soil(times, sizeof(times));
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_nsec = UTIME_NOW;
	show(utimensat(AT_FDCWD, "data", times, 0));
	int fd = open("data", O_RDWR);
	must(fd >= 0 && fstat(fd, &st) == 0 && pipe(ends) == 0);
	soil(&lock, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = lock.l_len = 0;
	show(fcntl(fd, F_SETLK, &lock));
	soil(&action, sizeof(action));
	action.sa_handler = SIG_IGN;
	action.sa_flags = 0;
	sigemptyset(&action.sa_mask);
	show(sigaction(SIGUSR2, &action, NULL));
	soil(&polled, sizeof(polled));
	polled.fd = ends[0];
	polled.events = POLLIN;
	show(poll(&polled, 1, 0));
	soil(&event, sizeof(event));
	event.events = EPOLLIN;
	int epoll = epoll_create1(0);
	must(epoll >= 0);
	show(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	show(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], (struct epoll_event *)garbage()));
}

static void show_sets(void)
{
	fd_set set;
	struct timeval none = { 0, 0 };
	int ends[2];

	must(pipe(ends) == 0);
	/* bits beyond the last descriptor that counts */
	soil(&set, sizeof(set));
	for (int fd = 0; fd <= ends[0]; fd++)
		FD_CLR(fd, &set);
	FD_SET(ends[0], &set);
	show(select(ends[0] + 1, &set, NULL, NULL, &none));
}

static void show_addresses(void)
{
	struct sockaddr_in in;
	struct sockaddr_un un;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0);

	must(fd >= 0 && local >= 0);
	soil(&in, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_port = 0;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	show(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	soil(&un, sizeof(un));
	un.sun_family = AF_UNIX;
	strcpy(un.sun_path, "name");
	show(bind(local, (struct sockaddr *)&un, sizeof(un)));
	show(unlink("name"));
}

int main(void)
{
	make_file("data", "some text");
	show_registers();
	show_structures();
	show_sets();
	show_addresses();
	return finish();
}
