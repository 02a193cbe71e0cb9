/*
 * How a tracer thread sees and moves its tasks. Back-ends stand behind one
 * struct of function pointers: seccomp (the default), fake (scripted stops for
 * unit tests); ptrace and agent come later.
 *
 * All functions are called by the one tracer thread that owns the tasks
 * (ptrace(2) ties a tracee to a thread), except backend_ring.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "monitor/tracee/registers.h"

enum stop_kind {
	STOP_CALL,      /* before a system call */
	STOP_FOREIGN,   /* before one of another ABI (the seccomp back-end: SIGSYS instead) */
	STOP_CALL_EXIT, /* after one */
	STOP_SIGNAL,    /* a signal is about to be delivered */
	STOP_GROUP,     /* stopped by job control */
	STOP_NEW,       /* first stop of a new task, or the end of a group stop */
	STOP_FORK,      /* inside fork, vfork or clone; message is the new task's id */
	STOP_EXEC,      /* the new image is there, nothing of it has run */
	STOP_ENDED,     /* gone; status as wait(2) gives it */
};

struct stop {
	enum stop_kind kind;
	pid_t tid;
	int signo;  /* SIGNAL, GROUP */
	int status; /* ENDED */
	uint64_t message; /* FORK: the new task's id; EXEC: of the thread that made it; FOREIGN: the number */
	uint32_t arch; /* FOREIGN: AUDIT_ARCH_..., of x32 it is the native one */
};

enum resume_how {
	RESUME_RUN,     /* until the next call, signal or event */
	RESUME_TO_EXIT, /* through the call it stands at; stop after it */
	RESUME_LISTEN,  /* stay stopped by job control, and say when that ends */
};

struct backend;

struct backend_ops {
	const char *name;
	/* One stop that is there now: 1; none: 0; no task left: -ECHILD. Consumes it. */
	int (*reap)(struct backend *b, struct stop *out);
	/* The same for one task, waiting for it. */
	int (*wait_task)(struct backend *b, pid_t tid, struct stop *out);
	/* Returns when a stop may be there or the doorbell rang. Spurious returns are allowed. */
	void (*sleep)(struct backend *b);
	/* Ends a sleep, now or the next one. Any thread. */
	void (*ring)(struct backend *b);
	/* Ends a sleep after so many nanoseconds, 50 us at least; the last wish counts. */
	void (*wake_after)(struct backend *b, uint64_t ns);
	/* Each returns 0 or -errno; -ESRCH means the task is dying: its end will be reported. */
	int (*resume)(struct backend *b, pid_t tid, enum resume_how how, int signo);
	int (*get_registers)(struct backend *b, pid_t tid, registers *out);
	int (*set_registers)(struct backend *b, pid_t tid, const registers *in);
	int (*get_siginfo)(struct backend *b, pid_t tid, siginfo_t *out);
	int (*set_siginfo)(struct backend *b, pid_t tid, const siginfo_t *in);
	/* Blocked signals, bit signo-1. */
	int (*get_mask)(struct backend *b, pid_t tid, uint64_t *out);
	int (*set_mask)(struct backend *b, pid_t tid, const uint64_t *in);
	/* Signals waiting for the task and for its process, blocked or not, bit signo-1. */
	int (*get_pending)(struct backend *b, pid_t tid, uint64_t *out);
	int (*send)(struct backend *b, pid_t pid, pid_t tid, int signo);
	/* Breaks off the call a running task is blocked in; a STOP_NEW follows, then the call comes again. */
	int (*interrupt)(struct backend *b, pid_t tid);
	ssize_t (*read_memory)(struct backend *b, pid_t tid, uint64_t addr, void *to,
			       size_t length);
	int (*write_memory)(struct backend *b, pid_t tid, uint64_t addr, const void *from,
			    size_t length);
};

struct backend {
	const struct backend_ops *ops;
};

/* The seccomp back-end of the calling thread. NULL and err on failure; free with backend_seccomp_destroy. */
struct backend *backend_seccomp_create(struct error *err);
void backend_seccomp_destroy(struct backend *b);

/* The same with PTRACE_SYSCALL and no filter (spawn_request.no_filter). */
struct backend *backend_ptrace_create(struct error *err);
void backend_ptrace_destroy(struct backend *b);
