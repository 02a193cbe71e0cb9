/* The SQL functions mvx adds. */
#pragma once

#include "analysis/sqlite.h"

#include "analysis/source.h"

struct function_def {
	const char *usage; /* "printable(blob, n)" */
	const char *text;  /* one line */
	const char *name;
	int argc; /* -1: the implementation looks */
	void (*run)(sqlite3_context *context, int argc, sqlite3_value **values);
};

extern const struct function_def sql_functions[]; /* ended by a NULL name */

/*
 * Registers them all; with keep_regexp, not what REGEXP means when it means
 * something already. The source must outlive the connection. SQLite's code.
 */
int functions_register(sqlite3 *db, struct source *source, bool keep_regexp);
