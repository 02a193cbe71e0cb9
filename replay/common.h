/* What the commands that read traces share: opening, options of output, exit statuses. */
#pragma once

#include "analysis/output.h"
#include "analysis/source.h"
#include "replay/command.h"

/* "mvx-replay: ..." on standard error, foreign bytes escaped. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says the error and gives EXIT_CANNOT. */
int cannot(const struct error *err);

/* -F, --color and --bytes, with what the terminal suggests. */
int output_options_get(struct output_options *out, const struct invocation *invocation,
		       struct error *err);
/* --timeout; 0 when it was not given. */
int timeout_get(const struct invocation *invocation, double *seconds, struct error *err);
/* --color alone. */
int color_get(bool *out, const struct invocation *invocation, struct error *err);

/*
 * The exit status of a command that wrote its answer: flushes standard output,
 * tells of holes. `answer` is what a whole trace would have given.
 */
int finish_answer(const struct invocation *invocation, struct source *source, int answer);
/*
 * The same for one that looked into buffers, of which the recorder has kept
 * less than there was (--payload).
 */
int finish_cut(const struct invocation *invocation, struct source *source, int answer,
	       uint64_t buffers, uint64_t bytes);
/*
 * The same for one that failed. The pipe's other end closing is no news: it
 * ends silently.
 */
int finish_failed(const struct error *err, bool stream_failed);
