/*
 * Which records of a trace a command is asked about: places (position.h), and
 * of the steps there those that pass a filter (filter.h).
 */
#pragma once

#include "analysis/filter.h"
#include "analysis/position.h"

struct selection {
	struct position *positions; /* resolved; none for everything */
	size_t n_positions;
	struct call_filter filter;
	uint64_t before, after; /* steps around positions that belong to them, too */
};

bool selection_is_all(const struct selection *s);

/* Is the step at one of the places? Then *variant is the only one asked for, or -1. */
bool selection_has_place(const struct selection *s, const struct trace_step *step, int *variant);
/* ... and does it pass the filter? */
bool selection_has(const struct selection *s, const struct trace_step *step, int *variant);
/*
 * What happens beside the calls belongs to the step it names, to its time and
 * its task; `last_step` is that of the last step read. False for records that
 * have no place in the course of the run.
 */
bool selection_has_event(const struct selection *s, const struct trace_record *record,
			 uint64_t last_step);
/* One variant's part of a step, as a step of its own. */
struct selected_step {
	struct trace_record record;
	struct trace_buf *bufs; /* owned */
	size_t capacity;
};

/*
 * The record when it passes places and filter, its part in `part` where only
 * one variant's is asked for, or NULL. Valid as long as both are.
 */
const struct trace_record *selection_take_step(const struct selection *s,
					       const struct trace_record *record,
					       struct selected_step *part);
/* Accepts a zeroed one. */
void selected_step_finish(struct selected_step *part);
/* Tells a scan which frames need not be read. */
void selection_narrow(const struct selection *s, struct scan_filter *scan);
/*
 * The same for a walk that follows descriptors: it has to see whatever opens
 * and closes them, so only what comes after the last position is left out.
 */
void selection_narrow_end(const struct selection *s, struct scan_filter *scan);
