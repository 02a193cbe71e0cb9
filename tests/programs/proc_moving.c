/*
 * Files in /proc whose figures change while they are read: the signals queued
 * for the user, as another process makes them more and fewer, and CPU time.
 * However long the text is, it is read in as many pieces by all variants.
 */
#include "test.h"

enum { QUEUED = 12, READS = 400 };

/* Queues itself up to QUEUED signals and takes them, until the parent closes its pipe. */
static void queue_and_take(int end)
{
	sigset_t set;
	char byte;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	must(fcntl(end, F_SETFL, O_NONBLOCK) == 0);
	while (read(end, &byte, 1) != 0) {
		for (int i = 0; i < QUEUED; i++)
			must(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }) == 0);
		for (int i = 0; i < QUEUED; i++)
			must(sigwaitinfo(&set, NULL) == SIGRTMIN);
	}
	_exit(0);
}

/* The last bytes one a time: one more of them is one more call. */
static void read_whole(const char *path, size_t first)
{
	char bytes[4096];
	ssize_t got;
	int fd = open(path, O_RDONLY);
	must(fd >= 0);
	must(read(fd, bytes, first) == (ssize_t)first);
	while ((got = read(fd, bytes, 1)) > 0)
		must(got == 1);
	must(got == 0 && *bytes == '\n');
	must(close(fd) == 0);
}

static size_t size_about(const char *path)
{
	char bytes[4096];
	int fd = open(path, O_RDONLY);
	must(fd >= 0);
	ssize_t got = read(fd, bytes, sizeof(bytes));
	must(got > 20 && close(fd) == 0);
	return (size_t)got - 20;
}

int main(void)
{
	size_t status = size_about("/proc/self/status"), stat = size_about("/proc/self/stat");
	int ends[2];
	pid_t child;
	must(pipe(ends) == 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		must(close(ends[1]) == 0);
		queue_and_take(ends[0]);
	}
	for (int i = 0; i < READS; i++) {
		read_whole("/proc/self/status", status);
		read_whole("/proc/self/stat", stat);
	}
	must(close(ends[1]) == 0);
	wait_and_say("child", child);
	return finish();
}
