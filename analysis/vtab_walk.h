/*
 * Tables whose rows come out of a walk over the trace, and table functions,
 * which are such tables with arguments, as SQLite virtual tables.
 */
#pragma once

#include "analysis/sqlite.h"

#include "analysis/schema.h"
#include "analysis/selection.h"

extern const sqlite3_module vtab_walk_module;

/* What its pAux is; vtab_register frees it. */
struct vtab_data {
	struct source *source;
	const struct selection *selection; /* NULL for everything; walks see everything */
	const struct table *table;
};

/* The head of every vtab of ours. */
struct vtab {
	sqlite3_vtab base;
	struct vtab_data data;
	sqlite3_int64 rowids; /* of walks, given so far */
};

int vtab_connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out,
		 char **message);
int vtab_disconnect(sqlite3_vtab *base);
/* SQLite connects a table at its first use; by then an authoriser would forbid the declaration. */
int vtab_connect_now(sqlite3 *db, const char *name);
/* Says what went wrong; gives SQLite's code. */
int vtab_fail(sqlite3_vtab *base, const struct error *err);

/* How often a constraint on a column with a role is met: one row in so many. 0: no use. */
double vtab_constraint_gain(enum column_role role, unsigned char op);
/* Tells a scan of a constraint: it skips only what cannot meet it, SQLite looks at every row again. */
void vtab_narrow(struct source *source, struct scan_filter *filter, enum column_role role,
		 unsigned char op, sqlite3_value *value);
