/*
 * A storm: a child sends 10 000 signals a second of three kinds, while the
 * program reads, writes, sleeps, allocates, computes and forks. Real-time
 * signals are queued: none is lost, and each kind keeps its order. One of a
 * standard signal stands for all that came while it waited.
 *
 * signal_storm [SECONDS]
 */
#include "test.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define BURST    30      /* signals in a row */
#define BURST_NS 3000000 /* between bursts: 10 000 a second */
#define KINDS    2       /* of real-time signals */

static volatile sig_atomic_t next[KINDS], disordered, standard;

static void queued(int signo, siginfo_t *info, void *context)
{
	int kind = signo - SIGRTMIN;

	(void)context;
	disordered += info->si_value.sival_int != next[kind];
	next[kind] = info->si_value.sival_int + 1;
}

static void counted(int signo)
{
	(void)signo;
	standard++;
}

static void send_queued(pid_t to, int kind, int value)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	/* The queue has a limit (getrlimit(2), RLIMIT_SIGPENDING). */
	while (sigqueue(to, SIGRTMIN + kind, (union sigval){ .sival_int = value }) < 0) {
		must(errno == EAGAIN);
		nanosleep(&moment, NULL);
	}
}

/* Ends with how many of each kind it has sent, on the pipe. */
static void storm(pid_t to, int seconds, int report)
{
	const struct timespec pause = { .tv_nsec = BURST_NS };
	time_t end = time(NULL) + seconds;
	int sent = 0;

	while (time(NULL) < end) {
		for (int i = 0; i < BURST / 3; i++) {
			send_queued(to, 0, sent);
			send_queued(to, 1, sent);
			must(kill(to, SIGUSR1) == 0);
			sent++;
		}
		nanosleep(&pause, NULL);
	}
	must(write(report, &sent, sizeof(sent)) == sizeof(sent));
	_exit(0);
}

static void handle_all(void)
{
	struct sigaction action = { .sa_sigaction = queued, .sa_flags = SA_SIGINFO | SA_RESTART };

	for (int kind = 0; kind < KINDS; kind++)
		must(sigaction(SIGRTMIN + kind, &action, NULL) == 0);
	action = (struct sigaction){ .sa_handler = counted, .sa_flags = SA_RESTART };
	must(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		must(errno == EINTR);
	must(status == 0);
}

static void work(int ends[2])
{
	const struct timespec moment = { .tv_nsec = 100000 };
	char text[512], *memory = malloc(300000);
	pid_t child;

	memset(memory, 1, 300000);
	must(write(ends[1], memory, sizeof(text)) == sizeof(text));
	must(read(ends[0], text, sizeof(text)) == sizeof(text));
	free(memory);
	nanosleep(&moment, NULL);
	for (volatile unsigned i = 0; i < 300000; i++)
		;
	child = fork();
	if (!child)
		_exit(0);
	wait_for(child);
}

int main(int argc, char **argv)
{
	int ends[2], report[2], sent = 0;
	pid_t child, self = getpid();

	must(pipe(ends) == 0 && pipe2(report, O_NONBLOCK) == 0);
	handle_all();
	child = fork();
	if (!child)
		storm(self, argc > 1 ? atoi(argv[1]) : 10, report[1]);
	while (read(report[0], &sent, sizeof(sent)) < 0)
		work(ends);
	wait_for(child);
	/* All were sent before the child ended, and are delivered before wait returns. */
	for (int kind = 0; kind < KINDS; kind++)
		say("kind %d: lost %d\n", kind, sent - (int)next[kind]);
	say("out of order: %d\n", (int)disordered);
	say("standard: some %d, at most one each %d\n", standard > 0, standard <= sent);
	return finish();
}
