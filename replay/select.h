/* Which steps a command is about: filters and positions of its command line. */
#pragma once

#include "analysis/filter.h"
#include "analysis/position.h"
#include "replay/command.h"

/* -e, -P, -z and -Z. */
int filter_get(struct call_filter *filter, const struct invocation *invocation,
	       struct source *source, struct error *err);
/*
 * The operands from number `first` on, resolved; `positions` has room for all
 * of them. EXIT_YES; EXIT_NO when there are some, and the trace has none of
 * them; EXIT_CANNOT. What is missing was said.
 */
int positions_get(const struct invocation *invocation, struct source *source, size_t first,
		  struct position *positions, size_t *count);
