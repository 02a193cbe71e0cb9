/* sendmmsg's array of messages: for calls/socket.c. */
#pragma once

#include "monitor/call.h"

/*
 * Captures lengths, names, control data and contents of all messages of
 * argument 1, one buffer for each; the first is marked faulted when something
 * is not there. The places of the lengths become the capture's vector.
 */
void messages_gather(const struct gather *g);

/* Captures the lengths that the kernel wrote for the first `result` messages. */
void messages_gather_lengths(const struct gather *g, int64_t result);
