/*
 * One call in canonical text. canon.c keeps what it needs to know: objects,
 * names, process ids.
 */
#pragma once

#include "analysis/canon.h"
#include "analysis/canon_sum.h"
#include "analysis/handed.h"
#include "analysis/objects.h"
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
	const struct canon_words *words;
	const char *label;       /* of the task that makes it, escaped */
	int32_t pid;             /* of that task */
	struct process *process; /* of that task; never NULL */
	struct handed *handed;   /* descriptors in messages */
	bool learning;           /* what is sent, in the walk before the one that counts */
	const uint32_t *pids;    /* task by process id, CANON_PIDS of them */
};

/* Name and arguments; before the call's own changes to descriptors. */
void canon_call_put(const struct canon_call *call, struct text *out);
/* "= result"; after them. */
void canon_call_put_result(const struct canon_call *call, struct text *out);
