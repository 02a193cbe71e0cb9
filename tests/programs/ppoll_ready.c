/* Waits with a mask for what is ready already, while signals come: no call is interrupted, each handler runs. */
#include "test.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define ROUNDS 300

static volatile sig_atomic_t handled;
static int ends[2], epoll = -1;

static void note(int signo)
{
	handled++;
	(void)signo;
}

static int wait_by_pselect(const sigset_t *mask)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return pselect(ends[0] + 1, &set, NULL, NULL, NULL, mask);
}

static int wait_by_ppoll(const sigset_t *mask)
{
	struct pollfd entry = { ends[0], POLLIN, 0 };
	return ppoll(&entry, 1, NULL, mask);
}

static int wait_by_epoll(const sigset_t *mask)
{
	struct epoll_event event;
	return epoll_pwait(epoll, &event, 1, -1, mask);
}

/* A signal for each byte, so that as many come as are waited for. */
static void send_signals(int wishes)
{
	char byte;
	while (read(wishes, &byte, 1) == 1)
		must(kill(getppid(), SIGUSR1) == 0);
	_exit(0);
}

static void show_ready(const char *what, int (*wait_ready)(const sigset_t *mask))
{
	sigset_t empty;
	int wishes[2], interrupted = 0;
	must(pipe(wishes) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(wishes[1]);
		send_signals(wishes[0]);
	}
	close(wishes[0]);
	sigemptyset(&empty);
	handled = 0;
	for (int i = 0; i < ROUNDS; i++) {
		must(write(wishes[1], "x", 1) == 1);
		do
			interrupted += wait_ready(&empty) != 1;
		while (handled <= i);
	}
	close(wishes[1]);
	say("%s: handled %d, interrupted %d\n", what, (int)handled, interrupted);
	wait_and_say("sender", pid);
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	must(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	epoll = epoll_create1(0);
	must(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
	catch_signal(SIGUSR1, note, 0);
	show_ready("pselect", wait_by_pselect);
	show_ready("ppoll", wait_by_ppoll);
	show_ready("epoll_pwait", wait_by_epoll);
	return finish();
}
