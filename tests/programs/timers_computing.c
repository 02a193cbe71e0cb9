/* Timers that signal a computation without calls: setitimer of each kind, timer_create. */
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

static void spin_until(int wanted)
{
	for (volatile unsigned long spin = 0; rung < wanted; spin++)
		;
}

static void show_itimer(int which, int signo)
{
	struct itimerval timer = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	must(sigaction(signo, &action, NULL) == 0);
	rung = 0;
	must(setitimer((__itimer_which_t)which, &timer, NULL) == 0);
	spin_until(5);
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
	spin_until(1);
	say("value %d, code %d\n", (int)value, (int)code);
	show(timer_gettime(timer, &spec));
	say("disarmed %d\n", spec.it_value.tv_nsec == 0);
	show(timer_getoverrun(timer));
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
	show(timer_create(4711, NULL, &timer));
	return finish();
}
