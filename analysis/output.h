/*
 * Rows to a stream, in the format asked for. Every path escapes: cells may
 * hold whatever an attacker sent (text.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_TSV, /* as PostgreSQL's COPY reads it: \t \n \\ \xNN, \N for NULL */
	OUTPUT_CSV,
	OUTPUT_JSON,   /* one array of objects */
	OUTPUT_NDJSON, /* one object a line */
	OUTPUT_LINE,   /* name = value, a blank line between rows */
	OUTPUT_MARKDOWN,
};

struct output_options {
	enum output_format format;
	bool color;
	bool raw; /* bytes as they are; never to a terminal */
};

enum cell_type { CELL_NULL, CELL_INTEGER, CELL_ADDRESS, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
	enum cell_type type;
	int64_t integer; /* INTEGER, ADDRESS */
	double real;
	const void *data; /* TEXT, BLOB: borrowed until output_row returns */
	size_t length;
};

struct output;

/* The format of a name, or -EINVAL with the names there are. */
int output_format_parse(enum output_format *out, const char *name, struct error *err);

/* Starts a set of rows on `stream`, which stays the caller's. Names are copied. */
struct output *output_create(FILE *stream, const struct output_options *options,
			     const char *const *names, size_t n_columns);
/* Adds a row of as many cells as there are columns. -errno when the stream does not take it. */
int output_row(struct output *o, const struct cell *cells);
/* Writes what is held back and the closing mark. */
int output_end(struct output *o);
/* Accepts NULL. */
void output_destroy(struct output *o);
