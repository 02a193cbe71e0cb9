/* A blocked signal is pending; its handler runs before the unblocking call returns. */
#include "test.h"

static volatile sig_atomic_t handled;

static void note(int signo)
{
	handled++;
}

static void say_pending(void)
{
	sigset_t pending;
	must(sigpending(&pending) == 0);
	say("pending:");
	for (int signo = 1; signo < SIGRTMIN + 3; signo++) {
		if (sigismember(&pending, signo) == 1)
			say(" %d", signo);
	}
	say("\n");
}

int main(void)
{
	sigset_t blocked, before, now;
	catch_signal(SIGUSR1, note, 0);
	catch_signal(SIGUSR2, note, 0);
	catch_signal(SIGRTMIN, note, 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	sigaddset(&blocked, SIGRTMIN);
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	say_pending();
	show(kill(getpid(), SIGUSR1));
	show(kill(getpid(), SIGUSR1));
	show(raise(SIGUSR2));
	show(raise(SIGRTMIN));
	show(raise(SIGRTMIN));
	say_pending();
	say("handled %d\n", (int)handled);
	int before_unblocking = handled;
	must(sigprocmask(SIG_SETMASK, &before, &now) == 0);
	int after = handled;
	say("handled %d then %d\n", before_unblocking, after);
	say("was blocked %d\n", sigismember(&now, SIGUSR1));
	say_pending();
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	show(raise(SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	say_pending();
	must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
	say("handled %d\n", (int)handled);
	pid_t pid = fork();
	if (pid == 0) {
		must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
		signal(SIGUSR1, SIG_DFL);
		raise(SIGUSR1);
		say("blocked, alive\n");
		sigprocmask(SIG_UNBLOCK, &blocked, NULL);
		_exit(1);
	}
	wait_and_say("child", pid);
	show(sigprocmask(77, &blocked, NULL));
	return finish();
}
