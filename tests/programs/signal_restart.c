/* Calls that a timer's signal breaks off: EINTR or what was done until then; with SA_RESTART, what goes on. */
#include "test.h"
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

/*
 * The timer goes on ringing: on a slow machine the first signal may come before
 * the call waits. The first one also does what ends a restarted call.
 */
struct broken {
	const char *name;
	void (*start)(void);
	long (*call)(void);
	void (*serve)(void); /* in the handler that restarts; NULL: the call is not restarted */
};

static volatile sig_atomic_t rung;
static void (*volatile serve_now)(void);
static int ends[2] = { -1, -1 };
static char bytes[100000];
static struct timespec far = { 100, 0 };
static int listening, pair[2], polled, semaphore, queue;
static volatile uint32_t word;
static pid_t helper;

static void note(int signo)
{
	int saved = errno;
	(void)signo;
	if (rung++ == 0 && serve_now)
		serve_now();
	errno = saved;
}

static void arm(long usec)
{
	struct itimerval timer = { { 0, usec }, { 0, usec } };
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void new_pipe(void)
{
	close(ends[0]);
	close(ends[1]);
	must(pipe2(ends, O_CLOEXEC) == 0);
}

static void full_pipe(void)
{
	new_pipe();
	must(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	while (write(ends[1], bytes, 4096) > 0)
		;
	must(errno == EAGAIN && fcntl(ends[1], F_SETFL, 0) == 0);
}

static void feed(void)
{
	if (write(ends[1], "fed", 3) != 3)
		_exit(98);
}

static void drain(void)
{
	if (read(ends[0], bytes, sizeof(bytes)) <= 0)
		_exit(97);
}

static long read_pipe(void)
{
	return read(ends[0], bytes, sizeof(bytes));
}

static long write_pipe(void)
{
	return write(ends[1], bytes, 1);
}

static long write_more_than_fits(void)
{
	return write(ends[1], bytes, sizeof(bytes));
}

static long sleep_relative(void)
{
	struct timespec left = { 0, 0 };
	long result = nanosleep(&far, &left);
	/* With the timer's slack, a little more can be left than was asked for. */
	must(left.tv_sec > 0 && left.tv_sec <= 100);
	return result;
}

static long sleep_until(void)
{
	struct timespec until;
	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec += 100;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static long poll_nothing(void)
{
	return poll(&(struct pollfd){ .fd = ends[0], .events = POLLIN }, 1, -1);
}

static long select_nothing(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return select(ends[0] + 1, &set, NULL, NULL, NULL);
}

static long epoll_nothing(void)
{
	struct epoll_event event;
	return epoll_wait(polled, &event, 1, -1);
}

/* A child that holds a lock of its own on the file until it is killed. */
static void start_helper(void)
{
	char byte = 0;
	new_pipe();
	helper = fork();
	must(helper >= 0);
	if (helper == 0) {
		int fd = open("restart-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0 || flock(fd, LOCK_EX) != 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	must(read(ends[0], &byte, 1) == 1);
}

static void kill_helper(void)
{
	kill(helper, SIGKILL);
}

static long wait_helper(void)
{
	pid_t got = wait4(helper, NULL, 0, NULL);
	return got < 0 ? got : got == helper;
}

static long lock_file(void)
{
	int fd = open("restart-lock", O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	long result = flock(fd, LOCK_EX);
	int saved = errno;
	must(close(fd) == 0);
	errno = saved;
	return result;
}

static long accept_one(void)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? fd : close(fd);
}

/* It waits in the queue of the listening socket. */
static void connect_one(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (getsockname(listening, (struct sockaddr *)&address, &length) != 0 ||
	    connect(fd, (struct sockaddr *)&address, length) != 0)
		_exit(96);
	close(fd);
}

static long receive(void)
{
	return recv(pair[0], bytes, 1, 0);
}

/* Not restarted, whatever the handler: the time-out would begin anew. */
static long receive_in_time(void)
{
	struct timeval limit = { 100, 0 }, none = { 0, 0 };
	must(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	long result = recv(pair[0], bytes, 1, 0);
	int saved = errno;
	must(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)) == 0);
	errno = saved;
	return result;
}

static void send_one(void)
{
	if (send(pair[1], "s", 1, 0) != 1)
		_exit(95);
}

static void word_zero(void)
{
	word = 0;
}

/* Nobody waits while the handler runs: the restarted call finds another value. */
static void word_one(void)
{
	word = 1;
}

static long wait_word(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long wait_word_in_time(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &far, NULL, 0);
}

static long take_semaphore(void)
{
	return semop(semaphore, &(struct sembuf){ 0, -1, 0 }, 1);
}

static long receive_message(void)
{
	struct {
		long type;
		char text[8];
	} message;
	return msgrcv(queue, &message, sizeof(message.text), 0, 0);
}

static const struct broken calls[] = {
	{ "read", new_pipe, read_pipe, feed },
	{ "write to a full pipe", full_pipe, write_pipe, drain },
	{ "write of more than fits", new_pipe, write_more_than_fits, NULL },
	{ "nanosleep", NULL, sleep_relative, NULL },
	{ "clock_nanosleep", NULL, sleep_until, NULL },
	{ "poll", new_pipe, poll_nothing, NULL },
	{ "select", new_pipe, select_nothing, NULL },
	{ "epoll_wait", NULL, epoll_nothing, NULL },
	{ "wait4", start_helper, wait_helper, kill_helper },
	{ "flock", start_helper, lock_file, kill_helper },
	{ "accept", NULL, accept_one, connect_one },
	{ "recv", NULL, receive, send_one },
	{ "recv with SO_RCVTIMEO", NULL, receive_in_time, NULL },
	{ "futex", word_zero, wait_word, word_one },
	{ "futex with a time-out", word_zero, wait_word_in_time, NULL },
	{ "semop", NULL, take_semaphore, NULL },
	{ "msgrcv", NULL, receive_message, NULL },
};

static void show_broken(const struct broken *b, int flags)
{
	if (b->start)
		b->start();
	rung = 0;
	serve_now = flags & SA_RESTART ? b->serve : NULL;
	catch_signal(SIGALRM, note, flags);
	arm(50000);
	long result = b->call();
	int failure = errno;
	arm(0);
	must(rung > 0);
	say("%s%s: %ld %s\n", b->name, flags & SA_RESTART ? ", SA_RESTART" : "", result,
	    result < 0 ? strerrorname_np(failure) : "");
	if (helper > 0) {
		kill_helper();
		must(waitpid(helper, NULL, 0) == helper || errno == ECHILD);
		helper = 0;
	}
}

static void make_objects(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listening >= 0);
	must(bind(listening, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(listening, 4) == 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	polled = epoll_create1(EPOLL_CLOEXEC);
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	must(polled >= 0 && semaphore >= 0 && queue >= 0);
}

int main(void)
{
	make_objects();
	for (size_t i = 0; i < countof(calls); i++) {
		show_broken(&calls[i], 0);
		show_broken(&calls[i], SA_RESTART);
	}
	must(semctl(semaphore, 0, IPC_RMID) == 0 && msgctl(queue, IPC_RMID, NULL) == 0);
	must(unlink("restart-lock") == 0);
	return finish();
}
