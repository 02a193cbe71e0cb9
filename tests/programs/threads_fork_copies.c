/*
 * A thread computes while another forks: what the child has of its memory is
 * some moment of the computation, and the same in all variants. It is written
 * to where nobody sees it, as it is another in each run.
 */
#include "test.h"
#include <pthread.h>
#include <stdatomic.h>

enum { FORKS = 30, ROUND = 200000 };

static volatile unsigned long counter;
static _Atomic bool stop;

/* Now and then a call: so do threads. */
static void *count(void *unused)
{
	while (!atomic_load(&stop)) {
		for (int i = 0; i < ROUND; i++)
			counter = counter + 1;
		must(getppid() > 0);
	}
	return unused;
}

static void show_copy(int fd)
{
	unsigned long copy = counter, again;

	must(write(fd, &copy, sizeof(copy)) == sizeof(copy));
	again = counter;
	/* nobody counts in a child */
	_exit(again != copy);
}

int main(void)
{
	pthread_t threads[2];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), status = 0;

	must(fd >= 0);
	for (int i = 0; i < 2; i++)
		must(pthread_create(&threads[i], NULL, count, NULL) == 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			show_copy(fd);
		must(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		must(pthread_join(threads[i], NULL) == 0);
	say("%d children\n", FORKS);
	return finish();
}
