/*
 * Beside a program's own main: a thread that does nothing, so that the program
 * is one with threads, whose calls the monitor makes with copies.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void __attribute__((constructor)) start_idle_thread(void)
{
	pthread_t thread;
	sigset_t all, before;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0 ||
	    pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_detach(thread) != 0 ||
	    pthread_sigmask(SIG_SETMASK, &before, NULL) != 0)
		abort();
}
