/*
 * System V shared memory: variant 0 attaches the segment, each follower one of
 * its own with the same content (what monitor/stand_in.h is for files; the
 * same holds for those outside the set, and for attacks). A follower's segment
 * has no name, belongs to the user that variant 0 runs as, and lives as long
 * as it is attached: the monitor itself attaches it until nobody else does.
 *
 * Belongs to the leader's thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/limits.h"

struct session;
struct backend;

struct segment {
	int32_t id;                   /* the program's, variant 0's */
	uint32_t key;                 /* its */
	uint64_t bytes;               /* whole pages */
	int32_t ids[LIMIT_VARIANTS];  /* the followers' */
	void *mapped[LIMIT_VARIANTS]; /* ours of them; NULL for none */
	_Atomic unsigned pending;     /* orders to attach it that are not carried out yet */
	struct segment *next;
};

/*
 * The leader `pid` has attached segment `id` at addr: what stands for it, made
 * with the content that it has there if need be. NULL and *err when it cannot be.
 */
struct segment *segment_get(struct session *s, struct backend *b, pid_t pid, int32_t id,
			    uint64_t addr, struct error *err);

/* The one of which follower v has segment `id` attached; NULL for another's. */
const struct segment *segment_find_own(const struct session *s, unsigned v, uint64_t id);
