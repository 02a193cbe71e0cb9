/* INSERT ... SELECT from the virtual tables into real ones; see load.h. */
#include "analysis/load.h"

#include <errno.h>
#include <string.h>
#include <sqlite3.h>

#include "analysis/behind.h"
#include "analysis/schema.h"
#include "analysis/vtab.h"

/* name of the file among the schemas of the connection */
#define DATABASE "loaded"
/* rows between two calls of progress: a few milliseconds */
#define PROGRESS_ROWS 4096
/* of the file: says whose it is (PRAGMA application_id), "mvxt" */
#define APPLICATION_ID "0x6d767874"

struct load {
	sqlite3 *db;
	load_progress *progress;
	void *data;
	const char *what;
	uint64_t rows, rows_estimate;
	bool with_indices;
};

/*
 * Few: together they take a sixth of the time, and one by name would double it.
 * Built last, from sorted input, which is several times faster than row by row.
 */
static const char *const indices[] = {
	"CREATE INDEX " DATABASE ".call_by_step ON call(step)",
	"CREATE INDEX " DATABASE ".buf_by_step ON buf(step)",
	"CREATE INDEX " DATABASE ".task_by_task ON task(task)",
};

static void count_row(void *data, int action, const char *database, const char *table,
		      sqlite3_int64 rowid)
{
	struct load *load = data;

	if (++load->rows % PROGRESS_ROWS == 0 && load->progress)
		load->progress(load->data, load->what, load->rows, load->rows_estimate);
}

static int run(struct load *load, const char *sql)
{
	return sqlite3_exec(load->db, sql, NULL, NULL, NULL);
}

/* Indices and statistics have no rows to count, but the clock goes on. */
static int watch(void *data)
{
	const struct load *load = data;

	if (load->progress)
		load->progress(load->data, load->what, load->rows, load->rows_estimate);
	return 0;
}

static int attach(struct load *load, const char *path)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(load->db, "ATTACH ? AS " DATABASE, -1, &stmt, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
	sqlite3_step(stmt);
	return sqlite3_finalize(stmt);
}

/*
 * A file that is thrown away when anything fails needs no journal; the caller
 * syncs it. Larger pages: a quarter as many reads and writes.
 */
static int prepare_file(struct load *load, const char *path)
{
	int code = attach(load, path);

	if (code == SQLITE_OK)
		code = run(load, "PRAGMA " DATABASE ".page_size = 16384;"
				 "PRAGMA " DATABASE ".journal_mode = off;"
				 "PRAGMA " DATABASE ".synchronous = off;"
				 "PRAGMA " DATABASE ".cache_size = -65536;"
				 "PRAGMA " DATABASE ".application_id = " APPLICATION_ID);
	return code;
}

/* OR FAIL: what is in the table stays, there is no journal to take it back by. */
static int fill_table(struct load *load, const struct table *table, const char *key)
{
	cleanup_text struct text sql = { 0 };
	int code;

	table_declare_strict(table, DATABASE, key, &sql);
	code = run(load, text_get(&sql));
	text_clear(&sql);
	/* not in the schema "main", so the name there is the virtual table's */
	text_printf(&sql, "INSERT OR FAIL INTO " DATABASE ".%s SELECT * FROM main.%s", table->name,
		    table->name);
	return code == SQLITE_OK ? run(load, text_get(&sql)) : code;
}

/*
 * A step's number is the key of its row, which is an index that costs nothing.
 * In a trace that the monitor did not write, two may have the same.
 */
static int load_table(struct load *load, const struct table *table)
{
	uint64_t rows = load->rows;
	int code;

	load->what = table->name;
	if (table != &table_step)
		return fill_table(load, table, NULL);
	code = fill_table(load, table, table->columns[0].name);
	if (code != SQLITE_CONSTRAINT)
		return code;
	load->rows = rows;
	code = run(load, "DROP TABLE " DATABASE ".step");
	if (code == SQLITE_OK)
		code = fill_table(load, table, NULL);
	if (code == SQLITE_OK && load->with_indices)
		code = run(load, "CREATE INDEX " DATABASE ".step_by_step ON step(step)");
	return code;
}

static int create_view(struct load *load, const struct view *view)
{
	cleanup_text struct text sql = { 0 };

	text_printf(&sql, "CREATE VIEW " DATABASE ".%s AS %s", view->name,
		    strstr(view->sql, "SELECT"));
	return run(load, text_get(&sql));
}

static int fill(struct load *load)
{
	int code = run(load, "BEGIN");

	for (size_t i = 0; code == SQLITE_OK && schema_tables[i]; i++)
		code = load_table(load, schema_tables[i]);
	load->what = "indices";
	for (size_t i = 0; load->with_indices && i < sizeof(indices) / sizeof(indices[0]); i++)
		if (code == SQLITE_OK)
			code = run(load, indices[i]);
	for (size_t i = 0; code == SQLITE_OK && schema_views[i].name; i++)
		code = create_view(load, &schema_views[i]);
	load->what = "statistics";
	if (code == SQLITE_OK && load->with_indices)
		code = run(load, "PRAGMA analysis_limit = 10000; ANALYZE " DATABASE);
	if (code == SQLITE_OK)
		code = run(load, "COMMIT");
	return code == SQLITE_OK ? behind_finish(load->db, DATABASE) : code;
}

static uint64_t estimate_rows(struct source *source)
{
	uint64_t steps = source_steps_estimate(source);

	/* step, call, and a buffer with every other one */
	return steps + steps * source_variant_count(source) + steps / 2;
}

static int load_open(struct load *load, struct source *source)
{
	int code = sqlite3_open_v2(":memory:", &load->db,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, behind_vfs());

	if (code == SQLITE_OK)
		code = vtab_register(load->db, source, NULL, false);
	if (code != SQLITE_OK)
		return code;
	load->rows_estimate = estimate_rows(source);
	source_read_ahead(source);
	sqlite3_db_config(load->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_update_hook(load->db, count_row, load);
	sqlite3_progress_handler(load->db, 1000000, watch, load);
	return SQLITE_OK;
}

static int load_failed(const struct load *load, int code, const char *path, struct error *err)
{
	int ret = (code & 0xff) == SQLITE_FULL ? -ENOSPC : -EIO;

	return error_set(err, ret, "cannot load into %s: %s", path,
			 sqlite3_errcode(load->db) == code ? sqlite3_errmsg(load->db) :
							     sqlite3_errstr(code));
}

int load_run(struct source *source, const char *path, bool with_indices, load_progress *progress,
	     void *data, uint64_t *rows, struct error *err)
{
	struct load load = {
		.progress = progress,
		.data = data,
		.what = "",
		.with_indices = with_indices,
	};
	int ret = 0, code = load_open(&load, source);

	if (code == SQLITE_OK)
		code = prepare_file(&load, path);
	if (code == SQLITE_OK)
		code = fill(&load);
	if (code != SQLITE_OK)
		ret = load_failed(&load, code, path, err);
	sqlite3_close(load.db);
	*rows = load.rows;
	return ret;
}
