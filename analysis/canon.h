/*
 * Canonical records: what the leader did, with everything renamed that differs
 * from run to run though nothing has changed. Process ids become creation
 * paths, descriptors the files they stand for, addresses regions, names that
 * mkstemp drew `<tmp#1>`; clocks are dropped, pieces of one stream folded.
 * Two traces of one command are compared record by record (diff.c), and the
 * goldens of a test suite are such records.
 *
 * One pass, two when descriptors are handed over between processes, and memory
 * for what is open at a time, whatever the trace's length.
 */
#pragma once

#include "analysis/filter.h"
#include "analysis/text.h"

/* Of the rules here: whoever keeps canonical text keeps this with it. */
#define CANON_VERSION 2

/* How much is compared; each level has what those before it have. */
enum canon_level {
	CANON_EFFECTS, /* what somebody outside could tell: files, network, credentials, ends */
	CANON_CALLS,   /* the calls with what they are about, not what they read */
	CANON_ARGS,    /* also contents read, structures, sizes, room made in memory */
	CANON_ALL,     /* also clocks, locks and calls made anew */
	CANON_LEVELS
};

/* How much it matters when it is not the same. */
enum canon_weight {
	WEIGHT_COSMETIC, /* where things lie in memory */
	WEIGHT_TIMING,
	WEIGHT_ORDER, /* the same, elsewhere; no record has this weight */
	WEIGHT_EXTRA, /* a call more or less without effect; nor this */
	WEIGHT_BEHAVIOUR,
	WEIGHT_EFFECT,
	WEIGHT_SECURITY,
	CANON_WEIGHTS
};

extern const char *const canon_level_names[CANON_LEVELS];
extern const char *const canon_weight_names[CANON_WEIGHTS];

/* Stands in `text` between a call's name, its arguments and "= result". */
#define CANON_SEPARATOR '\x1f'

struct canon_record {
	const char *label; /* creation path of the task, escaped */
	uint32_t task;
	uint64_t step; /* the first of those it is made of */
	uint64_t hash; /* XXH3 of text */
	enum canon_weight weight;
	bool is_call;            /* or several folded; not an end, a signal, a divergence */
	bool unordered, weighed; /* by a rule (rules.h) */
	const char *text;        /* escaped; ended by a NUL; valid during the call */
	size_t length;
};

/* 0, or a negative errno that ends the walk. */
typedef int (*canon_take)(void *data, const struct canon_record *record);

/*
 * Hands every record to `take`, those of one task in the order it made them.
 * The filter (NULL for none) decides which calls are shown; all are followed.
 */
int canon_run(struct source *source, enum canon_level level, const struct call_filter *filter,
	      canon_take take, void *data, struct error *err);

struct canon_steps;

/*
 * Single calls, nothing folded, at the level `all`: of one variant, or the
 * leader's when it is -1. Steps in order cost one walk together; going back
 * begins anew.
 */
struct canon_steps *canon_steps_create(struct source *source, int variant);
/* Accepts NULL. */
void canon_steps_destroy(struct canon_steps *steps);
/* Adds one step as canonical text: 1; 0 when the variant has no such step; or -errno. */
int canon_steps_put(struct canon_steps *steps, uint64_t step, struct text *out, struct error *err);

/* name(argument, argument) = result */
void canon_text_put(struct text *out, const char *text);
