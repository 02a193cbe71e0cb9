/* Tables, columns, views and functions described, from the structures that declare them. */
#pragma once

#include "base/error.h"
#include "analysis/text.h"

/* All of it, or one table or view by name (NULL for all). -ENOENT when there is none. */
int schema_describe(struct text *out, const char *name, struct error *err);
