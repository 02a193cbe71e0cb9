/*
 * struct error: the world failed us. Fixed size, caller-owned, no allocation.
 * The message says what we tried, on what, and why it failed; callers add
 * where they were with error_prefix; only main prints.
 */
#pragma once

#include <stdarg.h>

#define ERROR_MESSAGE_BYTES 1024

struct error {
	int code; /* 0 or a negative errno */
	char message[ERROR_MESSAGE_BYTES];
};

/* Fills err (may be NULL) and returns code, so that callers can `return error_set(...)`. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts text before the message already in err; returns err->code (or 0 for NULL). */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
