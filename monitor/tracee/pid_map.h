/*
 * Corresponding processes: the leader's id, which every variant sees, and each
 * variant's real one. Knows nothing of system calls. Belongs to the leader's
 * thread, but for the followers' ids, which their threads fill in.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/limits.h"

struct process {
	pid_t pid;                          /* the leader's */
	_Atomic pid_t pids[LIMIT_VARIANTS]; /* 0 until known */
	pid_t parent;                       /* the leader's parent, as the program sees it */
	bool gone;                          /* its lane has ended; kept until it is waited for */
	bool waited; /* nobody will ask for it again: it goes with its lane */
	struct process *next;
};

struct pid_map;

struct pid_map *pid_map_create(void);
void pid_map_destroy(struct pid_map *map);

/* A new process; an older one with the same id, long waited for, is forgotten. */
struct process *pid_map_add(struct pid_map *map, pid_t pid, pid_t parent);
/* By the leader's id; NULL for a process outside the set. */
struct process *pid_map_find(const struct pid_map *map, pid_t pid);
/* Forgets a process that has ended. */
void pid_map_remove(struct pid_map *map, struct process *process);
/* Forgets the ended children of a parent that can no longer wait for them. */
void pid_map_remove_children(struct pid_map *map, pid_t parent);
