/*
 * Memory for the parts of one record: given out piece by piece, taken back all
 * at once, with a limit on the whole. The trace encoder and decoder use it so
 * that a record costs no malloc, and a hostile one no more than the limit.
 */
#pragma once

#include <stddef.h>

struct trace_arena_block;

struct trace_arena {
	struct trace_arena_block *newest; /* owned; chained to the older ones */
	size_t given;                     /* bytes given out since the last reset */
	size_t limit;                     /* bytes given out at most */
};

void trace_arena_init(struct trace_arena *arena, size_t limit);
void trace_arena_finish(struct trace_arena *arena);

/* Takes everything back; keeps some memory for next time. */
void trace_arena_reset(struct trace_arena *arena, size_t limit);

/* Uninitialised bytes, aligned for any type; NULL when the limit would be passed. */
void *trace_arena_take(struct trace_arena *arena, size_t length);
