/*
 * Bytes that were moved, as they are compared: how many and a hash, without
 * what differs in every run, and in whatever pieces they came.
 */
#pragma once

#include "analysis/moments.h"
#include "analysis/path_names.h"

/* What is replaced in them. */
struct canon_words {
	struct path_names *names;
	struct moments moments;
};

struct canon_sum {
	uint64_t bytes, digest;
	struct text line; /* the last, whose end has not come yet; owned */
};

#define cleanup_canon_sum __attribute__((cleanup(canon_sum_finish)))

struct canon_sum canon_sum_make(void);
void canon_sum_finish(struct canon_sum *sum);

/* `limit` bytes of a buffer, as far as the trace has them. */
void canon_sum_add(const struct canon_words *words, struct canon_sum *sum,
		   const struct trace_buf *buf, uint64_t limit);
/* A process id of the run, whatever it is. */
void canon_sum_add_pid(struct canon_sum *sum);
/* A number that stands between the bytes: where in the file the next belong. */
void canon_sum_add_number(const struct canon_words *words, struct canon_sum *sum, uint64_t number);
/* What is left of a line; to be called before `bytes` and `digest` are looked at. */
void canon_sum_end(const struct canon_words *words, struct canon_sum *sum);
