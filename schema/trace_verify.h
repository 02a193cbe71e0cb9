/*
 * Is a trace what its writer left? Every frame's checksum, the chain of hashes
 * over the frames, the statistics and totals against what is there, the order
 * of steps.
 */
#pragma once

#include "base/error.h"
#include "schema/trace_reader.h"

enum trace_finding {
	FINDING_DAMAGE,  /* contradicts itself: a checksum, a hash, a count, an order */
	FINDING_MISSING, /* right as far as it goes, but the end is not there */
	FINDING_NOTE,    /* nothing wrong */
};

struct trace_verification {
	/* Called for each finding. The sentence may hold bytes from the trace. */
	void (*report)(void *data, enum trace_finding finding, const char *sentence);
	void (*progress)(void *data, uint64_t frames, uint64_t frames_total); /* may be NULL */
	void *data;
	/* results */
	uint64_t frames, records, steps;
	uint64_t chain_hash; /* over the frames that are there, whatever the statistics say */
	uint64_t damages, missing;
};

/* 0 when it could be looked at, whatever was found; -errno when not. */
int trace_verify(struct trace_reader *r, struct trace_verification *v, struct error *err);

/*
 * The chain of hashes over the frames of the file, from their bytes alone.
 * -EBADMSG when one cannot be read.
 */
int trace_chain_compute(struct trace_reader *r, uint64_t *hash, struct error *err);
