/*
 * Eight threads at one queue under a mutex, each piece of work with its own
 * calls: who takes which depends on who is first. A pool that reads files, and
 * a thread that only sleeps, beside them.
 */
#include "test.h"
#include <pthread.h>
#include <time.h>

#define WORKERS 8
#define PIECES  200
#define READERS 3

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int next_piece, last_piece;
static bool closed;
static long total;

/* As many calls, and such ones, as the piece says. */
static void work_on(int piece)
{
	char bytes[256];
	int fd = open(piece % 2 ? "/dev/zero" : "/dev/null", O_RDONLY);

	for (int i = 0; i < piece % 5; i++)
		if (read(fd, bytes, (size_t)piece % sizeof(bytes)) < 0)
			_exit(98);
	close(fd);
	free(malloc((size_t)piece * 100));
}

static void *worker(void *argument)
{
	pthread_mutex_lock(&mutex);
	for (;;) {
		int piece;

		while (next_piece == last_piece && !closed)
			pthread_cond_wait(&more, &mutex);
		if (next_piece == last_piece)
			break;
		piece = ++next_piece;
		pthread_mutex_unlock(&mutex);
		work_on(piece);
		pthread_mutex_lock(&mutex);
		total += piece;
	}
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void *reader(void *argument)
{
	char name[32], bytes[64];
	long length = 0;

	snprintf(name, sizeof(name), "in%ld", (long)argument);
	make_file(name, name);
	for (int i = 0; i < 50; i++) {
		int fd = open(name, O_RDONLY);

		length += read(fd, bytes, sizeof(bytes));
		close(fd);
	}
	return (void *)length;
}

static void *sleeper(void *argument)
{
	for (int i = 0; i < 20; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	return argument;
}

int main(void)
{
	pthread_t workers[WORKERS], readers[READERS], sleeps;
	void *result;

	pthread_create(&sleeps, NULL, sleeper, NULL);
	for (long i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, worker, NULL);
	for (long i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, reader, (void *)i);
	for (int i = 0; i < PIECES; i++) {
		pthread_mutex_lock(&mutex);
		last_piece++;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_lock(&mutex);
	closed = true;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	for (int i = 0; i < READERS; i++) {
		pthread_join(readers[i], &result);
		say("reader %d: %ld bytes\n", i, (long)result);
	}
	pthread_join(sleeps, NULL);
	say("total %ld\n", total);
	return finish();
}
