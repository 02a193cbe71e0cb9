/*
 * Shows the structures that system calls read and write, by format:
 * {st_mode=S_IFREG|0644, st_size=12, ...}. The bytes may be short or hostile.
 */
#pragma once

#include "base/bytes.h"
#include "schema/decode_text.h"
#include "schema/syscall_model.h"

/* Bytes that were behind an argument, or the head of them. */
struct decode_view {
	const uint8_t *data;
	size_t length;        /* of data */
	uint64_t full_length; /* what there was; length when all of it is here */
	bool is_output;
	size_t string_bytes; /* longest string shown */
};

/* Unsigned little-endian integer of `bytes` bytes, which the caller knows to be there. */
static inline uint64_t decode_load(const uint8_t *at, size_t bytes)
{
	struct bytes cursor = bytes_make(at, bytes);
	uint64_t value = 0;

	bytes_copy(&cursor, &value, bytes);
	return value;
}

/*
 * Shows the bytes as `format`. False, and nothing written, when it names no
 * layout or the bytes are too few for one.
 */
bool decode_put_struct(struct decode_text *t, enum arg_format format,
		       const struct decode_view *view);

/* Quotes a buffer as strace does; "..." follows when not all of full_length was shown. */
void decode_put_quoted(struct decode_text *t, const uint8_t *data, size_t length,
		       uint64_t full_length, size_t limit);

/* The same in hexadecimal: of numbers that look like text by accident only. */
void decode_put_hex(struct decode_text *t, const uint8_t *data, size_t length, uint64_t full_length,
		    size_t limit);
