/*
 * The tables of schema.h as SQLite virtual tables, over the trace in place:
 * ready at once, one frame in memory.
 */
#pragma once

#include "analysis/sqlite.h"

#include "analysis/selection.h"

/*
 * Registers every table and view, views as temporary ones or in the main
 * database. With a selection (NULL for none), tables over records have the rows
 * of those it takes only. Source and selection must outlive the connection.
 * SQLite's code.
 */
int vtab_register(sqlite3 *db, struct source *source, const struct selection *selection,
		  bool temporary);
