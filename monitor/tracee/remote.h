/* System calls driven in a task that stands at a call's exit, or before one: mapping our pages, above all. */
#pragma once

#include "monitor/tracee/backend.h"

/* Called for a signal that wants to be delivered meanwhile; it is suppressed afterwards. */
typedef void remote_signal_fn(void *context, int signo);

struct remote {
	struct backend *backend;
	pid_t tid;
	uint64_t insn_addr; /* of a `syscall` instruction in the task's image */
	registers saved;    /* what remote_end restores */
	remote_signal_fn *on_signal;
	void *context;
};

/*
 * The task is at the stop that ends an execve's event; takes it to that call's
 * exit. 0, or -ESRCH when it died.
 */
int remote_reach_exit(struct remote *r);

/* Remembers the registers. insn_addr must be set. */
int remote_begin(struct remote *r);
/* Makes one call; *result is what the kernel returned. -ESRCH when the task died. */
int remote_call(struct remote *r, int64_t nr, const uint64_t args[6], int64_t *result);
/* Puts the registers back; the task is again at a call's exit. */
int remote_end(struct remote *r);
/* ... or where it stood before call `nr`, and stands there again. -ESRCH when it died. */
int remote_end_before_call(struct remote *r, int64_t nr);
