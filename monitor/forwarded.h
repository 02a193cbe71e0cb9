/*
 * Signals from outside that came to the monitor or to a follower, and were
 * meant for the program: the leader gets them, and sees who sent them.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* more than wait at a time: what finds no room loses only its sender */
#define FORWARDED_LIMIT 64

/* The latest of a signal by kill(2). */
struct forwarded_last {
	pid_t sender;
	bool was_ours; /* passed on by us */
	uint64_t ns;   /* 0: none, or its twin has come too */
};

struct forwarded {
	pthread_mutex_t lock;
	siginfo_t items[FORWARDED_LIMIT]; /* oldest first */
	unsigned count;
	struct forwarded_last last[65]; /* by signal; the leader's thread */
};

/* Sends info->si_signo to a process of the leader's. Any thread. */
void forwarded_send(struct forwarded *f, pid_t pid, const siginfo_t *info);
/* A signal of the monitor's has come to the leader: as it was sent, if it was by forwarded_send. */
bool forwarded_restore(struct forwarded *f, siginfo_t *info);
/*
 * What is sent to a process group reaches the leader and the monitor, which
 * passes it on. True for the second of the two: nothing else says that a
 * kill was for a group. The leader's thread.
 */
bool forwarded_is_twin(struct forwarded *f, const siginfo_t *info, bool is_ours, uint64_t now_ns);
