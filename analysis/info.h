/* A dozen lines about a trace, from its header, its statistics and its end. */
#pragma once

#include <stdio.h>

#include "analysis/output.h"
#include "analysis/source.h"

/* As lines for eyes (OUTPUT_TABLE), as one JSON object, or as one row in the other formats. */
int info_run(struct source *source, FILE *stream, const struct output_options *options,
	     bool *stream_failed, struct error *err);
