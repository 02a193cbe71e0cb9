/* ppoll and pselect with a mask: the pending signal is delivered inside, the mask put back. */
#include "test.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/epoll.h>

static volatile sig_atomic_t handled;

static void note(int signo)
{
	handled++;
}

static void say_blocked(void)
{
	sigset_t now;
	must(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	say("handled %d, blocked %d\n", (int)handled, sigismember(&now, SIGUSR1));
}

int main(void)
{
	sigset_t blocked, empty;
	int ends[2];
	struct timespec none = { 0, 0 };
	must(pipe(ends) == 0);
	struct pollfd entry = { ends[0], POLLIN, 0 };
	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	catch_signal(SIGUSR1, note, SA_RESTART);
	raise(SIGUSR1);
	say_blocked();
	show(ppoll(&entry, 1, NULL, &empty));
	say_blocked();
	show(ppoll(&entry, 1, &none, &empty));
	raise(SIGUSR1);
	show(pselect(0, NULL, NULL, NULL, NULL, &empty));
	say_blocked();
	raise(SIGUSR1);
	show(ppoll(&entry, 1, &none, &blocked));
	say_blocked();
	struct epoll_event event;
	int epoll = epoll_create1(0);
	must(epoll >= 0);
	show(epoll_pwait(epoll, &event, 1, -1, &empty));
	say_blocked();
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		_exit(kill(parent, SIGUSR1) != 0);
	show(ppoll(&entry, 1, NULL, &empty));
	say_blocked();
	wait_and_say("child", pid);
	must(write(ends[1], "x", 1) == 1);
	show(ppoll(&entry, 1, NULL, &empty));
	say("revents %d\n", entry.revents);
	return finish();
}
