/* Names and keywords; see words.h. */
#include "analysis/words.h"

#include <string.h>

#include "analysis/functions.h"
#include "analysis/schema.h"

/* bytes of the longest keyword, and more */
#define KEYWORD_BYTES 32

/* Functions of SQLite's own that one may want here; its list has many that are internal. */
static const char *const functions[] = {
	"abs",        "avg",   "cast",    "coalesce", "count", "group_concat", "hex",    "ifnull",
	"iif",        "instr", "length",  "lower",    "max",   "min",          "nullif", "printf",
	"quote",      "rank",  "replace", "round",    "rtrim", "substr",       "sum",    "total",
	"row_number", "trim",  "typeof",  "unhex",    "upper", "lag",          "lead",   NULL,
};

static void take_tables(const struct table *const *tables, void (*take)(void *, const char *),
			void *data)
{
	for (size_t i = 0; tables[i]; i++) {
		take(data, tables[i]->name);
		for (const struct column *c = tables[i]->columns; c->name; c++)
			take(data, c->name);
	}
}

/* What stands behind an AS; views name all their columns so. */
static void take_columns(const char *sql, void (*take)(void *, const char *), void *data)
{
	for (const char *at = strstr(sql, " AS "); at; at = strstr(at + 1, " AS ")) {
		char word[KEYWORD_BYTES];
		size_t length = strspn(at + 4, "abcdefghijklmnopqrstuvwxyz_0123456789");

		if (length < 2 || length >= sizeof(word))
			continue;
		memcpy(word, at + 4, length);
		word[length] = '\0';
		take(data, word);
	}
}

static void take_keywords(void (*take)(void *, const char *), void *data)
{
	for (int i = 0; i < sqlite3_keyword_count(); i++) {
		const char *name;
		char word[KEYWORD_BYTES];
		int length;

		if (sqlite3_keyword_name(i, &name, &length) != SQLITE_OK || length >= KEYWORD_BYTES)
			continue;
		memcpy(word, name, (size_t)length);
		word[length] = '\0';
		take(data, word);
	}
}

void sql_words_each(void (*take)(void *data, const char *word), void *data)
{
	take_tables(schema_tables, take, data);
	take_tables(schema_functions, take, data);
	for (size_t i = 0; schema_views[i].name; i++) {
		take(data, schema_views[i].name);
		take_columns(schema_views[i].sql, take, data);
	}
	for (size_t i = 0; sql_functions[i].name; i++)
		take(data, sql_functions[i].name);
	for (size_t i = 0; functions[i]; i++)
		take(data, functions[i]);
	take_keywords(take, data);
}
