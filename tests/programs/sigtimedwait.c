/* sigwaitinfo, sigtimedwait, sigwait, sigqueue with values: order, values, timeout. */
#include "test.h"

static void say_next(const sigset_t *set)
{
	siginfo_t info;
	struct timespec none = { 0, 0 };
	int signo = sigtimedwait(set, &info, &none);
	if (signo < 0)
		say("nothing: %s\n", strerrorname_np(errno));
	else
		say("signal %s%d, code %d, value %d, from self %d\n",
		    signo >= SIGRTMIN ? "RTMIN+" : "", signo >= SIGRTMIN ? signo - SIGRTMIN : signo,
		    info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0,
		    info.si_pid == getpid());
}

int main(void)
{
	sigset_t set;
	siginfo_t info;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	say_next(&set);
	for (int i = 0; i < 3; i++)
		must(sigqueue(getpid(), SIGRTMIN + (i == 1),
			      (union sigval){ .sival_int = i + 5 }) == 0);
	must(kill(getpid(), SIGUSR1) == 0);
	for (int i = 0; i < 5; i++)
		say_next(&set);
	struct timespec little = { 0, 2000000 };
	show(sigtimedwait(&set, &info, &little));
	pid_t pid = fork();
	if (pid == 0)
		_exit(3);
	int signo = sigwaitinfo(&set, &info);
	say("SIGCHLD %d, of the child %d, status %d\n", signo == SIGCHLD, info.si_pid == pid,
	    info.si_status);
	wait_and_say("child", pid);
	must(raise(SIGUSR1) == 0);
	must(sigwait(&set, &signo) == 0);
	say("sigwait SIG%s\n", sigabbrev_np(signo));
	pid = fork();
	if (pid == 0)
		_exit(sigqueue(getppid(), SIGRTMIN, (union sigval){ .sival_int = 99 }) != 0);
	sigdelset(&set, SIGCHLD);
	signo = sigwaitinfo(&set, &info);
	say("queued by the child %d, value %d\n", info.si_pid == pid, info.si_value.sival_int);
	wait_and_say("child", pid);
	return finish();
}
