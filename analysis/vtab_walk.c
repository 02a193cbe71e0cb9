/* Walks as tables; see vtab_walk.h. */
#include "analysis/vtab_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/schema.h"
#include "base/alloc.h"

/* of a table function, a walk included */
#define LIMIT_ARGUMENTS 4

struct cursor {
	sqlite3_vtab_cursor base;
	struct row row; /* memory: the walk, NULL for none */
	bool at_end;
	sqlite3_int64 rowid;
};

/* idxNum: a mask of the arguments that are passed to the filter, in their order. */
static int walk_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const struct vtab *vtab = (const struct vtab *)base;
	const struct table *table = vtab->data.table;
	size_t visible = table_column_count(table) - table->n_arguments;
	double steps = (double)source_steps_estimate(vtab->data.source) + 1;
	int constraint_of[LIMIT_ARGUMENTS], passed = 0;

	for (size_t i = 0; i < LIMIT_ARGUMENTS; i++)
		constraint_of[i] = -1;
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c = &info->aConstraint[i];
		int argument = c->iColumn - (int)visible;

		if (argument < 0 || argument >= LIMIT_ARGUMENTS ||
		    c->op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		/* its value comes from a table that has to be before this one */
		if (!c->usable)
			return SQLITE_CONSTRAINT;
		constraint_of[argument] = i;
	}
	for (int i = 0; i < LIMIT_ARGUMENTS; i++) {
		if (constraint_of[i] < 0)
			continue;
		info->aConstraintUsage[constraint_of[i]].argvIndex = ++passed;
		info->aConstraintUsage[constraint_of[i]].omit = 1;
		info->idxNum |= 1 << i;
	}
	info->estimatedRows = table->n_arguments ? 25 : (sqlite3_int64)(steps / 20) + 1;
	info->estimatedCost = steps * 3 + 1000;
	return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct cursor *cursor = alloc_zeroed(1, sizeof(*cursor));

	cursor->row.source = ((struct vtab *)base)->data.source;
	*out = &cursor->base;
	return SQLITE_OK;
}

static const struct table *cursor_table(const struct cursor *cursor)
{
	return ((const struct vtab *)cursor->base.pVtab)->data.table;
}

static void close_walk(struct cursor *cursor)
{
	if (cursor->row.memory)
		cursor_table(cursor)->memory_close(cursor->row.memory);
	cursor->row.memory = NULL;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
	struct cursor *cursor = (struct cursor *)base;

	close_walk(cursor);
	free(cursor);
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct cursor *cursor = (struct cursor *)base;
	struct error err = { 0 };
	int ret = cursor_table(cursor)->walk_next(cursor->row.memory, &err);

	if (ret < 0)
		return vtab_fail(base->pVtab, &err);
	cursor->at_end = ret == 0;
	/* never given twice: each walk has rows of its own, and an OR may start several */
	cursor->rowid = ++((struct vtab *)base->pVtab)->rowids;
	return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			 sqlite3_value **values)
{
	struct cursor *cursor = (struct cursor *)base;
	const struct table *table = cursor_table(cursor);
	sqlite3_value *arguments[LIMIT_ARGUMENTS] = { NULL };
	struct error err = { 0 };
	int passed = 0;

	close_walk(cursor);
	for (size_t i = 0; i < LIMIT_ARGUMENTS && passed < argc; i++)
		if (number & 1 << i)
			arguments[i] = values[passed++];
	for (size_t i = 0; i < table->n_required; i++) {
		if (arguments[i])
			continue;
		error_set(&err, -EINVAL, "%s() needs %zu argument%s", table->name,
			  table->n_required, table->n_required == 1 ? "" : "s");
		return vtab_fail(base->pVtab, &err);
	}
	if (table->walk_open(cursor->row.source, arguments, &cursor->row.memory, &err) < 0)
		return vtab_fail(base->pVtab, &err);
	cursor->at_end = !cursor->row.memory;
	return cursor->at_end ? SQLITE_OK : cursor_next(base);
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->at_end;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	const struct cursor *cursor = (const struct cursor *)base;

	cursor_table(cursor)->value(&cursor->row, column, out);
	return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = ((struct cursor *)base)->rowid;
	return SQLITE_OK;
}

const sqlite3_module vtab_walk_module = {
	.iVersion = 2,
	.xConnect = vtab_connect,
	.xBestIndex = walk_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = cursor_open,
	.xClose = cursor_close,
	.xFilter = cursor_filter,
	.xNext = cursor_next,
	.xEof = cursor_eof,
	.xColumn = cursor_column,
	.xRowid = cursor_rowid,
};
