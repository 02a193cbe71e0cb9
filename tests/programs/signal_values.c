/* Addresses as what a signal brings: of a timer, a queue, the program itself, a child; by handler, wait and descriptor. */
#include "test.h"
#include <mqueue.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>

struct thing {
	int number;
	char name[16];
};

/* In the heap, in the data, and on the stack. */
static struct thing of_data = { 7, "data" };
static struct thing *volatile seen;
static volatile sig_atomic_t code;

static void take(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	seen = info->si_value.sival_ptr;
	code = info->si_code;
}

static void say_seen(const char *what)
{
	sigset_t none;

	sigemptyset(&none);
	while (!seen)
		sigsuspend(&none);
	say("%s: %d %s, code %d\n", what, seen->number, seen->name, (int)code);
	seen = NULL;
}

static void show_timers(struct thing *heap)
{
	struct itimerspec soon = { { 0, 0 }, { 0, 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t first, second;

	event.sigev_value.sival_ptr = heap;
	must(timer_create(CLOCK_MONOTONIC, &event, &first) == 0);
	/* As manual pages show it: where the timer's own id is. */
	event.sigev_value.sival_ptr = &of_data;
	must(timer_create(CLOCK_MONOTONIC, &event, &second) == 0);
	must(timer_settime(first, 0, &soon, NULL) == 0);
	say_seen("a timer");
	must(timer_settime(second, 0, &soon, NULL) == 0);
	say_seen("another");
	must(timer_delete(first) == 0 && timer_delete(second) == 0);
}

static void show_queued(struct thing *heap)
{
	struct thing local = { 9, "stack" };
	union sigval value = { .sival_ptr = heap };

	must(sigqueue(getpid(), SIGUSR1, value) == 0);
	say_seen("queued");
	value.sival_ptr = &local;
	must(sigqueue(getpid(), SIGUSR1, value) == 0);
	say_seen("of the stack");
	value.sival_ptr = &of_data;
	pid_t pid = fork();
	if (pid == 0)
		_exit(sigqueue(getppid(), SIGUSR1, value) != 0);
	say_seen("by a child");
	wait_and_say("child", pid);
}

static void show_waited(struct thing *heap)
{
	siginfo_t info;
	sigset_t set;
	union sigval value = { .sival_ptr = heap };

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigqueue(getpid(), SIGUSR1, value) == 0);
	must(sigwaitinfo(&set, &info) == SIGUSR1);
	seen = info.si_value.sival_ptr;
	code = info.si_code;
	say_seen("waited for");
}

static void show_read(struct thing *heap)
{
	struct signalfd_siginfo info[2];
	union sigval value = { .sival_ptr = heap };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	must(fd >= 0 && sigqueue(getpid(), SIGUSR1, value) == 0);
	must(read(fd, info, sizeof(info)) == sizeof(info[0]));
	seen = (struct thing *)(uintptr_t)info[0].ssi_ptr;
	code = info[0].ssi_code;
	say_seen("read");
	value.sival_int = 5;
	must(sigqueue(getpid(), SIGUSR1, value) == 0);
	must(read(fd, info, sizeof(info)) == sizeof(info[0]));
	say("a number %d\n", info[0].ssi_int);
	must(close(fd) == 0);
}

static void show_message(struct thing *heap)
{
	char name[64];
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };

	snprintf(name, sizeof(name), "/mvx-values-%d", getpid());
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	if (queue < 0) {
		say("no queues\n");
		return;
	}
	event.sigev_value.sival_ptr = heap;
	must(mq_notify(queue, &event) == 0 && mq_send(queue, "x", 1, 0) == 0);
	say_seen("a message");
	must(mq_unlink(name) == 0);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = take, .sa_flags = SA_SIGINFO };
	struct thing *heap = malloc(sizeof(*heap));
	sigset_t blocked;

	must(heap);
	*heap = (struct thing){ 8, "heap" };
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	show_timers(heap);
	show_queued(heap);
	show_waited(heap);
	show_read(heap);
	show_message(heap);
	return finish();
}
