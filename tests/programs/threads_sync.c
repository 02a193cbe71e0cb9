/* Two threads that take turns, a barrier, semaphores, a robust mutex whose owner ends, thread-local data. */
#include "test.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define TURNS 500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_mutex_t robust;
static sem_t posted;
static int turn;
static __thread int own;

static void *take_turns(void *argument)
{
	int me = (int)(long)argument;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < TURNS; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != me)
			pthread_cond_wait(&changed, &mutex);
		own += i;
		turn = !me;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	if (me)
		sem_post(&posted);
	return (void *)(long)own;
}

static void *die_with_lock(void *argument)
{
	pthread_mutex_lock(&robust);
	return argument;
}

static void *try_timed(void *argument)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 20000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return (void *)(long)pthread_mutex_timedlock(argument, &until);
}

static void robust_mutex(void)
{
	pthread_mutexattr_t attributes;
	pthread_t thread;
	void *result;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&thread, NULL, die_with_lock, NULL);
	pthread_join(thread, NULL);
	say("owner died: %d\n", pthread_mutex_lock(&robust) == EOWNERDEAD);
	say("consistent: %d\n", pthread_mutex_consistent(&robust));
	pthread_create(&thread, NULL, try_timed, &robust);
	pthread_join(thread, &result);
	say("timed out: %d\n", (long)result == ETIMEDOUT);
	say("unlock: %d\n", pthread_mutex_unlock(&robust));
}

int main(void)
{
	pthread_t threads[2];

	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&posted, 0, 0);
	for (long i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, take_turns, (void *)i);
	sem_wait(&posted);
	for (int i = 0; i < 2; i++) {
		void *result;

		pthread_join(threads[i], &result);
		say("thread %d: %ld\n", i, (long)result);
	}
	say("main's own: %d\n", own);
	robust_mutex();
	return finish();
}
