/* Where a command writes what it makes of a trace: the file of -o, or standard output. */
#pragma once

#include <stdio.h>

#include "replay/command.h"
#include "replay/derived.h"

struct target {
	struct derived derived;
	FILE *stream;
	const char *path; /* NULL for standard output */
};

/* target_finish releases it in any case. */
int target_open(struct target *t, const struct invocation *invocation, struct error *err);
/* Says what went wrong with the stream. EXIT_CANNOT, or silent for a closed pipe. */
int target_failed(const struct target *t, int code);
/* Closes, and gives the file its name; an exit status. Standard output is finish_answer's. */
int target_commit(struct target *t);
void target_finish(struct target *t);
