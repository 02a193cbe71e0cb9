/* What of a call's memory may be shown to others, and what it becomes. For redact.c. */
#pragma once

#include "analysis/pseudonym.h"
#include "schema/trace_record.h"

/* What one record's new contents live in. */
struct redact_arena {
	struct text **texts; /* owned, reused */
	size_t n_texts, used_texts, texts_capacity;
	void **blocks; /* owned */
	size_t n_blocks, blocks_capacity;
};

/* An empty text; valid until the arena is cleared. */
struct text *redact_arena_text(struct redact_arena *a);
/* Zeroed memory, the same. */
void *redact_arena_take(struct redact_arena *a, size_t count, size_t size);
void redact_arena_clear(struct redact_arena *a);
void redact_arena_finish(struct redact_arena *a);

/*
 * Paths and strings become pseudonyms, socket addresses others, structures
 * whose every byte is known stay, and everything else becomes its hash (or
 * nothing with no_hashes) and its length.
 */
void redact_buf(const struct pseudonyms *names, bool no_hashes, struct redact_arena *arena,
		const struct trace_step *step, struct trace_buf *buf);

/* A task's label, if it looks like one. */
const char *redact_label(const char *label);
