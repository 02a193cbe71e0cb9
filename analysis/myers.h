/*
 * The shortest way from one sequence of hashes to another: Myers' algorithm in
 * linear space ("An O(ND) Difference Algorithm and Its Variations", 1986).
 * Knows nothing of traces; diff.c calls it once for each task.
 *
 * Where two stretches have so little in common that the search would cost too
 * much, hashes that occur once in both split them (patience); without any, the
 * whole stretch counts as replaced, and the answer says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* steps of the search over all of one comparison: about two seconds */
#define MYERS_WORK_MAX (UINT64_C(400) << 20)

/* a_count elements of a, from a_first on, stand where b has b_count from b_first on. */
struct myers_hunk {
	size_t a_first, a_count;
	size_t b_first, b_count;
};

struct myers {
	struct myers_hunk *hunks; /* owned; in order, never touching each other */
	size_t count, capacity;
	bool gave_up; /* a stretch was not searched: there may be a shorter way */
};

/* `work` bounds the search; 0 goes straight to the anchors. myers_finish releases m. */
void myers_compare(struct myers *m, const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b,
		   uint64_t work);
/* Accepts a zeroed one. */
void myers_finish(struct myers *m);
