/* What a process of several threads sends to itself is handled before the call returns that sends or unblocks it. */
#include "test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

#define ROUNDS 50

static _Atomic int seen;
static volatile sig_atomic_t value;
static int never[2];

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	value = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
	seen++;
}

static void catch_info(int signo)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
}

static sigset_t only(int signo)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signo);
	return set;
}

static int seen_now(void)
{
	return atomic_exchange(&seen, 0);
}

/* It blocks all signals and waits, or makes calls, until there is something to read. */
static void *idles(void *argument)
{
	char byte;
	(void)argument;
	must(read(never[0], &byte, 1) == 0);
	return NULL;
}

static atomic_bool stop;

static void *calls(void *argument)
{
	(void)argument;
	while (!stop)
		must(syscall(SYS_sched_yield) == 0);
	return NULL;
}

static void begin(pthread_t *thread, void *(*body)(void *))
{
	sigset_t all, before;
	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	must(pthread_create(thread, NULL, body, NULL) == 0);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static void show_sent(const char *beside)
{
	int killed = 0, queued = 0;
	for (int i = 1; i <= ROUNDS; i++) {
		must(kill(getpid(), SIGUSR1) == 0);
		killed += seen_now();
		must(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = i }) == 0);
		queued += seen_now() == 1 && value == i;
	}
	say("%s: kill %d, sigqueue %d\n", beside, killed, queued);
}

static void show_unblocked(const char *beside)
{
	const sigset_t set = only(SIGUSR1), kinds = only(SIGRTMIN);
	int early = 0, unblocked = 0;
	for (int i = 0; i < ROUNDS; i++) {
		must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
		must(kill(getpid(), SIGUSR1) == 0);
		early += seen_now();
		must(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
		unblocked += seen_now();
	}
	say("%s: blocked %d, unblocked %d\n", beside, early, unblocked);
	must(pthread_sigmask(SIG_BLOCK, &kinds, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++)
		must(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }) == 0);
	must(pthread_sigmask(SIG_UNBLOCK, &kinds, NULL) == 0);
	say("%s: queued %d\n", beside, seen_now());
}

/* Waits whose mask lets a signal through that is there already. */
static void show_waits(void)
{
	const sigset_t set = only(SIGUSR1);
	struct epoll_event event;
	sigset_t none;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	must(fd >= 0);
	sigemptyset(&none);
	must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	must(kill(getpid(), SIGUSR1) == 0);
	show(sigsuspend(&none));
	say("seen %d\n", seen_now());
	must(kill(getpid(), SIGUSR1) == 0);
	show(pselect(0, NULL, NULL, NULL, NULL, &none));
	say("seen %d\n", seen_now());
	must(kill(getpid(), SIGUSR1) == 0);
	show(epoll_pwait(fd, &event, 1, -1, &none));
	say("seen %d\n", seen_now());
	must(kill(getpid(), SIGUSR1) == 0);
	show(sigtimedwait(&set, NULL, &(struct timespec){ 0 }) == SIGUSR1);
	must(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	say("seen %d\n", seen_now());
	must(close(fd) == 0);
}

/* Several threads take them: each is had once. */
static void *sends(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++)
		must(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }) == 0);
	return NULL;
}

static void show_shared(void)
{
	pthread_t threads[3];
	for (size_t i = 0; i < countof(threads); i++)
		must(pthread_create(&threads[i], NULL, sends, NULL) == 0);
	for (size_t i = 0; i < countof(threads); i++)
		must(pthread_join(threads[i], NULL) == 0);
	/* What came to this thread between two calls has its handler at the next one, at the latest. */
	must(syscall(SYS_sched_yield) == 0);
	say("shared: %d\n", seen_now());
}

int main(void)
{
	pthread_t idle, busy;
	must(pipe2(never, O_CLOEXEC) == 0);
	catch_info(SIGUSR1);
	catch_info(SIGRTMIN);
	begin(&idle, idles);
	show_sent("idle");
	show_unblocked("idle");
	show_waits();
	begin(&busy, calls);
	show_sent("busy");
	show_unblocked("busy");
	stop = true;
	must(pthread_join(busy, NULL) == 0);
	show_shared();
	must(close(never[1]) == 0);
	must(pthread_join(idle, NULL) == 0);
	return finish();
}
