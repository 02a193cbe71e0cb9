/* Tables, columns, views and functions described, from the structures that declare them. */
#pragma once

#include <stdio.h>

#include "analysis/text.h"
#include "base/error.h"

/* All of it, or one table or view by name (NULL for all). -ENOENT when there is none. */
int schema_describe(struct text *out, const char *name, struct error *err);
/* All of it as the manual page mvx-schema(7). */
void schema_manual(FILE *stream);
/* The names of all tables and views, a blank between. */
void schema_list(struct text *out);
