/*
 * Signals of the leader's that must not reach it now: held until all stand at
 * a call, or until it has computed on for a moment (--signal-hold). The
 * leader's thread, but for the marks.
 */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* Holds one more; as the kernel has it, one of each standard signal. */
void hold_add(struct tracer *t, struct lane *lane, const struct lane_signal *signal);
/* The moment begins anew. */
void hold_begin(struct tracer *t, struct lane *lane);
/*
 * A new one for the leader in its own code: those before it were held for
 * nothing, or it has computed ever since the last handler, for long.
 */
bool hold_is_useless(const struct lane *lane);
/* The oldest, which is held no more. There must be one. */
struct lane_signal hold_take(struct lane *lane);
/* ... back to the kernel: it comes again. */
void hold_give_back(struct tracer *t, struct lane *lane);
/* The leader is on its way into its own code: what is held has nothing to wait for. */
void hold_release(struct tracer *t, struct lane *lane);
/* A signal's stop: as it first came, where it is one that was given back to the kernel. */
void hold_restore(struct lane *lane, struct lane_signal *signal);
/* Now and then: those that were held long enough. */
void hold_look_at_all(struct tracer *t);

/* The task is about to pass its rendezvous: where its way to the next begins, after a signal or a handler. */
void progress_mark(struct task *task);
/* CPU time since then; false, and nothing set, where it came from a call. Its own thread. */
bool progress_get(const struct task *task, uint64_t *ns);
