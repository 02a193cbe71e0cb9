/* Which steps a command is about: positions, and filters in strace's words. */
#pragma once

#include "analysis/filter.h"
#include "analysis/position.h"

struct selection {
	struct position *positions; /* resolved; none for everything */
	size_t n_positions;
	struct call_filter filter;
};

/* Whether a step is one of them; *variant is the one a position names, or -1. */
bool selection_has(const struct selection *selection, const struct trace_step *step, int *variant);
/* Tells a scan which frames need not be read for the steps in it. */
void selection_narrow(const struct selection *selection, struct scan_filter *filter);
/*
 * The same for a walk that follows descriptors: it has to see whatever opens
 * and closes them, so only what comes after the last position is left out.
 */
void selection_narrow_end(const struct selection *selection, struct scan_filter *filter);
