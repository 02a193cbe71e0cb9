/* Phase five, the followers' threads: each does its part of what the leader's thread ordered. */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* There may be an order for this variant's task of the lane, or the lane may be dying. */
void replicate_look(struct tracer *t, struct lane *lane);

/* The task has done what it was let through the gate for, or is gone: the next one's turn. */
void replicate_leave_gate(struct tracer *t, struct task *task);

/* A follower's stops inside a call it was ordered to make. */
void replicate_exit(struct tracer *t, struct task *task);
void replicate_fork(struct tracer *t, struct task *task, pid_t pid);
/* A follower's new image is set up. */
void replicate_exec(struct tracer *t, struct task *task);
