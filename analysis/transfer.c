/* What reads and writes moved; see transfer.h. */
#include "analysis/transfer.h"

#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "schema/syscall_args.h"
#include "schema/syscall_numbers.h"

/* The buffer is the second argument of all of them. */
#define CONTENT_ARG 1

static bool is_content(const struct syscall_arg *arg)
{
	static const bool holds[ARG_KIND_COUNT] = {
		[ARG_IN] = true,         [ARG_OUT] = true,         [ARG_IOVEC_IN] = true,
		[ARG_IOVEC_OUT] = true,  [ARG_MSGHDR_IN] = true,   [ARG_MSGHDR_OUT] = true,
		[ARG_MMSGHDR_IN] = true, [ARG_MMSGHDR_OUT] = true, [ARG_IRREGULAR] = true,
	};

	/* with a format it is a structure */
	return holds[arg->kind] && arg->format == FORMAT_NONE;
}

/* Bytes between a descriptor's file and the program's memory. Others look at the file's names. */
static bool moves_content(const struct syscall_row *row)
{
	return row->args[0].kind == ARG_FD && (row->effects & EFFECT_OUTSIDE) &&
	       is_content(&row->args[CONTENT_ARG]) &&
	       (row->level == LEVEL_READ || row->level == LEVEL_WRITE ||
		row->level == LEVEL_NETWORK) &&
	       (row->result == RESULT_LENGTH || row->args[CONTENT_ARG].kind != ARG_IRREGULAR);
}

/* A message looked at stays where it is (recv(2)). */
static bool peeks(const struct syscall_row *row, const uint64_t args[SYSCALL_ARGS])
{
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].format == FORMAT_MSG_FLAGS && (args[i] & MSG_PEEK))
			return arg_is_output((enum arg_kind)row->args[CONTENT_ARG].kind);
	return false;
}

static const struct trace_buf *content_find(const struct trace_step *step, unsigned v,
					    enum trace_direction direction)
{
	for (size_t i = 0; i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];

		if (buf->arg == CONTENT_ARG && buf->part == PART_CONTENT &&
		    buf->direction == direction && (buf->variants & 1u << v))
			return buf;
	}
	return NULL;
}

/* sendmmsg gives back how much of each message went out, 32 bits each. */
static uint64_t sent_bytes(const struct trace_step *step, unsigned v)
{
	const struct trace_buf *lengths = content_find(step, v, DIRECTION_OUT);
	struct bytes left;
	uint64_t sum = 0;

	if (!lengths)
		return 0;
	left = bytes_make(lengths->data.data, lengths->data.length);
	while (left.left >= sizeof(uint32_t))
		sum += bytes_u32(&left);
	return sum;
}

static uint64_t moved_bytes(const struct syscall_row *row, const struct trace_step *step,
			    unsigned v, const struct trace_buf *buf)
{
	if (row->result == RESULT_LENGTH)
		return (uint64_t)step->result[v];
	if (row->args[CONTENT_ARG].kind == ARG_MMSGHDR_IN)
		return sent_bytes(step, v);
	return buf ? buf->full_length : 0; /* mq_timedsend, recvmmsg */
}

static size_t content_transfer(const struct syscall_row *row, const struct trace_step *step,
			       unsigned v, struct transfer *out)
{
	enum arg_kind kind = (enum arg_kind)row->args[CONTENT_ARG].kind;
	const struct trace_buf *in = NULL, *buf = NULL;

	if (kind == ARG_IRREGULAR || !arg_is_output(kind))
		in = content_find(step, v, DIRECTION_IN);
	if (kind == ARG_IRREGULAR || arg_is_output(kind))
		buf = content_find(step, v, DIRECTION_OUT);
	*out = (struct transfer){
		.fd = (int32_t)step->args[v][0],
		.direction = in || !(buf || arg_is_output(kind)) ? TRANSFER_WRITTEN : TRANSFER_READ,
		.buf = in ? in : buf,
	};
	out->bytes = moved_bytes(row, step, v, out->buf);
	/* A datagram longer than its room is told in full, and lost in part (MSG_TRUNC). */
	if (out->buf && out->bytes > out->buf->full_length)
		out->bytes = out->buf->full_length;
	if (out->buf) {
		out->data = out->buf->data;
		if (out->data.length > out->bytes)
			out->data.length = (size_t)out->bytes;
	}
	return out->bytes > 0;
}

/* sendfile, splice, tee, copy_file_range: the kernel moves the bytes, no buffer holds them. */
static size_t kernel_transfers(const struct trace_step *step, unsigned v,
			       const unsigned fds[TRANSFERS_MAX], struct transfer *out)
{
	/* sendfile(out, in), the others from the first to the second */
	bool backwards = step->nr == __NR_sendfile;
	size_t count = 0;

	for (unsigned i = 0; i < TRANSFERS_MAX; i++) {
		bool writes = (i == 0) == backwards;

		if (!writes && step->nr == __NR_tee)
			continue; /* what it copies stays in the pipe */
		out[count++] = (struct transfer){ .fd = (int32_t)step->args[v][fds[i]],
						  .direction = writes ? TRANSFER_WRITTEN :
									TRANSFER_READ,
						  .bytes = (uint64_t)step->result[v] };
	}
	return count;
}

/* The arguments that are descriptors, when there are two. */
static bool find_two(const struct syscall_row *row, unsigned fds[TRANSFERS_MAX])
{
	unsigned count = 0;

	if (row->family != FAMILY_IO || row->result != RESULT_LENGTH)
		return false;
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == ARG_FD && count < TRANSFERS_MAX)
			fds[count++] = i;
	return count == TRANSFERS_MAX;
}

size_t transfers_get(const struct trace_step *step, unsigned v, struct transfer out[TRANSFERS_MAX])
{
	const struct syscall_row *row = syscall_row_find(step->nr);
	unsigned fds[TRANSFERS_MAX] = { 0 };

	if (!row || step->no_result || step->result[v] < 0 || step->abi)
		return 0;
	if (row->result == RESULT_LENGTH && !step->result[v])
		return 0;
	if (find_two(row, fds))
		return kernel_transfers(step, v, fds, out);
	if (!moves_content(row) || peeks(row, step->args[v]))
		return 0;
	return content_transfer(row, step, v, out);
}
