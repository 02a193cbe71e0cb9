/*
 * Which open file a descriptor of a task means, and the bytes that came and
 * went by it, call by call. Two passes; bounded memory.
 */
#pragma once

#include "analysis/position.h"
#include "analysis/transfer.h"

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

/* P0.T3 is itself, P0 all of P0.T0, P0.T1 ...; not P0.1.T0, which is another process. */
bool label_means(const char *label, const char *task);

struct stream_walk;

/* What one call moved. */
struct stream_piece {
	const struct trace_step *step;
	const struct transfer *transfer;
	uint64_t offset; /* in what was moved that way before */
};

/* From the file's beginning on; the candidate must live longer. */
int stream_walk_create(struct stream_walk **out, struct source *source,
		       const struct stream_candidate *file, struct error *err);
/* Accepts NULL. */
void stream_walk_destroy(struct stream_walk *w);
/* The next piece: 1, 0 when there is none, or -errno. Valid until the next call on w. */
int stream_walk_next(struct stream_walk *w, struct stream_piece *out, struct error *err);

/* At its end: whether it was closed, by what task's exit or at which step. */
bool stream_walk_closed(const struct stream_walk *w, bool *by_exit, uint64_t *step);
