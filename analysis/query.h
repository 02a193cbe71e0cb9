/*
 * SQL over a trace. Trace and SQL may both come from strangers: the connection
 * reads, and nothing else.
 */
#pragma once

#include <signal.h>
#include <stdio.h>

#include "analysis/output.h"
#include "analysis/selection.h"

struct query;

struct query_limits {
	double timeout_s;                  /* 0: none */
	const struct selection *selection; /* what the tables show; NULL for everything */
	/* Called now and then while a statement runs without a timeout; NULL for never. */
	void (*watch)(void *data);
	void *data;
	/* Set by a signal's handler: query_run stops, and gives -EINTR; NULL for never. */
	const volatile sig_atomic_t *interrupted;
};

/* A connection over a source and a selection, which stay the caller's and must live longer. */
int query_open(struct query **out, struct source *source, const struct query_limits *limits,
	       struct error *err);
/* Accepts NULL. */
void query_close(struct query *q);

/*
 * Runs every statement of `sql` and writes the rows to `stream`. *rows counts
 * them. Bad SQL: -EINVAL, the message has the line and a caret below the
 * place; out of time: -ETIMEDOUT; -EIO and the like are the stream's or the
 * trace's, told apart by *stream_failed.
 */
int query_run(struct query *q, const char *sql, FILE *stream, const struct output_options *options,
	      uint64_t *rows, bool *stream_failed, struct error *err);

/*
 * Hands the first column of every row of one statement to `take`, whose
 * negative answer ends it. The errors are those of query_run.
 */
int query_each(struct query *q, const char *sql, int (*take)(void *data, int64_t value), void *data,
	       struct error *err);
/* Does the text end where a statement does: with a ; outside of quotes and comments? */
bool query_is_complete(const char *sql);
