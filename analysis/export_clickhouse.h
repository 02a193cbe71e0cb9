/* The tables of schema.h for ClickHouse, and how they are filled. */
#pragma once

#include "analysis/text.h"
#include "base/error.h"

/*
 * CREATE TABLE and INSERT ... SELECT for every table, or one (NULL for all).
 * -ENOENT when there is none of that name; views are not for ClickHouse.
 */
int export_clickhouse_ddl(struct text *out, const char *name, struct error *err);
