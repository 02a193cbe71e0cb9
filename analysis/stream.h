/*
 * The bytes of one open file, socket or pipe put together, by whatever
 * descriptors and processes they came and went. Two passes: one finds which
 * file is meant, the other prints. Bounded memory.
 */
#pragma once

#include <stdio.h>

#include "analysis/output.h"
#include "analysis/position.h"

/* files a descriptor without a step is told to have been; there may be more */
#define STREAM_CANDIDATES 16

struct stream_candidate {
	uint64_t file; /* open_file.number */
	uint64_t step; /* that opened it, or from which on it was seen */
	char *name;    /* owned, foreign; may be NULL */
	bool opened;   /* by that step */
	bool inherited, is_received;
};

struct stream_candidates {
	struct stream_candidate at[STREAM_CANDIDATES];
	size_t count;
	bool more;       /* than these */
	bool incomplete; /* descriptors were not all followed */
};

/*
 * The open files that descriptor `fd` of a task (P0.T0) or process (P0) meant:
 * at `where`, when it is given, just after that step, or if it closed it, just
 * before. 1; 0 when the trace has no such task; or -errno. No candidates: it
 * was not open.
 */
int stream_find(struct source *source, const char *label, int32_t fd, const struct position *where,
		struct stream_candidates *out, struct error *err);
void stream_candidates_finish(struct stream_candidates *candidates);

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
