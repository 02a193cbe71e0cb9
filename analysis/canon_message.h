/* The messages of sendmsg and its kin: how much was sent, to whom, and descriptors in them. */
#pragma once

#include "analysis/canon_call.h"

/* Bytes that a call of the family sent: its result, or what sendmmsg's messages have. */
uint64_t canon_message_bytes(const struct canon_call *call);
/* A socket's address that the call itself names. */
bool canon_message_has_name(const struct canon_call *call);
/* Whether the call sends what may be descriptors. */
bool canon_message_hands_over(const struct trace_step *step);
/* Descriptors that were handed over. */
void canon_message_follow(struct objects *objects, const struct canon_call *call);
