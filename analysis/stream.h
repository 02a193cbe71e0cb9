/*
 * The bytes of one open file, socket or pipe put together, by whatever
 * descriptors and processes they came and went. Two passes: one finds which
 * file is meant, the other prints. Bounded memory.
 */
#pragma once

#include <stdio.h>

#include "analysis/output.h"
#include "analysis/stream_walk.h"

enum stream_form {
	STREAM_TEXT, /* lines, each with its call's position and direction */
	STREAM_HEX,
	STREAM_RAW,
	STREAM_ROWS, /* one a call, in the format of `output` */
};

struct stream_options {
	bool read, written; /* which bytes */
	enum stream_form form;
	struct output_options output;
};

struct stream_result {
	uint64_t bytes;        /* moved */
	uint64_t cut_bytes;    /* of them not in the trace: the recorder kept less */
	uint64_t passed_bytes; /* nor these: the kernel moved them (sendfile, splice) */
};

int stream_run(struct source *source, const struct stream_candidate *file,
	       const struct stream_options *options, FILE *stream, struct stream_result *result,
	       bool *stream_failed, struct error *err);
