/* --payload: how much of what calls read and write is recorded. */
#pragma once

#include "monitor/options.h"
#include "schema/syscall_model.h"
#include "schema/trace_record.h"

/*
 * What a buffer becomes under --payload: its length is cut, and `truncated`,
 * `full_length` and `hash` (XXH3 of bytes that are not stored whole) say so.
 * options NULL: only what is too long is cut.
 */
void payload_apply(const struct options *options, struct trace_buf *buf);

/* Whether a buffer is what --payload speaks of; paths, names and structures are not. */
bool payload_is_meant(const struct syscall_row *row, const struct trace_buf *buf);
