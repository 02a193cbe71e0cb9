/*
 * Corresponding processes and threads: the leader's id, which every variant sees, and each
 * variant's real one. Knows nothing of system calls. Belongs to the leader's
 * thread, but for the followers' ids, which their threads fill in.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/limits.h"

struct task;

/*
 * Orders on descriptors of a process with several threads, one at a time and
 * in the order they were given. The follower's thread's own.
 */
struct order_gate {
	struct task *first, *last; /* the first is inside, the others wait */
};

/* A process, or a thread of one. */
struct process {
	pid_t pid;                          /* the leader's */
	_Atomic pid_t pids[LIMIT_VARIANTS]; /* 0 until known */
	pid_t parent;                       /* the leader's parent, as the program sees it */
	struct process *group;      /* a thread that is not its process's first: the process */
	bool gone;                  /* its lanes have ended; kept until it is waited for */
	bool waited;                /* nobody will ask for it again: it goes with its last lane */
	unsigned live;              /* lanes: its threads */
	unsigned threads, children; /* made so far, for their labels */
	_Atomic bool replacing;     /* one of its threads stands in an execve */
	_Atomic bool threaded;      /* has started a second thread since its last execve */
	struct order_gate gates[LIMIT_VARIANTS];
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
