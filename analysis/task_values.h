/* What a walk knows of each task, by number; the task that ended is taken out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct task_value {
	uint32_t task;
	uint64_t last_step; /* a call that has no result may be the task's last */
	void *value;
};

struct task_values {
	struct task_value *at; /* by number; owned */
	size_t count, capacity;
};

/* NULL when it is not known. Valid until the next addition or removal, as those of task_values_add. */
struct task_value *task_values_find(const struct task_values *tasks, uint32_t task);
/* That of the task; a new one is without a value. NULL when there are too many tasks. */
struct task_value *task_values_add(struct task_values *tasks, uint32_t task);
void task_values_remove(struct task_values *tasks, struct task_value *entry);
