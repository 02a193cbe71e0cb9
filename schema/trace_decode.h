/*
 * Delimited protobuf bytes (schema/trace.proto) to plain records. Believes
 * nothing: every count and length meets a limit, a record costs no more memory
 * than a limit, unknown fields are skipped.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "schema/trace_arena.h"
#include "schema/trace_record.h"

struct trace_decoder {
	struct trace_arena arena;               /* what the last record points to */
	struct trace_buf bufs[LIMIT_STEP_BUFS]; /* of the last step */
};

void trace_decoder_init(struct trace_decoder *d);
void trace_decoder_finish(struct trace_decoder *d);

/*
 * Takes one delimited record off the content of a frame: its kind and the
 * bytes of its body. 1, or 0 at the end of the content, or -EBADMSG when the
 * rest of the content cannot be split. *kind is 0 for a kind this version does
 * not know; *kind is the last one when several are there, as protobuf has it.
 */
int trace_decode_split(struct bytes *content, struct bytes *body, int *kind, struct error *err);

/*
 * Decodes one body. *out is valid as long as the content and until the next
 * call with d. Strings are never NULL. Arrays by variant are set for the
 * variants of the mask only. -EBADMSG says what is wrong.
 */
int trace_decode_body(struct trace_decoder *d, int kind, struct bytes body,
		      struct trace_record *out, struct error *err);
