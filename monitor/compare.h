/* Phase two: do the variants ask for the same? */
#pragma once

#include "monitor/lane.h"

/* What differs, between the leader and one other variant. */
struct mismatch {
	enum trace_divergence_kind kind;
	unsigned variant; /* the first that differs from the leader */
	uint32_t odd;     /* mask of all that do */
	int arg;          /* 0-based, -1 for none */
	uint8_t part;     /* of the argument's buffers */
	uint64_t offset;  /* first differing byte, for BUFFER */
};

/* Compares the arrivals of a rendezvous. True when all agree, else *out says where not. */
bool compare_rendezvous(const struct rendezvous *r, unsigned n_variants, struct mismatch *out);
