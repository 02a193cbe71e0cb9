/*
 * A part of a trace that is a trace: the steps chosen, with their numbers, and
 * before them those that opened what was open, mapped what was mapped and made
 * the directories what they were, so that names resolve as in the whole one.
 */
#pragma once

#include "analysis/selection.h"
#include "schema/trace_writer.h"

struct slice_result {
	uint64_t steps;                 /* chosen */
	uint64_t prologue;              /* kept for their effects */
	uint64_t first_step, last_step; /* of those chosen; 0 for none */
	bool complete;                  /* false: more was open than is followed */
};

/*
 * What to write: 0 with result->steps 0 when nothing is chosen. `what` are the
 * words that chose, of_hash the chain of the whole trace. The writer stays the
 * caller's.
 */
int slice_write(struct source *source, const struct selection *selection, const char *what,
		uint64_t of_hash, struct trace_writer *writer, struct slice_result *result,
		struct error *err);
