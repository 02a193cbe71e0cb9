/*
 * Signals at call boundaries. What the kernel sends to the leader counts; the
 * followers' own copies (SIGCHLD of their children) are merged with it, and
 * they get theirs from the monitor at the same place. Faults are each
 * variant's own and are compared. (Delivery inside long computations is the
 * arbiter's, which will replace holding.)
 */
#pragma once

#include "monitor/call.h"

enum signal_action {
	SIGNAL_ACTION_IGNORE,
	SIGNAL_ACTION_TERMINATE,
	SIGNAL_ACTION_STOP,
	SIGNAL_ACTION_HANDLER
};

/* Dispositions, as rt_sigaction set them. Refcounted: CLONE_SIGHAND shares. */
struct signal_table {
	unsigned refs;
	uint64_t handled, ignored; /* masks, bit signo-1 */
	uint64_t restart, reset;   /* SA_RESTART, SA_RESETHAND */
};

struct signal_table *signal_table_create(uint64_t ignored);
struct signal_table *signal_table_share(struct signal_table *t);
struct signal_table *signal_table_copy(const struct signal_table *t);
void signal_table_release(struct signal_table *t);
/* What exec leaves: handlers are gone, ignored stays ignored. */
void signal_table_exec(struct signal_table *t);
void signal_table_set(struct signal_table *t, int signo, uint64_t handler, uint64_t flags);
enum signal_action signal_action_get(const struct signal_table *t, int signo);
/* A handler is about to run: SA_RESETHAND takes it away. */
void signal_handler_begins(struct signal_table *t, int signo);

/* A task is about to get a signal. */
void signals_on_stop(struct tracer *t, struct task *task, int signo);

/* Is it one of the codes by which the kernel says "a signal came in between"? */
static inline bool signals_interrupted(int64_t result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

/* The leader's call is over: is there a signal that must be delivered before it returns? */
bool signals_follow_call(struct call *c);

/* All stand at the same call: delivers the oldest held signal that is not blocked. */
bool signals_deliver_at_entry(struct tracer *t, struct lane *lane);

/*
 * The call at which all stand is not made: each gets this signal instead, and
 * c->result with it. With `kill` the signal ends the process, as one that the
 * kernel forces on it.
 */
void signals_raise(struct call *c, const siginfo_t *info, bool kill);

/* Unblocks the signal and takes its handler away, in a task that stands at a call. */
void signals_take_handler(struct tracer *t, struct task *task, int signo);

/* A stop for a signal that comes while the leader's task is driven by the monitor: kept for later. */
void signals_hold(struct tracer *t, struct task *task, int signo);

/* Sends the order's signal to a follower's task; its stop completes the order. */
void signals_inject(struct tracer *t, struct task *task, int signo);
