/*
 * The leader's thread: takes a lane through its phases. All variants have
 * arrived, are compared, the call is decided, the leader makes it, the
 * followers get their orders.
 */
#pragma once

#include "monitor/call.h"
#include "monitor/compare.h"

/* Looks at a lane after an arrival or an end, and takes it as far as it goes. */
void execute_advance(struct tracer *t, struct lane *lane);

/* The leader's stops inside a call: after it, and at the birth of a child. */
void execute_exit(struct tracer *t, struct task *task);
void execute_fork(struct tracer *t, struct task *task, pid_t pid);
/* The leader's new image is set up. */
void execute_exec(struct tracer *t, struct task *task);

/*
 * The call is over with c->result: orders for the followers, and the leader
 * goes on. `signo` is delivered to the followers at this point, `leader_signo`
 * to the leader, which is then at that signal's stop (0: none).
 */
void execute_finish(struct call *c, int signo, int leader_signo, enum signal_resume resume);
/* The call was broken off by a signal; c->result is what the program will see. */
void execute_interrupted(struct call *c);

/* A thread that is not the first has made an execve: it is its process now. */
void execute_take_over(struct lane *lane);

/*
 * All have arrived at the lane's rendezvous: the one before it is over and
 * recorded. False when its outcomes were a divergence.
 */
bool execute_previous_complete(struct lane *lane);
