/*
 * Signals with handlers, in the midst of a program: how each variant is
 * brought to where all get them.
 *
 * The leader's signal is held for a moment (--signal-hold): most programs soon
 * come to a call, and there it reaches all at the very same point. A leader
 * that computes on gets it where it is, and the arbiter has the others stopped
 * before their next call. A signal that each variant has for itself
 * (--cpu-timers=each) is the arbiter's from the start.
 */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* Where in the monitor's page the wait loop is: rcx times, then a system call. */
#define DELIVERY_LOOP_OFFSET 16u
extern const uint8_t delivery_loop[];
extern const size_t delivery_loop_bytes;

/* All stand at the same call: delivers the oldest held signal that is not blocked. */
bool delivery_at_entry(struct tracer *t, struct lane *lane);

/*
 * The leader's thread, when somebody has arrived: is a signal on its way to
 * all? Then no call goes on, and true is returned.
 */
bool delivery_arbitrate(struct tracer *t, struct lane *lane);

/* A task's own side: a signal has stopped it, or (NULL) it was told to stop. */
void delivery_arrive(struct tracer *t, struct task *task, const struct lane_signal *signal);
/* Is it to be stopped on the way to its next call? */
bool delivery_wants_stop(const struct task *task);
/* Stops it if so: now, or a follower that is behind the leader when it has caught up. */
void delivery_stop(struct tracer *t, struct task *task);
/* A follower's thread, now and then: those that have caught up. */
void delivery_look_at_slow(struct tracer *t);
/* Carries out ORDER_SIGNAL, ORDER_GO_ON or ORDER_WAIT of its slot. */
void delivery_follow(struct tracer *t, struct task *task);
/* The wait loop has come to its end. */
void delivery_waited_in_vain(struct tracer *t, struct task *task);
/* What was sent has stopped it: its true siginfo, and how the call appears. */
void delivery_injected(struct tracer *t, struct task *task);

/* What a rendezvous' signal brings, before orders for it are given. */
void delivery_set_siginfo(const struct lane *lane, struct rendezvous *r, const siginfo_t *info);

/* A signal that each variant has for itself? */
bool delivery_is_own(const struct session *s, const siginfo_t *info);
