/* Progress; see progress.h. */
#include "replay/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* seconds before the first line, and between two */
#define PATIENCE_S 1.0
#define INTERVAL_S 0.2
/* bytes of a line: narrower than a terminal, so that it stays one */
#define LINE_BYTES 79

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_init(struct progress *p)
{
	*p = (struct progress){ .enabled = isatty(STDERR_FILENO) };
	clock_gettime(CLOCK_MONOTONIC, &p->start);
}

double progress_seconds(const struct progress *p)
{
	return seconds_since(&p->start);
}

void progress_show(struct progress *p, const char *what, const char *unit, uint64_t done,
		   uint64_t total)
{
	char line[LINE_BYTES + 1], left[40] = "";
	double seconds, rate;

	if (!p->enabled || (p->shown && seconds_since(&p->last) < INTERVAL_S))
		return;
	seconds = progress_seconds(p);
	if (seconds < PATIENCE_S)
		return;
	rate = (double)done / seconds;
	if (total > done && rate > 0)
		snprintf(left, sizeof(left), ", about %.0f s left",
			 (double)(total - done) / rate + 0.5);
	snprintf(line, sizeof(line), "%s: %" PRIu64 " %s, %.0f a second%s", what, done, unit, rate,
		 left);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	p->shown = true;
	clock_gettime(CLOCK_MONOTONIC, &p->last);
}

void progress_finish(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
