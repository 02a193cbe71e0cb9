/*
 * A thread that walks a trace ahead of whoever reads it, some thousand steps at
 * most: decompressing and decoding then take none of the reader's time. All
 * other records it hands over one by one, and waits.
 */
#pragma once

#include "base/error.h"
#include "schema/trace_arena.h"
#include "schema/trace_record.h"

struct ahead;

/*
 * Walks on by one record, into *slot: 1, 0 at the end, or -errno. *place is
 * the record's number in the file. What the record points to may be gone with
 * the next call. Called by the thread only.
 */
typedef int ahead_walk(void *data, struct trace_record *slot, uint64_t *place, struct error *err);

/*
 * What is made of a step by the thread as well, in memory that is valid as
 * long as the step is. It stands for the step's buffers, which are not handed
 * over then. NULL when there was not enough memory.
 */
typedef const void *ahead_prepare(const struct trace_step *step, struct trace_arena *arena);

/*
 * Starts the thread. NULL when there can be none: then the caller walks
 * himself. prepare may be NULL.
 */
struct ahead *ahead_create(ahead_walk *walk, ahead_prepare *prepare, void *data);
/* Waits until the thread has ended, before the end of the walk if need be. Accepts NULL. */
void ahead_destroy(struct ahead *a);

/*
 * The next record: as walk's results, and valid until the next call on a. With
 * a step comes what was prepared; NULL for none.
 */
int ahead_next(struct ahead *a, const struct trace_record **out, const void **prepared,
	       uint64_t *place, struct error *err);
