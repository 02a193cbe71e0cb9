/* A sorted array; see task_values.h. */
#include "analysis/task_values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/lower_bound.h"

static size_t place(const struct task_values *tasks, uint32_t task)
{
	return lower_bound(tasks->count, i, tasks->at[i].task < task);
}

struct task_value *task_values_find(const struct task_values *tasks, uint32_t task)
{
	size_t at = place(tasks, task);

	return at < tasks->count && tasks->at[at].task == task ? &tasks->at[at] : NULL;
}

struct task_value *task_values_add(struct task_values *tasks, uint32_t task)
{
	size_t at = place(tasks, task);

	if (at < tasks->count && tasks->at[at].task == task)
		return &tasks->at[at];
	if (tasks->count >= LIMIT_TASKS)
		return NULL;
	alloc_grow(&tasks->at, &tasks->capacity, tasks->count + 1);
	memmove(&tasks->at[at + 1], &tasks->at[at], (tasks->count - at) * sizeof(tasks->at[0]));
	tasks->at[at] = (struct task_value){ .task = task };
	tasks->count++;
	return &tasks->at[at];
}

void task_values_remove(struct task_values *tasks, struct task_value *entry)
{
	size_t at = (size_t)(entry - tasks->at);

	tasks->count--;
	memmove(&tasks->at[at], &tasks->at[at + 1], (tasks->count - at) * sizeof(tasks->at[0]));
}
