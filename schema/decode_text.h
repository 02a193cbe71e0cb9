/*
 * Text under construction in a caller's buffer: bounded, always terminated,
 * and cut with "..." when it did not fit. Used by the decoder's files.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct decode_text {
	char *at;
	size_t capacity; /* terminating NUL included */
	size_t length;
	bool cut;
};

static inline struct decode_text decode_text_make(char *at, size_t capacity)
{
	if (capacity)
		at[0] = '\0';
	return (struct decode_text){ .at = at, .capacity = capacity, .cut = !capacity };
}

/* After the first byte that did not fit, nothing more is taken. */
static inline void decode_put_bytes(struct decode_text *t, const char *bytes, size_t length)
{
	if (t->cut)
		return;
	if (length >= t->capacity - t->length) {
		length = t->capacity - t->length - 1;
		t->cut = true;
	}
	memcpy(t->at + t->length, bytes, length);
	t->length += length;
	t->at[t->length] = '\0';
}

static inline void decode_put(struct decode_text *t, const char *text)
{
	decode_put_bytes(t, text, strlen(text));
}

/* For numbers and short words: what one call adds is at most 255 bytes long. */
static inline void decode_putf(struct decode_text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline void decode_putf(struct decode_text *t, const char *format, ...)
{
	char piece[256];
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(piece, sizeof(piece), format, ap);
	va_end(ap);
	if (length > 0)
		decode_put_bytes(t, piece,
				 (size_t)length < sizeof(piece) ? (size_t)length :
								  sizeof(piece) - 1);
}

/* The three that nearly every call has, a tenth of what printf takes: "%llu", "%lld", "%#llx". */
static inline void decode_put_unsigned(struct decode_text *t, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	decode_put_bytes(t, digits + at, sizeof(digits) - at);
}

static inline void decode_put_signed(struct decode_text *t, int64_t value)
{
	if (value < 0)
		decode_put_bytes(t, "-", 1);
	decode_put_unsigned(t, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static inline void decode_put_hexadecimal(struct decode_text *t, uint64_t value)
{
	char digits[18];
	size_t at = sizeof(digits);

	if (!value) {
		decode_put_bytes(t, "0", 1);
		return;
	}
	for (; value; value >>= 4)
		digits[--at] = "0123456789abcdef"[value & 15];
	digits[--at] = 'x';
	digits[--at] = '0';
	decode_put_bytes(t, digits + at, sizeof(digits) - at);
}

/* An address: NULL or hexadecimal. */
static inline void decode_put_address(struct decode_text *t, uint64_t address)
{
	if (address)
		decode_put_hexadecimal(t, address);
	else
		decode_put(t, "NULL");
}

/* The text's length; one that was cut ends in "...". */
static inline size_t decode_text_finish(struct decode_text *t)
{
	if (t->cut && t->length >= 3)
		memcpy(t->at + t->length - 3, "...", 3);
	return t->length;
}
