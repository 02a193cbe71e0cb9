/*
 * A SQLite connection over a trace. Trace and SQL may both come from
 * strangers: it reads, and nothing else.
 */
#pragma once

#include "analysis/sqlite.h"

#include "analysis/selection.h"

struct connection {
	sqlite3 *db;
	const char *refused; /* what the authoriser last said no to; NULL before a statement */
};

/* Adds what one connection has beyond the tables; SQLite's code. NULL for nothing. */
typedef int connection_add(sqlite3 *db, void *data);

/* The selection (NULL for none) is what the tables show. The connection must stay where it is. */
int connection_open(struct connection *c, struct source *source, const struct selection *selection,
		    connection_add *add, void *data, struct error *err);
/* Accepts one that was never opened. */
void connection_close(struct connection *c);

/*
 * Why preparing or running `statement`, a part of `sql`, failed: one sentence,
 * and the line with a caret below the place when SQLite knows it. -EINVAL.
 */
int connection_failed(struct connection *c, const char *sql, const char *statement,
		      struct error *err);
