/* What `mvx-replay schema` prints; see describe.h. */
#include "analysis/describe.h"

#include <errno.h>
#include <string.h>

#include "analysis/functions.h"
#include "analysis/schema.h"

static void describe_table(struct text *out, const struct table *table)
{
	static const char *const types[] = { [COLUMN_INTEGER] = "integer",
					     [COLUMN_ADDRESS] = "address",
					     [COLUMN_TEXT] = "text",
					     [COLUMN_BLOB] = "blob",
					     [COLUMN_ANY] = "any" };

	text_printf(out, "%s: %s\n", table->name, table->text);
	for (const struct column *c = table->columns; c->name; c++)
		text_printf(out, "    %-16s %-8s %s\n", c->name, types[c->type], c->text);
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
	if (out->length == start)
		return error_set(err, -ENOENT, "no table or view %s", name);
	if (name)
		return 0;
	text_add(out, "functions\n");
	for (size_t i = 0; sql_functions[i].name; i++)
		text_printf(out, "    %-26s %s\n", sql_functions[i].usage, sql_functions[i].text);
	return 0;
}
