/*
 * The monitor's command line: one table of rows, parsed into struct options
 * and printed as --help. Knows nothing of what the options lead to; main and
 * session read the result.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/completion.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "monitor/option_command.h"
#include "schema/trace_record.h"

/* What main is asked to do. */
enum option_action {
	ACTION_RUN = 0,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_CHECK_SYSTEM,
	ACTION_SYSCALLS,
	ACTION_MAN,
	ACTION_COMPLETION,
	ACTION_PREFLIGHT /* everything below is complete */
};

/* How the address spaces of the variants differ. */
enum option_layout {
	OPTION_LAYOUT_INDEPENDENT = 0, /* each randomised by the kernel */
	OPTION_LAYOUT_SAME,            /* randomised once, the same in all */
	OPTION_LAYOUT_OFF,             /* not randomised */
	OPTION_LAYOUT_CODE,         /* code each randomised by the kernel, data as in the leader */
	OPTION_LAYOUT_LEADER_FIXED, /* the leader not randomised, the followers are */
};

enum option_backend { OPTION_BACKEND_SECCOMP = 0, OPTION_BACKEND_PTRACE };
enum option_cpuid { OPTION_CPUID_NATIVE = 0, OPTION_CPUID_TRAP };
/* How the threads of a process run beside each other. */
enum option_threads {
	OPTION_THREADS_TURNS = 0, /* one at a time, in the leader's order (monitor/turns.h) */
	OPTION_THREADS_PARALLEL,  /* at once; which takes a lock first is each variant's own */
};

enum option_on_divergence { ON_DIVERGENCE_KILL = 0 };
enum option_on_full_disk { ON_FULL_DISK_STOP = 0, ON_FULL_DISK_CONTINUE };

/* Where signals with handlers are delivered. */
enum option_signals {
	OPTION_SIGNALS_SEMI = 0, /* between the same two calls (monitor/delivery.h) */
	OPTION_SIGNALS_BOUNDARY, /* only at a call */
};
/* Whose CPU time ITIMER_VIRTUAL and ITIMER_PROF count. */
enum option_cpu_timers { OPTION_CPU_TIMERS_LEADER = 0, OPTION_CPU_TIMERS_EACH };

/* --env-variant K:NAME=VALUE: one variable of one variant. */
struct option_env {
	unsigned variant;
	const char *assignment; /* NAME=VALUE, the caller's argv */
};

/* settings of single variables; more than anybody types */
#define OPTION_ENV_MAX 64

struct options {
	enum option_action
		action; /* other than these two that run a program: nothing below is complete */
	unsigned n_variants;                            /* 1 to LIMIT_VARIANTS */
	struct option_command commands[LIMIT_VARIANTS]; /* one for each variant */
	struct option_env env[OPTION_ENV_MAX];
	unsigned n_env;
	const char *trace_path; /* -o FILE, the caller's argv; NULL: trace_path_default */
	bool trace_none;        /* -o none */
	enum option_layout layout;
	enum option_backend backend;
	enum option_threads threads;
	enum option_cpuid cpuid;
	enum option_signals signals;
	enum option_cpu_timers cpu_timers;
	uint64_t signal_hold_ns; /* how long a signal waits for the next call */
	uint64_t signal_wait;    /* iterations of the wait loop */
	enum option_on_divergence on_divergence;
	enum option_on_full_disk on_full_disk;
	enum trace_payload_mode payload;
	uint64_t payload_head_bytes; /* PAYLOAD_HEAD only */
	uint64_t max_trace_bytes;    /* of the file; 0: no limit */
	uint64_t max_tasks;          /* of the program, at once; 0: no limit */
	uint64_t timeout_ns;         /* how long a variant is waited for at a call; 0: for ever */
	enum completion_shell completion_shell; /* ACTION_COMPLETION only */
	enum log_level verbosity;
};

/*
 * Fills *options from main's argc and argv. Options after PROGRAM are
 * PROGRAM's. Returns 0, or -EINVAL with one sentence in err; *options can be
 * given to options_finish in both cases.
 */
int options_parse(struct options *options, int argc, char **argv, struct error *err);

/* Frees what options_parse made. Accepts NULL and zeroed options. */
void options_finish(struct options *options);

/* The text of --help, at most 79 columns wide. */
void options_print_help(FILE *out);

/* The same as the manual page mvx-monitor(1). */
void options_print_manual(FILE *out);

/* A completion script (base/completion.h). */
void options_print_completion(FILE *out, enum completion_shell shell);

/* The word that --layout takes for it. */
const char *options_layout_name(enum option_layout layout);
