/*
 * Rules for comparing: which differences are known and why. A rule chooses
 * calls by a predicate over v_step and says what to do with the canonical
 * records made of them. The file (rules_file.c):
 *
 *	# a comment
 *	[name]
 *	where = name = 'openat' AND text LIKE '%/ld.so.cache%'
 *	action = ignore
 *	because = the package manager rebuilds it
 *	expires = 2027-01-31
 *
 * A line that begins with a blank goes on with the value before it. Ends,
 * signals and divergences are no calls: no rule hides them.
 */
#pragma once

#include <regex.h>

#include "analysis/canon.h"

enum rule_action {
	RULE_IGNORE,   /* as if the call had not been made */
	RULE_MASK,     /* its name counts, or all but what a pattern matches */
	RULE_UNORDER,  /* its place within the task does not count */
	RULE_SEVERITY, /* a difference in it weighs that much */
	RULE_ACTIONS
};

extern const char *const rule_action_names[RULE_ACTIONS];

struct rule {
	char *name, *where, *because; /* owned */
	unsigned line, where_line;    /* of the file, from 1 */
	enum rule_action action;
	bool has_pattern; /* MASK: only what matches it */
	regex_t pattern;
	enum canon_weight weight; /* SEVERITY */
	char expires[11];         /* the last day it applies, YYYY-MM-DD; or "" */
	bool expired;
	uint64_t hits; /* records it applied to */
};

struct rules {
	char *path; /* owned; for messages */
	struct rule *at;
	size_t count, capacity;
	uint64_t hash; /* of the file, never 0 */
};

#define cleanup_rules __attribute__((cleanup(rules_finish)))

/*
 * Rules from a file, or from memory (path is for messages). `today` is
 * YYYY-MM-DD: what expired before is marked. -EINVAL names file and line.
 * rules_finish releases r in any case. The SQL is not looked at here.
 */
int rules_read(struct rules *r, const char *path, const char *today, struct error *err);
int rules_parse(struct rules *r, const char *path, const char *data, size_t length,
		const char *today, struct error *err);
/* Accepts a zeroed one. */
void rules_finish(struct rules *r);
/* Today, in UTC. */
void rules_today(char out[11]);

/* Rules and the steps of one trace that they choose. */
struct rules_view;

/* Runs the predicates; -EINVAL names the line of one that is no SQL. What it is given must outlive it. */
int rules_view_create(struct rules_view **out, struct rules *rules, struct source *source,
		      struct error *err);
/* Accepts NULL. */
void rules_view_destroy(struct rules_view *view);

/*
 * canon_run with the rules applied; view may be NULL. Hits are counted the first
 * time only: two walks over one trace see the same records.
 */
int rules_canon_run(struct rules_view *view, struct source *source, enum canon_level level,
		    const struct call_filter *filter, canon_take taker, void *data,
		    struct error *err);

/* "ld-cache (rules:4) ignored 12 records: because", or why it did not apply; one line. */
void rule_put(struct text *out, const struct rules *rules, const struct rule *rule);
