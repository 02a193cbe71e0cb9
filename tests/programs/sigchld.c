/* SIGCHLD: a handler and a sigsuspend loop until the child has ended; ignored; no zombies. */
#include "test.h"

static volatile sig_atomic_t ended;
static volatile pid_t sender;

static void note(int signo, siginfo_t *info, void *context)
{
	sender = info->si_pid;
	ended = info->si_code;
}

int main(void)
{
	sigset_t blocked, before;
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	must(sigaction(SIGCHLD, &action, NULL) == 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	for (int i = 0; i < 5; i++) {
		ended = 0;
		pid_t pid = fork();
		if (pid == 0) {
			if (i % 2)
				raise(SIGKILL);
			_exit(i);
		}
		while (!ended)
			sigsuspend(&before);
		say("sender is the child %d, code %d\n", sender == pid, (int)ended);
		wait_and_say("child", pid);
	}
	must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	show(waitpid(pid, NULL, 0));
	action.sa_flags |= SA_NOCLDWAIT;
	must(sigaction(SIGCHLD, &action, NULL) == 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	pid_t got;
	do {
		got = waitpid(pid, NULL, 0);
	} while (got < 0 && errno == EINTR);
	say("no zombie %d %s\n", (int)got, strerrorname_np(errno));
	return finish();
}
