/* Threads that work for others. */
#pragma once

#include <pthread.h>

/*
 * Starts a thread that takes no signal: those are for the threads there are.
 * 0, or what pthread_create(3) gives.
 */
int thread_create(pthread_t *out, void *(*run)(void *data), void *data);
