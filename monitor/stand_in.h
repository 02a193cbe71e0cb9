/*
 * Stand-ins for files that the program maps shared: variant 0 maps the file,
 * each follower a memfd of its own with the same content, which all of that
 * follower's processes share. So a store through the mapping reaches the file
 * once, and no variant sees another's stores. Data and size changes that the
 * leader makes by a descriptor are repeated on every stand-in.
 *
 * What is not covered: somebody outside the set who maps or writes the same
 * file at the same time. The leader sees it, the followers do not, and a
 * program that acts on it diverges.
 *
 * What this opens to an attack: the followers open their memfd by its name
 * below /proc/MONITOR/fd, so a variant that runs foreign code could, with
 * calls that all variants agree on, open another's and store there. It could
 * do the same with the file itself. The monitor writes to the memfds and never
 * reads from them, so nothing in them can lead the monitor astray.
 *
 * Belongs to the leader's thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/limits.h"

struct session;

/* The memfds' name: /proc/PID/maps has it. */
#define STAND_IN_NAME "mvx-stand-in"

struct stand_in {
	uint64_t device, inode;  /* of the file */
	int real_fd;             /* the file, read-only: its inode is not given to another */
	int fds[LIMIT_VARIANTS]; /* the followers' memfds; -1 for the leader */
	uint64_t inodes[LIMIT_VARIANTS]; /* theirs */
	_Atomic unsigned pending;        /* orders to map it that are not carried out yet */
	struct stand_in *next;
};

/* NULL for a file that has none. */
struct stand_in *stand_in_find(const struct session *s, uint64_t device, uint64_t inode);

/* The one of which follower v's memfd has this inode; NULL for another's. */
const struct stand_in *stand_in_find_own(const struct session *s, unsigned v, uint64_t inode);

/* For the file at `path`, with its content. NULL and *err when it cannot be made. */
struct stand_in *stand_in_create(struct session *s, const char *path, struct error *err);

/* Gives back those that nobody maps and no descriptor of the program names. */
void stand_in_prune(struct session *s);

/* What has been done to the file. 0 or -errno. */
int stand_in_write(const struct stand_in *in, const void *data, size_t length, uint64_t offset);
int stand_in_resize(const struct stand_in *in, uint64_t size);
int stand_in_fallocate(const struct stand_in *in, int mode, uint64_t offset, uint64_t length);
/* ... as the file has it now. */
int stand_in_copy(const struct stand_in *in, uint64_t from, uint64_t to);

/* Does a seal forbid what is mapped from now on to be written to (memfd_create(2))? */
bool stand_in_is_sealed(const struct stand_in *in);

/* Bytes of the file now. */
uint64_t stand_in_size(const struct stand_in *in);
