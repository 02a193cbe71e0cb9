/* A parent and a child signal each other in turn, each waiting in sigsuspend. */
#include "test.h"

static volatile sig_atomic_t count;

static void note(int signo)
{
	count++;
}

static void await(int wanted, const sigset_t *mask)
{
	while (count < wanted)
		sigsuspend(mask);
}

int main(void)
{
	sigset_t blocked, before;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	catch_signal(SIGUSR1, note, 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 1; i <= 20; i++) {
			await(i, &before);
			if (kill(getppid(), SIGUSR1) != 0)
				_exit(1);
		}
		_exit(20);
	}
	for (int i = 1; i <= 20; i++) {
		must(kill(pid, SIGUSR1) == 0);
		await(i, &before);
	}
	say("%d signals came back\n", (int)count);
	wait_and_say("child", pid);
	return finish();
}
