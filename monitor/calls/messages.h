/* sendmmsg's and recvmmsg's array of messages: for calls/socket.c. */
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

/* Captures how much room there is for messages to be received; where it is becomes the capture's vector. */
void messages_gather_room(const struct gather *g);

/* Captures what the kernel wrote for the first `result` messages, one buffer for each kind of part. */
void messages_gather_received(const struct gather *g, int64_t result);

typedef void messages_put_fn(void *context, uint64_t addr, const void *data, size_t length);

/* Calls `put` for every piece of the messages received (`out`), at its place in the variant that captured `in`. */
void messages_deliver(const struct capture *in, const struct capture *out, messages_put_fn *put,
		      void *context);

/* Control data of message i, of those sent (captured at entry) or received; NULL past the last. */
const uint8_t *messages_sent_control(const struct capture *in, size_t i, size_t *length);
const uint8_t *messages_received_control(const struct capture *out, size_t i, size_t *length);
