/* The bytes that went with a step, one buffer at a time: what grep and strings look into. */
#pragma once

#include "analysis/selection.h"

enum buffer_where { WHERE_IN = DIRECTION_IN, WHERE_OUT = DIRECTION_OUT, WHERE_BOTH = 3 };

/* The word of each, by value; "in" is what a call was given, "out" what it gave back. */
extern const char *const buffer_where_names[WHERE_BOTH + 1];

/* What could not be looked into, because the recorder has kept less (--payload). */
struct buffers_cut {
	uint64_t buffers, bytes;
};

/*
 * Is it one to look into? Lengths of vectors are not, nor what another variant
 * than `variant` brought (-1 for any). Counts what is missing of it.
 */
bool buffer_is_wanted(const struct trace_buf *buf, enum buffer_where where, int variant,
		      struct buffers_cut *cut);
/* The variant whose call stands for the buffer: the leader when the bytes are its own, too. */
unsigned buffer_variant(const struct trace_buf *buf, const struct trace_step *step);
