/*
 * One call in canonical text, and which calls are looked at how closely.
 * canon.c keeps what it needs to know: objects, names, process ids.
 */
#pragma once

#include "analysis/canon.h"
#include "analysis/objects.h"
#include "analysis/path_names.h"
#include "schema/syscall_model.h"

/* process ids are below this (PID_MAX_LIMIT of linux/threads.h) */
#define CANON_PIDS (1 << 22)

struct canon_call {
	const struct trace_step *step;
	const struct syscall_row *row; /* never NULL */
	const uint64_t *args;
	unsigned variant; /* the leader */
	enum canon_level level;
	struct source *source;
	const struct path_names *names;
	const struct process *process; /* that makes it; never NULL */
	const uint32_t *pids;          /* task by process id, CANON_PIDS of them */
};

bool canon_call_succeeded(const struct canon_call *call);
/* The level from which on it is shown. */
enum canon_level canon_call_level(const struct canon_call *call);
enum canon_weight canon_call_weight(const struct canon_call *call, enum canon_level level);
/* Interrupted, or had to be tried again: the program makes it once more. */
bool canon_call_is_retry(const struct canon_call *call);

/* Name and arguments; before the call's own changes to descriptors. */
void canon_call_put(const struct canon_call *call, struct text *out);
/* "= result"; after them. */
void canon_call_put_result(const struct canon_call *call, struct text *out);

/* What is behind argument i; NULL when the trace does not hold it. */
const struct trace_buf *canon_buf_find(const struct canon_call *call, unsigned i,
				       enum trace_direction direction, enum trace_buf_part part);
/* The path of argument i, absolute. False when there is none. */
bool canon_path_get(const struct canon_call *call, unsigned i, struct text *out);
/* Address of a socket, by argument i: "127.0.0.1:80", "unix:/run/x". False when there is none. */
bool canon_address_put(const struct canon_call *call, unsigned i, struct text *out);

/* A hash that does not see how its bytes came in pieces (FNV-1a). */
#define CANON_DIGEST_START UINT64_C(0xcbf29ce484222325)
uint64_t canon_digest(uint64_t digest, const void *bytes, size_t length);
/* At most `limit` bytes of a buffer, names of temporary files replaced. */
uint64_t canon_digest_buf(const struct canon_call *call, uint64_t digest,
			  const struct trace_buf *buf, uint64_t limit);
