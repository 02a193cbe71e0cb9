/*
 * Signals' stops. What the kernel sends to the leader counts; the followers'
 * own copies (SIGCHLD of their children) are merged with it, and they get
 * theirs from the monitor at the same place. Faults are each variant's own and
 * are compared. What comes in the midst of a program is delivery.h's.
 */
#pragma once

#include "monitor/call.h"
#include "monitor/signal_table.h"

/* A task is about to get a signal. */
void signals_on_stop(struct tracer *t, struct task *task, int signo);

/* Is it one of the codes by which the kernel says "a signal came in between"? */
static inline bool signals_interrupted(int64_t result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

/* Are there signals for the leader, blocked or not, of a program that handles some? */
bool signals_wait_for(struct call *c);
/* The leader's call is over: is there a signal that must be delivered before it returns? */
bool signals_follow_call(struct call *c);

/*
 * The leader goes to that signal's stop, with what it is to go on with in
 * task->regs. The signal may yet not come: another thread takes one that was
 * for the process, one of a timer is dropped when the timer is set anew, a stop
 * signal and SIGCONT undo each other. So there is a call of ours before
 * anything of the program, and it stops there.
 */
void signals_await(struct tracer *t, struct task *task);
/* It has stopped there: the call is not made, and the program goes on. */
void signals_did_not_come(struct tracer *t, struct task *task);

/*
 * The call at which all stand is not made: each gets this signal instead, and
 * c->result with it. With `kill` the signal ends the process, as one that the
 * kernel forces on it.
 */
void signals_raise(struct call *c, const siginfo_t *info, bool kill);

/* Unblocks the signal and takes its handler away, in a task that stands at a call. */
void signals_take_handler(struct tracer *t, struct task *task, int signo);

/*
 * Signals that somebody outside has sent to followers which stand before the
 * call that the leader is in: there they make no stop. The leader's thread asks
 * now and then; the follower's own fetches them and passes them on.
 */
void signals_look_at_followers(struct lane *lane);
void signals_fetch_waiting(struct tracer *t, struct task *task);

/* A stop for a signal that comes while the leader's task is driven by the monitor: kept for later. */
void signals_hold(struct tracer *t, struct task *task, int signo);

/* Sends the order's signal to a follower's task; its stop completes the order. */
void signals_inject(struct tracer *t, struct task *task, int signo);
