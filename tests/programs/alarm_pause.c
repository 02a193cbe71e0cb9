/* alarm and pause; setitimer; what is left of an alarm; SIGALRM's default action. */
#include "test.h"
#include <sys/time.h>

static volatile sig_atomic_t rung;

static void note(int signo)
{
	rung++;
}

static void arm(long usec, long interval)
{
	struct itimerval timer = { { 0, interval }, { 0, usec } };
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

int main(void)
{
	sigset_t blocked, before;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	catch_signal(SIGALRM, note, 0);
	show(alarm(1));
	show(pause());
	say("rung %d\n", (int)rung);
	show(alarm(1000));
	say("left %d\n", alarm(0) > 990);
	show(alarm(0));
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	arm(2000, 3000);
	while (rung < 6)
		sigsuspend(&before);
	arm(0, 0);
	say("rung %d\n", (int)rung);
	struct itimerval left;
	must(getitimer(ITIMER_REAL, &left) == 0);
	say("disarmed %d\n", left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		arm(1000, 0);
		for (;;)
			pause();
	}
	wait_and_say("default", pid);
	return finish();
}
