/*
 * Two traces of one command against each other: their canonical records
 * (canon.h), task by task, and what differs as findings, equal
 * ones as one with the number of places.
 */
#pragma once

#include "analysis/rules.h"

/* texts of differing records kept for a trace; of those beyond only the number is known */
#define DIFF_TEXTS_MAX 100000

enum diff_side { DIFF_A, DIFF_B, DIFF_SIDES };

enum diff_change {
	DIFF_CHANGED, /* the same call, with something else */
	DIFF_MISSING, /* only in a */
	DIFF_EXTRA,   /* only in b */
	DIFF_MOVED,
	DIFF_CHANGES
};

extern const char *const diff_change_names[DIFF_CHANGES];

struct diff_finding {
	enum canon_weight weight;
	enum diff_change change;
	char *sentence; /* escaped; owned, as are label and texts */
	uint64_t places;
	char *label;            /* task of the first place */
	char *task[DIFF_SIDES]; /* the same on each side, which may call it otherwise; or NULL */
	uint64_t step[DIFF_SIDES]; /* the first place; of a side without: the last step before it, or 0 */
	char *text[DIFF_SIDES]; /* canonical (canon_text_put), NULL where there is none */
};

struct diff {
	struct diff_finding *findings; /* owned; worst first */
	size_t count, capacity;
	uint64_t records[DIFF_SIDES], tasks[DIFF_SIDES];
	uint64_t differing[DIFF_SIDES]; /* records */
	uint64_t untold;                /* differing records beyond DIFF_TEXTS_MAX */
	bool gave_up;                   /* there may be a shorter list of differences */
};

/* What is compared, and how. */
struct diff_options {
	enum canon_level level;
	const struct call_filter *filters[DIFF_SIDES]; /* each of its own source; or NULL */
	struct rules_view *views[DIFF_SIDES];          /* the same */
};

/* diff_finish releases d in any case. */
int diff_run(struct diff *d, struct source *const sources[DIFF_SIDES],
	     const struct diff_options *options, struct error *err);
/* Accepts a zeroed one. */
void diff_finish(struct diff *d);
