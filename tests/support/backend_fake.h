/*
 * The fake back-end: a kernel of a few hundred lines, for unit tests. Each
 * task runs a program of items (calls with the results a kernel would give
 * them, faults, rdtsc, cpuid), and stops where a real one would. What the monitor made
 * of it stays to be looked at: every resume with the registers it was made
 * with, every call that was really made, what the program saw of each, every
 * signal it got.
 *
 * Not of this kernel: masks changed by calls, handlers' own calls, job control.
 */
#pragma once

#include "monitor/tracee/backend.h"

#define FAKE_ITEMS     16
#define FAKE_LOG       48
#define FAKE_REGIONS   8
#define FAKE_TASKS     2
#define FAKE_SEEN_NONE INT64_MIN
/* Where the monitor's page is in every task. */
#define FAKE_PAGE_ADDR UINT64_C(0x10000)

enum fake_kind {
	FAKE_CALL,
	FAKE_FAULT, /* the instruction raises `signal` */
	FAKE_RDTSC,
	FAKE_CPUID,   /* asks for args[0] and args[1] */
	FAKE_COMPUTE, /* no call until a handler has run */
	FAKE_END,     /* the task ends, nobody knows why, with `status` */
};

struct fake_item {
	enum fake_kind kind;
	int64_t nr;
	uint64_t args[6];
	int64_t result;       /* CALL: when it is made */
	unsigned blocks;      /* CALL: so many signals interrupt it before it comes to its end */
	int64_t restart;      /* ... each with this code of the kernel's */
	int interrupted_by;   /* ... and this one comes by itself */
	int raises;           /* CALL: this signal comes of making it (SIGPIPE) */
	int comes_at_entry;   /* CALL: a signal to the thread, while it stands before the call */
	pid_t child;          /* CALL: a fork; the new task's id */
	uint64_t output_addr; /* CALL: where making it writes */
	const void *output;
	size_t output_length;
	int signo, code; /* FAULT */
	int status;      /* END; CALL: the task dies in it, 0 for no */
};

enum fake_op { FAKE_RESUME, FAKE_SEND, FAKE_SET_SIGINFO, FAKE_WRITE };

/* What the monitor did. */
struct fake_act {
	enum fake_op op;
	pid_t tid;
	enum resume_how how; /* RESUME */
	int signo;           /* RESUME, SEND, SET_SIGINFO */
	enum stop_kind from; /* RESUME: the stop it stood at */
	registers regs;      /* RESUME */
	siginfo_t siginfo;   /* SET_SIGINFO */
	uint64_t addr;       /* WRITE */
	size_t length;
};

/* A call that was really made. */
struct fake_made {
	unsigned item;
	int64_t nr;
	uint64_t args[6];
	unsigned order; /* of all calls made under any fake back-end */
};

/* A signal the program's handler got. */
struct fake_delivered {
	unsigned item; /* the last one it had issued */
	siginfo_t info;
	bool restarts; /* that item is issued again after the handler */
};

struct fake_region {
	uint64_t addr;
	uint8_t *bytes;
	size_t length;
};

struct fake_task {
	pid_t tid;
	struct fake_item items[FAKE_ITEMS];
	unsigned n_items;
	int64_t seen[FAKE_ITEMS]; /* the result the program saw; FAKE_SEEN_NONE */
	unsigned issued;          /* items begun so far */
	struct fake_made made[FAKE_LOG];
	unsigned n_made;
	struct fake_delivered delivered[FAKE_LOG];
	unsigned n_delivered;
	uint64_t handled, restart, blocked; /* bit signo-1 */
	struct fake_region regions[FAKE_REGIONS];
	unsigned n_regions;

	bool gone;         /* its end was reaped */
	bool dying;        /* its end was not */
	bool running;      /* not at a stop */
	bool born;         /* its first stop was */
	bool forked;       /* inside its fork */
	bool finished;     /* its call has been made; its stop is to come */
	bool told_to_stop; /* interrupt: undone by any other stop */
	bool impatient;    /* the wait loop ends before anything comes */
	bool interrupted;  /* ... and was broken off by a signal: the kernel looks at its code */
	enum stop_kind at;
	enum resume_how how;
	int signo;  /* to be delivered */
	int status; /* of the end */
	registers regs;
	siginfo_t siginfo;
	uint64_t sent_mask, pending_mask; /* tgkill's before the process's */
	siginfo_t sent[65], pending[65];
};

struct backend_fake {
	struct backend base;
	pid_t monitor_pid;
	struct fake_task tasks[FAKE_TASKS];
	unsigned n_tasks;
	struct fake_act acts[FAKE_LOG];
	unsigned n_acts;
	unsigned rings;
	unsigned broken; /* what a real kernel refuses: resuming what runs, registers of what runs */
};

struct backend_fake *backend_fake_create(pid_t monitor_pid);
void backend_fake_destroy(struct backend_fake *b);

/* A task that runs. A child of a fork has its first stop to come: added by the test before. */
struct fake_task *backend_fake_add(struct backend_fake *b, pid_t tid, bool born);
struct fake_task *backend_fake_find(struct backend_fake *b, pid_t tid);
void fake_task_do(struct fake_task *task, const struct fake_item *item);
/* Memory that is there, zeroed; the test may look at it and change it. */
uint8_t *fake_task_map(struct fake_task *task, uint64_t addr, size_t length);

/* A signal from outside. SIGKILL ends the task wherever it is. */
void fake_task_signal(struct fake_task *task, const siginfo_t *info);

/* Would reap give a stop? */
bool backend_fake_has_stop(struct backend_fake *b);
