/* What check found, for people and for the machines that run test suites. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "analysis/rules.h"

enum check_form {
	CHECK_TEXT,
	CHECK_JSON,
	CHECK_MARKDOWN,
	CHECK_JUNIT,
	CHECK_TAP,
	CHECK_GITHUB,
	CHECK_FORMS
};

enum check_outcome { CHECK_PASSED, CHECK_FAILED, CHECK_SKIPPED, CHECK_OUTCOMES };

extern const char *const check_form_names[CHECK_FORMS];

struct check_result {
	enum check_outcome outcome;
	char *name;    /* of the golden; owned, may hold anything */
	char *reason;  /* one line, escaped; owned, NULL for none */
	char *details; /* lines, escaped; owned, NULL for none */
};

struct check_results {
	struct check_result *at; /* owned */
	size_t count, capacity;
	size_t outcomes[CHECK_OUTCOMES];
};

/* Copies all. */
void check_results_add(struct check_results *r, enum check_outcome outcome, const char *name,
		       const char *reason, const char *details);
void check_results_finish(struct check_results *r);
/*
 * Everything, what the rules did included, with the closing line "N passed, N
 * failed, N skipped" where the form has room for it.
 */
void check_report(const struct check_results *r, const struct rules *rules, enum check_form form,
		  FILE *stream);
