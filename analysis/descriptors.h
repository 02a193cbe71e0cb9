/*
 * Which open file each descriptor of each process means, followed through the
 * records of a trace from its start: dup, fork and exec share files, close
 * ends them. Bounded: a trace that opens too much is followed in part.
 */
#pragma once

#include "analysis/source.h"

/* A call that opened, copied, closed or named a file. */
struct file_touch {
	uint64_t step;
	uint32_t task;
};

/* All of them, for one file; outlives it while somebody else holds a reference. */
struct file_story {
	unsigned refs;
	struct file_touch *at; /* owned */
	size_t count, capacity;
	bool is_wanted; /* those to come go to descriptors_wanted */
};

/* How a descriptor came to be. */
enum descriptor_origin {
	ORIGIN_UNKNOWN,   /* used, and opened where the walk has not been */
	ORIGIN_INHERITED, /* open when the program started */
	ORIGIN_FORK,      /* the parent's, copied */
	ORIGIN_OPEN,
	ORIGIN_SOCKET,
	ORIGIN_ACCEPT,
	ORIGIN_PIPE,
	ORIGIN_DUP,
	ORIGIN_RECEIVED, /* in a message (SCM_RIGHTS) */
	ORIGIN_OTHER,    /* epoll_create, eventfd, memfd_create ... */
	DESCRIPTOR_ORIGINS
};

struct open_file {
	uint64_t number;    /* from 1, in the order they came; the same in every walk */
	uint64_t refs;      /* descriptors that mean it */
	uint64_t step;      /* that opened it; 0 when that is not in the trace */
	char *name;         /* owned, foreign: its path, or the call that made it; may be NULL */
	char *local, *peer; /* owned, escaped: addresses of a socket; NULL as long as unknown */
	uint64_t flags;     /* O_RDONLY ... of an open or at the start */
	bool has_flags;
	bool inherited;           /* open when the program started */
	bool is_received;         /* came in a message (SCM_RIGHTS): it may be a known file, too */
	struct file_story *story; /* with descriptors_keep_stories; one reference */
};

struct descriptor {
	int32_t fd;
	bool close_on_exec;
	uint8_t origin; /* enum descriptor_origin */
	uint64_t from_step; /* that made it; of a fork, the last one the parent had made; 0 at the start */
	struct open_file *file; /* one reference */
};

struct descriptors;

struct descriptors *descriptors_create(struct source *source);
/* Accepts NULL. */
void descriptors_destroy(struct descriptors *d);

/*
 * Takes in one record; all of them, in order, from where the walk starts. A
 * descriptor used without an opening stands for a file of its own from then on.
 */
void descriptors_learn(struct descriptors *d, const struct trace_record *record);

/* NULL when it is not open, or not known. Valid until the next descriptors_learn. */
const struct open_file *descriptors_find(struct descriptors *d, uint32_t task, int32_t fd);

/* The one at a place in the order of numbers, from 0; NULL past the last. As above. */
const struct open_file *descriptors_at(struct descriptors *d, uint32_t task, size_t place,
				       int32_t *fd);
/* The task that had a task's table first; 0 when the task is not known. */
uint32_t descriptors_owner(const struct descriptors *d, uint32_t task);

/*
 * Tells of every descriptor that ends, before it does: whose table it is in
 * (the task that had it first), and the step that ended it, or the last one of
 * the task whose end did.
 */
typedef void descriptors_ended(void *data, uint32_t owner, const struct descriptor *descriptor,
			       uint64_t step);
void descriptors_observe(struct descriptors *d, descriptors_ended *ended, void *data);
/* The same for all that are open still, with UINT64_MAX for the step. */
void descriptors_each(struct descriptors *d);

/* Waits for the end of one file, by its number. */
void descriptors_watch(struct descriptors *d, uint64_t file);
/* True once no descriptor means it any more. */
bool descriptors_watched_ended(const struct descriptors *d);

/*
 * For whoever takes a part out of a trace: which calls a file's descriptors
 * come from. From here on they are remembered. What is wanted grows with each
 * later touch of a file that is; it is in no order, and may hold one twice.
 */
void descriptors_keep_stories(struct descriptors *d);
void descriptors_want(struct descriptors *d, struct file_story *story);
/* Those of all files open now. */
void descriptors_want_open(struct descriptors *d);
const struct file_touch *descriptors_wanted(const struct descriptors *d, size_t *count);
void descriptors_want_touch(struct descriptors *d, struct file_touch touch);
/* Accepts NULL. */
void file_story_release(struct file_story *story);

/* False when the trace opened more than is followed: a descriptor may be missing. */
bool descriptors_complete(const struct descriptors *d);
