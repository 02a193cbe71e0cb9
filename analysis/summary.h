/* Calls counted and timed in groups, as strace -c does. One pass, bounded memory. */
#pragma once

#include <stdio.h>

#include "analysis/output.h"
#include "analysis/selection.h"

enum summary_by {
	SUMMARY_SYSCALL,
	SUMMARY_TASK,
	SUMMARY_FILE, /* a call counts for each file it names, by path or by descriptor */
	SUMMARY_ERRNO,
	SUMMARY_VARIANT,
};
#define SUMMARY_BY_COUNT (SUMMARY_VARIANT + 1)

enum summary_sort {
	SUMMARY_TIME,
	SUMMARY_CALLS,
	SUMMARY_ERRORS,
	SUMMARY_AVERAGE,
	SUMMARY_LONGEST,
	SUMMARY_BYTES,
	SUMMARY_NAME,
};
#define SUMMARY_SORT_COUNT (SUMMARY_NAME + 1)

struct summary_options {
	enum summary_by by;
	enum summary_sort sort;
	struct selection selection;
	bool all_variants; /* each variant's part counts; else variant 0's alone */
	struct output_options output;
};

/* For errors and tables: the word of each way to group and to sort. */
extern const char *const summary_by_names[SUMMARY_BY_COUNT];
extern const char *const summary_sort_names[SUMMARY_SORT_COUNT];

/* One row. */
struct summary_group {
	char *name;     /* owned, foreign */
	int64_t number; /* of the call, the task, the errno, the variant */
	uint64_t calls, errors;
	uint64_t timed; /* calls that came back */
	uint64_t total_ns, longest_ns;
	uint64_t bytes;
	uint64_t last_step; /* counted, so that a file named twice counts once */
};

struct summary;

/* Both stay the caller's and must outlive it. */
struct summary *summary_create(struct source *source, const struct summary_options *options);
/* Accepts NULL. */
void summary_destroy(struct summary *s);
/*
 * Takes in one record of a walk, after source_learn; by file it wants all of
 * them from the start on.
 */
void summary_take(struct summary *s, const struct trace_record *record);
/* By file, the descriptors it follows, of use until the next summary_take; else NULL. */
struct descriptors *summary_descriptors(struct summary *s);
/* Names and sorts the groups, once all is taken. */
void summary_order(struct summary *s);
/* The group at a place in the order asked for; NULL past the last. */
const struct summary_group *summary_group_at(const struct summary *s, size_t place);
/* All calls together, and those that could not have a group of their own. */
const struct summary_group *summary_total(const struct summary *s);
const struct summary_group *summary_rest(const struct summary *s);

/*
 * One row a group; as a table for eyes in seconds and with a total. *calls is
 * how many there were; *unnamed how many could not have a group of their own.
 */
int summary_run(struct source *source, const struct summary_options *options, FILE *stream,
		uint64_t *calls, uint64_t *unnamed, bool *stream_failed, struct error *err);
