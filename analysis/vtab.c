/* SQLite's side of the tables; see vtab.h. */
#include "analysis/vtab.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/schema.h"
#include "analysis/vtab_walk.h"
#include "base/alloc.h"

/* What a trace says of its steps may be anything; to SQLite all beyond this is the same. */
#define ROWS_ESTIMATE_MAX 1e15

struct cursor {
	sqlite3_vtab_cursor base;
	struct scan *scan; /* opened at the first filter */
	struct row row;
	size_t end;       /* rows of this record, or of the table */
	uint64_t counted; /* rows left when only their number is wanted */
	bool only_count, opened, at_end, ordered;
	uint64_t last_step;
	struct selected_step part; /* the row's record, when one variant's part is asked for */
};

/* more than any record has: buffers of a step, sides of a divergence */
#define ROWS_OF_RECORD 512
_Static_assert(LIMIT_STEP_BUFS < ROWS_OF_RECORD, "buffers of a step");

/* idxNum */
enum { PLAN_COUNT = 1 << 0, PLAN_ORDERED = 1 << 1 };

int vtab_fail(sqlite3_vtab *base, const struct error *err)
{
	sqlite3_free(base->zErrMsg);
	base->zErrMsg = sqlite3_mprintf("%s", err->message);
	return SQLITE_IOERR;
}

int vtab_connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out,
		 char **message)
{
	const struct vtab_data *module = data;
	cleanup_text struct text sql = { 0 };
	struct vtab *vtab;
	int ret;

	table_declare(module->table, &sql);
	ret = sqlite3_declare_vtab(db, text_get(&sql));
	if (ret != SQLITE_OK)
		return ret;
	/* reads one file the user named: views may use it though the schema is not trusted */
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	vtab = sqlite3_malloc64(sizeof(*vtab));
	if (!vtab)
		return SQLITE_NOMEM;
	*vtab = (struct vtab){ .data = *module };
	*out = &vtab->base;
	return SQLITE_OK;
}

int vtab_disconnect(sqlite3_vtab *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

/* ---- planning ---- */

double vtab_constraint_gain(enum column_role role, unsigned char op)
{
	bool equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
	bool range = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE ||
		     op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;

	switch (role) {
	case ROLE_NONE: return 0;
	case ROLE_STEP: return equal ? 1e9 : range ? 4 : 0;
	case ROLE_TASK: return equal ? 1e9 : 0;
	case ROLE_TIME: return equal || range ? 4 : 0;
	case ROLE_NR:
	case ROLE_NAME: return equal ? 10 : 0;
	case ROLE_VERDICT: return equal ? 10 : 0;
	case ROLE_ERRNO: return equal || op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL ? 10 : 0;
	}
	return 0;
}

static bool order_is_native(const struct table *table, const sqlite3_index_info *info)
{
	if (table->kind != TRACE_STEP || info->nOrderBy != 1)
		return false;
	return table->columns[info->aOrderBy[0].iColumn < 0 ? 0 : info->aOrderBy[0].iColumn].role ==
		       ROLE_STEP &&
	       info->aOrderBy[0].iColumn >= 0 && !info->aOrderBy[0].desc;
}

static bool can_count_only(const struct vtab *vtab, const sqlite3_index_info *info, int used)
{
	return vtab->data.table->kind == TRACE_STEP && !vtab->data.table->record_rows &&
	       !vtab->data.selection && !info->colUsed && !used && !info->nConstraint &&
	       source_frames_known(vtab->data.source);
}

/* idxStr: for each value passed to the filter, the column's role and the operator. */
static int vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const struct vtab *vtab = (const struct vtab *)base;
	double rows = (double)source_steps_estimate(vtab->data.source) + 1;
	char *plan = sqlite3_malloc(2 * info->nConstraint + 1);
	int used = 0;

	if (!plan)
		return SQLITE_NOMEM;
	if (!vtab->data.table->kind)
		rows = 200;
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c = &info->aConstraint[i];
		enum column_role role = c->iColumn < 0 ? ROLE_NONE :
							 vtab->data.table->columns[c->iColumn].role;
		double gain = vtab_constraint_gain(role, c->op);

		if (!gain || !c->usable)
			continue;
		rows = rows / gain < 1 ? 1 : rows / gain;
		plan[2 * used] = (char)('A' + role);
		plan[2 * used + 1] = (char)c->op;
		info->aConstraintUsage[i].argvIndex = ++used;
	}
	plan[2 * used] = '\0';
	info->idxStr = plan;
	info->needToFreeIdxStr = 1;
	info->estimatedRows = (sqlite3_int64)(rows < ROWS_ESTIMATE_MAX ? rows : ROWS_ESTIMATE_MAX);
	info->estimatedCost = rows * (vtab->data.table->kind ? 2 : 1) +
			      (vtab->data.table->kind ? 40 : 1);
	if (can_count_only(vtab, info, used))
		info->idxNum |= PLAN_COUNT;
	if (order_is_native(vtab->data.table, info)) {
		info->orderByConsumed = 1;
		info->idxNum |= PLAN_ORDERED;
	}
	return SQLITE_OK;
}

/* ---- walking ---- */

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct cursor *cursor = alloc_zeroed(1, sizeof(*cursor));

	cursor->row.source = ((struct vtab *)base)->data.source;
	*out = &cursor->base;
	return SQLITE_OK;
}

static void cursor_close_memory(struct cursor *cursor)
{
	const struct table *table = ((struct vtab *)cursor->base.pVtab)->data.table;

	if (cursor->opened && table->memory_close)
		table->memory_close(cursor->row.memory);
	cursor->opened = false;
	cursor->row.memory = NULL;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
	struct cursor *cursor = (struct cursor *)base;

	cursor_close_memory(cursor);
	scan_destroy(cursor->scan);
	selected_step_finish(&cursor->part);
	free(cursor);
	return SQLITE_OK;
}

/* Gives out rows whose steps go up, as promised to the planner. */
static int check_order(struct cursor *cursor)
{
	uint64_t step = cursor->row.record->step.step;

	if (cursor->ordered && step < cursor->last_step) {
		sqlite3_free(cursor->base.pVtab->zErrMsg);
		cursor->base.pVtab->zErrMsg = sqlite3_mprintf(
			"step %llu comes after step %llu in the file: the trace was not written by mvx-monitor; "
			"ORDER BY +step sorts it",
			(unsigned long long)step, (unsigned long long)cursor->last_step);
		return SQLITE_CORRUPT_VTAB;
	}
	cursor->last_step = step;
	return SQLITE_OK;
}

/* The record that gives rows for one the scan gave, or NULL. */
static const struct trace_record *take_record(struct cursor *cursor,
					      const struct trace_record *record)
{
	const struct vtab *vtab = (const struct vtab *)cursor->base.pVtab;

	if (record->kind != vtab->data.table->kind) {
		cursor->last_step = record->step.step; /* see scan_kinds */
		return NULL;
	}
	cursor->row.ordinal++;
	if (!vtab->data.selection)
		return record;
	if (record->kind == TRACE_STEP)
		return selection_take_step(vtab->data.selection, record, &cursor->part);
	return selection_has_event(vtab->data.selection, record, cursor->last_step) ? record : NULL;
}

static int next_record(struct cursor *cursor)
{
	const struct table *table = ((struct vtab *)cursor->base.pVtab)->data.table;
	const struct trace_record *record, *taken;
	struct error err = { 0 };

	do {
		int ret = scan_next(cursor->scan, &record, &err);

		if (ret < 0)
			return vtab_fail(cursor->base.pVtab, &err);
		cursor->at_end = ret == 0;
		if (cursor->at_end)
			return SQLITE_OK;
		cursor->end = 0;
		taken = take_record(cursor, record);
		if (!taken)
			continue;
		cursor->row.record = taken;
		/* of a part of it, nothing was made */
		cursor->row.prepared = taken == record ? scan_prepared(cursor->scan) : NULL;
		cursor->row.index = 0;
		cursor->end = table->record_rows ? table->record_rows(taken) : 1;
	} while (!cursor->end);
	return table->kind == TRACE_STEP ? check_order(cursor) : SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct cursor *cursor = (struct cursor *)base;

	if (cursor->only_count) {
		cursor->at_end = --cursor->counted == 0;
		return SQLITE_OK;
	}
	if (++cursor->row.index < cursor->end)
		return SQLITE_OK;
	if (((struct vtab *)base->pVtab)->data.table->kind)
		return next_record(cursor);
	cursor->at_end = true;
	return SQLITE_OK;
}

/* The bitmap of the calls with a name; one the row knows by several is several bits. */
static void want_name(struct source *source, struct scan_filter *filter, const char *name)
{
	uint64_t wanted[SYSCALL_WORDS] = { 0 };

	for (int nr = 0; name && nr < SYSCALL_LIMIT; nr++) {
		const char *known = source_syscall_name(source, nr);

		if (known && strcmp(known, name) == 0)
			wanted[nr / 64] |= UINT64_C(1) << nr % 64;
	}
	/* syscall_600 and the like are in no bitmap */
	if (name && strncmp(name, "syscall_", 8) == 0)
		return;
	memcpy(filter->syscalls, wanted, sizeof(wanted));
	filter->syscalls_only = true;
}

static void want_number(struct scan_filter *filter, sqlite3_int64 nr)
{
	if (nr < 0 || nr >= SYSCALL_LIMIT)
		return;
	memset(filter->syscalls, 0, sizeof(filter->syscalls));
	filter->syscalls[nr / 64] |= UINT64_C(1) << nr % 64;
	filter->syscalls_only = true;
}

static void want_range(uint64_t *first, uint64_t *last, unsigned char op, sqlite3_value *value)
{
	sqlite3_int64 number = sqlite3_value_int64(value);
	uint64_t bound = number < 0 ? 0 : (uint64_t)number;
	bool lower = op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_GT ||
		     op == SQLITE_INDEX_CONSTRAINT_GE;
	bool upper = op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_LT ||
		     op == SQLITE_INDEX_CONSTRAINT_LE;

	/* a text or a fraction compares by rules of SQLite's own: it looks itself */
	if (sqlite3_value_type(value) != SQLITE_INTEGER)
		return;
	if (lower && bound > *first)
		*first = bound;
	if (upper && bound < *last)
		*last = bound;
}

void vtab_narrow(struct source *source, struct scan_filter *filter, enum column_role role,
		 unsigned char op, sqlite3_value *value)
{
	bool is_text = sqlite3_value_type(value) == SQLITE_TEXT;

	switch (role) {
	case ROLE_NONE:
	case ROLE_TASK: break;
	case ROLE_STEP: want_range(&filter->first_step, &filter->last_step, op, value); break;
	case ROLE_TIME: want_range(&filter->first_ns, &filter->last_ns, op, value); break;
	case ROLE_NR:
		if (sqlite3_value_type(value) == SQLITE_INTEGER)
			want_number(filter, sqlite3_value_int64(value));
		break;
	case ROLE_NAME:
		if (is_text)
			want_name(source, filter, (const char *)sqlite3_value_text(value));
		break;
	case ROLE_ERRNO:
		filter->errors_only = op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL || is_text ||
				      filter->errors_only;
		break;
	case ROLE_VERDICT:
		if (is_text && strcmp((const char *)sqlite3_value_text(value), "diverged") == 0)
			filter->diverged_only = true;
		break;
	}
}

static int filter_memory(struct cursor *cursor, const char *plan, sqlite3_value **values)
{
	const struct table *table = ((struct vtab *)cursor->base.pVtab)->data.table;
	struct error err = { 0 };
	size_t count = 0, first = 0;

	/* opened once: a join comes here for every row of the other side */
	if (!cursor->opened || !table->task_range) {
		cursor_close_memory(cursor);
		if (table->memory_open(cursor->row.source, &cursor->row.memory, &count, &err) < 0)
			return vtab_fail(cursor->base.pVtab, &err);
		cursor->opened = true;
	}
	if (plan[0] && table->task_range && sqlite3_value_type(values[0]) == SQLITE_INTEGER)
		table->task_range(cursor->row.source, sqlite3_value_int64(values[0]), &first,
				  &count);
	else if (table->task_range &&
		 table->memory_open(cursor->row.source, &cursor->row.memory, &count, &err) < 0)
		return vtab_fail(cursor->base.pVtab, &err);
	cursor->row.index = first;
	cursor->end = count;
	cursor->at_end = first >= count;
	return SQLITE_OK;
}

/* A note belongs to the step read before it: with positions, steps are read, too. */
static unsigned scan_kinds(const struct vtab *vtab)
{
	unsigned kinds = SCAN_KIND(vtab->data.table->kind);

	if (vtab->data.selection && vtab->data.selection->n_positions)
		kinds |= SCAN_KIND(TRACE_STEP);
	return kinds;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			 sqlite3_value **values)
{
	struct cursor *cursor = (struct cursor *)base;
	const struct vtab *vtab = (const struct vtab *)base->pVtab;
	const struct table *table = vtab->data.table;
	struct scan_filter filter = scan_filter_all(scan_kinds(vtab));
	struct error err = { 0 };

	cursor->row.ordinal = 0;
	cursor->last_step = 0;
	cursor->ordered = number & PLAN_ORDERED;
	cursor->only_count = number & PLAN_COUNT;
	if (cursor->only_count) {
		cursor->counted = source_steps_estimate(cursor->row.source);
		cursor->at_end = !cursor->counted;
		return SQLITE_OK;
	}
	if (!table->kind)
		return filter_memory(cursor, plan, values);
	if (!cursor->scan && scan_create(&cursor->scan, cursor->row.source, &err) < 0)
		return vtab_fail(base->pVtab, &err);
	/* others are numbered from the first record on, so all of them are read */
	if (vtab->data.selection && table->kind == TRACE_STEP)
		selection_narrow(vtab->data.selection, &filter);
	for (int i = 0; i < argc; i++)
		vtab_narrow(cursor->row.source, &filter, (enum column_role)(plan[2 * i] - 'A'),
			    (unsigned char)plan[2 * i + 1], values[i]);
	scan_prepare(cursor->scan, table->prepare);
	scan_start(cursor->scan, &filter);
	return next_record(cursor);
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->at_end;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	((struct vtab *)base->pVtab)->data.table->value(&((struct cursor *)base)->row, column, out);
	return SQLITE_OK;
}

/* The same for a row however it is found: by it SQLite knows, where an OR is taken apart, what it had. */
static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	const struct cursor *cursor = (const struct cursor *)base;

	*rowid = (sqlite3_int64)cursor->row.index + 1;
	if (((const struct vtab *)base->pVtab)->data.table->kind)
		*rowid += (sqlite3_int64)scan_place(cursor->scan) * ROWS_OF_RECORD;
	return SQLITE_OK;
}

/* No xCreate: the tables exist by their names, nothing can make more of them. No xUpdate: read only. */
static const sqlite3_module module = {
	.iVersion = 2,
	.xConnect = vtab_connect,
	.xBestIndex = vtab_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = cursor_open,
	.xClose = cursor_close,
	.xFilter = cursor_filter,
	.xNext = cursor_next,
	.xEof = cursor_eof,
	.xColumn = cursor_column,
	.xRowid = cursor_rowid,
};

int vtab_connect_now(sqlite3 *db, const char *name)
{
	cleanup_text struct text sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int ret;

	text_printf(&sql, "SELECT 1 FROM %s", name);
	ret = sqlite3_prepare_v2(db, text_get(&sql), -1, &stmt, NULL);
	sqlite3_finalize(stmt);
	return ret;
}

static int register_tables(sqlite3 *db, const struct table *const *tables,
			   const struct vtab_data *what)
{
	for (size_t i = 0; tables[i]; i++) {
		struct vtab_data *data = alloc_zeroed(1, sizeof(*data));
		int ret;

		*data = *what;
		data->table = tables[i];
		ret = sqlite3_create_module_v2(db, tables[i]->name,
					       tables[i]->walk_open ? &vtab_walk_module : &module,
					       data, free);
		if (ret == SQLITE_OK)
			ret = vtab_connect_now(db, tables[i]->name);
		if (ret != SQLITE_OK)
			return ret;
	}
	return SQLITE_OK;
}

static int create_view(sqlite3 *db, const struct view *view, bool temporary)
{
	cleanup_text struct text sql = { 0 };

	text_printf(&sql, "CREATE %s VIEW %s AS %s", temporary ? "TEMP" : "", view->name,
		    strstr(view->sql, "SELECT"));
	return sqlite3_exec(db, text_get(&sql), NULL, NULL, NULL);
}

int vtab_register(sqlite3 *db, struct source *source, const struct selection *selection,
		  bool temporary)
{
	struct vtab_data data = { .source = source, .selection = selection };
	int ret = register_tables(db, schema_tables, &data);

	if (ret == SQLITE_OK)
		ret = register_tables(db, schema_functions, &data);
	for (size_t i = 0; ret == SQLITE_OK && schema_views[i].name; i++)
		ret = create_view(db, &schema_views[i], temporary);
	return ret;
}
