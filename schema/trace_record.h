/*
 * The records of a trace as plain C: what the monitor hands to the writer and
 * what the reader hands out. Only trace_encode.c and trace_decode.c know how
 * they look in protobuf (schema/trace.proto).
 *
 * Pointers inside a record are borrowed: the writer does not keep them, and
 * what the reader gives is valid until its next call. Times are nanoseconds
 * since the start of the run (CLOCK_MONOTONIC), except where named _wall_.
 * A mask has bit v for variant v; arrays by variant count for the variants of
 * the mask only. Strings may be NULL (empty) on the way in and never are on
 * the way out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

enum trace_record_kind {
	TRACE_HEADER = 1,
	TRACE_VARIANT_START,
	TRACE_TASK_START,
	TRACE_TASK_END,
	TRACE_STEP,
	TRACE_SIGNAL,
	TRACE_DIVERGENCE,
	TRACE_TRAP,
	TRACE_FILE_IDENTITY,
	TRACE_MARK,
	TRACE_END,
};

/* A length and bytes that may hold anything. data may be NULL when length is 0. */
struct trace_blob {
	const uint8_t *data;
	size_t length;
};

struct trace_name {
	int64_t number;
	const char *name;
};

struct trace_inherited_fd {
	int32_t fd;
	uint32_t flags;    /* F_GETFL */
	uint32_t fd_flags; /* F_GETFD */
	const char *kind;  /* "file", "pipe", "socket", "tty", "char", "other" */
	const char *path;  /* what /proc/self/fd says */
	int64_t offset;    /* -1 when it has none */
};

struct trace_rlimit {
	uint32_t resource;
	uint64_t soft, hard;
};

/* A trace that was made from another. */
struct trace_derivation {
	const char *how;                /* slice, redact */
	const char *what;               /* the words that said what: positions, options */
	uint64_t of_hash;               /* final hash of the chain of the trace it was made from */
	uint64_t first_step, last_step; /* slice: asked for */
};

struct trace_header {
	struct trace_blob trace_id; /* 16 random bytes */
	struct trace_blob
		descriptor_set; /* FileDescriptorSet of trace.proto; the writer fills it in */
	const char *monitor_version;
	struct trace_blob *options; /* the monitor's own command line, one string each */
	size_t n_options;
	uint64_t start_wall_ns; /* CLOCK_REALTIME at time 0 */
	uint32_t variants;
	uint32_t payload_mode; /* enum trace_payload_mode */
	uint64_t payload_head_bytes;
	const char *kernel_release, *kernel_version, *machine, *hostname;
	const char *cpu_model;
	uint32_t cpu_count;
	uint64_t page_bytes, clock_ticks;
	struct trace_name *syscalls, *errnos, *signals;
	size_t n_syscalls, n_errnos, n_signals;
	/* start state */
	const char *cwd;
	uint32_t umask;
	uint32_t uid, euid, gid, egid;
	uint32_t *groups;
	size_t n_groups;
	struct trace_rlimit *rlimits;
	size_t n_rlimits;
	uint64_t signal_mask, signal_ignored; /* bit signo-1 */
	uint32_t personality;
	struct trace_inherited_fd *fds;
	size_t n_fds;
	struct trace_blob *environment;
	size_t n_environment;
	struct trace_derivation
		*derived; /* what was done to the recorded trace, first things first */
	size_t n_derived;
};

enum trace_payload_mode { PAYLOAD_FULL = 1, PAYLOAD_HEAD, PAYLOAD_HASH, PAYLOAD_NONE };

/* One per variant, at its first exec. */
struct trace_variant_start {
	uint32_t variant;
	int32_t pid;
	struct trace_blob *argv;
	size_t n_argv;
	const char *path;           /* of the executable, resolved */
	struct trace_blob build_id; /* empty when it has none */
	uint64_t size;
	uint64_t hash;          /* XXH3 of the executable, 0 when unknown */
	const char *layout;     /* independent, same, off */
	struct trace_blob auxv; /* as the program sees it */
	struct trace_blob at_random;
};

struct trace_task_start {
	uint32_t task;     /* from 1; never used twice */
	uint32_t parent;   /* 0 for the first */
	const char *label; /* creation path: P0.T0, P0.2.T0 ... */
	uint64_t time_ns;
	uint64_t clone_flags;
	uint32_t variants; /* mask */
	int32_t pid[LIMIT_VARIANTS], tid[LIMIT_VARIANTS];
};

struct trace_task_end {
	uint32_t task;
	uint64_t time_ns;
	uint32_t variants;              /* mask */
	int32_t status[LIMIT_VARIANTS]; /* as wait(2) gives it */
};

enum trace_direction { DIRECTION_IN = 1, DIRECTION_OUT = 2 };

/* Parts of an argument that has several: a message or a vector. */
enum trace_buf_part { PART_CONTENT = 0, PART_LAYOUT = 1, PART_NAME = 2, PART_CONTROL = 3 };

/* The u64s of a received message's LAYOUT: what recvmsg(2) writes into the header itself. */
enum trace_message_scalar {
	MESSAGE_NAME_LENGTH,
	MESSAGE_CONTROL_LENGTH,
	MESSAGE_FLAGS,
	MESSAGE_SCALARS
};

/*
 * The u64s that the LAYOUT of many messages has for each: how many bytes of the
 * other parts are its own, and of those received what the kernel says besides.
 */
enum trace_messages_scalar {
	MESSAGES_CONTENT,
	MESSAGES_NAME,
	MESSAGES_CONTROL,
	MESSAGES_SENT_SCALARS,
	MESSAGES_NAME_LENGTH = MESSAGES_SENT_SCALARS,
	MESSAGES_FLAGS,
	MESSAGES_LENGTH,
	MESSAGES_RECEIVED_SCALARS
};

struct trace_buf {
	uint8_t arg;       /* 0-based argument */
	uint8_t direction; /* enum trace_direction */
	uint8_t part;      /* enum trace_buf_part; LAYOUT is u64 lengths, or message scalars */
	uint8_t truncated; /* data is only the head of full_length bytes */
	uint32_t variants; /* mask: whose bytes these are; equal ones are stored once */
	uint64_t full_length;
	uint64_t hash; /* XXH3 of all full_length bytes; 0 when data is whole */
	struct trace_blob data;
};

enum trace_verdict {
	VERDICT_SAME = 1,    /* all agreed */
	VERDICT_DIVERGED,    /* a Divergence record names this step; the call did not take effect */
	VERDICT_LOCAL,       /* not compared (RUN_LOCAL) */
	VERDICT_REFUSED,     /* answered with an errno by the monitor */
	VERDICT_UNSUPPORTED, /* stopped the run */
};

enum trace_executed { EXECUTED_LEADER = 1, EXECUTED_EACH, EXECUTED_NOBODY, EXECUTED_LOCAL };

struct trace_step {
	uint64_t step;     /* global number from 1, given by the recorder */
	uint64_t ticket;   /* order among calls that touch shared objects; 0 for none */
	uint64_t task_seq; /* number within the task, from 1 */
	uint32_t task;
	uint32_t abi;      /* 0 = x86-64 */
	uint32_t variants; /* mask of those that took part */
	int32_t nr;
	uint8_t executed;  /* enum trace_executed */
	uint8_t verdict;   /* enum trace_verdict */
	uint8_t policy;    /* 0: allowed */
	uint8_t no_result; /* the call does not return, or never took effect */
	uint64_t entry_ns[LIMIT_VARIANTS], exit_ns[LIMIT_VARIANTS];
	uint64_t args[LIMIT_VARIANTS][6];
	int64_t result[LIMIT_VARIANTS];
	struct trace_buf *bufs;
	size_t n_bufs;
};

enum trace_signal_decision {
	SIGNAL_DELIVERED = 1, /* to all, between the same two calls */
	SIGNAL_FATAL,         /* at once; ends the process */
	SIGNAL_FAULT,         /* raised by the instruction itself, in every variant */
	SIGNAL_MERGED,        /* a follower's own copy of one the leader has */
	SIGNAL_IGNORED,       /* nobody would notice it */
	SIGNAL_HELD,          /* pending until all stand at the same call */
	SIGNAL_STOPPED,       /* job control */
};

struct trace_signal {
	uint64_t step; /* the step before which it was decided; filled by the recorder */
	uint32_t task;
	uint32_t signo;
	int32_t code;       /* si_code */
	int32_t sender_pid; /* as the program sees it */
	uint32_t sender_uid;
	uint32_t had_it;       /* mask of variants that had received it */
	uint8_t decision;      /* enum trace_signal_decision */
	uint8_t shared;        /* came from outside, or from what only the leader has */
	uint64_t first_ns;     /* first arrival */
	uint64_t delivered_ns; /* handed to the handlers; 0 when not */
	uint64_t wait_iterations;
	uint32_t retries; /* variants to which it was sent again */
	uint32_t listed;  /* mask: had it, and went on without it for a time */
	uint32_t skipped; /* mask: skipped the call at which they stood, and made it afterwards */
	uint32_t sent;    /* mask: got it from the monitor, not by themselves */
	uint64_t had_ns[LIMIT_VARIANTS]; /* arrival at each of had_it; in older traces 0 */
	struct trace_blob siginfo;       /* the leader's, 128 bytes */
};

enum trace_divergence_kind {
	DIVERGENCE_NUMBER = 1, /* different calls */
	DIVERGENCE_ARGUMENT,   /* same call, a value differs */
	DIVERGENCE_BUFFER,     /* same call, bytes it points to differ */
	DIVERGENCE_RESULT,     /* each executed it, with different outcomes */
	DIVERGENCE_SIGNAL,
	DIVERGENCE_FAULT,   /* a fault in some variants only */
	DIVERGENCE_EXIT,    /* an end, or exit status, that only some have */
	DIVERGENCE_MISSING, /* one ended where others made a call */
	DIVERGENCE_TIMEOUT, /* a variant did not come */
	DIVERGENCE_ABI,     /* a call of another ABI, perhaps in all variants */
};

/* bytes of a side's `data` that lie before the first difference, where there are as many */
#define TRACE_EXCERPT_BEFORE_BYTES 16

struct trace_divergence_side {
	uint32_t variant;
	uint8_t arrived; /* enum trace_arrival */
	int32_t nr;
	uint64_t args[6];
	int32_t signo;  /* fault or killing signal */
	int32_t status; /* wait status for an end */
	uint64_t ip, sp;
	const char *location;        /* image+0xoffset of ip, or empty */
	const char *text;            /* the call decoded, or what happened instead */
	struct trace_blob registers; /* struct user_regs_struct */
	struct trace_blob data;      /* the differing bytes' surroundings, for BUFFER */
	const char *maps;            /* /proc/PID/maps at that moment */
	uint64_t *frames;            /* last program counters, innermost first */
	size_t n_frames;
};

enum trace_arrival {
	ARRIVED_CALL = 1,
	ARRIVED_FAULT,
	ARRIVED_END,
	ARRIVED_NOT,
	ARRIVED_FOREIGN, /* at a call of another ABI; nr is that ABI's */
	ARRIVED_SIGNAL,  /* in its own code, for the signal signo */
};

struct trace_divergence {
	uint64_t step; /* the Step record of this rendezvous; filled by the recorder */
	uint32_t task;
	uint8_t kind; /* enum trace_divergence_kind */
	int8_t arg;   /* 0-based argument, -1 for none */
	uint64_t time_ns;
	uint64_t offset;     /* first differing byte, for BUFFER */
	uint32_t odd;        /* mask of the variants that differ from the leader */
	const char *action;  /* what was done: "killed" */
	const char *summary; /* one sentence */
	struct trace_divergence_side *sides;
	size_t n_sides;
};

enum trace_trap_kind { TRAP_RDTSC = 1, TRAP_RDTSCP, TRAP_CPUID };

struct trace_trap {
	uint64_t step; /* the step it comes after; filled by the recorder */
	uint32_t task;
	uint8_t kind;
	uint64_t time_ns;
	uint64_t value;         /* cpuid: eax, and ebx in the upper half */
	uint64_t extra;         /* rdtscp: ecx; cpuid: ecx, and edx in the upper half */
	uint64_t ip;            /* the leader's */
	uint32_t leaf, subleaf; /* cpuid: what was asked; subleaf is 0 where the leaf has none */
};

struct trace_file_identity {
	const char *path;
	uint64_t device, inode, size;
	int64_t mtime_ns;
	uint64_t hash;   /* XXH3 of the content, 0 when not taken */
	uint32_t reason; /* 1 executed, 2 mapped */
	uint32_t task;
};

struct trace_mark {
	uint32_t task;
	uint64_t time_ns;
	const char *text; /* also used by the monitor for its notes */
};

struct trace_end {
	bool clean;
	uint64_t time_ns;
	uint64_t steps, signals, divergences, tasks;
	int32_t exit_status; /* the monitor's own */
	uint32_t variants;
	int32_t status[LIMIT_VARIANTS]; /* first process of each variant, as wait(2) gives it */
};

struct trace_record {
	enum trace_record_kind kind;
	union {
		struct trace_header header;
		struct trace_variant_start variant_start;
		struct trace_task_start task_start;
		struct trace_task_end task_end;
		struct trace_step step;
		struct trace_signal signal;
		struct trace_divergence divergence;
		struct trace_trap trap;
		struct trace_file_identity file_identity;
		struct trace_mark mark;
		struct trace_end end;
	};
};
