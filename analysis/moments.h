/*
 * Bytes without what tells when and as which process a run took place: a time
 * of day that can be the run's own, in the ways logs and protocols write it,
 * and the process ids of the run in a line with such a time or where it says
 * "pid". Other numbers stay: one in thousands happens to be a process's, too.
 */
#pragma once

#include <stdint.h>

#include "analysis/text.h"

struct moments {
	uint64_t start_wall_s; /* of the run, since 1970; 0 when not known */
	const uint32_t *pids;  /* by number: not 0 for the run's own; NULL for none */
	size_t n_pids;
};

/* Adds the bytes to `out`, not escaped: "<time>" and "<pid>" in place of those. */
void moments_replace(const struct moments *m, struct text *out, const void *bytes, size_t length);
/* True for this process id and nothing else, but perhaps a newline: what is in a pid file. */
bool moments_is_pid(int32_t pid, const void *bytes, size_t length);
