/* Threads that open, duplicate and close descriptors at the same time, each with its own content. */
#include "test.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define THREADS 6
#define ROUNDS  40

static void check(bool good, const char *what)
{
	if (good)
		return;
	say("failed: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void through_pipe(long number, int round)
{
	char text[32], got[32] = "";
	int length = snprintf(text, sizeof(text), "%ld/%d", number, round);
	int ends[2], copy;

	check(round % 2 ? pipe(ends) == 0 : socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "pair");
	copy = round % 3 ? dup(ends[0]) : fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
	check(copy >= 0, "dup");
	close(ends[0]);
	check(write(ends[1], text, (size_t)length) == length, "write");
	check(read(copy, got, sizeof(got)) == length && strcmp(got, text) == 0, "what was written");
	close(ends[1]);
	check(read(copy, got, sizeof(got)) == 0, "end of file");
	close(copy);
}

static void through_file(long number, int round)
{
	char name[32], got[32] = "";
	int fd;

	snprintf(name, sizeof(name), "file%ld", number);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	check(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name), "make a file");
	close(fd);
	fd = open(name, O_RDONLY);
	check(fd >= 0 && read(fd, got, sizeof(got)) > 0 && strcmp(got, name) == 0, "read it");
	check(dup2(fd, 200 + (int)number) == 200 + (int)number, "dup2");
	close(fd);
	close(200 + (int)number);
	fd = eventfd((unsigned)round, 0);
	check(fd >= 0, "eventfd");
	close(fd);
}

static void *work(void *argument)
{
	for (int round = 0; round < ROUNDS; round++) {
		through_pipe((long)argument, round);
		through_file((long)argument, round);
		free(malloc((size_t)round * 5000));
	}
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	long sum = 0;

	for (long i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, work, (void *)i) == 0, "pthread_create");
	for (long i = 0; i < THREADS; i++) {
		void *result;

		check(pthread_join(threads[i], &result) == 0, "pthread_join");
		sum += (long)result;
	}
	say("sum %ld\n", sum);
	show(open("/dev/null", O_RDONLY));
	return finish();
}
