/* Maps the ids a program sees to each variant's own processes. */
#include "monitor/tracee/pid_map.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PID_BUCKETS 1024

struct pid_map {
	struct process *buckets[PID_BUCKETS];
};

struct pid_map *pid_map_create(void)
{
	return alloc_zeroed(1, sizeof(struct pid_map));
}

void pid_map_destroy(struct pid_map *map)
{
	if (!map)
		return;
	for (unsigned i = 0; i < PID_BUCKETS; i++)
		while (map->buckets[i])
			pid_map_remove(map, map->buckets[i]);
	free(map);
}

struct process *pid_map_find(const struct pid_map *map, pid_t pid)
{
	struct process *p = map->buckets[(unsigned)pid % PID_BUCKETS];

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

static void process_unlink(struct pid_map *map, struct process *process)
{
	struct process **at = &map->buckets[(unsigned)process->pid % PID_BUCKETS];

	while (*at && *at != process)
		at = &(*at)->next;
	if (*at)
		*at = process->next;
}

/* Its id is used again: in the leader it is over, though a follower may still be ending. */
static void process_retire(struct pid_map *map, struct process *process)
{
	if (process->gone) {
		pid_map_remove(map, process);
		return;
	}
	process_unlink(map, process);
	process->waited = true;
}

struct process *pid_map_add(struct pid_map *map, pid_t pid, pid_t parent)
{
	struct process *p = pid_map_find(map, pid);

	if (p)
		process_retire(map, p);
	p = alloc_zeroed(1, sizeof(*p));
	p->pid = pid;
	p->parent = parent;
	atomic_store(&p->pids[0], pid);
	p->next = map->buckets[(unsigned)pid % PID_BUCKETS];
	map->buckets[(unsigned)pid % PID_BUCKETS] = p;
	return p;
}

void pid_map_remove(struct pid_map *map, struct process *process)
{
	process_unlink(map, process);
	free(process);
}

void pid_map_remove_children(struct pid_map *map, pid_t parent)
{
	for (unsigned i = 0; i < PID_BUCKETS; i++) {
		struct process *next, *p = map->buckets[i];

		for (; p; p = next) {
			next = p->next;
			if (p->parent == parent && p->gone)
				pid_map_remove(map, p);
		}
	}
}
