/* Search in what is sorted. */
#pragma once

#include <stddef.h>

/*
 * The first of `count` places for which `is_before`, an expression of the
 * place's index `i`, is false; `count` where it is true for all. So many
 * elements are before what is looked for: there it is, or belongs.
 */
#define lower_bound(count, i, is_before)                                                       \
	__extension__({                                                                        \
		size_t lower_bound_low = 0, lower_bound_high = (count);                        \
                                                                                               \
		while (lower_bound_low < lower_bound_high) {                                   \
			size_t i = lower_bound_low + (lower_bound_high - lower_bound_low) / 2; \
                                                                                               \
			if (is_before)                                                         \
				lower_bound_low = i + 1;                                       \
			else                                                                   \
				lower_bound_high = i;                                          \
		}                                                                              \
		lower_bound_low;                                                               \
	})
