/* Phase seven: what a rendezvous becomes in the trace. */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* The Step record of a finished rendezvous, if it is one and not yet recorded. The leader's thread. */
void record_step(struct lane *lane, uint64_t seq);
/* A call that was neither compared nor awaited. Any tracer thread, for its own task. */
void record_local(struct tracer *t, struct task *task, int64_t result);

void record_task_start(struct lane *lane, uint64_t clone_flags);
void record_task_end(struct lane *lane);
/* A decision about the signal that *d describes. */
void record_signal(struct lane *lane, enum trace_signal_decision decision,
		   const struct delivery *d);
/* A note of the monitor's, about the program at this point. */
void record_mark(struct lane *lane, const char *text);
void record_trap(struct lane *lane, const struct slot *slot, const struct trap_answer *answer);
