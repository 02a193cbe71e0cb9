#include "base/thread.h"

#include <signal.h>

int thread_create(pthread_t *out, void *(*run)(void *data), void *data)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(out, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}
