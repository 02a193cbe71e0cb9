/*
 * Reads or writes of one object, one after the other, as one record: a program
 * that moves the same bytes in other pieces does the same.
 */
#pragma once

#include "analysis/canon_value.h"

struct canon_fold {
	bool active, output, outside;
	uint64_t serial, step;
	struct canon_sum sum;
	char *name; /* owned */
};

/* Whether the call moves bytes at the object's own position, and did. */
bool canon_fold_takes(const struct canon_call *call);
/* Of those: whether it goes on with what is being folded. */
bool canon_fold_continues(const struct canon_fold *f, const struct canon_call *call);
/* Adds one that goes on, or starts with it what was not active. */
void canon_fold_add(struct canon_fold *f, const struct canon_call *call);
/* Ends it, and puts its text into `out`; false when there was none. */
bool canon_fold_end(struct canon_fold *f, const struct canon_words *words, enum canon_level level,
		    struct text *out);
void canon_fold_finish(struct canon_fold *f);
