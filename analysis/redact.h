/*
 * A trace that can be shown to others: which calls were made, by which tasks,
 * when, and how they ended stays; what they carried becomes hashes, and names
 * become pseudonyms. What the schema of this version does not know is dropped.
 */
#pragma once

#include "analysis/pseudonym.h"
#include "analysis/source.h"
#include "schema/trace_writer.h"

struct redact_options {
	struct pseudonyms names;
	bool no_hashes;   /* of payload: only its length stays */
	const char *what; /* for the header: words without secrets */
};

/* Writes all records; the writer stays the caller's. */
int redact_write(struct source *source, const struct redact_options *options, uint64_t of_hash,
		 struct trace_writer *writer, struct error *err);
