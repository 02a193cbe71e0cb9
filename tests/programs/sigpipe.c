/* Writing to a pipe without readers: default action, ignored, handled. */
#include "test.h"
#include <sys/socket.h>

static volatile sig_atomic_t handled;

static void note(int signo)
{
	handled++;
}

int main(void)
{
	int ends[2];
	must(pipe(ends) == 0 && close(ends[0]) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		must(write(ends[1], "x", 1) == 1);
		_exit(1);
	}
	wait_and_say("default", pid);
	signal(SIGPIPE, SIG_IGN);
	show(write(ends[1], "x", 1));
	catch_signal(SIGPIPE, note, 0);
	show(write(ends[1], "x", 1));
	say("handled %d\n", (int)handled);
	show(write(ends[1], "", 0));
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[0]) == 0);
	show(send(ends[1], "x", 1, 0));
	say("handled %d\n", (int)handled);
	show(send(ends[1], "x", 1, MSG_NOSIGNAL));
	say("handled %d\n", (int)handled);
	return finish();
}
