/* What `mvx-replay schema` prints; see describe.h. */
#include "analysis/describe.h"

#include <errno.h>
#include <string.h>

#include "analysis/functions.h"
#include "analysis/schema.h"
#include "base/manual.h"

static const char *const type_names[] = { [COLUMN_INTEGER] = "integer",
					  [COLUMN_ADDRESS] = "address",
					  [COLUMN_TEXT] = "text",
					  [COLUMN_BLOB] = "blob",
					  [COLUMN_ANY] = "any" };

static void describe_table(struct text *out, const struct table *table)
{
	text_printf(out, "%s: %s\n", table->name, table->text);
	for (const struct column *c = table->columns; c->name; c++)
		text_printf(out, "    %-16s %-8s %s\n", c->name, type_names[c->type], c->text);
	text_printf(out, "    e.g. %s\n\n", table->example);
}

static void describe_view(struct text *out, const struct view *view)
{
	text_printf(out, "%s: %s\n    %s\n\n", view->name, view->text, strstr(view->sql, "SELECT"));
}

int schema_describe(struct text *out, const char *name, struct error *err)
{
	size_t start = out->length;

	for (size_t i = 0; schema_tables[i]; i++)
		if (!name || strcmp(name, schema_tables[i]->name) == 0)
			describe_table(out, schema_tables[i]);
	for (size_t i = 0; schema_views[i].name; i++)
		if (!name || strcmp(name, schema_views[i].name) == 0)
			describe_view(out, &schema_views[i]);
	for (size_t i = 0; schema_functions[i]; i++)
		if (!name || strcmp(name, schema_functions[i]->name) == 0) {
			text_add(out, "table function ");
			describe_table(out, schema_functions[i]);
		}
	if (out->length == start)
		return error_set(err, -ENOENT, "no table or view %s", name);
	if (name)
		return 0;
	text_add(out, "functions\n");
	for (size_t i = 0; sql_functions[i].name; i++)
		text_printf(out, "    %-26s %s\n", sql_functions[i].usage, sql_functions[i].text);
	return 0;
}

/* ---- the manual page ---- */

static void put_table(FILE *stream, const struct table *table)
{
	manual_subsection(stream, table->name);
	manual_text(stream, table->text);
	for (const struct column *c = table->columns; c->name; c++)
		manual_row(stream, c->name, type_names[c->type], c->text);
	manual_lines(stream, table->example);
}

static void put_tables(FILE *stream)
{
	manual_section(stream, "TABLES");
	for (size_t i = 0; schema_tables[i]; i++)
		put_table(stream, schema_tables[i]);
	manual_section(stream, "TABLE FUNCTIONS");
	for (size_t i = 0; schema_functions[i]; i++)
		put_table(stream, schema_functions[i]);
	manual_section(stream, "VIEWS");
	for (size_t i = 0; schema_views[i].name; i++) {
		manual_subsection(stream, schema_views[i].name);
		manual_text(stream, schema_views[i].text);
		manual_text(stream, strstr(schema_views[i].sql, "SELECT"));
	}
	manual_section(stream, "FUNCTIONS");
	for (size_t i = 0; sql_functions[i].name; i++)
		manual_item(stream, sql_functions[i].usage, sql_functions[i].text);
}

void schema_manual(FILE *stream)
{
	static const char *const pages[] = { "mvx-replay(1)", "mvx-replay-query(1)",
					     "mvx-replay-load(1)", "mvx-trace(5)", NULL };

	manual_begin(stream, "mvx-schema", 7, "the tables that a trace is queried as");
	manual_section(stream, "DESCRIPTION");
	manual_text(
		stream,
		"mvx-replay query answers SQL, as SQLite has it, over these tables and views in "
		"place; mvx-replay load writes the same into a real SQLite file. Times are "
		"integers in nanoseconds and named _ns. An address is an integer that is shown "
		"as 0x... Below each table stands a query as an example.");
	put_tables(stream);
	manual_see_also(stream, pages);
}

void schema_list(struct text *out)
{
	for (size_t i = 0; schema_tables[i]; i++)
		text_printf(out, "%s%s", i ? " " : "", schema_tables[i]->name);
	for (size_t i = 0; schema_views[i].name; i++)
		text_printf(out, " %s", schema_views[i].name);
}
