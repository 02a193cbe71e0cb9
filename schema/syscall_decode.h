/*
 * The one decoder: a step as strace would print it, driven by the table. Used
 * by the monitor's messages, show, the SQL function decode() and the report.
 * Bytes that a trace brought are escaped here: the text is printable ASCII.
 */
#pragma once

#include <stddef.h>

#include "schema/trace_record.h"

struct decode_options {
	size_t string_bytes; /* longest string or buffer shown, as strace -s; 0 for 32 */
	bool no_result;      /* stop after the closing parenthesis */
};

/*
 * Writes `openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3` for one
 * variant's part of a step into text (always NUL-terminated, cut with "..."
 * when it does not fit). Returns the length written.
 */
size_t syscall_decode(const struct trace_step *step, unsigned variant,
		      const struct decode_options *options, char *text, size_t capacity);

/* `"text\n"...` as strace quotes a buffer: at most `limit` bytes shown. */
size_t decode_quoted(const void *data, size_t length, size_t full_length, size_t limit, char *text,
		     size_t capacity);
