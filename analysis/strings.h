/* Printable runs in recorded buffers, as strings(1) finds them in files. One pass, constant memory. */
#pragma once

#include <stdio.h>

#include "analysis/buffers.h"
#include "analysis/output.h"

struct strings_options {
	size_t least; /* bytes of the shortest run */
	enum buffer_where where;
	struct selection selection;
	bool rows; /* in the format of `output`; else lines */
	struct output_options output;
};

struct strings_result {
	uint64_t runs;
	struct buffers_cut cut;
};

int strings_run(struct source *source, const struct strings_options *options, FILE *stream,
		struct strings_result *result, bool *stream_failed, struct error *err);
