/*
 * Plain records to delimited protobuf bytes (schema/trace.proto). Appends to a
 * buffer it owns; does not allocate per record.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "schema/trace_arena.h"
#include "schema/trace_record.h"

struct trace_encoder {
	uint8_t *data; /* owned */
	size_t length, capacity;
	struct trace_arena arena; /* scratch for one record */
};

void trace_encoder_init(struct trace_encoder *e);
void trace_encoder_finish(struct trace_encoder *e);

/*
 * Appends the length of the Record message as a varint, and the message.
 * -EINVAL for what no reader would accept (a mask beyond LIMIT_VARIANTS, an
 * argument number beyond 5 ...), -E2BIG for a record over LIMIT_RECORD_BYTES;
 * nothing is appended then. A step's payload is cut instead, its full length
 * and hash kept.
 */
int trace_encode(struct trace_encoder *e, const struct trace_record *record, struct error *err);

/* FileDescriptorSet of schema/trace.proto, made at build time. */
extern const uint8_t trace_descriptor_set[];
extern const size_t trace_descriptor_set_bytes;
