/*
 * One walk over a trace, in file order (which is step order), past the frames
 * whose statistics say that they hold nothing of interest.
 */
#pragma once

#include "analysis/ahead.h"
#include "analysis/source.h"
#include "schema/syscall_model.h"

#define SCAN_KIND(kind) (1u << (kind))
#define SCAN_ALL_KINDS  (~0u)
#define SYSCALL_WORDS   (SYSCALL_LIMIT / 64)

struct scan_filter {
	unsigned kinds; /* mask of SCAN_KIND */
	/* of Step records; the first four only let frames be skipped, the caller looks himself */
	uint64_t syscalls[SYSCALL_WORDS]; /* bitmap, when syscalls_only; numbers beyond are kept */
	bool syscalls_only;
	bool errors_only;
	bool diverged_only;
	uint64_t first_ns, last_ns;
	uint64_t first_step, last_step; /* kept: steps outside are not given out */
	/* Other records are wanted near those steps only, not wherever they are. */
	bool around_steps;
};

struct scan;

struct scan_filter scan_filter_all(unsigned kinds);

int scan_create(struct scan **out, struct source *source, struct error *err);
/* Accepts NULL. */
void scan_destroy(struct scan *s);

/*
 * Begins anew with a filter (copied). Goes on from where the last walk
 * stopped when the first step wanted is not behind it: a join that asks for
 * steps in order reads the file once.
 */
void scan_start(struct scan *s, const struct scan_filter *filter);

/*
 * Where the walk is a thread's (source_read_ahead): what the next start's shall
 * make of each step, and what it made of the last one given out, NULL for nothing.
 */
void scan_prepare(struct scan *s, ahead_prepare *prepare);
const void *scan_prepared(const struct scan *s);

/*
 * Did the walk end because what comes is behind the last step wanted? Like the
 * next two not for a walk that is a thread's.
 */
bool scan_is_past(const struct scan *s);
/* Goes on behind the last frame it knew, with those that source_refresh has found. */
void scan_extend(struct scan *s);

/* Divergences in the frames the walk skipped before its first, as far as they are known. */
uint64_t scan_divergences_before(const struct scan *s);

/* Where the last record given out lies: a number of its own, in the order of the file. */
uint64_t scan_place(const struct scan *s);

/*
 * The next record of the kinds wanted: 1, 0 at the end, or -errno. Valid until
 * the next call on s.
 */
int scan_next(struct scan *s, const struct trace_record **out, struct error *err);
