/* Robust futexes of threads that end (get_robust_list(2)). */
#pragma once

#include "monitor/tracer.h"

/*
 * A follower's thread is about to end, with all others of its process or alone.
 * The kernel marks those futexes of its robust list that hold its id; the
 * program wrote the leader's there, which is the id it knows. They get the
 * kernel's.
 */
void robust_lists_prepare(struct tracer *t, struct task *task, bool whole_process);
