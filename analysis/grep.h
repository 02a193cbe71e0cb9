/* A pattern looked for in every recorded buffer. One pass, bounded memory. */
#pragma once

#include <stdio.h>

#include "analysis/buffers.h"
#include "analysis/output.h"
#include "analysis/pattern.h"

enum grep_answer {
	GREP_LINES,     /* the step, and a line for each match */
	GREP_ROWS,      /* one row a match, in the format of `output` */
	GREP_COUNT,     /* how many matches */
	GREP_POSITIONS, /* the steps that have any */
	GREP_NOTHING,   /* up to the first */
};

struct grep_options {
	struct pattern *pattern;
	enum grep_answer answer;
	enum buffer_where where;
	struct selection selection;
	uint64_t before, after; /* LINES: steps around those with a match */
	size_t string_bytes;    /* LINES: of the decoded call; 0 for the decoder's default */
	struct output_options output;
};

struct grep_result {
	uint64_t matches;
	struct buffers_cut cut;
};

int grep_run(struct source *source, const struct grep_options *options, FILE *stream,
	     struct grep_result *result, bool *stream_failed, struct error *err);
