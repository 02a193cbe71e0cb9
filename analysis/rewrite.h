/* A trace written from another: its header says so, its end counts what is in it. */
#pragma once

#include "analysis/source.h"
#include "schema/trace_writer.h"

struct rewrite {
	struct trace_writer *writer;                          /* the caller's */
	uint64_t steps, signals, divergences, tasks, last_ns; /* written so far */
};

/* The source's header with one more derivation; a header of ours where it has none. */
int rewrite_begin(struct rewrite *r, struct source *source,
		  const struct trace_derivation *derivation, struct error *err);
/* The same with a header that the caller has changed. */
int rewrite_begin_with(struct rewrite *r, const struct trace_header *header,
		       const struct trace_derivation *derivation, struct error *err);
int rewrite_add(struct rewrite *r, const struct trace_record *record, struct error *err);
/* The end: how the run ended, if the source knows; clean when the source has no hole. */
int rewrite_end(struct rewrite *r, struct source *source, struct error *err);
