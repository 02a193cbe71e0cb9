/*
 * Tables whose rows come out of a walk over the trace, and table functions,
 * which are such tables with arguments, as SQLite virtual tables.
 */
#pragma once

#include <sqlite3.h>

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
};

struct error;

int vtab_connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out,
		 char **message);
int vtab_disconnect(sqlite3_vtab *base);
/* Says what went wrong; gives SQLite's code. */
int vtab_fail(sqlite3_vtab *base, const struct error *err);
