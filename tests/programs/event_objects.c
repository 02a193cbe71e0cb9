/* eventfd, timerfd and signalfd: counters, blocking, expirations, siginfo read as data. */
#include "test.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

static void show_eventfd(void)
{
	uint64_t value = 5;
	int fd = eventfd(3, EFD_NONBLOCK), semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	must(fd >= 0 && semaphore >= 0);
	show(write(fd, &value, 8));
	show(read(fd, &value, 8));
	say("value %llu\n", (unsigned long long)value);
	show(read(fd, &value, 8));
	show(read(fd, &value, 4));
	show(read(semaphore, &value, 8));
	say("value %llu\n", (unsigned long long)value);
	int blocking = eventfd(0, 0);
	pid_t pid = fork();
	if (pid == 0) {
		value = 99;
		_exit(write(blocking, &value, 8) != 8);
	}
	show(read(blocking, &value, 8));
	say("value %llu\n", (unsigned long long)value);
	wait_and_say("child", pid);
}

static void show_timerfd(void)
{
	uint64_t count = 0;
	struct itimerspec timer = { { 0, 0 }, { 0, 3000000 } }, left;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	must(fd >= 0);
	show(timerfd_settime(fd, 0, &timer, NULL));
	show(read(fd, &count, 8));
	say("expired %llu\n", (unsigned long long)count);
	show(timerfd_gettime(fd, &left));
	say("disarmed %d\n", left.it_value.tv_nsec == 0);
	timer = (struct itimerspec){ { 0, 1000000 }, { 0, 1 } };
	show(timerfd_settime(fd, 0, &timer, NULL));
	struct pollfd entry = { fd, POLLIN, 0 };
	show(poll(&entry, 1, -1));
	uint64_t total = 0;
	while (total < 5) {
		must(read(fd, &count, 8) == 8);
		total += count;
	}
	say("ticked %d\n", total >= 5);
	show(timerfd_create(77, 0));
}

static void show_signalfd(void)
{
	sigset_t mask;
	struct signalfd_siginfo info[3];
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	int fd = signalfd(-1, &mask, SFD_NONBLOCK);
	must(fd >= 0);
	show(read(fd, info, sizeof(info)));
	must(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 }) == 0);
	show(read(fd, info, sizeof(info)) == (ssize_t)sizeof(info[0]));
	say("signal %u, code %d, value %d, own %d\n", info[0].ssi_signo, info[0].ssi_code,
	    info[0].ssi_int, info[0].ssi_pid == (uint32_t)getpid());
	pid_t pid = fork();
	if (pid == 0)
		_exit(8);
	struct pollfd entry = { fd, POLLIN, 0 };
	show(poll(&entry, 1, -1));
	show(read(fd, info, sizeof(info)) == (ssize_t)sizeof(info[0]));
	say("signal %u, status %d, the child's %d\n", info[0].ssi_signo, info[0].ssi_status,
	    info[0].ssi_pid == (uint32_t)pid);
	wait_and_say("child", pid);
}

int main(void)
{
	show_eventfd();
	show_timerfd();
	show_signalfd();
	return finish();
}
