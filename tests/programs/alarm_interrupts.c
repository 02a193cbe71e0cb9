/* SIGALRM in a blocking call: EINTR without SA_RESTART, restarted with it. */
#include "test.h"
#include <poll.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t rung;
static int feed = -1;

static void note(int signo)
{
	rung++;
}

/* The restarted read ends only because the handler feeds the pipe. */
static void note_and_feed(int signo)
{
	rung++;
	if (write(feed, "fed", 3) != 3)
		_exit(98);
}

static void arm(long usec)
{
	struct itimerval timer = { .it_value = { 0, usec } };
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

int main(void)
{
	int ends[2];
	char text[8] = "";
	struct timespec long_time = { 100, 0 }, left = { 0, 0 };
	must(pipe(ends) == 0);
	catch_signal(SIGALRM, note, 0);
	arm(5000);
	show(read(ends[0], text, 1));
	arm(5000);
	show(nanosleep(&long_time, &left));
	say("left %d\n", left.tv_sec >= 90 && left.tv_sec <= 100);
	arm(5000);
	show(poll(NULL, 0, 100000));
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	arm(5000);
	show(waitpid(pid, NULL, 0));
	say("rung %d\n", (int)rung);
	feed = ends[1];
	catch_signal(SIGALRM, note_and_feed, SA_RESTART);
	arm(5000);
	show(read(ends[0], text, 3));
	say("%s\n", text);
	arm(5000);
	show(poll(&(struct pollfd){ -1, 0, 0 }, 1, 100000));
	show(read(ends[0], text, 3));
	must(kill(pid, SIGKILL) == 0);
	wait_and_say("child", pid);
	arm(0);
	must(rung >= 5);
	return finish();
}
