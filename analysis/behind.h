/*
 * A VFS of SQLite's whose databases are written by a thread of their own: who
 * fills one need not wait while pages go to the file system. Everything else
 * waits until what was written before is there, so the file is as it would be.
 */
#pragma once

#include "analysis/sqlite.h"

/* Registers it, once, and returns the name to open a connection with; NULL when there is none. */
const char *behind_vfs(void);

/*
 * Waits until all pages of a database of the connection are in its file, and
 * gives the first error there was (SQLITE_OK, SQLITE_FULL ...): a page's own
 * error comes with a later one, and the last pages have none.
 */
int behind_finish(sqlite3 *db, const char *database);
