/*
 * The state of a run at a step: which files are open and what is mapped,
 * followed from the start of the trace. It goes on to later steps only.
 */
#pragma once

#include "analysis/descriptors.h"
#include "analysis/mappings.h"
#include "analysis/text.h"

struct follow {
	struct source *source;
	struct scan *scan; /* NULL before the first record and after the last one */
	struct descriptors *descriptors;
	struct mappings *mappings; /* NULL when nobody asked for them */
	uint64_t step;             /* the last one learnt */
	bool ended;
};

/* What is mapped costs time and memory of its own. */
struct follow *follow_create(struct source *source, bool with_mappings);
/* Accepts NULL. */
void follow_destroy(struct follow *f);

/* Learns one more record: 1, 0 when there is none, or -errno. */
int follow_next(struct follow *f, struct error *err);
/*
 * Until a later step was learnt, and not one record further. 1; 0 when the
 * trace has no such step; or -errno.
 */
int follow_to(struct follow *f, uint64_t step, struct error *err);

/* "P0.2" for a task of that process; "T?7" when the trace does not know it. */
void text_add_process(struct text *t, struct source *source, uint32_t task);
