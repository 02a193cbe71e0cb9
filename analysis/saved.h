/* Questions that come up again and again: analysis/queries, one SQL file each. */
#pragma once

#include <stdio.h>

#include "analysis/output.h"

struct saved_query {
	const char *name; /* of the file, without .sql */
	const char *text; /* its first line, a comment */
	const char *sql;  /* all of it */
};

extern const struct saved_query saved_queries[]; /* in the order of names, ended by a NULL name */
/* "list", which is none and shows them, and all names: a blank between. */
extern const char saved_query_words[];

/* NULL when there is none. */
const struct saved_query *saved_query_find(const char *name);
/* All of them as rows; -errno when the stream does not take them. */
int saved_queries_put(FILE *stream, const struct output_options *options);
