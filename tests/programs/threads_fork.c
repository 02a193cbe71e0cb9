/*
 * fork and posix_spawn from a thread, while others read and compute; many
 * threads one after another. Only one forks: libc holds its locks meanwhile,
 * and which of two threads takes a lock first is not the same in every variant.
 */
#include "test.h"
#include <pthread.h>
#include <spawn.h>

#define ROUNDS 20
#define MANY   200

static int ends_with(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int child(int number)
{
	int fd = open("/dev/null", O_WRONLY);

	return fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0 ? number : 99;
}

static void *forks(void *argument)
{
	char *words[] = { "sh", "-c", "exit 7", NULL };
	int number = (int)(long)argument;
	long good = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(child(number));
		good += ends_with(pid) == number;
		if (i % 3 == 0 && posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ) == 0)
			good += ends_with(pid) == 7;
	}
	return (void *)good;
}

static void *reads(void *argument)
{
	long length = argument ? 0 : 1;

	for (int i = 0; i < 10 * ROUNDS; i++) {
		char bytes[64];
		int fd = open("/dev/zero", O_RDONLY);

		length += read(fd, bytes, sizeof(bytes));
		close(fd);
	}
	return (void *)length;
}

static void *computes(void *argument)
{
	volatile long sum = argument ? 0 : 1;

	for (long i = 0; i < 20000000; i++)
		sum += i & 1;
	return (void *)sum;
}

static void *nothing(void *argument)
{
	return argument;
}

int main(void)
{
	static void *(*const bodies[])(void *) = { forks, reads, computes };
	pthread_t threads[countof(bodies)];
	long sum = 0;

	for (size_t i = 0; i < countof(bodies); i++)
		pthread_create(&threads[i], NULL, bodies[i], (void *)(i + 1));
	for (size_t i = 0; i < countof(bodies); i++) {
		void *result;

		pthread_join(threads[i], &result);
		say("thread %zu: %ld\n", i, (long)result);
	}
	for (long i = 0; i < MANY; i++) {
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, nothing, (void *)i) != 0)
			return 1;
		pthread_join(thread, &result);
		sum += (long)result;
	}
	say("sum %ld\n", sum);
	return finish();
}
