/* The tasks of a trace; see canon_tasks.h. */
#include "analysis/canon_tasks.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <stdlib.h>

#include "analysis/schema.h"
#include "base/alloc.h"

struct canon_tasks canon_tasks_make(struct source *source)
{
	return (struct canon_tasks){
		.source = source,
		.objects = objects_create(),
		.pids = alloc_zeroed(CANON_PIDS, sizeof(uint32_t)),
	};
}

void canon_tasks_finish(struct canon_tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		canon_task_remove(tasks, (uint32_t)i);
	free(tasks->at);
	free(tasks->pids);
	objects_destroy(tasks->objects);
}

struct canon_task *canon_task_find(const struct canon_tasks *tasks, uint32_t number)
{
	return number < tasks->count ? tasks->at[number] : NULL;
}

static void add_inherited(struct canon_tasks *tasks, struct process *p,
			  const struct trace_header *h)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	for (size_t i = 0; h && i < h->n_fds; i++) {
		cleanup_text struct text stem = { 0 };
		int32_t fd = h->fds[i].fd;

		if (fd >= 0 && fd < 3)
			text_add(&stem, names[fd]);
		else
			text_printf(&stem, "inherited:%d", fd);
		process_open(tasks->objects, p, fd, OBJECT_INHERITED, text_get(&stem), NULL, NULL);
	}
	if (h && h->cwd && h->cwd[0] == '/')
		process_chdir(p, h->cwd);
}

static struct process *process_for(struct canon_tasks *tasks, const struct trace_task_start *start)
{
	struct canon_task *parent = canon_task_find(tasks, start->parent);
	struct process *p;

	if (parent && start->clone_flags & (CLONE_THREAD | CLONE_FILES))
		return process_share(parent->process);
	p = process_create(parent ? parent->process : NULL);
	if (!parent)
		add_inherited(tasks, p, source_header(tasks->source));
	return p;
}

static struct canon_team *team_for(struct canon_tasks *tasks, const struct trace_task_start *start,
				   const char *label)
{
	struct canon_task *parent = canon_task_find(tasks, start->parent);

	if (!parent || !(start->clone_flags & CLONE_THREAD))
		return canon_team_create(label, start->task);
	canon_team_join(parent->team, start->task);
	return parent->team;
}

void canon_task_remove(struct canon_tasks *tasks, uint32_t number)
{
	struct canon_task *t = tasks->at[number];

	if (!t)
		return;
	tasks->at[number] = NULL;
	if (canon_team_leave(t->team))
		canon_team_destroy(t->team);
	canon_fold_finish(&t->fold);
	process_release(t->process);
	free(t->label);
	free(t);
}

struct canon_task *canon_task_add(struct canon_tasks *tasks, const struct trace_task_start *start)
{
	unsigned v = mask_variant(start->variants, 0);
	cleanup_text struct text label = { 0 };
	struct canon_task *t;
	size_t capacity = tasks->count;

	if (start->task >= LIMIT_TASKS)
		return NULL;
	if (start->task >= tasks->count) {
		alloc_grow(&tasks->at, &capacity, (size_t)start->task + 1);
		tasks->count = capacity;
	}
	canon_task_remove(tasks, start->task);
	t = alloc_zeroed(1, sizeof(*t));
	t->number = start->task;
	if (start->label && start->label[0])
		text_add_foreign(&label, start->label);
	else
		text_printf(&label, "T?%" PRIu32, start->task);
	t->label = alloc_string(text_get(&label));
	t->process = process_for(tasks, start);
	t->team = team_for(tasks, start, t->label);
	tasks->at[start->task] = t;
	if (v < LIMIT_VARIANTS) {
		if (!start->parent && !tasks->first)
			tasks->first = start->task;
		t->pid = start->pid[v];
		if (start->pid[v] > 0 && start->pid[v] < CANON_PIDS &&
		    start->pid[v] == start->tid[v])
			tasks->pids[start->pid[v]] = start->task;
		if (start->tid[v] > 0 && start->tid[v] < CANON_PIDS)
			tasks->pids[start->tid[v]] = start->task;
	}
	return t;
}

/* A trace whose beginning is lost has calls of tasks that never started. */
struct canon_task *canon_task_get(struct canon_tasks *tasks, uint32_t number)
{
	struct canon_task *t = canon_task_find(tasks, number);
	struct trace_task_start unknown = { .task = number };

	return t ? t : canon_task_add(tasks, &unknown);
}
