/*
 * The only place with pointer arithmetic on foreign data: a bounded cursor.
 * Reading past the end sets `failed` and yields zeros, so a parser checks once
 * at the end of each structure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline struct bytes bytes_make(const void *data, size_t length)
{
	return (struct bytes){ .at = data, .left = length };
}

/* The next `length` bytes, or NULL (and failed) when there are fewer. */
static inline const uint8_t *bytes_take(struct bytes *b, size_t length)
{
	const uint8_t *start = b->at;

	if (b->failed || length > b->left) {
		b->failed = true;
		return NULL;
	}
	if (length) /* NULL has no place behind it, not even 0 bytes away */
		b->at += length;
	b->left -= length;
	return start;
}

static inline void bytes_copy(struct bytes *b, void *to, size_t length)
{
	const uint8_t *from = bytes_take(b, length);

	if (from)
		memcpy(to, from, length);
	else
		memset(to, 0, length);
}

/* Little-endian fields. */
static inline uint32_t bytes_u32(struct bytes *b)
{
	uint32_t value;

	bytes_copy(b, &value, sizeof(value));
	return value;
}

static inline uint64_t bytes_u64(struct bytes *b)
{
	uint64_t value;

	bytes_copy(b, &value, sizeof(value));
	return value;
}

/* A protobuf varint of at most ten bytes. */
static inline uint64_t bytes_varint(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		const uint8_t *byte = bytes_take(b, 1);

		if (!byte)
			return 0;
		if (shift < 64)
			value |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80))
			return value;
	}
	b->failed = true;
	return 0;
}
