/*
 * Descriptors that one process takes over from another: in messages
 * (SCM_RIGHTS, SCM_PIDFD) and by pidfd_getfd.
 */
#pragma once

#include "monitor/call.h"

struct open_file;

/* Control data of a message that the leader is about to send: what it carries is remembered. */
void received_remember(struct call *c, const uint8_t *control, size_t length);
/* It was not sent after all. */
void received_forget(struct call *c, const uint8_t *control, size_t length);

/*
 * Control data of a message that the leader has received: its descriptors are
 * put into the table, as the objects they were for the sender if it was one of
 * the program's processes. With `peek` the message stays, and brings them again.
 */
void received_take(struct call *c, const uint8_t *control, size_t length, bool peek);

/* The object of the leader's new descriptor, known from elsewhere or not. The caller's reference. */
struct open_file *received_object(struct call *c, int32_t fd, bool peek);

/* Follower v gets what corresponds to each of them. */
void received_order(struct call *c, unsigned v, const uint8_t *control, size_t length);
/* ... to one. */
void received_order_one(struct call *c, unsigned v, int32_t fd);
