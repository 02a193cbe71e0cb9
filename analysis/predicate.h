/*
 * An SQL expression asked of one step after the other, as --where has it: over
 * the columns of v_step, with all tables and functions there are to query.
 */
#pragma once

#include "analysis/scan.h"

struct predicate;

/* Bad SQL, or more than one expression: -EINVAL and a sentence. The source must live longer. */
int predicate_create(struct predicate **out, struct source *source, const char *sql,
		     struct error *err);
/* Accepts NULL. */
void predicate_destroy(struct predicate *p);

/* False also when asking fails; the source remembers why (source_failure). */
bool predicate_matches(struct predicate *p, const struct trace_step *step);
/* Tells a scan which frames cannot hold a match, beyond what it knows already. */
void predicate_narrow(const struct predicate *p, struct scan_filter *scan);
