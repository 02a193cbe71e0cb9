/* Which calls one wants to see, in strace's words: -e trace=%file, -e status=failed, -P PATH. */
#pragma once

#include <stdbool.h>

#include "analysis/scan.h"

struct call_filter {
	bool by_name;
	uint64_t syscalls[SYSCALL_WORDS];
	bool failed_only, successful_only;
	const char *path; /* borrowed; NULL for any */
};

/* Adds one -e EXPRESSION: trace=..., status=..., or a bare list of calls. */
int call_filter_add(struct call_filter *filter, const struct source *source, const char *expression,
		    struct error *err);

bool call_filter_is_empty(const struct call_filter *filter);
bool call_filter_matches(const struct call_filter *filter, const struct trace_step *step);
/* Tells a scan which frames need not be read. */
void call_filter_narrow(const struct call_filter *filter, struct scan_filter *scan);
