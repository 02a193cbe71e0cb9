/*
 * A thread that waits for a condition is cancelled. Whether it is told by a
 * signal depends on how far it has come into its wait: threads that run at
 * once may differ in that, those that take turns do not.
 */
#include "test.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t here;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void unlock(void *unused)
{
	(void)unused;
	pthread_mutex_unlock(&mutex);
}

static void *waits(void *argument)
{
	pthread_mutex_lock(&mutex);
	sem_post(&here);
	pthread_cleanup_push(unlock, NULL);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	pthread_cleanup_pop(1);
	return argument;
}

int main(void)
{
	pthread_t thread;
	void *result;
	sem_init(&here, 0, 0);
	for (int i = 0; i < 20; i++) {
		must(pthread_create(&thread, NULL, waits, NULL) == 0);
		sem_wait(&here);
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		must(pthread_cancel(thread) == 0);
		must(pthread_join(thread, &result) == 0);
		must(result == PTHREAD_CANCELED);
	}
	return finish();
}
