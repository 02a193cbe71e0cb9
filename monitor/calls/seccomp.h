/*
 * seccomp(2) of the program's own. The kernel has only our filter: the
 * program's are kept with its tasks and evaluated here, before the row of a
 * call is looked at. Each variant's call is put to the filters as that variant
 * installed them, and all must come to the same.
 */
#pragma once

#include "monitor/call.h"

/* A new task is filtered like its parent. */
void seccomp_inherit(struct lane *child, const struct lane *parent);
/* The lane ends. */
void seccomp_release(struct lane *lane);

/* What PR_GET_SECCOMP says: SECCOMP_MODE_... */
int seccomp_mode(const struct lane *lane);
unsigned seccomp_filter_count(const struct lane *lane);

/* The filter that an argument of prctl or seccomp points to. */
void seccomp_gather_filter(struct gather *g, unsigned arg);
/* prctl(PR_SET_SECCOMP): answered. */
void seccomp_set_mode(struct call *c);

/*
 * What the filters say of a call at which all variants stand. True when they
 * do not let it be made: it has been answered, the tasks have been sent a
 * signal, or the run has been stopped.
 */
bool seccomp_decide(struct call *c);

/* May a task make this call on its own? Any tracer thread, about a task of its own. */
bool seccomp_lets_pass(const struct task *task);
