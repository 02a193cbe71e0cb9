/*
 * The tables of schema.h as SQLite virtual tables, over the trace in place:
 * ready at once, one frame in memory.
 */
#pragma once

#include <sqlite3.h>

#include "analysis/selection.h"

/*
 * Registers every table and view. With a selection (NULL for none), tables
 * over records have the rows of those it takes only. Source and selection must
 * outlive the connection. SQLite's code.
 */
int vtab_register(sqlite3 *db, struct source *source, const struct selection *selection);
