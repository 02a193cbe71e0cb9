/*
 * What a report remembers of a walk over a whole trace: numbers of steps worth
 * showing, counts, and at each divergence how things stood. Memory by what a
 * page can show, not by the trace. The steps themselves are looked up again
 * when the page is written.
 */
#pragma once

#include "analysis/descriptors.h"
#include "analysis/schema.h"

/* divergences told at length; a run of ours ends with its first */
#define REPORT_DIVERGENCES 10
/* calls of one kind listed, from the beginning and from the end */
#define REPORT_NOTED 20
/* things read before a divergence; of the walk's last, those of all tasks */
#define REPORT_INPUTS 8
/* signals listed in full */
#define REPORT_SIGNALS 30
/* open files listed at a divergence */
#define REPORT_FILES 64
/* bytes of a file's name kept; a longer one is cut */
#define REPORT_NAME_BYTES 256
/* delays of signals: below 1 us, below 10 us ... below 10 s, the rest */
#define REPORT_DELAYS      9
#define REPORT_SIGNALS_MAX 64

enum report_noted {
	NOTED_NETWORK, /* who was connected to, listened for */
	NOTED_EXEC,
	NOTED_SHARED,      /* memory that somebody else may change */
	NOTED_EXECUTABLE,  /* memory made executable otherwise than by mapping a file */
	NOTED_CREDENTIALS, /* credentials and capabilities changed */
	NOTED_WRITTEN,     /* files opened to be written, names changed */
	NOTED_REFUSED,     /* answered or stopped by the monitor */
	NOTED_UNEQUAL,     /* results differ between variants and were let pass */
	NOTED_COUNT
};

struct report_steps {
	uint64_t first[REPORT_NOTED], last[REPORT_NOTED]; /* last: a ring */
	uint64_t count;
};

/*
 * Reads of one file that follow each other closely and are small are one
 * input: shells read a line byte by byte.
 */
struct report_input {
	uint64_t first, step; /* of the first and of the last read */
	uint64_t reads, bytes;
	uint64_t file; /* open_file.number; 0 when it is not known */
	uint32_t task;
	int32_t fd;
	bool inherited, is_received;
	char name[REPORT_NAME_BYTES]; /* of the file; foreign */
};

struct report_file {
	int32_t fd;
	uint64_t step; /* that opened it; 0: not in the trace */
	bool inherited, is_received;
	char name[REPORT_NAME_BYTES]; /* foreign */
};

struct report_signal {
	uint64_t step, first_ns, delivered_ns;
	uint32_t task, signo, had_it;
	int32_t sender_pid;
	uint8_t decision; /* enum trace_signal_decision */
};

/* How things stood at one divergence. */
struct report_divergence {
	uint64_t number, step;
	uint32_t task;
	uint64_t previous_step;                    /* of the task; 0: not among the last ones */
	struct report_input inputs[REPORT_INPUTS]; /* latest first */
	size_t n_inputs;
	struct report_file *files;                   /* owned */
	size_t n_files, files_left;                  /* left: more than are listed */
	struct report_signal signals[REPORT_INPUTS]; /* to the task since previous_step */
	size_t n_signals;
	uint64_t noted[NOTED_COUNT]; /* how many until then */
};

struct report_signal_kind {
	uint64_t count, delivered, longest_ns, total_ns;
	uint64_t delays[REPORT_DELAYS];
};

struct report_watch {
	struct report_steps noted[NOTED_COUNT];
	struct report_divergence divergences[REPORT_DIVERGENCES];
	size_t n_divergences; /* of them */
	uint64_t all_divergences;
	struct report_signal signals[REPORT_SIGNALS];
	uint64_t n_signals; /* in all */
	struct report_signal_kind signal_kinds[REPORT_SIGNALS_MAX + 1];
	uint64_t verdicts[VERDICT_NAMES], traps[TRAP_KIND_NAMES];
	uint64_t marks, steps;
	/* rings */
	struct report_input inputs[32];
	uint64_t n_inputs;
	struct report_signal last_signals[32];
	struct {
		uint64_t step;
		uint32_t task;
	} last_steps[256];
};

/* Takes in one record; `files` have learnt it. */
void report_watch_take(struct report_watch *w, const struct trace_record *record,
		       struct descriptors *files);
void report_watch_finish(struct report_watch *w);

/*
 * The step at a place of a list, 0 past the last. The first and the last
 * REPORT_NOTED are there; *gap is how many were left out before this one.
 */
uint64_t report_steps_at(const struct report_steps *steps, size_t place, uint64_t *gap);
