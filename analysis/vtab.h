/*
 * The tables of schema.h as SQLite virtual tables, over the trace in place:
 * ready at once, one frame in memory.
 */
#pragma once

#include <sqlite3.h>

#include "analysis/source.h"

/* Registers every table and view. The source must outlive the connection. SQLite's code. */
int vtab_register(sqlite3 *db, struct source *source);
