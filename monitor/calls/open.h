/* What the leader's descriptor is and what the followers hold in its place: for every call that makes one of a file. */
#pragma once

#include "monitor/call.h"

struct open_file;

/* The object behind the leader's new descriptor, open with `flags` (O_ACCMODE and O_PATH count). The caller's reference. */
struct open_file *open_describe(struct call *c, int32_t fd, uint64_t flags);

/* The object behind a descriptor that the monitor itself has, and gives to every variant. The caller's reference. */
struct open_file *open_inherited(int fd);

/* The status flags of the leader's descriptor and O_CLOEXEC, as open(2) has them; 0 when it has none. */
uint64_t open_flags_get(const struct call *c, int32_t fd);

/* Follower v's further call for the number `fd` of its own, `file` being the leader's there. */
void open_add_order(struct call *c, unsigned v, int32_t fd, const struct open_file *file,
		    uint64_t flags);
