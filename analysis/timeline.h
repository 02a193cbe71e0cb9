/*
 * A run at a glance: how many calls each task made when, what happened beside
 * them, and which calls took longest. One walk (two where the trace does not
 * know its own bounds), memory by the size of the picture.
 */
#pragma once

#include <stdio.h>

#include "analysis/output.h"
#include "analysis/selection.h"
#include "analysis/text.h"

/* lanes of a picture: more, nobody reads; each takes memory for every bucket */
#define TIMELINE_LANES_MAX 1024
/* columns of a screen, and of it for labels */
#define TIMELINE_WIDTH_MIN     40
#define TIMELINE_WIDTH_MAX     1000
#define TIMELINE_WIDTH_DEFAULT 80
#define TIMELINE_LABEL_COLUMNS 15
#define TIMELINE_LONGEST       5
#define TIMELINE_LONGEST_MAX   20

enum timeline_mark {
	MARK_FORK = 1 << 0, /* it made a task */
	MARK_EXEC = 1 << 1,
	MARK_SIGNAL = 1 << 2,
	MARK_EXIT = 1 << 3,
	MARK_DIVERGENCE = 1 << 4,
};

struct timeline_bucket {
	uint64_t calls, failed; /* begun in it */
	uint64_t in_call_ns;    /* of it spent in calls */
	unsigned marks;         /* mask of enum timeline_mark */
};

struct timeline_lane {
	uint32_t task;
	unsigned variant;
	uint64_t start_ns, end_ns; /* the task's life; what is not known is 0 and UINT64_MAX */
	char *label;               /* owned; printable ASCII */
	struct timeline_bucket *buckets; /* owned */
};

/* One of the longest calls. */
struct timeline_call {
	uint64_t step, entry_ns, duration_ns;
	unsigned variant;
	unsigned first, last; /* variants: the first to come to it, and the last */
	uint64_t skew_ns;     /* between the two */
	char *label, *text;   /* owned; printable ASCII */
};

struct timeline {
	uint64_t first_ns, last_ns, bucket_ns;
	size_t n_buckets;
	struct timeline_lane *lanes; /* owned; by task, then by variant */
	size_t n_lanes, lanes_capacity;
	bool lanes_left; /* there are more than TIMELINE_LANES_MAX */
	uint64_t calls, failed, divergences;
	struct timeline_call longest[TIMELINE_LONGEST_MAX]; /* longest first */
	size_t n_longest;
};

struct timeline_options {
	struct selection selection;
	bool leader_only;
	size_t width;   /* columns of the screen; what labels leave over is buckets */
	size_t longest; /* calls kept of the longest, up to TIMELINE_LONGEST_MAX */
	bool ascii, color;
};

/* For whom one walk serves several: what it needs between two records. */
struct timeline_gatherer {
	struct timeline *timeline;
	struct source *source;
	const struct timeline_options *options;
	uint64_t step; /* the last one taken */
};

/* -errno when the trace cannot be read. timeline_finish releases it in any case. */
int timeline_gather(struct timeline *out, struct source *source,
		    const struct timeline_options *options, struct error *err);
void timeline_finish(struct timeline *t);
/*
 * The same with the caller's walk: begin finds the bounds, take wants every
 * record of a walk over everything that is selected, after source_learn. The
 * three that are passed stay the caller's and are used until end.
 */
int timeline_begin(struct timeline_gatherer *g, struct timeline *out, struct source *source,
		   const struct timeline_options *options, struct error *err);
void timeline_take(struct timeline_gatherer *g, const struct trace_record *record);
void timeline_end(struct timeline_gatherer *g);

/* One of the marks of a bucket, for where there is room for one: 0 for none. */
char timeline_mark_letter(unsigned marks, const char **name);
uint64_t timeline_most_calls(const struct timeline *t);
/* How far times of a scale lie apart that are to be at least so many ns apart: 1, 2 or 5 times 10^n. */
uint64_t timeline_tick_ns(uint64_t least_ns);
/* "+20ms": the words of a position, in the unit of the distance between two. */
void timeline_add_tick(struct text *out, uint64_t ns, uint64_t tick_ns);

/* The picture; -errno when the stream does not take it. */
int timeline_draw(const struct timeline *t, const struct timeline_options *options, FILE *stream);
/* The buckets that hold anything, as rows. */
int timeline_rows(const struct timeline *t, const struct output_options *options, FILE *stream,
		  uint64_t *rows);
/* "fork,exec" */
void timeline_add_marks(struct text *t, unsigned marks);
