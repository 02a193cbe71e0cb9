/*
 * A golden: the effects of a run as lines of text, task by task, to be kept
 * beside a test suite. `# ...` lines are talk, the first one says which form
 * of canonical records (CANON_VERSION) the others have.
 */
#pragma once

#include "analysis/rules.h"

struct golden_line {
	char *text;    /* "P0.T0 unlink($CWD/a) = 0", escaped; owned */
	uint64_t step; /* 0 for a line of a file */
	uint64_t hash;
};

struct golden {
	struct golden_line *lines; /* owned */
	size_t count, capacity;
	unsigned version; /* of a file; CANON_VERSION of a run */
	uint64_t rules;   /* hash of those it was made with; 0 for none */
};

#define cleanup_golden __attribute__((cleanup(golden_finish)))

/*
 * With rules applied, if there are any: what they ignore is no line, what has
 * no order stands behind the other lines of its task. -E2BIG beyond
 * LIMIT_GOLDEN_LINES. golden_finish releases g in any case, also below.
 */
int golden_make(struct golden *g, struct source *source, const struct rules *rules,
		struct rules_view *view, struct error *err);
/* -ENOENT when there is none, -EINVAL for a file that is not a golden. */
int golden_read(struct golden *g, const char *path, struct error *err);
int golden_write(const struct golden *g, struct source *source, int fd, struct error *err);
/* Accepts a zeroed one. */
void golden_finish(struct golden *g);

/*
 * What the run does otherwise than its golden, as hunks with two lines around
 * each. Returns how many lines differ; nothing is added for none.
 */
size_t golden_compare(const struct golden *golden, const struct golden *run, struct text *out);
