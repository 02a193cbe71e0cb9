/*
 * Which task of one run is which of another. Creation paths say so as long as
 * every process starts the same children; where one starts one more or less,
 * children are matched by what they do first, in order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct diff_task {
	const char *label;  /* P0.2.T0; borrowed */
	uint64_t signature; /* of what it is: the program it runs, else its first record */
};

/* An index + 1 into either list, 0 for nobody. */
struct diff_task_pair {
	size_t a, b;
};

/*
 * Every task of both lists, once. Returns how many pairs there are; the caller
 * frees them.
 */
size_t diff_tasks_match(const struct diff_task *a, size_t n_a, const struct diff_task *b,
			size_t n_b, struct diff_task_pair **out);
