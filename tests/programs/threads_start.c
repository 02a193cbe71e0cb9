/*
 * Processes that start their first thread while another process is in the
 * middle of a write: both have something to hand to the kernel at once, the
 * one right after its thread was made, perhaps before that thread runs.
 */
#include "test.h"
#include <pthread.h>

enum { CHILDREN = 40, ROUNDS = 20 };

static int ends[2];
static char much[1 << 20];

static void *write_much(void *unused)
{
	must(write(ends[1], much, sizeof(much)) == (ssize_t)sizeof(much));
	return unused;
}

static void *do_nothing(void *unused)
{
	return unused;
}

static void start_thread(void)
{
	int null = open("/dev/null", O_WRONLY);
	pthread_t thread;
	must(null >= 0);
	must(pthread_create(&thread, NULL, do_nothing, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++)
		must(write(null, "text", 4) == 4);
	must(pthread_join(thread, NULL) == 0);
	_exit(0);
}

int main(void)
{
	size_t total = 0;
	ssize_t got = 1;
	pthread_t thread;
	must(pipe(ends) == 0);
	must(pthread_create(&thread, NULL, write_much, NULL) == 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = fork();
		int status;
		must(child >= 0);
		if (child == 0)
			start_thread();
		must(waitpid(child, &status, 0) == child && status == 0);
	}
	while (total < sizeof(much) && (got = read(ends[0], much, sizeof(much))) > 0)
		total += (size_t)got;
	must(total == sizeof(much));
	must(pthread_join(thread, NULL) == 0);
	return finish();
}
