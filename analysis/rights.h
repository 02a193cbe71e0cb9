/* Descriptors in control messages (SCM_RIGHTS of unix(7), cmsg(3)). */
#pragma once

#include "base/bytes.h"

struct rights {
	struct bytes control; /* what was not looked at yet */
	uint64_t rest;        /* bytes of descriptors in the message at hand */
	uint64_t skip;        /* behind them, up to the next message */
};

struct rights rights_make(const void *control, size_t length);
/* The next descriptor; false when there are no more. */
bool rights_next(struct rights *r, int32_t *fd);
