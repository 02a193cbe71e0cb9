/* Waiting for signals: masks that let a pending one through, waits with values and time-outs, signalfd. */
#include "test.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t seen, value;
static sigset_t blocked, none;
static int ends[2];

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	value = info->si_value.sival_int;
	seen++;
}

static bool is_pending(int signo)
{
	sigset_t set;
	must(sigpending(&set) == 0);
	return sigismember(&set, signo);
}

static void queue_self(int signo, int number)
{
	must(sigqueue(getpid(), signo, (union sigval){ .sival_int = number }) == 0);
}

static long by_sigsuspend(void)
{
	return sigsuspend(&none);
}

static long by_pselect(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return pselect(ends[0] + 1, &set, NULL, NULL, NULL, &none);
}

static long by_ppoll(void)
{
	return ppoll(&(struct pollfd){ .fd = ends[0], .events = POLLIN }, 1, NULL, &none);
}

static long by_epoll_pwait(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	must(fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event) == 0);
	long result = epoll_pwait(fd, &event, 1, -1, &none);
	int failure = errno;
	must(close(fd) == 0);
	errno = failure;
	return result;
}

static const struct waiting {
	const char *name;
	long (*wait)(void);
} waitings[] = {
	{ "sigsuspend", by_sigsuspend },
	{ "pselect", by_pselect },
	{ "ppoll", by_ppoll },
	{ "epoll_pwait", by_epoll_pwait },
};

static void say_outcome(const char *how, long result)
{
	int failure = errno;
	bool pending = is_pending(SIGUSR1);
	say("%s: %ld %s, seen %d, value %d, pending %d\n", how, result,
	    result < 0 ? strerrorname_np(failure) : "done", (int)seen, (int)value, pending);
}

/* One that is pending, and one that a child sends while the call waits, or before. */
static void show_waiting(const struct waiting *w)
{
	say("%s\n", w->name);
	seen = value = 0;
	queue_self(SIGUSR1, 11);
	say("  before: seen %d, pending %d\n", (int)seen, is_pending(SIGUSR1));
	say_outcome("  pending", w->wait());
	pid_t pid = fork();
	if (pid == 0)
		_exit(sigqueue(getppid(), SIGUSR1, (union sigval){ .sival_int = 22 }) != 0);
	say_outcome("  by a child", w->wait());
	wait_and_say("  child", pid);
}

/* What is ready is answered, and the signal stays pending. */
static void show_ready(const struct waiting *w)
{
	sigset_t now;
	seen = value = 0;
	queue_self(SIGUSR1, 33);
	must(write(ends[1], "x", 1) == 1);
	say("%s, ready\n", w->name);
	say_outcome("  answered", w->wait());
	must(read(ends[0], &(char){ 0 }, 1) == 1);
	must(sigsuspend(&none) < 0);
	must(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	say("  seen %d, blocked again %d\n", (int)seen, sigismember(&now, SIGUSR1));
}

/* The timer goes on: on a slow machine the first signal may come before the pause. */
static void show_pause(void)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
	seen = 0;
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	show(pause());
	must(setitimer(ITIMER_REAL, &off, NULL) == 0);
	say("seen %d\n", seen > 0);
}

static void show_taken(int signo, const siginfo_t *info)
{
	if (signo < 0)
		say("taken: %s\n", strerrorname_np(errno));
	else
		say("taken: right one %d, code %d, value %d, by itself %d\n",
		    signo == info->si_signo, info->si_code, info->si_value.sival_int,
		    info->si_pid == getpid());
}

static void show_sigtimedwait(void)
{
	struct timespec soon = { 0, 10000000 }, at_once = { 0, 0 }, late = { 100, 0 };
	siginfo_t info;
	seen = 0;
	for (int i = 0; i < 3; i++)
		queue_self(SIGRTMIN, i);
	show_taken(sigwaitinfo(&blocked, &info), &info);
	show_taken(sigtimedwait(&blocked, &info, &at_once), &info);
	show_taken(sigtimedwait(&blocked, &info, &late), &info);
	show_taken(sigtimedwait(&blocked, &info, &at_once), &info);
	show_taken(sigtimedwait(&blocked, &info, &soon), &info);
	pid_t pid = fork();
	if (pid == 0)
		_exit(sigqueue(getppid(), SIGRTMIN, (union sigval){ .sival_int = 5 }) != 0);
	show_taken(sigwaitinfo(&blocked, &info), &info);
	wait_and_say("child", pid);
	/* One that has a handler breaks it off. */
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	show_taken(sigtimedwait(&blocked, &info, &late), &info);
	must(setitimer(ITIMER_REAL, &off, NULL) == 0);
	say("handlers run: %d\n", seen > 0);
}

static void read_infos(int fd, size_t most)
{
	struct signalfd_siginfo infos[4];
	ssize_t n = read(fd, infos, most * sizeof(infos[0]));
	if (n < 0) {
		say("signalfd: %s\n", strerrorname_np(errno));
		return;
	}
	say("signalfd: %zu\n", (size_t)n / sizeof(infos[0]));
	for (size_t i = 0; i < (size_t)n / sizeof(infos[0]); i++)
		say("  number %d, code %d, value %d, by itself %d, uid %d\n",
		    (int)infos[i].ssi_signo - SIGRTMIN, infos[i].ssi_code, infos[i].ssi_int,
		    infos[i].ssi_pid == (uint32_t)getpid(), infos[i].ssi_uid == getuid());
}

static void show_signalfd(void)
{
	int fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	must(fd >= 0);
	seen = 0;
	read_infos(fd, 1);
	show(poll(&polled, 1, 0));
	for (int i = 0; i < 5; i++)
		queue_self(SIGRTMIN + i % 2, 40 + i);
	show(poll(&polled, 1, 0));
	say("pending %d%d\n", is_pending(SIGRTMIN), is_pending(SIGRTMIN + 1));
	read_infos(fd, 2);
	say("pending %d%d\n", is_pending(SIGRTMIN), is_pending(SIGRTMIN + 1));
	read_infos(fd, 4);
	say("pending %d%d\n", is_pending(SIGRTMIN), is_pending(SIGRTMIN + 1));
	read_infos(fd, 4);
	must(fcntl(fd, F_SETFL, 0) == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(sigqueue(getppid(), SIGRTMIN, (union sigval){ .sival_int = 6 }) != 0);
	read_infos(fd, 4);
	wait_and_say("child", pid);
	must(close(fd) == 0);
	say("handlers run: %d\n", (int)seen);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	must(pipe(ends) == 0);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGRTMIN);
	sigaddset(&blocked, SIGRTMIN + 1);
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
	for (size_t i = 0; i < countof(waitings); i++)
		show_waiting(&waitings[i]);
	for (size_t i = 1; i < countof(waitings); i++)
		show_ready(&waitings[i]);
	show_pause();
	show_sigtimedwait();
	show_signalfd();
	return finish();
}
