/*
 * Places in a trace, in the one syntax used everywhere: #700 a step,
 * 690..710 steps, 700.v1 one variant's part, d1 a divergence, P0.T0:454 a
 * task's call, P0.T0 all of a task, +1.5s..+2s time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "analysis/scan.h"

/* bytes of a task's label in a position, NUL included: forks thirty deep */
#define POSITION_LABEL_BYTES 128

enum position_kind { POSITION_STEPS, POSITION_DIVERGENCE, POSITION_TASK, POSITION_TIME };

struct position {
	enum position_kind kind;
	uint64_t first, last; /* steps, the divergence, the task's calls or ns; both included */
	int variant;          /* -1 for all */
	char label[POSITION_LABEL_BYTES]; /* POSITION_TASK */
	uint32_t task;                    /* filled by position_resolve */
};

int position_parse(struct position *out, const char *text, struct error *err);

/*
 * Turns a divergence into its step and a label into its task. 1, or 0 when the
 * trace has no such place, or -errno.
 */
int position_resolve(struct position *position, struct source *source, struct error *err);

/* Is the number within first and last, widened by so many on either side? */
bool position_spans(const struct position *position, uint64_t number, uint64_t before,
		    uint64_t after);
/* Does a resolved position hold this step, or stand at most so many steps away from it? */
bool position_has_step(const struct position *position, const struct trace_step *step,
		       uint64_t before, uint64_t after);
/* Tells a scan the bounds of all of them together; without any it stays as it is. */
void positions_narrow(const struct position *positions, size_t count, uint64_t before,
		      uint64_t after, struct scan_filter *filter);
