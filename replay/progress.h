/* One line on a terminal's standard error for work that takes longer than a second. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	bool enabled; /* standard error is a terminal */
	bool shown;
	struct timespec start, last;
};

void progress_init(struct progress *p);
/* `what` is ours, not the trace's. total may be 0 for unknown, or an estimate. */
void progress_show(struct progress *p, const char *what, const char *unit, uint64_t done,
		   uint64_t total);
/* Takes the line away again. */
void progress_finish(struct progress *p);
/* Seconds since progress_init. */
double progress_seconds(const struct progress *p);
