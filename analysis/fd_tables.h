/*
 * The descriptor table of each process of a trace, and which task has which.
 * Bounded: what is too much is not followed (open_files.overflown).
 */
#pragma once

#include "analysis/open_files.h"
#include "analysis/task_values.h"

/* What one process has, or several that share it (CLONE_FILES). */
struct fd_table {
	unsigned refs;         /* tasks */
	uint32_t owner;        /* the task that had it first */
	bool visited;          /* by descriptors_each */
	struct descriptor *at; /* by number; owned */
	size_t count, capacity;
};

struct fd_tables {
	struct open_files files;
	struct task_values tasks; /* each a struct fd_table, one reference */
	size_t n_followed;        /* descriptors in all tables */
	uint64_t now;             /* the step at which what is learnt happens */
	descriptors_ended *ended;
	void *ended_data;
};

/* Frees what it holds, and tells nobody. */
void fd_tables_release(struct fd_tables *tables);

/* Of a task; NULL when it is not known. */
struct fd_table *fd_tables_find(const struct fd_tables *tables, uint32_t task);
/* Takes over one reference; NULL, and the table gone, when there are too many tasks. */
struct fd_table *fd_tables_put(struct fd_tables *tables, uint32_t task, struct fd_table *table);
/* The task has ended, with its last step. */
void fd_tables_drop(struct fd_tables *tables, uint32_t task);
/* The task's table as one that no other process sees change; NULL as fd_tables_put. */
struct fd_table *fd_tables_unshare(struct fd_tables *tables, uint32_t task, struct fd_table *table);

/* Empty, and a copy as fork makes it; with one reference. */
struct fd_table *fd_table_create(uint32_t owner);
struct fd_table *fd_table_copy(struct fd_tables *tables, uint32_t owner,
			       const struct fd_table *from);

/* NULL when it is not open, or not known. */
struct descriptor *fd_table_find(const struct fd_table *t, int32_t fd);
/* Puts a file at a number; what was there ends. Frees a file nobody takes. */
void fd_table_set(struct fd_tables *tables, struct fd_table *t, int32_t fd, struct open_file *file,
		  enum descriptor_origin origin, bool close_on_exec);
void fd_table_close_one(struct fd_tables *tables, struct fd_table *t, int32_t fd);
/* Closes those from first to last, or those of them that close at exec. */
void fd_table_close(struct fd_tables *tables, struct fd_table *t, uint32_t first, uint32_t last,
		    bool at_exec);
