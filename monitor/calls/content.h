/*
 * Calls that change what a file holds or how long it is: repeated on its
 * stand-ins (monitor/stand_in.h), so that mappings of it show them in every
 * variant.
 */
#pragma once

#include "monitor/call.h"

/* The stand-in for what the leader has at fd, or NULL. */
struct stand_in *content_stand_in(const struct call *c, int64_t fd);

/* Before such a call, and after it. */
void content_decide(struct call *c);
void content_apply(struct call *c);

/* The leader has opened fd and made it empty. */
void content_truncated(struct call *c, int32_t fd);
