/* SQL of another dialect, from the structures that declare the tables; see export_clickhouse.h. */
#include "analysis/export_clickhouse.h"

#include <errno.h>
#include <string.h>

#include "analysis/schema.h"

/*
 * What was tried with which engine is in the design notes: many frames, the
 * skippable frames around them, globs and _file work on the raw file.
 */
static const char introduction[] =
	"-- Tables for traces of mvx in ClickHouse; many traces share them, told apart by `trace`.\n"
	"--\n"
	"-- 1. Each trace as files of tab-separated values, in the folder that file() reads\n"
	"--    (clickhouse-local: the current one; a server: its user_files):\n"
	"--\n"
	"--      for table in step call buf divergence; do    # ... or all of them\n"
	"--        mvx-replay export --to=tsv --table=$table -o run1.$table.tsv run1.mvx.zst\n"
	"--      done\n"
	"--\n"
	"-- 2. This file: clickhouse-client --multiquery < ddl.sql, or clickhouse-local with\n"
	"--    --path=FOLDER. CREATE does nothing when the table is there; INSERT adds the rows of\n"
	"--    every file that matches, so take files away once they are in. s3() and url() take the\n"
	"--    place of file() as they are. Servers from before 2020 have no _file; to them, and\n"
	"--    from a pipe:\n"
	"--\n"
	"--      mvx-replay export --to=tsv run1.mvx.zst | sed '1d; s/^/run1\\t/' |\n"
	"--        clickhouse-client --query='INSERT INTO mvx.step FORMAT TabSeparated'\n"
	"--\n"
	"-- Addresses are text, 0x7ffe...; times are integers named _ns. What TSV escapes is unescaped\n"
	"-- on the way in: columns of text hold the bytes of the trace, whatever they are.\n"
	"--\n"
	"-- Without an export: a complete trace is a zstd file of protobuf messages, each after its\n"
	"-- length as a varint, which is the framing of ClickHouse's format Protobuf. With\n"
	"-- schema/trace.proto in format_schema_path (clickhouse-local: the current folder):\n"
	"--\n"
	"--   SELECT _file, step.nr, count() FROM file('*.mvx.zst', 'Protobuf')\n"
	"--   WHERE step.step > 0 GROUP BY _file, step.nr\n"
	"--   SETTINGS format_schema = 'trace.proto:Record'\n"
	"--\n"
	"-- A row is a record of any kind, the other kinds' columns being empty. Of what each\n"
	"-- variant has its own, an array holds one value when all are equal and none when all are 0\n"
	"-- (schema/trace.proto says which); names of calls are in the record `header`. A trace that\n"
	"-- was cut, or is still being written, is refused: mvx-replay repair makes it whole.\n"
	"\n"
	"CREATE DATABASE IF NOT EXISTS mvx;\n";

/* Every table over steps is sorted by it; elsewhere any value may be missing. */
static bool is_key(const struct column *c)
{
	return strcmp(c->name, "step") == 0;
}

static const char *type_of(const struct column *c)
{
	static const char *const types[] = { [COLUMN_INTEGER] = "Nullable(Int64)",
					     [COLUMN_ADDRESS] = "Nullable(String)",
					     [COLUMN_TEXT] = "Nullable(String)",
					     [COLUMN_BLOB] = "Nullable(String)",
					     [COLUMN_ANY] = "Nullable(String)" };

	return is_key(c) ? "Int64" : types[c->type];
}

static void add_create(struct text *out, const struct table *table)
{
	bool keyed = false;

	text_printf(out, "\n-- %s\nCREATE TABLE IF NOT EXISTS mvx.`%s`\n(\n    `trace` String",
		    table->text, table->name);
	for (const struct column *c = table->columns; c->name; c++) {
		text_printf(out, ",%s\n    `%s` %s",
			    c == table->columns ? " -- name of the file, without .TABLE.tsv" : "",
			    c->name, type_of(c));
		keyed |= is_key(c);
	}
	text_printf(out, "\n)\nENGINE = MergeTree ORDER BY (`trace`%s);\n",
		    keyed ? ", `step`" : "");
}

static void add_insert(struct text *out, const struct table *table)
{
	text_printf(
		out,
		"INSERT INTO mvx.`%s`\n    SELECT replaceRegexpOne(_file, '[.]%s[.]tsv$', ''), *\n"
		"    FROM file('*.%s.tsv', 'TabSeparatedWithNames', '",
		table->name, table->name, table->name);
	for (const struct column *c = table->columns; c->name; c++)
		text_printf(out, "%s`%s` %s", c == table->columns ? "" : ", ", c->name, type_of(c));
	text_add(out, "');\n");
}

int export_clickhouse_ddl(struct text *out, const char *name, struct error *err)
{
	bool found = false;

	text_add(out, introduction);
	for (size_t i = 0; schema_tables[i]; i++) {
		if (name && strcmp(schema_tables[i]->name, name) != 0)
			continue;
		add_create(out, schema_tables[i]);
		add_insert(out, schema_tables[i]);
		found = true;
	}
	if (!found)
		return error_set(err, -ENOENT, "no table %s: mvx-replay schema lists them", name);
	return 0;
}
