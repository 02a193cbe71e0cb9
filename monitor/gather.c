/* Phase one: what a task's arguments point to, captured once for comparing and for the trace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "monitor/call.h"

#define PAGE_BYTES 4096u
/* bytes: MAX_RW_COUNT, what one call moves at most (read(2)) */
#define RW_LIMIT_BYTES 0x7ffff000u

static ssize_t read_some(const struct gather *g, uint64_t addr, void *to, size_t length)
{
	return g->backend->ops->read_memory(g->backend, g->tid, addr, to, length);
}

int gather_read(const struct gather *g, uint64_t addr, void *to, size_t length)
{
	ssize_t got = read_some(g, addr, to, length);

	return got == (ssize_t)length ? 0 : -EFAULT;
}

void gather_add(const struct gather *g, unsigned arg, unsigned part, unsigned format, uint64_t addr,
		size_t length)
{
	uint8_t *to;
	ssize_t got;

	if (length > RW_LIMIT_BYTES)
		length = RW_LIMIT_BYTES;
	to = capture_add(g->to, arg, part, format, addr, length);
	got = length ? read_some(g, addr, to, length) : 0;
	if (got == (ssize_t)length)
		return;
	capture_trim(g->to, got > 0 ? (size_t)got : 0);
	g->to->bufs[g->to->n_bufs - 1].faulted = true;
}

/* Never across a page border in one go: the string may end just before an unmapped page. */
void gather_add_string(const struct gather *g, unsigned arg, uint64_t addr, size_t limit)
{
	char *to = (char *)capture_add(g->to, arg, PART_CONTENT, FORMAT_NONE, addr, limit);
	size_t done = 0;

	while (done < limit) {
		size_t want = PAGE_BYTES - (addr + done) % PAGE_BYTES;
		ssize_t got;
		char *end;

		if (want > limit - done)
			want = limit - done;
		if (done == 0 && want > 256)
			want = 256;
		got = read_some(g, addr + done, to + done, want);
		if (got <= 0)
			break;
		end = memchr(to + done, 0, (size_t)got);
		if (end) {
			capture_trim(g->to, (size_t)(end - to));
			g->to->bufs[g->to->n_bufs - 1].is_text = true;
			return;
		}
		done += (size_t)got;
	}
	/* Unterminated: the kernel will say EFAULT or ENAMETOOLONG of the same bytes. */
	capture_trim(g->to, done);
	g->to->bufs[g->to->n_bufs - 1].faulted = true;
	g->to->bufs[g->to->n_bufs - 1].is_text = true;
}

/* argv and envp: the strings one after the other, each with its NUL. */
static void gather_strings(const struct gather *g, unsigned arg, uint64_t addr)
{
	struct capture piece = { 0 };
	struct gather one = *g;
	size_t used = 0, capacity = 0;
	uint8_t *all = NULL;
	bool faulted = false;

	one.to = &piece;
	for (size_t i = 0; addr && i < LIMIT_EXEC_STRINGS && used < LIMIT_EXEC_BYTES; i++) {
		uint64_t at;

		if (gather_read(g, addr + i * sizeof(at), &at, sizeof(at)) < 0) {
			faulted = true;
			break;
		}
		if (!at)
			break;
		capture_reset(&piece);
		gather_add_string(&one, arg, at, LIMIT_EXEC_BYTES / 16);
		alloc_grow(&all, &capacity, used + piece.used + 1);
		memcpy(all + used, piece.data, piece.used);
		used += piece.used;
		all[used++] = 0;
		faulted |= piece.bufs[0].faulted;
	}
	if (used)
		memcpy(capture_add(g->to, arg, PART_CONTENT, FORMAT_NONE, addr, used), all, used);
	else
		capture_add(g->to, arg, PART_CONTENT, FORMAT_NONE, addr, 0);
	g->to->bufs[g->to->n_bufs - 1].faulted = faulted;
	capture_finish(&piece);
	free(all);
}

static bool gather_layout(const struct gather *g, unsigned arg, uint64_t addr, uint64_t count)
{
	struct iovec vector[LIMIT_IOVECS];
	struct capture *c = g->to;
	uint8_t *lengths;

	if (count > LIMIT_IOVECS || gather_read(g, addr, vector, count * sizeof(vector[0])) < 0) {
		capture_add(c, arg, PART_LAYOUT, FORMAT_NONE, addr, 0);
		c->bufs[c->n_bufs - 1].faulted = true;
		return false;
	}
	alloc_grow(&c->vector, &c->vector_capacity, count + 1);
	lengths = capture_add(c, arg, PART_LAYOUT, FORMAT_NONE, addr, count * sizeof(uint64_t));
	for (size_t i = 0; i < count; i++) {
		uint64_t length = vector[i].iov_len;

		c->vector[i].addr = (uint64_t)vector[i].iov_base;
		c->vector[i].length = length;
		memcpy(lengths + i * sizeof(length), &length, sizeof(length));
	}
	c->n_vector = count;
	return true;
}

/* At most `limit` bytes of the vector, put together. */
static void gather_vector(const struct gather *g, unsigned arg, const struct capture *layout,
			  uint64_t limit)
{
	struct capture *c = g->to;
	uint64_t total = 0, done = 0;
	uint8_t *to;

	for (size_t i = 0; i < layout->n_vector && total < limit; i++)
		total += layout->vector[i].length < limit - total ? layout->vector[i].length :
								    limit - total;
	if (total > RW_LIMIT_BYTES)
		total = RW_LIMIT_BYTES;
	to = capture_add(c, arg, PART_CONTENT, FORMAT_NONE, 0, total);
	for (size_t i = 0; i < layout->n_vector && done < total; i++) {
		uint64_t want = layout->vector[i].length;
		ssize_t got;

		if (want > total - done)
			want = total - done;
		got = want ? read_some(g, layout->vector[i].addr, to + done, want) : 0;
		if (got > 0)
			done += (uint64_t)got;
		if (got != (ssize_t)want)
			break;
	}
	capture_trim(c, done);
	if (done < total)
		c->bufs[c->n_bufs - 1].faulted = true;
}

void gather_add_vector(const struct gather *g, unsigned arg, uint64_t count, bool content)
{
	if (gather_layout(g, arg, g->args[arg], count) && content)
		gather_vector(g, arg, g->to, UINT64_MAX);
}

void gather_add_filled(const struct gather *g, unsigned arg, int64_t result)
{
	if (result > 0)
		gather_vector(g, arg, g->entry, (uint64_t)result);
}

void gather_add_nodes(const struct gather *g, unsigned arg, uint64_t max)
{
	uint64_t bytes = (max - 1 + 63) / 64 * sizeof(uint64_t);

	if (g->args[arg] && max > 1 && bytes <= PAGE_BYTES)
		gather_add(g, arg, PART_CONTENT, FORMAT_BYTES, g->args[arg], bytes);
}

void gather_clear_padding(uint8_t *control, size_t length)
{
	struct cmsghdr header;
	size_t at = 0;

	while (length - at >= sizeof(header)) {
		size_t end, next;

		memcpy(&header, control + at, sizeof(header));
		/* The kernel refuses the rest. */
		if (header.cmsg_len < sizeof(header) || header.cmsg_len > length - at)
			return;
		end = at + header.cmsg_len;
		next = CMSG_ALIGN(end) < length ? CMSG_ALIGN(end) : length;
		memset(control + end, 0, next - end);
		at = next;
	}
}

static void gather_control(const struct gather *g, unsigned arg, uint64_t addr, size_t length)
{
	const struct capture_buf *buf;

	gather_add(g, arg, PART_CONTROL, FORMAT_NONE, addr, length);
	buf = &g->to->bufs[g->to->n_bufs - 1];
	gather_clear_padding(capture_bytes(g->to, buf), buf->length);
}

static void gather_message(const struct gather *g, unsigned arg, uint64_t addr, bool input)
{
	struct capture *c = g->to;
	struct msghdr message;

	if (gather_read(g, addr, &message, sizeof(message)) < 0) {
		capture_add(c, arg, PART_LAYOUT, FORMAT_NONE, addr, 0);
		c->bufs[c->n_bufs - 1].faulted = true;
		return;
	}
	if (!gather_layout(g, arg, (uint64_t)message.msg_iov, message.msg_iovlen))
		return;
	/* For a receive only where the parts are and how much room they have. */
	if (message.msg_name)
		gather_add(g, arg, PART_NAME, FORMAT_NONE, (uint64_t)message.msg_name,
			   input ? message.msg_namelen : 0);
	if (message.msg_control)
		gather_control(g, arg, (uint64_t)message.msg_control,
			       input ? message.msg_controllen : 0);
	if (input)
		gather_vector(g, arg, c, UINT64_MAX);
}

static void input_path(struct gather *g, unsigned i)
{
	gather_add_string(g, i, g->args[i], LIMIT_PATH_BYTES);
}

static void input_string(struct gather *g, unsigned i)
{
	gather_add_string(g, i, g->args[i], LIMIT_STRING_BYTES);
}

static void input_strings(struct gather *g, unsigned i)
{
	gather_strings(g, i, g->args[i]);
}

static void input_layout(struct gather *g, unsigned i)
{
	gather_add_vector(g, i, g->args[arg_length_index(&g->row->args[i])], false);
}

static void input_vector(struct gather *g, unsigned i)
{
	gather_add_vector(g, i, g->args[arg_length_index(&g->row->args[i])], true);
}

static void input_message(struct gather *g, unsigned i)
{
	gather_message(g, i, g->args[i], g->row->args[i].kind == ARG_MSGHDR_IN);
}

static void input_buffer(struct gather *g, unsigned i)
{
	int64_t length = arg_input_bytes(g->row, i, g->args);

	if (length > 0)
		gather_add(g, i, PART_CONTENT, g->row->args[i].format, g->args[i], (size_t)length);
}

typedef void gather_input_fn(struct gather *g, unsigned i);

static gather_input_fn *const input_fns[ARG_KIND_COUNT] = {
	[ARG_PATH] = input_path,          [ARG_STRING] = input_string,
	[ARG_STRINGS] = input_strings,    [ARG_IN] = input_buffer,
	[ARG_INOUT] = input_buffer,       [ARG_LENPTR] = input_buffer,
	[ARG_SOCKADDR_IN] = input_buffer, [ARG_IOVEC_IN] = input_vector,
	[ARG_IOVEC_OUT] = input_layout,   [ARG_MSGHDR_IN] = input_message,
	[ARG_MSGHDR_OUT] = input_message,
};

void gather_inputs(struct gather *g)
{
	const struct call_ops *ops = call_ops_get(g->row->family);
	unsigned used = arg_used_mask(g->nr, g->args);

	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if ((used & 1u << i) && g->args[i] && input_fns[g->row->args[i].kind])
			input_fns[g->row->args[i].kind](g, i);
	if (ops->gather)
		ops->gather(g);
}

/* What a value-result length says, no more than the room there was at entry. */
static uint64_t pointed_length(const struct gather *g, unsigned arg)
{
	const struct capture_buf *room = capture_find(g->entry, arg, PART_CONTENT);
	uint32_t before = 0, after = 0;

	if (!room || room->length != sizeof(before) ||
	    gather_read(g, g->args[arg], &after, sizeof(after)) < 0)
		return 0;
	memcpy(&before, capture_bytes(g->entry, room), sizeof(before));
	return after < before ? after : before;
}

static void gather_message_output(const struct gather *g, unsigned arg, uint64_t addr,
				  int64_t result)
{
	uint64_t scalars[MESSAGE_SCALARS];
	struct msghdr message;

	gather_vector(g, arg, g->entry, (uint64_t)result);
	if (gather_read(g, addr, &message, sizeof(message)) < 0)
		return;
	if (message.msg_name)
		gather_add(g, arg, PART_NAME, FORMAT_NONE, (uint64_t)message.msg_name,
			   message.msg_namelen < 128 ? message.msg_namelen : 128);
	if (message.msg_control)
		gather_add(g, arg, PART_CONTROL, FORMAT_NONE, (uint64_t)message.msg_control,
			   message.msg_controllen);
	scalars[MESSAGE_NAME_LENGTH] = message.msg_namelen;
	scalars[MESSAGE_CONTROL_LENGTH] = message.msg_controllen;
	scalars[MESSAGE_FLAGS] = (uint32_t)message.msg_flags;
	memcpy(capture_add(g->to, arg, PART_LAYOUT, FORMAT_NONE, addr, sizeof(scalars)), scalars,
	       sizeof(scalars));
}

static void gather_output(struct gather *g, unsigned i, int64_t result)
{
	const struct syscall_arg *spec = &g->row->args[i];
	uint64_t length;

	/* Many messages are their family's. */
	if (!g->args[i] || !arg_is_output((enum arg_kind)spec->kind) ||
	    spec->kind == ARG_MMSGHDR_OUT)
		return;
	if (spec->kind == ARG_MSGHDR_OUT) {
		if (result >= 0)
			gather_message_output(g, i, g->args[i], result);
		return;
	}
	if (spec->kind == ARG_IOVEC_OUT) {
		gather_add_filled(g, i, result);
		return;
	}
	length = arg_output_bytes(g->row, i, g->args, result);
	if (length == ARG_BYTES_UNKNOWN)
		length = pointed_length(g, (unsigned)arg_length_index(spec));
	if (length)
		gather_add(g, i, PART_CONTENT, spec->format, g->args[i], length);
}

void gather_outputs(struct gather *g, int64_t result)
{
	const struct call_ops *ops = call_ops_get(g->row->family);
	unsigned used = arg_used_mask(g->nr, g->args);

	for (unsigned i = 0; i < g->row->argc; i++)
		if (used & 1u << i)
			gather_output(g, i, result);
	if (ops->gather_output && result >= 0)
		ops->gather_output(g, result);
	if (ops->gather_failed && result < 0)
		ops->gather_failed(g, result);
}
