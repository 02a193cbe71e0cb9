/* One run of the monitor: what all its threads share. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#include "base/error.h"
#include "monitor/forwarded.h"
#include "monitor/options.h"
#include "monitor/room.h"
#include "monitor/tracee/tsc.h"
#include "monitor/tracer.h"

#define LEADER 0u

/* Wakes the main thread: the last tracer thread has ended, or job control has stopped the program. */
#define SESSION_WAKE_SIGNAL (SIGRTMIN + 2)

/* Exit statuses of the monitor's own. */
#define EXIT_DIVERGENCE     120
#define EXIT_MONITOR_FAILED 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

/* requests: more different ones that nobody has written down are not noted */
#define NOTED_REQUESTS 32

struct copies;
struct recorder;
struct pid_map;
struct stand_in;
struct signal_value;
struct segment;

/* An open file under way in a message, and what it looked like. */
struct sent_file {
	struct open_file *file; /* a reference */
	uint64_t device, inode, flags;
};

struct session {
	const struct options *options;
	unsigned n_variants;
	uint32_t all_variants; /* mask */
	struct tracer tracers[LIMIT_VARIANTS];
	struct recorder *recorder;
	uint64_t start_ns;              /* CLOCK_MONOTONIC at time 0 */
	sigset_t signal_mask;           /* what the monitor was started with: the program's */
	struct rlimit descriptor_limit; /* the same */
	pid_t monitor_pid;
	struct copies *copies;
	int page_fd; /* the monitor's memfd page, mapped read-only in every variant */
	const char *paths[LIMIT_VARIANTS]; /* resolved executables */
	bool same_commands;                /* one program with one environment, run N times */
	int *inherited;                    /* descriptors the program starts with */
	size_t n_inherited;
	uint64_t signals_ignored; /* what the program starts with, bit signo-1 */

	/* the leader thread's */
	struct lane *lanes; /* live ones */
	unsigned n_lanes;
	uint32_t next_lane_id;
	uint64_t next_ticket;
	struct room room; /* for tasks, as it was at the start */
	struct pid_map *pids;
	struct stand_in *stand_ins;
	struct segment *segments;
	struct sent_file *sent; /* oldest first */
	size_t n_sent, sent_capacity;
	struct signal_value *signal_values; /* oldest first */
	size_t n_signal_values, signal_values_capacity;
	uint32_t noted_requests[NOTED_REQUESTS]; /* of ioctl: the trace has a note on them */
	unsigned n_noted_requests;
	bool turns_missed; /* somebody ran on while others took turns (turns.h) */
	uint64_t n_steps, n_signals, n_divergences;

	cpu_set_t machine_cpus;    /* what the program would see as its affinity */
	size_t machine_cpus_bytes; /* what sched_getaffinity returns here */
	bool pinned;               /* each tracer and its tasks on one CPU */
	bool cpus_shared;          /* variants outnumber CPUs: spinning takes time from another */

	_Atomic(struct lane *) root;             /* the first process; its status is ours */
	_Atomic int root_status[LIMIT_VARIANTS]; /* wait status, -1 until known */
	_Atomic pid_t root_pid;                  /* the leader's, for signals passed on */
	_Atomic uint64_t signals_for_all;        /* mask: to be sent to every process */
	struct forwarded forwarded;
	uint64_t early_signals;    /* the main thread's: mask, came before root_pid */
	_Atomic bool root_stopped; /* the first process is stopped by job control */
	_Atomic bool stop_wanted;  /* we are to stop when the program has */
	_Atomic bool stopping;     /* every task is to be killed */
	_Atomic int exit_status;   /* why, when stopping; -1 otherwise */
	pthread_t main_thread;
	_Atomic unsigned n_serving; /* tracer threads that have not ended */
	uint64_t last_tick_ns;      /* the leader thread's: when it last looked */
	_Atomic bool tick; /* set four times a second: the leader's thread looks at the clock */
};

/* ns between looks at the clock (late variants, records not yet handed over) */
#define SESSION_TICK_NS 250000000u

/* Nanoseconds since the start of the run. */
static inline uint64_t session_now_ns(const struct session *s)
{
	return tsc_free_now_ns() - s->start_ns;
}

/*
 * Runs the variants; returns the monitor's exit status. argc and argv are the
 * monitor's own, for the trace.
 */
int session_run(const struct options *options, int argc, char **argv);

/*
 * Ends the run: every variant is killed, the monitor exits with `status`. The
 * first caller's status counts. Any thread.
 */
void session_stop(struct session *s, int status);

/* The program's first execve failed with this errno: says so, exit 126 or 127. */
void session_start_failed(struct session *s, int number);

/* The same after saying why: our own limits and the world's failures, exit 125. */
void session_fail(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
