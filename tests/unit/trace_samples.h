/* Records with random content for the tests of the trace format. */
#pragma once

#include "schema/trace_record.h"

/* A small generator of our own, so that a seed means the same everywhere. */
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
/* 0 to limit - 1 */
uint64_t random_below(struct random *r, uint64_t limit);

/*
 * Fills record with random content of a kind; at most `payload` bytes in each
 * buffer. What it points to stays valid until the next call.
 */
void sample_record(struct trace_record *record, enum trace_record_kind kind, struct random *r,
		   size_t payload);

/* A step such as most are: two variants, equal arguments, no buffers. */
void sample_plain_step(struct trace_step *step, uint64_t number);
