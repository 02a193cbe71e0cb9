/* Traces made from traces: slice and redact. */
#pragma once

#include "analysis/source.h"
#include "replay/command.h"
#include "schema/trace_writer.h"

struct derive_job {
	/* Writes all; *none when there is nothing to write, and no file is made then. */
	int (*write)(void *data, struct source *source, uint64_t of_hash,
		     struct trace_writer *writer, bool *none, struct error *err);
	void *data;
};

/*
 * Runs the job into -o FILE, which gets its name when it is whole. EXIT_YES,
 * EXIT_NO for none, or EXIT_CANNOT with the sentence said. A trace that is
 * still being recorded is taken as far as it goes.
 */
int derive_trace(const struct invocation *invocation, struct source *source,
		 const struct derive_job *job);
