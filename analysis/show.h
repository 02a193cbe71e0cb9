/*
 * A trace as text, one line a step, as strace prints it; what happened beside
 * the calls on lines of its own. One pass, constant memory.
 */
#pragma once

#include <stdio.h>

#include "analysis/selection.h"

enum show_variants { SHOW_LEADER, SHOW_ALL, SHOW_DIFF };

struct show_options {
	struct selection selection; /* before, after: without positions, lines around matches */
	enum show_variants variants;
	size_t string_bytes; /* 0 for the decoder's default */
	bool color;
	/* Called at the end of what there is: 1 when source_refresh found more, 0 for the end; or NULL. */
	int (*wait)(void *data, struct error *err);
	void *data;
};

/* *lines counts what was printed. *stream_failed tells a full disk from a trace in trouble. */
int show_run(struct source *source, const struct show_options *options, FILE *stream,
	     uint64_t *lines, bool *stream_failed, struct error *err);
