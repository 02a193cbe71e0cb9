/*
 * What the descriptors of a traced program stand for: open file objects by
 * name, shared and inherited as fork, dup and exec have it; with each process
 * what is mapped where (regions.h). canon.c follows a trace with it.
 *
 * Names are escaped already. Numbers (`pipe#2`) are the lowest that is free
 * among those of that name that the process has open, so that neither one more
 * nor what other processes do at that moment shifts the others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/regions.h"

enum object_kind {
	OBJECT_FILE,      /* has a path */
	OBJECT_INHERITED, /* standard input and what else the program was born with */
	OBJECT_SOCKET,
	OBJECT_INTERNAL, /* pipes, event descriptors: nobody outside sees them */
};

struct object {
	enum object_kind kind;
	char *name;      /* "file:/etc/hosts#1"; owned, as is path */
	char *path;      /* as opened, absolute; NULL for none */
	uint32_t number; /* the 1 of #1 */
	uint64_t serial; /* never used twice in a trace */
	uint64_t peer;   /* serial of a socket pair's other end; 0 when not known */
	uint32_t uses;   /* descriptors of all processes, and messages under way */
	uint64_t stem_hash;
};

struct process;
struct objects;

/* One descriptor or owner less. Accepts NULL. */
void object_drop(struct object *object);
/* One of the same name, path, kind and serial. */
struct object *object_copy(const struct object *object);

struct objects *objects_create(void);
/* Accepts NULL. */
void objects_destroy(struct objects *o);

/* A process of its own, with the descriptors, mappings and directory of `parent` (may be NULL). */
struct process *process_create(const struct process *parent);
/* The same process for one more thread; process_release undoes either. */
struct process *process_share(struct process *p);
void process_release(struct process *p);

/* Of the process; valid as long as it is. */
struct regions *process_regions(const struct process *p);
const char *process_cwd(const struct process *p);
void process_chdir(struct process *p, const char *path);
/* Closes what was marked so, forgets the mappings. */
void process_exec(struct process *p);

/* NULL when nothing is known of the descriptor. */
const struct object *process_fd(const struct process *p, int64_t fd);
/*
 * A new object behind fd, whose number and the '#' are put behind `stem`, and
 * `suffix` (NULL for none) behind those. Path may be NULL.
 */
const struct object *process_open(struct objects *o, struct process *p, int64_t fd,
				  enum object_kind kind, const char *stem, const char *suffix,
				  const char *path);
/* Both are ends of one socket pair. */
void process_pair(struct process *p, int64_t one, int64_t other);
/* Descriptors at and above this are not open. */
int64_t process_fds_end(const struct process *p);
/* Whether it would be closed by an exec. */
bool process_is_cloexec(const struct process *p, int64_t fd);
/* Puts an object behind the descriptor, and owns it from then on; NULL for what is not known. */
void process_place(struct process *p, int64_t fd, struct object *object);
void process_dup(struct process *p, int64_t fd, int64_t to);
void process_close(struct process *p, int64_t fd);
void process_close_range(struct process *p, uint64_t first, uint64_t last);
void process_set_cloexec(struct process *p, int64_t fd, bool cloexec);
void process_set_cloexec_range(struct process *p, uint64_t first, uint64_t last);
/* Another name for the same object, as bind and listen give it: `stem` as above. */
void process_rename(struct process *p, int64_t fd, const char *stem);
