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
