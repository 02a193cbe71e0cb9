/* SA_RESETHAND, SA_NODEFER, masks of handlers, handlers that raise other signals. */
#include "test.h"

static volatile sig_atomic_t depth, deepest, entered;

static void enter(const char *name)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	say("%s at depth %d\n", name, (int)depth);
}

static void outer(int signo)
{
	enter("outer");
	raise(SIGUSR2);
	say("outer again\n");
	depth--;
}

static void inner(int signo)
{
	enter("inner");
	depth--;
}

static void recursive(int signo)
{
	enter("recursive");
	if (++entered % 4 != 0)
		raise(SIGUSR1);
	depth--;
}

static void raise_masked(void)
{
	struct sigaction action = { .sa_handler = outer };
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	say("masked:\n");
	raise(SIGUSR1);
}

int main(void)
{
	struct sigaction now;
	catch_signal(SIGUSR1, outer, 0);
	catch_signal(SIGUSR2, inner, 0);
	raise(SIGUSR1);
	raise_masked();
	catch_signal(SIGUSR1, recursive, SA_NODEFER);
	raise(SIGUSR1);
	catch_signal(SIGUSR1, recursive, 0);
	say("deferred:\n");
	raise(SIGUSR1);
	catch_signal(SIGUSR1, inner, SA_RESETHAND);
	raise(SIGUSR1);
	must(sigaction(SIGUSR1, NULL, &now) == 0);
	say("reset to default %d\n", now.sa_handler == SIG_DFL);
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGUSR1);
		_exit(1);
	}
	wait_and_say("second time", pid);
	must(sigaction(SIGUSR2, NULL, &now) == 0);
	say("own handler back %d\n", now.sa_handler == inner);
	show(sigaction(SIGKILL, &now, NULL));
	show(sigaction(65, NULL, &now));
	say("deepest %d\n", (int)deepest);
	return finish();
}
