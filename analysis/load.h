/*
 * A trace as a real SQLite file: the tables and views that queries see in
 * place, filled from the same virtual tables.
 */
#pragma once

#include <stdbool.h>

#include "analysis/source.h"

/* Called now and then with what is being done and how far it is. */
typedef void load_progress(void *data, const char *what, uint64_t rows, uint64_t rows_estimate);

/*
 * Fills an empty file, which is worth nothing when this fails. *rows counts
 * the rows of all tables. -errno and a sentence otherwise. progress may be NULL.
 */
int load_run(struct source *source, const char *path, bool with_indices, load_progress *progress,
	     void *data, uint64_t *rows, struct error *err);
