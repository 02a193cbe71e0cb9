/*
 * Arguments that mean nothing beside the others of the call, and bytes behind
 * those that count: another garbage in each variant, and no difference.
 */
#include "test.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include "schema/syscall_numbers.h"

int main(void);

/* differs between variants, whose code lies at other addresses */
static long garbage(void)
{
	return (long)((uintptr_t)main >> 12);
}

static void soil(void *bytes, size_t length)
{
	memset(bytes, (int)(garbage() & 0xff), length);
}

/* 0x80 and the like would be negative where a count or a flag is read */
static int junk(void)
{
	return (int)(garbage() & 0x7fffffff);
}

static void show_name(const char *text, size_t length)
{
	char name[16], got[16];

	soil(name, sizeof(name));
	memcpy(name, text, length);
	must(syscall(SYS_prctl, PR_SET_NAME, name, 0L, 0L, 0L) == 0);
	must(prctl(PR_GET_NAME, got) == 0);
	say("name: %s\n", got);
}

static void show_masks(void)
{
	struct timespec none = { 0 };
	struct epoll_event event;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint64_t pair[2] = { 0, (uint64_t)garbage() }, old;

	must(epoll >= 0);
	show(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, NULL, garbage()));
	show(syscall(__NR_epoll_pwait2, epoll, &event, 1, &none, NULL, garbage()));
	show(syscall(SYS_ppoll, NULL, 0, &none, NULL, garbage()));
	show(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, pair));
	show(syscall(SYS_rt_sigprocmask, junk(), NULL, &old, sizeof(old)));
}

/* handler, flags, restorer, mask */
static void show_dispositions(void)
{
	uint64_t ignore[4] = { (uintptr_t)SIG_IGN, 0, (uint64_t)garbage(), (uint64_t)garbage() };
	uint64_t old[4];

	show(syscall(SYS_rt_sigaction, SIGUSR1, ignore, NULL, sizeof(uint64_t)));
	ignore[0] = (uintptr_t)SIG_DFL;
	show(syscall(SYS_rt_sigaction, SIGUSR1, ignore, old, sizeof(uint64_t)));
	/* what each has left there it gets back, but for SIGKILL and SIGSTOP */
	must(old[0] == (uintptr_t)SIG_IGN);
	must(old[3] == ((uint64_t)garbage() & ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1))));
}

static void send_descriptor(int fd, bool many)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { (char *)"x", 1 };
	struct mmsghdr message = { 0 };
	struct cmsghdr *header = (struct cmsghdr *)control;
	int sent = STDOUT_FILENO;

	soil(control, sizeof(control));
	header->cmsg_len = CMSG_LEN(sizeof(sent));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(header), &sent, sizeof(sent));
	message.msg_hdr.msg_iov = &part;
	message.msg_hdr.msg_iovlen = 1;
	message.msg_hdr.msg_control = control;
	message.msg_hdr.msg_controllen = sizeof(control);
	if (many)
		show(syscall(SYS_sendmmsg, fd, &message, 1, 0));
	else
		show(sendmsg(fd, &message.msg_hdr, 0));
}

static void show_sockets(void)
{
	int pair[2], tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	long value = (garbage() << 32) | 1;
	char name[16];
	socklen_t length = sizeof(name);
	struct sockaddr_storage address;
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	must(tcp >= 0 && udp >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	show(syscall(SYS_sendto, pair[0], "x", 1L, 0L, NULL, garbage()));
	send_descriptor(pair[0], false);
	send_descriptor(pair[0], true);
	show(setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)));
	must(getsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, &length) == 0);
	size_t used = strlen(name) + 1;
	soil(name + used, sizeof(name) - used);
	show(setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, sizeof(name)));
	soil(name, sizeof(name));
	strcpy(name, "no-device");
	must(setsockopt(tcp, SOL_SOCKET, SO_BINDTODEVICE, name, sizeof(name)) < 0);
	soil(&address, sizeof(address));
	memcpy(&address, &in, sizeof(in));
	show(bind(tcp, (struct sockaddr *)&address, sizeof(address)));
	soil(&in, sizeof(in));
	in.sin_family = AF_UNSPEC;
	show(connect(udp, (struct sockaddr *)&in, sizeof(in)));
}

static void show_paths(void)
{
	struct stat st;
	char text[64], from[PATH_MAX + 8], to[PATH_MAX + 8], folder[PATH_MAX];

	must(getcwd(folder, sizeof(folder)));
	snprintf(from, sizeof(from), "%s/from", folder);
	snprintf(to, sizeof(to), "%s/to", folder);
	int fd = (int)syscall(SYS_openat, junk(), from, O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	show(syscall(SYS_newfstatat, junk(), "/dev/null", &st, 0L));
	show(syscall(SYS_faccessat, junk(), "/dev/null", R_OK));
	show(syscall(SYS_linkat, junk(), from, junk(), to, 0L));
	show(syscall(SYS_unlinkat, junk(), to, 0L));
	show(syscall(SYS_renameat2, junk(), from, AT_FDCWD, "to", 0L));
	show(syscall(SYS_readlinkat, junk(), to, text, sizeof(text)));
	/* the path is none: it is the descriptor that counts */
	show(syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH));
	show(syscall(SYS_unlinkat, AT_FDCWD, "to", 0L));
}

static void show_children(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	must(pid > 0);
	show(syscall(SYS_waitid, P_ALL, junk(), &info, WEXITED, NULL));
	say("status %d\n", info.si_status);
}

static void show_polled(void)
{
	int ends[2];
	struct pollfd polled[2] = { { .events = POLLOUT } };

	must(pipe(ends) == 0);
	polled[0].fd = ends[1];
	soil(&polled[1], sizeof(polled[1]));
	polled[1].fd = -1 - junk();
	show(poll(polled, 2, 0));
	say("%d %d\n", polled[0].revents, polled[1].revents);
	show(fcntl(ends[0], F_SETFD, (junk() & ~FD_CLOEXEC) | FD_CLOEXEC));
	show(fcntl(ends[0], F_GETFD));
}

static void show_objects(void)
{
	struct sigevent event;
	struct semid_ds status;
	int timer, set = semget(IPC_PRIVATE, 1, 0600);

	must(set >= 0);
	soil(&event, sizeof(event));
	event.sigev_notify = SIGEV_NONE;
	show(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
	show(syscall(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, junk()));
	show(syscall(SYS_mknod, "plain", S_IFREG | 0600, junk()));
	must(unlink("fifo") == 0 && unlink("plain") == 0);
	show(syscall(SYS_semctl, set, junk(), IPC_STAT, &status) == 0);
	show(syscall(SYS_semctl, set, junk(), IPC_RMID, garbage()) == 0);
}

/* mode_t is an unsigned short there */
static unsigned mode_junk(unsigned mode, unsigned bits)
{
	return mode | ((unsigned)junk() & 0xffff & ~bits);
}

static void show_modes(void)
{
	struct stat st;

	show(syscall(SYS_umask, mode_junk(027, 0777)));
	show(syscall(SYS_umask, mode_junk(022, 0777)));
	show(syscall(SYS_mkdir, "folder", mode_junk(0700, 01777)));
	show(syscall(SYS_chmod, "folder", mode_junk(0750, 07777)));
	must(stat("folder", &st) == 0 && rmdir("folder") == 0);
	say("mode %o\n", st.st_mode);
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "made", O_RDWR | O_CREAT,
			      mode_junk(0640, 07777));
	must(fd >= 0);
	show(syscall(SYS_fchmod, fd, mode_junk(0604, 07777)));
	must(fstat(fd, &st) == 0 && unlink("made") == 0);
	say("mode %o\n", st.st_mode);
}

static void show_status(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		syscall(SYS_exit_group, (junk() & ~0xff) | 7);
	must(pid > 0 && waitpid(pid, &status, 0) == pid);
	say("status %d\n", WEXITSTATUS(status));
}

int main(void)
{
	show_name("short", 6);
	show_name("fifteen letters", 15);
	show_masks();
	show_dispositions();
	show_sockets();
	show_paths();
	show_children();
	show_status();
	show_modes();
	show_polled();
	show_objects();
	return finish();
}
