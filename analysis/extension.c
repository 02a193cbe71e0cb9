/*
 * mvx.so, for the sqlite3 shell (.load ./mvx) and whatever else loads SQLite's
 * extensions: SELECT mvx_open('run.mvx.zst') makes the tables, views and
 * functions of `mvx-replay schema`.
 *
 * Nothing of the host's is changed: no setting, no table of its databases. The
 * views are temporary. A statement that opens a trace has to be the user's own
 * (SQLITE_DIRECTONLY): a view or trigger that came with a database cannot.
 */
#include "analysis/sqlite.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/functions.h"
#include "analysis/vtab.h"
#include "base/alloc.h"

#define EXPORTED __attribute__((visibility("default")))

/* has sqlite3_vtab_rhs_value and pragma_function_list */
#define SQLITE_LEAST        3038000
#define SQLITE_LEAST_STRING "3.38"

SQLITE_EXTENSION_INIT1

/* Of one connection. */
struct opened {
	struct source *source; /* NULL until there is one */
};

/*
 * A module because of when it goes: SQLite destroys modules after functions,
 * which have scans of the source open, and after the last cursor.
 */
static void destroy_opened(void *data)
{
	struct opened *opened = data;

	source_close(opened->source);
	free(opened);
}

static int refuse_table(sqlite3 *db, void *data, int argc, const char *const *argv,
			sqlite3_vtab **out, char **message)
{
	*message = sqlite3_mprintf("SELECT mvx_open('FILE') opens a trace; then there are tables");
	return SQLITE_ERROR;
}

/* Never connected, so that no method is called. */
static const sqlite3_module holder = { .iVersion = 2, .xConnect = refuse_table };

static void run_open(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct opened *opened = sqlite3_user_data(context);
	sqlite3 *db = sqlite3_context_db_handle(context);
	const char *path = (const char *)sqlite3_value_text(values[0]);
	struct error err = { 0 };
	int code;

	if (opened->source)
		error_set(&err, -EBUSY, "%s is open here already; open another connection",
			  source_path(opened->source));
	else if (!path)
		error_set(&err, -EINVAL, "mvx_open() needs the name of a trace");
	else
		source_open(&opened->source, path, &err);
	if (err.code) {
		sqlite3_result_error(context, err.message, -1);
		return;
	}
	/* from here on the source stays, whatever happens: what is registered has it */
	code = functions_register(db, opened->source, true);
	if (code == SQLITE_OK)
		code = vtab_register(db, opened->source, NULL, true);
	if (code == SQLITE_OK)
		sqlite3_result_text(context, path, -1, SQLITE_TRANSIENT);
	else
		sqlite3_result_error(context, sqlite3_errmsg(db), -1);
}

/* The name SQLite derives from that of the file. */
EXPORTED int sqlite3_mvx_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

int sqlite3_mvx_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	struct opened *opened;
	int code;

	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < SQLITE_LEAST) {
		*message = sqlite3_mprintf("mvx needs SQLite " SQLITE_LEAST_STRING
					   " or newer, this is %s",
					   sqlite3_libversion());
		return SQLITE_ERROR;
	}
	opened = alloc_zeroed(1, sizeof(*opened));
	/* destroys it when it fails, too */
	code = sqlite3_create_module_v2(db, "mvx", &holder, opened, destroy_opened);
	if (code != SQLITE_OK)
		return code;
	return sqlite3_create_function_v2(db, "mvx_open", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
					  opened, run_open, NULL, NULL, NULL);
}
