/* POSITION operands and strace's filters, as every command takes them. */
#pragma once

#include "analysis/selection.h"
#include "replay/command.h"

/* -e, -P, -z, -Z and --where. call_filter_finish releases it in any case. */
int filter_get(struct call_filter *filter, const struct invocation *invocation,
	       struct source *source, struct error *err);
/*
 * From the operands from number `first` on, and the filters; before and after
 * are left as they are. EXIT_YES, EXIT_NO when the trace has none of the
 * positions, or EXIT_CANNOT; the sentence is said. selection_finish releases
 * it in any case.
 */
int selection_get(struct selection *out, const struct invocation *invocation, struct source *source,
		  size_t first, struct error *err);
void selection_finish(struct selection *s);

/* -A, -B and -C: steps or lines around; -s: bytes of a string, 0 for the decoder's own. */
struct context {
	uint64_t before, after;
	size_t string_bytes;
};

int context_get(struct context *out, const struct invocation *invocation, struct error *err);
