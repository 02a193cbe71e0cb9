/* Set up to read only; see connection.h. */
#include "analysis/connection.h"

#include <errno.h>

#include "analysis/functions.h"
#include "analysis/text.h"
#include "analysis/vtab.h"

/* bytes of a line of SQL shown above the caret */
#define SHOWN_LINE_BYTES 160

/* Pragmas that only tell. */
static bool is_harmless_pragma(const char *name)
{
	static const char *const harmless[] = { "table_info",      "table_xinfo",   "table_list",
						"function_list",   "pragma_list",   "module_list",
						"compile_options", "collation_list" };

	for (size_t i = 0; name && i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (sqlite3_stricmp(name, harmless[i]) == 0)
			return true;
	return false;
}

static int authorise(void *data, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	struct connection *c = data;

	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE: return SQLITE_OK;
	case SQLITE_FUNCTION:
		if (second && sqlite3_stricmp(second, "load_extension") == 0)
			break;
		return SQLITE_OK;
	case SQLITE_PRAGMA:
		if (is_harmless_pragma(first))
			return SQLITE_OK;
		c->refused = "this PRAGMA";
		return SQLITE_DENY;
	case SQLITE_ATTACH: c->refused = "ATTACH"; return SQLITE_DENY;
	}
	c->refused = "anything that writes or loads";
	return SQLITE_DENY;
}

/*
 * What GROUP BY and ORDER BY sort stays in memory up to the cache's size, here
 * 64 MiB; beyond it goes to temporary files. Refused once hardened, so before.
 */
static int make_room(struct connection *c)
{
	return sqlite3_exec(c->db, "PRAGMA cache_size = -65536", NULL, NULL, NULL);
}

static void harden(struct connection *c)
{
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, LIMIT_SQL_BYTES);
	sqlite3_set_authorizer(c->db, authorise, c);
}

int connection_open(struct connection *c, struct source *source, const struct selection *selection,
		    connection_add *add, void *data, struct error *err)
{
	int code = sqlite3_open_v2(":memory:", &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				   NULL);

	if (code == SQLITE_OK)
		code = make_room(c);
	if (code == SQLITE_OK)
		code = vtab_register(c->db, source, selection, false);
	if (code == SQLITE_OK)
		code = functions_register(c->db, source, false);
	if (code == SQLITE_OK && add)
		code = add(c->db, data);
	if (code == SQLITE_OK) {
		harden(c);
		return 0;
	}
	error_set(err, -EIO, "cannot set up SQLite: %s",
		  c->db ? sqlite3_errmsg(c->db) : "no memory");
	connection_close(c);
	return -EIO;
}

void connection_close(struct connection *c)
{
	sqlite3_close(c->db);
	c->db = NULL;
}

/* The line of `sql` an offset lies in, cut to what can be read, with a caret below. */
static void add_caret(struct text *t, const char *sql, size_t offset)
{
	size_t start = offset, end = offset;

	while (start && sql[start - 1] != '\n' && offset - start < SHOWN_LINE_BYTES / 2)
		start--;
	while (sql[end] && sql[end] != '\n' && end - start < SHOWN_LINE_BYTES)
		end++;
	text_add(t, "\n  ");
	for (size_t i = start; i < end; i++)
		text_add_char(t, sql[i] == '\t' ? ' ' : sql[i]);
	text_add(t, "\n  ");
	text_pad(t, ' ', text_width(sql + start, offset - start));
	text_add(t, "^");
}

int connection_failed(struct connection *c, const char *sql, const char *statement,
		      struct error *err)
{
	int offset = sqlite3_error_offset(c->db);
	cleanup_text struct text t = { 0 };

	if (sqlite3_errcode(c->db) == SQLITE_AUTH && c->refused)
		return error_set(err, -EINVAL, "queries may only read: %s is refused", c->refused);
	text_add(&t, sqlite3_errmsg(c->db));
	if (offset >= 0)
		add_caret(&t, sql, (size_t)(statement - sql) + (size_t)offset);
	return error_set(err, -EINVAL, "SQL: %s", text_get(&t));
}
