/*
 * Descriptors that one process hands to another (SCM_RIGHTS of unix(7)) over a
 * socket pair: what comes out at one end is what went in at the other. Which
 * of both calls comes first in a trace is chance, they end at the same time:
 * what was sent is learnt in a walk of its own.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "analysis/objects.h"

/* descriptors in one message (SCM_MAX_FD of linux/include/net/scm.h) */
#define HANDED_MAX 253

struct handed;

struct handed *handed_create(void);
/* Accepts NULL. */
void handed_destroy(struct handed *h);

/* A message with these descriptors goes to the peer of `socket`. */
void handed_learn(struct handed *h, const struct process *p, const struct object *socket,
		  const int32_t *fds, size_t count);
/*
 * The next such message came out of `socket`: behind the descriptors is from
 * now on what was sent, as far as that is known.
 */
void handed_place(struct handed *h, struct process *p, const struct object *socket,
		  const int32_t *fds, size_t count);
