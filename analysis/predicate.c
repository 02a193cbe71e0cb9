/* One step as a table of one row; see predicate.h. */
#include "analysis/predicate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/connection.h"
#include "analysis/vtab_walk.h"
#include "base/alloc.h"

#define THIS_STEP "this_step"

struct predicate {
	struct source *source;
	struct connection connection;
	char *sql; /* owned */
	sqlite3_stmt *stmt;
	struct trace_record record;  /* the step asked about */
	struct scan_filter narrowed; /* by what the expression wants of constants */
	bool learning;
};

/* ---- the table ---- */

struct this_step {
	sqlite3_vtab base;
	struct predicate *predicate;
};

struct cursor {
	sqlite3_vtab_cursor base;
	bool at_end;
};

static int this_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
			sqlite3_vtab **out, char **message)
{
	cleanup_text struct text sql = { 0 };
	struct this_step *vtab;
	int ret;

	table_declare(&table_step, &sql);
	ret = sqlite3_declare_vtab(db, text_get(&sql));
	if (ret != SQLITE_OK)
		return ret;
	vtab = alloc_zeroed(1, sizeof(*vtab));
	vtab->predicate = data;
	*out = &vtab->base;
	return SQLITE_OK;
}

static int this_disconnect(sqlite3_vtab *base)
{
	free(base);
	return SQLITE_OK;
}

/*
 * Constraints against constants are passed on only to learn of them: they cost
 * the same either way, so that no plan is chosen which takes an OR apart.
 */
static int this_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	char *plan = sqlite3_malloc(2 * info->nConstraint + 1);
	int used = 0;

	if (!plan)
		return SQLITE_NOMEM;
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c = &info->aConstraint[i];
		sqlite3_value *constant = NULL;
		enum column_role role = c->iColumn < 0 ? ROLE_NONE :
							 table_step.columns[c->iColumn].role;

		if (!c->usable || vtab_constraint_gain(role, c->op) <= 0 ||
		    sqlite3_vtab_rhs_value(info, i, &constant) != SQLITE_OK)
			continue;
		plan[2 * used] = (char)('A' + role);
		plan[2 * used + 1] = (char)c->op;
		info->aConstraintUsage[i].argvIndex = ++used;
	}
	plan[2 * used] = '\0';
	info->idxStr = plan;
	info->needToFreeIdxStr = 1;
	info->estimatedRows = 1;
	info->estimatedCost = 1;
	info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
	return SQLITE_OK;
}

static int this_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct cursor *cursor = alloc_zeroed(1, sizeof(*cursor));

	*out = &cursor->base;
	return SQLITE_OK;
}

static int this_close(sqlite3_vtab_cursor *base)
{
	free(base);
	return SQLITE_OK;
}

static struct predicate *predicate_of(const sqlite3_vtab_cursor *base)
{
	return ((const struct this_step *)base->pVtab)->predicate;
}

static int this_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
		       sqlite3_value **values)
{
	struct predicate *p = predicate_of(base);

	((struct cursor *)base)->at_end = false;
	for (int i = 0; p->learning && i < argc; i++)
		vtab_narrow(p->source, &p->narrowed, (enum column_role)(plan[2 * i] - 'A'),
			    (unsigned char)plan[2 * i + 1], values[i]);
	p->learning = false;
	return SQLITE_OK;
}

static int this_next(sqlite3_vtab_cursor *base)
{
	((struct cursor *)base)->at_end = true;
	return SQLITE_OK;
}

static int this_eof(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->at_end;
}

static int this_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	struct predicate *p = predicate_of(base);
	struct row row = { .source = p->source, .record = &p->record };

	table_step.value(&row, column, out);
	return SQLITE_OK;
}

static int this_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = 1;
	return SQLITE_OK;
}

static const sqlite3_module this_step_module = {
	.iVersion = 2,
	.xConnect = this_connect,
	.xBestIndex = this_best_index,
	.xDisconnect = this_disconnect,
	.xOpen = this_open,
	.xClose = this_close,
	.xFilter = this_filter,
	.xNext = this_next,
	.xEof = this_eof,
	.xColumn = this_column,
	.xRowid = this_rowid,
};

/* ---- the expression ---- */

static int add_table(sqlite3 *db, void *data)
{
	int ret = sqlite3_create_module_v2(db, THIS_STEP, &this_step_module, data, NULL);

	/* connected now: the authoriser would forbid it later */
	return ret == SQLITE_OK ? vtab_connect_now(db, THIS_STEP) : ret;
}

static bool is_blank(const char *sql)
{
	return !sql[strspn(sql, " \t\r\n")];
}

static int prepare(struct predicate *p, const char *sql, struct error *err)
{
	cleanup_text struct text t = { 0 };
	const char *tail;

	/* lines of its own: a comment at its end hides nothing of ours */
	text_printf(&t,
		    "SELECT 1 FROM (SELECT " V_STEP_COLUMNS " FROM " THIS_STEP " AS s" V_STEP_TASK
		    ") AS v_step WHERE (\n%s\n)",
		    sql);
	if (t.length > LIMIT_SQL_BYTES || is_blank(sql))
		return error_set(err, -EINVAL, "--where: %s",
				 is_blank(sql) ? "there is no expression" : "it is too long");
	p->sql = alloc_string(text_get(&t));
	if (sqlite3_prepare_v2(p->connection.db, p->sql, -1, &p->stmt, &tail) != SQLITE_OK) {
		connection_failed(&p->connection, p->sql, p->sql, err);
		return error_prefix(err, "--where: ");
	}
	if (!is_blank(tail) || sqlite3_column_count(p->stmt) != 1)
		return error_set(err, -EINVAL, "--where: more than one expression: %s", sql);
	return 0;
}

/* Asks about a step that is none, to learn what frames are worth a look. */
static void learn(struct predicate *p)
{
	p->narrowed = scan_filter_all(SCAN_KIND(TRACE_STEP));
	p->learning = true;
	p->record = (struct trace_record){ .kind = TRACE_STEP };
	p->record.step.variants = 1;
	p->record.step.no_result = true;
	sqlite3_step(p->stmt);
	sqlite3_reset(p->stmt);
	p->learning = false;
}

int predicate_create(struct predicate **out, struct source *source, const char *sql,
		     struct error *err)
{
	struct predicate *p = alloc_zeroed(1, sizeof(*p));
	int ret;

	p->source = source;
	ret = connection_open(&p->connection, source, NULL, add_table, p, err);
	if (ret == 0)
		ret = prepare(p, sql, err);
	if (ret < 0) {
		predicate_destroy(p);
		return ret;
	}
	learn(p);
	*out = p;
	return 0;
}

void predicate_destroy(struct predicate *p)
{
	if (!p)
		return;
	sqlite3_finalize(p->stmt);
	connection_close(&p->connection);
	free(p->sql);
	free(p);
}

bool predicate_matches(struct predicate *p, const struct trace_step *step)
{
	struct error err = { 0 };
	int code;

	p->record.step = *step;
	code = sqlite3_step(p->stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE) {
		connection_failed(&p->connection, p->sql, p->sql, &err);
		error_prefix(&err, "--where: ");
		source_fail(p->source, &err);
	}
	sqlite3_reset(p->stmt);
	return code == SQLITE_ROW;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void predicate_narrow(const struct predicate *p, struct scan_filter *scan)
{
	const struct scan_filter *n = &p->narrowed;

	scan->first_step = greater(scan->first_step, n->first_step);
	scan->last_step = lesser(scan->last_step, n->last_step);
	scan->first_ns = greater(scan->first_ns, n->first_ns);
	scan->last_ns = lesser(scan->last_ns, n->last_ns);
	scan->errors_only |= n->errors_only;
	scan->diverged_only |= n->diverged_only;
	for (size_t i = 0; n->syscalls_only && i < SYSCALL_WORDS; i++)
		scan->syscalls[i] = scan->syscalls_only ? scan->syscalls[i] & n->syscalls[i] :
							  n->syscalls[i];
	scan->syscalls_only |= n->syscalls_only;
}
