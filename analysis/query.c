/* A read-only SQLite connection and its rows; see query.h. */
#include "analysis/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/connection.h"
#include "analysis/text.h"
#include "base/alloc.h"

/* virtual machine instructions between two looks at the clock: well under a millisecond */
#define PROGRESS_INSTRUCTIONS 10000

struct query {
	struct connection connection;
	double timeout_s;
	void (*watch)(void *data);
	void *data;
	const volatile sig_atomic_t *interrupted; /* NULL for never */
	struct timespec deadline;
	bool timed_out;
};

static bool is_interrupted(const struct query *q)
{
	return q->interrupted && *q->interrupted;
}

static int watch_clock(struct query *q)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < q->deadline.tv_sec ||
	    (now.tv_sec == q->deadline.tv_sec && now.tv_nsec < q->deadline.tv_nsec))
		return 0;
	q->timed_out = true;
	return 1;
}

/* Not 0 when it has to stop. */
static int watch_run(void *data)
{
	struct query *q = data;

	if (is_interrupted(q))
		return 1;
	if (q->timeout_s > 0)
		return watch_clock(q);
	if (q->watch)
		q->watch(q->data);
	return 0;
}

static void start_clock(struct query *q)
{
	double whole = (double)(time_t)q->timeout_s;

	q->timed_out = false;
	if (q->timeout_s > 0 || q->watch || q->interrupted)
		sqlite3_progress_handler(q->connection.db, PROGRESS_INSTRUCTIONS, watch_run, q);
	if (q->timeout_s <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &q->deadline);
	q->deadline.tv_sec += (time_t)whole;
	q->deadline.tv_nsec += (long)((q->timeout_s - whole) * 1e9);
	if (q->deadline.tv_nsec >= 1000000000) {
		q->deadline.tv_sec++;
		q->deadline.tv_nsec -= 1000000000;
	}
}

int query_open(struct query **out, struct source *source, const struct query_limits *limits,
	       struct error *err)
{
	struct query *q = alloc_zeroed(1, sizeof(*q));
	int ret = connection_open(&q->connection, source, limits->selection, NULL, NULL, err);

	if (ret < 0) {
		free(q);
		return ret;
	}
	q->timeout_s = limits->timeout_s;
	q->watch = limits->watch;
	q->data = limits->data;
	q->interrupted = limits->interrupted;
	*out = q;
	return 0;
}

void query_close(struct query *q)
{
	if (!q)
		return;
	connection_close(&q->connection);
	free(q);
}

/* ---- errors ---- */

static int sql_failed(struct query *q, const char *sql, const char *statement, struct error *err)
{
	if (q->timed_out)
		return error_set(err, -ETIMEDOUT, "the query took longer than %g s and was stopped",
				 q->timeout_s);
	if (is_interrupted(q))
		return error_set(err, -EINTR, "interrupted");
	return connection_failed(&q->connection, sql, statement, err);
}

/* ---- rows ---- */

/* A column that stands for one of ours declared ADDRESS is shown as one. */
static bool is_address(sqlite3_stmt *stmt, int column)
{
	const char *type = sqlite3_column_decltype(stmt, column);

	return type && strcmp(type, "ADDRESS") == 0;
}

static void read_cell(sqlite3_stmt *stmt, int column, bool address, struct cell *cell)
{
	*cell = (struct cell){ .type = CELL_NULL };
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_INTEGER:
		cell->type = address ? CELL_ADDRESS : CELL_INTEGER;
		cell->integer = sqlite3_column_int64(stmt, column);
		break;
	case SQLITE_FLOAT:
		cell->type = CELL_REAL;
		cell->real = sqlite3_column_double(stmt, column);
		break;
	case SQLITE_TEXT:
		cell->type = CELL_TEXT;
		cell->data = sqlite3_column_text(stmt, column);
		cell->length = (size_t)sqlite3_column_bytes(stmt, column);
		break;
	case SQLITE_BLOB:
		cell->type = CELL_BLOB;
		cell->data = sqlite3_column_blob(stmt, column);
		cell->length = (size_t)sqlite3_column_bytes(stmt, column);
		break;
	}
}

/* Names as SQLite gives them; one that was there before gets ":2", so that JSON keeps both. */
static char **column_names(sqlite3_stmt *stmt, size_t count)
{
	char **names = alloc_zeroed(count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		const char *name = sqlite3_column_name(stmt, (int)i);
		cleanup_text struct text unique = { 0 };
		unsigned same = 1;

		for (size_t before = 0; before < i; before++)
			same += strcmp(sqlite3_column_name(stmt, (int)before), name) == 0;
		text_add(&unique, name);
		if (same > 1)
			text_printf(&unique, ":%u", same);
		names[i] = alloc_string(text_get(&unique));
	}
	return names;
}

struct row_set {
	sqlite3_stmt *stmt;
	size_t count;
	char **names;
	bool *addresses;
	struct cell *cells;
	struct output *output;
};

static void row_set_init(struct row_set *set, sqlite3_stmt *stmt, FILE *stream,
			 const struct output_options *options)
{
	set->stmt = stmt;
	set->count = (size_t)sqlite3_column_count(stmt);
	set->names = column_names(stmt, set->count);
	set->addresses = alloc_zeroed(set->count, sizeof(*set->addresses));
	set->cells = alloc_zeroed(set->count, sizeof(*set->cells));
	for (size_t i = 0; i < set->count; i++)
		set->addresses[i] = is_address(stmt, (int)i);
	set->output = output_create(stream, options, (const char *const *)set->names, set->count);
}

static void row_set_finish(struct row_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->names[i]);
	free(set->names);
	free(set->addresses);
	free(set->cells);
	output_destroy(set->output);
}

static int write_failed(int code, bool *stream_failed, struct error *err)
{
	*stream_failed = true;
	return error_set(err, code, "cannot write standard output: %s", strerror(-code));
}

/* SQLITE_DONE, or another code of SQLite's; *ret is what the stream said. */
static int step_rows(struct row_set *set, uint64_t *rows, int *ret)
{
	int code;

	*ret = 0;
	while ((code = sqlite3_step(set->stmt)) == SQLITE_ROW && *ret == 0) {
		for (size_t i = 0; i < set->count; i++)
			read_cell(set->stmt, (int)i, set->addresses[i], &set->cells[i]);
		*ret = output_row(set->output, set->cells);
		++*rows;
	}
	return code;
}

static int run_statement(struct query *q, sqlite3_stmt *stmt, FILE *stream,
			 const struct output_options *options, uint64_t *rows, bool *stream_failed,
			 struct error *err)
{
	struct row_set set = { 0 };
	uint64_t before = *rows;
	int code, ret;

	row_set_init(&set, stmt, stream, options);
	code = step_rows(&set, rows, &ret);
	/* what came before an error is shown, but no header over nothing */
	if (ret == 0 && (code == SQLITE_DONE || *rows > before))
		ret = output_end(set.output);
	row_set_finish(&set);
	if (ret < 0)
		return write_failed(ret, stream_failed, err);
	return code == SQLITE_DONE ? 0 : code;
}

int query_run(struct query *q, const char *sql, FILE *stream, const struct output_options *options,
	      uint64_t *rows, bool *stream_failed, struct error *err)
{
	const char *at = sql;

	*rows = 0;
	*stream_failed = false;
	start_clock(q);
	while (*at) {
		sqlite3_stmt *stmt = NULL;
		const char *tail = at;
		int ret;

		q->connection.refused = NULL;
		if (is_interrupted(q) ||
		    sqlite3_prepare_v2(q->connection.db, at, -1, &stmt, &tail) != SQLITE_OK)
			return sql_failed(q, sql, at, err);
		if (stmt) {
			ret = run_statement(q, stmt, stream, options, rows, stream_failed, err);
			if (ret > 0)
				ret = sql_failed(q, sql, at, err);
			sqlite3_finalize(stmt);
			if (ret < 0)
				return ret;
		}
		at = tail;
	}
	return 0;
}

int query_each(struct query *q, const char *sql, int (*take)(void *data, int64_t value), void *data,
	       struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *tail;
	int code = SQLITE_DONE, ret = 0;

	q->connection.refused = NULL;
	if (sqlite3_prepare_v2(q->connection.db, sql, -1, &stmt, &tail) != SQLITE_OK)
		return sql_failed(q, sql, sql, err);
	if (!stmt || tail[strspn(tail, " \t\n;")]) {
		sqlite3_finalize(stmt);
		return error_set(err, -EINVAL, "SQL: more than one statement");
	}
	start_clock(q);
	while (ret >= 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = take(data, sqlite3_column_int64(stmt, 0));
	if (ret >= 0 && code != SQLITE_DONE)
		ret = sql_failed(q, sql, sql, err);
	sqlite3_finalize(stmt);
	return ret < 0 ? ret : 0;
}

bool query_is_complete(const char *sql)
{
	return sqlite3_complete(sql);
}
