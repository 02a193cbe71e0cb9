/*
 * A trace in the formats of other programs: rows for databases and scripts,
 * strace's text, Chrome's and Perfetto's trace events. One pass, constant
 * memory.
 */
#pragma once

#include <stdio.h>

#include "analysis/selection.h"

enum export_format {
	EXPORT_NDJSON, /* rows of one table */
	EXPORT_CSV,
	EXPORT_TSV,
	EXPORT_STRACE,         /* as strace -f -ttt -T -o writes it */
	EXPORT_CHROME,         /* trace event JSON */
	EXPORT_CLICKHOUSE_DDL, /* statements; needs no trace */
};

/* Called now and then; done is of rows, lines or events, total an estimate, 0 for unknown. */
typedef void export_progress(void *data, uint64_t done, uint64_t total);

struct export_options {
	struct selection selection;
	const char *table;         /* rows: a table or view; NULL for step */
	size_t string_bytes;       /* text of calls: 0 for the decoder's default */
	bool leader_only;          /* strace, chrome */
	export_progress *progress; /* NULL for none */
	void *data;
};

/* bytes of a string that calls may be decoded with: a call may show some hundred strings */
#define EXPORT_STRING_BYTES_MAX 65536

/* The format of a name, or -EINVAL with the names there are. */
int export_format_parse(enum export_format *out, const char *name, struct error *err);
bool export_format_has_rows(enum export_format format);

/* Is there the table or view, and can the selection choose among its rows? -ENOENT or -EINVAL. */
int export_table_check(const char *name, const struct selection *selection, struct error *err);

/*
 * *count is of rows, lines or events. -errno of the trace or of the stream,
 * told apart by *stream_failed.
 */
int export_run(struct source *source, enum export_format format,
	       const struct export_options *options, FILE *stream, uint64_t *count,
	       bool *stream_failed, struct error *err);
