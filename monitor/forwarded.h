/*
 * Signals from outside that came to the monitor or to a follower, and were
 * meant for the program: the leader gets them, and sees who sent them.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

/* more than wait at a time: what finds no room loses only its sender */
#define FORWARDED_LIMIT 64

struct forwarded {
	pthread_mutex_t lock;
	siginfo_t items[FORWARDED_LIMIT]; /* oldest first */
	unsigned count;
};

/* Sends info->si_signo to a process of the leader's. Any thread. */
void forwarded_send(struct forwarded *f, pid_t pid, const siginfo_t *info);
/* A signal of the monitor's has come to the leader: as it was sent, if it was by forwarded_send. */
void forwarded_restore(struct forwarded *f, siginfo_t *info);
