/* Timers that signal between calls: setitimer of each kind, timer_create, values, overruns, SIGEV_NONE. */
#include "test.h"
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t rung, value, code;

static void note(int signo, siginfo_t *info, void *context)
{
	rung++;
	value = info->si_value.sival_int;
	code = info->si_code;
}

/* CPU time must pass, but never long without a call. */
static void compute_until(int wanted)
{
	while (rung < wanted) {
		for (volatile unsigned long spin = 0; spin < 20000; spin++)
			;
		must(getppid() > 0);
	}
}

static void wait_until(int wanted)
{
	sigset_t blocked, before;
	sigfillset(&blocked);
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	while (rung < wanted)
		must(sigsuspend(&before) < 0 && errno == EINTR);
	must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
}

static void show_itimer(int which, int signo)
{
	struct itimerval timer = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	must(sigaction(signo, &action, NULL) == 0);
	rung = 0;
	must(setitimer((__itimer_which_t)which, &timer, NULL) == 0);
	if (which == ITIMER_REAL)
		wait_until(5);
	else
		compute_until(3);
	must(setitimer((__itimer_which_t)which, &off, NULL) == 0);
	say("timer %d rang, SIG%s\n", which, sigabbrev_np(signo));
}

static void show_posix_timer(clockid_t clock)
{
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec spec = { { 0, 0 }, { 0, 2000000 } };
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	event.sigev_value.sival_int = 4242;
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(timer_create(clock, &event, &timer) == 0);
	rung = value = 0;
	must(timer_settime(timer, 0, &spec, NULL) == 0);
	if (clock == CLOCK_MONOTONIC)
		wait_until(1);
	else
		compute_until(1);
	say("value %d, code %d\n", (int)value, (int)code);
	show(timer_gettime(timer, &spec));
	say("disarmed %d\n", spec.it_value.tv_nsec == 0);
	show(timer_getoverrun(timer));
	show(timer_delete(timer));
}

static void show_silent_timer(void)
{
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec spec = { { 0, 0 }, { 1000, 0 } }, left;
	event.sigev_value.sival_ptr = &timer;
	must(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
	show(timer_settime(timer, 0, &spec, NULL));
	show(timer_settime(timer, 0, &spec, &left));
	say("left %d\n", left.it_value.tv_sec == 999 || left.it_value.tv_sec == 1000);
	show(timer_delete(timer));
	show(timer_delete(timer));
}

int main(void)
{
	timer_t timer;
	show_itimer(ITIMER_REAL, SIGALRM);
	show_itimer(ITIMER_VIRTUAL, SIGVTALRM);
	show_itimer(ITIMER_PROF, SIGPROF);
	show_posix_timer(CLOCK_MONOTONIC);
	show_posix_timer(CLOCK_PROCESS_CPUTIME_ID);
	show_silent_timer();
	show(timer_create(4711, NULL, &timer));
	return finish();
}
