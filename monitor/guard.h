/*
 * What the program has no business with: the monitor's own threads, and the
 * followers. As far as it can tell they are processes like any other, but who
 * rules one of them could make the variants act differently unseen.
 */
#pragma once

#include "monitor/call.h"

/* Does a thread of ours trace this one? Any process of any variant. */
bool guard_is_traced(pid_t pid);

/* A thread of the monitor, or a process or thread that only a follower has. */
bool guard_is_ours(const struct session *s, pid_t pid);

/* Stops the run when a call would signal, change or look into one of ours by its id. True when it did. */
bool guard_stops(struct call *c);
