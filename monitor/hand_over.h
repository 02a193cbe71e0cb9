/*
 * Gives a follower's task one of the monitor's descriptors, whatever user, root
 * or namespaces the task has: through a socket pair that the task makes.
 */
#pragma once

#include "monitor/lane.h"

struct tracer;
struct remote;

/* remote_begin is the caller's. *result is the task's number, close-on-exec. 0 or -errno. */
int hand_over(struct tracer *t, struct task *task, struct remote *r, int fd, int64_t *result);
