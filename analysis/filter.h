/* Which calls one wants to see, in strace's words: -e trace=%file, -e status=failed, -P PATH; and in SQL. */
#pragma once

#include <stdbool.h>

#include "analysis/predicate.h"
#include "analysis/scan.h"
#include "analysis/text.h"

struct call_filter {
	bool by_name;
	uint64_t syscalls[SYSCALL_WORDS];
	bool failed_only, successful_only;
	const char *path;        /* borrowed; NULL for any */
	struct predicate *where; /* owned; NULL for none */
	const char *where_sql;   /* of it; borrowed */
};

/* Adds one -e EXPRESSION: trace=..., status=..., or a bare list of calls. */
int call_filter_add(struct call_filter *filter, const struct source *source, const char *expression,
		    struct error *err);

/* An SQL expression over v_step's columns that has to be true, too. Once. */
int call_filter_set_where(struct call_filter *filter, struct source *source, const char *sql,
			  struct error *err);
/* Accepts a zeroed one. */
void call_filter_finish(struct call_filter *filter);

/* The classes without their %, a blank between: "file desc". Nothing when there is no row. */
void text_add_classes(struct text *t, const struct syscall_row *row);
/* Does a buffer of the step hold the name of a file? */
bool call_buf_is_path(const struct trace_step *step, const struct trace_buf *buf);
/* Does a call name exactly this file? What -P asks. */
bool call_names_path(const struct trace_step *step, const char *path);

bool call_filter_is_empty(const struct call_filter *filter);
bool call_filter_matches(const struct call_filter *filter, const struct trace_step *step);
/* Tells a scan which frames need not be read. */
void call_filter_narrow(const struct call_filter *filter, struct scan_filter *scan);
