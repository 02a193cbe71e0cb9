/*
 * The records of one frame's content, one by one, with the bytes each takes
 * and without hiding the damaged ones: for verify and repair.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "schema/trace_decode.h"
#include "schema/trace_record.h"

enum walk_item {
	WALK_END,
	WALK_RECORD,
	WALK_UNKNOWN, /* of a kind this version does not know; its bytes are good to be copied */
	WALK_DAMAGED, /* its length is good, its content is not */
	WALK_LOST,    /* nothing behind this can be told apart; WALK_END follows */
};

struct trace_walk {
	struct trace_decoder decoder;
	struct trace_record record; /* of the last WALK_RECORD; valid until the next step */
	const uint8_t *at;          /* the last one's bytes, its length prefix included */
	size_t length;
	uint64_t number;     /* of the last one in the content, from 1 */
	struct error reason; /* of the last WALK_DAMAGED or WALK_LOST */
	struct bytes left;
};

void trace_walk_init(struct trace_walk *w);
void trace_walk_finish(struct trace_walk *w);
/* The content stays the caller's. */
void trace_walk_start(struct trace_walk *w, struct trace_blob content);
enum walk_item trace_walk_next(struct trace_walk *w);
