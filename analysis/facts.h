/* What a trace says about its run as a whole, as key and value: meta and info. */
#pragma once

#include "analysis/source.h"
#include "analysis/text.h"

struct fact {
	char *key, *value; /* value may hold foreign bytes; NULL for unknown */
	bool number;
};

struct facts {
	struct fact *at; /* owned */
	size_t count, capacity;
};

#define cleanup_facts __attribute__((cleanup(facts_finish)))

/* Header, end and totals; the environment too when asked for. */
void facts_collect(struct facts *f, struct source *source, bool with_environment);
void facts_finish(struct facts *f);
const char *facts_find(const struct facts *f, const char *key);

/* 0.123 s, 12.3 ms ... */
void text_add_duration(struct text *t, uint64_t ns);
/* "2024-01-31 12:00:00 UTC" */
void text_add_wall_time(struct text *t, uint64_t wall_ns);
/* "exited with 0", "killed by SIGSEGV" for a wait status */
void text_add_status(struct text *t, const struct source *source, int32_t status);
/* A task's label, or its number where the trace does not know it. */
void text_add_task(struct text *t, struct source *source, uint32_t task);
/* A system call's name, or its number. */
void text_add_syscall(struct text *t, const struct source *source, int64_t nr);
