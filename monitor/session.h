/* One run of the monitor: what all its threads share. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/error.h"
#include "monitor/options.h"
#include "monitor/tracer.h"

#define LEADER 0u

/* Exit statuses of the monitor's own. */
#define EXIT_DIVERGENCE     120
#define EXIT_MONITOR_FAILED 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

struct recorder;
struct pid_map;

struct session {
	const struct options *options;
	unsigned n_variants;
	uint32_t all_variants; /* mask */
	struct tracer tracers[LIMIT_VARIANTS];
	struct recorder *recorder;
	uint64_t start_ns;     /* CLOCK_MONOTONIC at time 0 */
	sigset_t signal_mask;  /* what the monitor was started with: the program's */
	pid_t monitor_pid;
	int page_fd;           /* the monitor's memfd page, mapped read-only in every variant */

	/* the leader thread's */
	struct lane *lanes;    /* live ones */
	unsigned n_lanes;
	uint32_t next_lane_id;
	uint64_t next_ticket;
	struct pid_map *pids;
	uint64_t n_steps, n_signals, n_divergences;

	cpu_set_t machine_cpus;  /* what the program would see as its affinity */
	bool pinned;             /* each tracer and its tasks on one CPU */

	_Atomic(struct lane *) root;  /* the first process; its status is ours */
	_Atomic int root_status[LIMIT_VARIANTS]; /* wait status, -1 until known */
	_Atomic pid_t root_pid;       /* the leader's, for signals passed on */
	_Atomic bool stopping;        /* every task is to be killed */
	_Atomic int exit_status;      /* why, when stopping; -1 otherwise */
	_Atomic bool over;            /* no task is left */
};

/* Nanoseconds since the start of the run. */
static inline uint64_t session_now_ns(const struct session *s)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - s->start_ns;
}

/* Runs the variants; returns the monitor's exit status. */
int session_run(const struct options *options);

/*
 * Ends the run: every variant is killed, the monitor exits with `status`. The
 * first caller's status counts. Any thread.
 */
void session_stop(struct session *s, int status);

/* The same after saying why: our own limits and the world's failures, exit 125. */
void session_fail(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
