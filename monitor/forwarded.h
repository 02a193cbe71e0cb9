/*
 * Signals from outside that came to the monitor or to a follower, and were
 * meant for the program: the leader gets them, and sees who sent them. Who
 * sends to all that he finds (a process group, all processes of a name) means
 * the program once.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

/* more than wait at a time: what finds no room loses only its sender */
#define FORWARDED_LIMIT 64
/* senders that are told apart at a time */
#define FORWARDED_BURSTS 32

/* The ways to the leader: from the monitor, from follower 1 and so on, and its own. */
#define FORWARDED_MONITOR 0u
#define FORWARDED_OWN     LIMIT_VARIANTS
#define FORWARDED_WAYS    (LIMIT_VARIANTS + 1)

struct forwarded_item {
	siginfo_t info;
	pid_t pid; /* whom it was sent to */
	unsigned way;
};

/* One sender's signals of one number to one process, with less than a moment between them. */
struct forwarded_burst {
	pid_t pid, sender;
	int signo;
	uint64_t ns; /* of the latest; 0 for none */
	uint32_t came[FORWARDED_WAYS];
	uint32_t meant; /* the most by any way: so many the program gets */
};

struct forwarded {
	pthread_mutex_t lock;
	struct forwarded_item items[FORWARDED_LIMIT]; /* oldest first */
	unsigned count;
	struct forwarded_burst bursts[FORWARDED_BURSTS]; /* the leader's thread */
};

/* Sends info->si_signo to a process of the leader's. Any thread. */
void forwarded_send(struct forwarded *f, pid_t pid, const siginfo_t *info, unsigned way);
/*
 * A signal has come to process `pid` of the leader's. One of the monitor's gets the siginfo it
 * was sent with, if that was by forwarded_send. The ways it has come, as a
 * mask: a standard signal may stand for several.
 */
uint32_t forwarded_restore(struct forwarded *f, pid_t pid, pid_t monitor_pid, siginfo_t *info);
/* Has the program had it already, by another way? The leader's thread. */
bool forwarded_is_twin(struct forwarded *f, pid_t pid, const siginfo_t *info, uint32_t ways,
		       uint64_t now_ns);
