/* Saved queries; see saved.h. The list itself is made by embed_queries.sh. */
#include "analysis/saved.h"

#include <stddef.h>
#include <string.h>

const struct saved_query *saved_query_find(const char *name)
{
	for (const struct saved_query *q = saved_queries; q->name; q++)
		if (strcmp(q->name, name) == 0)
			return q;
	return NULL;
}

static struct cell text_cell(const char *text)
{
	return (struct cell){ .type = CELL_TEXT, .data = text, .length = strlen(text) };
}

int saved_queries_put(FILE *stream, const struct output_options *options)
{
	static const char *const names[] = { "query", "text" };
	struct output *output = output_create(stream, options, names, 2);
	int ret = 0;

	for (const struct saved_query *q = saved_queries; ret == 0 && q->name; q++)
		ret = output_row(output, (struct cell[]){ text_cell(q->name), text_cell(q->text) });
	if (ret == 0)
		ret = output_end(output);
	output_destroy(output);
	return ret;
}
