/* What a task has written in all, file by file and peer by peer. */
#pragma once

#include "analysis/canon_value.h"

struct canon_written {
	char *name, *path; /* owned; path is NULL for what has none */
	uint64_t key;      /* hash of the path, or the object's serial */
	uint64_t step;
	struct canon_sum sum;
	bool removed; /* the file: what was in it nobody sees */
	struct canon_written *next, *in_bucket;
};

struct canon_writes {
	struct canon_written *first, *last; /* owned */
	struct canon_written **buckets;     /* owned; NULL until something was written */
};

/* Adds what the call wrote, if it did. */
void canon_writes_add(struct canon_writes *writes, const struct canon_call *call);
/* The file is gone again. */
void canon_writes_remove(struct canon_writes *writes, const char *path);
/* The file has another name, which reads `name` in records. */
void canon_writes_rename(struct canon_writes *writes, const char *from, const char *to,
			 const char *name);
void canon_written_put(struct canon_written *w, const struct canon_words *words, struct text *out);
void canon_writes_finish(struct canon_writes *writes);
