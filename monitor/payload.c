/* Heads, hashes or nothing of the bytes that went through a call. */
#include "monitor/payload.h"

#include <xxhash.h>

void payload_apply(const struct options *options, struct trace_buf *buf)
{
	size_t kept = buf->data.length;

	if (buf->full_length < buf->data.length)
		buf->full_length = buf->data.length;
	/* The layout of a vector is lengths, not data. */
	if (options && buf->part != PART_LAYOUT) {
		if (options->payload == PAYLOAD_HEAD && kept > options->payload_head_bytes)
			kept = options->payload_head_bytes;
		if (options->payload == PAYLOAD_HASH || options->payload == PAYLOAD_NONE)
			kept = 0;
	}
	if (kept > LIMIT_PAYLOAD_BYTES)
		kept = LIMIT_PAYLOAD_BYTES;
	if (kept == buf->data.length)
		return;
	if (options && options->payload == PAYLOAD_NONE)
		buf->hash = 0;
	else if (!buf->truncated)
		buf->hash = XXH3_64bits(buf->data.data, buf->data.length);
	buf->truncated = 1;
	buf->data.length = kept;
}

bool payload_is_meant(const struct syscall_row *row, const struct trace_buf *buf)
{
	const struct syscall_arg *arg;

	if (!row || buf->arg >= SYSCALL_ARGS)
		return true;
	arg = &row->args[buf->arg];
	switch (arg->kind) {
	case ARG_IN:
	case ARG_OUT:
	case ARG_INOUT:
		return arg->format == FORMAT_NONE || arg->format == FORMAT_TEXT ||
		       arg->format == FORMAT_BYTES;
	case ARG_IOVEC_IN:
	case ARG_IOVEC_OUT:
	case ARG_MSGHDR_IN:
	case ARG_MSGHDR_OUT:
	case ARG_MMSGHDR_IN:
	case ARG_MMSGHDR_OUT: return buf->part == PART_CONTENT || buf->part == PART_CONTROL;
	case ARG_IRREGULAR: return true;
	}
	return false;
}
