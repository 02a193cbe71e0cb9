/* Who is who in a trace: tasks by number, their processes, and numbers of processes. */
#pragma once

#include "analysis/canon_fold.h"
#include "analysis/canon_team.h"

/* no task has this number */
#define CANON_OTHER_PROCESS UINT32_MAX

struct canon_task {
	uint32_t number;
	int32_t pid;
	char *label; /* escaped; owned */
	struct process *process;
	struct canon_fold fold;
	uint64_t signals; /* bit signo-1: came at some time */
	uint64_t last_step;
	struct canon_team *team; /* shared by the threads of a process */
};

struct canon_tasks {
	struct source *source;
	struct objects *objects; /* owned */
	struct canon_task **at;  /* by number; owned */
	size_t count;
	uint32_t first; /* the one without a parent; 0 while there is none */
	uint32_t *pids; /* task by process id, CANON_PIDS; CANON_OTHER_PROCESS for others; owned */
};

struct canon_tasks canon_tasks_make(struct source *source);
void canon_tasks_finish(struct canon_tasks *tasks);

struct canon_task *canon_task_find(const struct canon_tasks *tasks, uint32_t number);
/* NULL when there are too many. */
struct canon_task *canon_task_add(struct canon_tasks *tasks, const struct trace_task_start *start);
/* The task, or one of which only the number is known; NULL when there are too many. */
struct canon_task *canon_task_get(struct canon_tasks *tasks, uint32_t number);
void canon_task_remove(struct canon_tasks *tasks, uint32_t number);
