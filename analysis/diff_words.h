/* One canonical record against another, in words: "openat gains O_CLOEXEC". */
#pragma once

#include <stdbool.h>

#include "analysis/text.h"

#define DIFF_LIKENESS_MAX 4

/* 0 for different calls, 1 for the same call, more the more of it is the same. */
unsigned diff_words_likeness(const char *a, const char *b);

/*
 * What changed from a to b, both canonical texts of the same call. True when it
 * is only a flag that says how a descriptor behaves, not what is done.
 */
bool diff_words_put(struct text *out, const char *a, const char *b);
