/* Lays a call's captured inputs out in the copies' pages and points the leader's arguments there. */
#include "monitor/outgoing.h"

#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "monitor/calls/messages.h"
#include "monitor/image.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/variant.h"
#include "schema/syscall_args.h"

/* bytes: what each piece is aligned to; the kernel's structures need no more */
#define PIECE_ALIGN 16u
/* Nothing is ever mapped there (vm.mmap_min_addr): what was not readable when it was compared stays so. */
#define UNREADABLE_ADDR UINT64_C(1)
/* bytes that a part of a call takes at most, with a page to spare: two of them leave room for others' */
#define PART_ROOM_BYTES (16u << 20)

struct extent {
	size_t at, length;
};

struct copies {
	uint8_t *base;
	struct extent *used; /* ascending, apart from each other */
	size_t n_used, capacity;
};

struct copies *copies_create(int fd)
{
	void *base = mmap(NULL, MM_COPIES_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  MM_PAGE_BYTES);
	struct copies *copies;

	if (base == MAP_FAILED)
		return NULL;
	copies = alloc_zeroed(1, sizeof(*copies));
	copies->base = base;
	return copies;
}

/* The first hole that is large enough; false when there is none. */
static bool copies_take(struct copies *copies, size_t length, size_t *at)
{
	size_t i = 0, start = 0;

	while (i < copies->n_used && copies->used[i].at - start < length) {
		start = copies->used[i].at + copies->used[i].length;
		i++;
	}
	if (length > MM_COPIES_BYTES - start)
		return false;
	alloc_grow(&copies->used, &copies->capacity, copies->n_used + 1);
	memmove(&copies->used[i + 1], &copies->used[i],
		(copies->n_used - i) * sizeof(copies->used[0]));
	copies->used[i] = (struct extent){ .at = start, .length = length };
	copies->n_used++;
	*at = start;
	return true;
}

static void copies_give_back(struct copies *copies, size_t at)
{
	size_t i = 0;

	while (copies->used[i].at != at)
		i++;
	copies->n_used--;
	memmove(&copies->used[i], &copies->used[i + 1],
		(copies->n_used - i) * sizeof(copies->used[0]));
}

/* What a piece takes, and room that keeps it apart from the next. */
static size_t piece_bytes(size_t length)
{
	return (length + PIECE_ALIGN) & ~(size_t)(PIECE_ALIGN - 1);
}

/* A writer of pieces, one behind the other; without a base it only counts. */
struct layout {
	uint8_t *base;
	uint64_t addr; /* the same place in the leader */
	size_t used;
	size_t from, most; /* which bytes of the content a part of the call has; most 0: all */
};

static uint64_t layout_put(struct layout *l, const void *data, size_t length)
{
	uint64_t addr = l->addr + l->used;

	if (l->base && length)
		memcpy(l->base + l->used, data, length);
	l->used += piece_bytes(length);
	return addr;
}

static uint64_t layout_put_buf(struct layout *l, const struct capture *in,
			       const struct capture_buf *buf)
{
	if (buf->faulted)
		return UNREADABLE_ADDR;
	return layout_put(l, capture_bytes(in, buf), buf->length);
}

/*
 * How much is taken of content that is there in part. A file takes it in byte
 * by byte, a pipe by pages (generic_perform_write, pipe_write); others nothing.
 */
static size_t readable_bytes(const struct call *c, const struct capture_buf *buf)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	if (!buf->faulted)
		return buf->length;
	if ((c->nr == SYS_write || c->nr == SYS_pwrite64) && file && file->shared_writable)
		return buf->length;
	return c->nr == SYS_write ? buf->length & ~(size_t)(MM_PAGE_BYTES - 1) : 0;
}

/* As many of the content's bytes as this part of the call hands over. */
static uint64_t layout_put_content(struct layout *l, const struct call *c,
				   const struct capture_buf *buf, size_t *length)
{
	const uint8_t *bytes = capture_bytes(&c->slot->in, buf);

	*length = readable_bytes(c, buf);
	if (buf->faulted && !*length)
		return UNREADABLE_ADDR;
	if (!l->most)
		return layout_put(l, bytes, *length);
	*length = buf->length - l->from;
	if (*length > l->most)
		*length = l->most;
	return layout_put(l, bytes + l->from, *length);
}

/* One captured part of what is `length` bytes at addr in the variant. */
static void overlay(uint8_t *bytes, size_t length, uint64_t addr, const struct capture *in,
		    const struct capture_buf *buf)
{
	uint64_t at = buf->addr - addr;

	if (buf->length && at <= length && buf->length <= length - at)
		memcpy(bytes + at, capture_bytes(in, buf), buf->length);
}

/* A structure of which parts were captured; the kernel does not look at the rest. */
static uint64_t layout_put_parts(struct layout *l, const struct call *c, unsigned arg,
				 size_t length)
{
	const struct capture *in = &c->slot->in;
	uint64_t addr = l->addr + l->used;

	if (l->base)
		memset(l->base + l->used, 0, length);
	for (unsigned i = 0; i < in->n_bufs; i++) {
		const struct capture_buf *buf = &in->bufs[i];

		if (buf->arg != arg)
			continue;
		/* A name may fill its field, and have no NUL. */
		if (buf->faulted && !(buf->is_text && buf->length))
			return UNREADABLE_ADDR;
		if (l->base)
			overlay(l->base + l->used, length, c->args[arg], in, buf);
	}
	l->used += piece_bytes(length);
	return addr;
}

/*
 * A string goes with its NUL; one that had none in reach is as unreadable as it
 * was, or so long that the kernel looks no further (ENAMETOOLONG).
 */
static uint64_t layout_put_string(struct layout *l, const struct capture *in,
				  const struct capture_buf *buf)
{
	static const uint8_t nul;
	uint64_t addr;

	if (buf->faulted && buf->length < LIMIT_PATH_BYTES)
		return UNREADABLE_ADDR;
	addr = l->addr + l->used;
	if (l->base) {
		memcpy(l->base + l->used, capture_bytes(in, buf), buf->length);
		l->base[l->used + buf->length] = nul;
	}
	l->used += piece_bytes(buf->length + 1);
	return addr;
}

/* argv, envp: captured one behind the other, each with its NUL (gather.c). */
static uint64_t layout_put_strings(struct layout *l, const struct capture *in,
				   const struct capture_buf *buf)
{
	const uint8_t *bytes = capture_bytes(in, buf);
	size_t count = 0, at = 0;
	uint64_t text, array;

	if (buf->faulted)
		return UNREADABLE_ADDR;
	for (size_t i = 0; i < buf->length; i++)
		count += bytes[i] == 0;
	text = layout_put(l, bytes, buf->length);
	array = l->addr + l->used;
	for (size_t i = 0; l->base && i <= count; i++) {
		uint64_t pointer = i < count ? text + at : 0;

		memcpy(l->base + l->used + i * sizeof(pointer), &pointer, sizeof(pointer));
		if (i < count)
			at += strlen((const char *)bytes + at) + 1;
	}
	l->used += piece_bytes((count + 1) * sizeof(uint64_t));
	return array;
}

/*
 * Element by element, of content that lies in one piece: what has no
 * write_iter takes each in by itself (eventfd, files below /proc). What was not
 * there is not there; of a part of it (parts_go_on) there is one element.
 */
static uint64_t layout_put_vector(struct layout *l, const struct call *c, unsigned arg,
				  size_t *count)
{
	const struct capture *in = &c->slot->in;
	const struct capture_buf *content = capture_find(in, arg, PART_CONTENT);
	struct iovec elements[LIMIT_IOVECS + 1];
	size_t n = 0, left = content ? content->length : 0;
	uint64_t at;

	if (content && l->most) {
		elements[0].iov_base = (void *)layout_put_content(l, c, content,
								  &elements[0].iov_len);
		*count = 1;
		return layout_put(l, elements, sizeof(elements[0]));
	}
	at = layout_put(l, content ? capture_bytes(in, content) : NULL, left);
	for (size_t i = 0; i < in->n_vector; i++) {
		size_t whole = in->vector[i].length, part = whole < left ? whole : left;

		if (part == whole || (part && in->n_vector < LIMIT_IOVECS))
			elements[n++] = (struct iovec){ (void *)at, part };
		else
			part = 0;
		if (part < whole)
			elements[n++] = (struct iovec){ (void *)UNREADABLE_ADDR, whole - part };
		at += part;
		left -= part;
	}
	*count = n;
	return layout_put(l, elements, n * sizeof(elements[0]));
}

static uint64_t layout_put_message(struct layout *l, const struct call *c, unsigned arg)
{
	const struct capture *in = &c->slot->in;
	const struct capture_buf *name = capture_find(in, arg, PART_NAME);
	const struct capture_buf *control = capture_find(in, arg, PART_CONTROL);
	struct msghdr message = { 0 };

	message.msg_iov = (void *)layout_put_vector(l, c, arg, &message.msg_iovlen);
	if (name) {
		message.msg_namelen = (socklen_t)name->length;
		message.msg_name = (void *)layout_put_buf(l, in, name);
	}
	/* It goes with the first byte (unix(7)). */
	if (control && !l->from) {
		message.msg_controllen = control->length;
		message.msg_control = (void *)layout_put_buf(l, in, control);
	}
	return layout_put(l, &message, sizeof(message));
}

/*
 * sendmmsg writes into the array that says what to send, and copies cannot be
 * written to: so its messages are sent one by one. Of each the content is one
 * piece, as with one vector.
 */
static uint64_t layout_put_messages(struct layout *l, struct call *c, unsigned arg, size_t count)
{
	const struct capture *in = &c->slot->in;
	const uint8_t *lengths = capture_bytes(in, capture_find(in, arg, PART_LAYOUT));
	const uint8_t *content = capture_bytes(in, capture_find(in, arg, PART_CONTENT));
	const uint8_t *name = capture_bytes(in, capture_find(in, arg, PART_NAME));
	const uint8_t *control = capture_bytes(in, capture_find(in, arg, PART_CONTROL));
	struct msghdr messages[LIMIT_IOVECS];

	for (size_t i = 0; i < count; i++) {
		uint64_t own[MESSAGES_SENT_SCALARS];
		struct iovec one;

		memcpy(own, lengths + i * sizeof(own), sizeof(own));
		one.iov_len = own[MESSAGES_CONTENT];
		one.iov_base = (void *)layout_put(l, content, own[MESSAGES_CONTENT]);
		messages[i] = (struct msghdr){
			.msg_iov = (void *)layout_put(l, &one, sizeof(one)),
			.msg_iovlen = 1,
			.msg_namelen = (socklen_t)own[MESSAGES_NAME],
			.msg_controllen = own[MESSAGES_CONTROL],
		};
		if (own[MESSAGES_NAME])
			messages[i].msg_name = (void *)layout_put(l, name, own[MESSAGES_NAME]);
		if (own[MESSAGES_CONTROL])
			messages[i].msg_control = (void *)layout_put(l, control,
								     own[MESSAGES_CONTROL]);
		content += own[MESSAGES_CONTENT];
		name += own[MESSAGES_NAME];
		control += own[MESSAGES_CONTROL];
	}
	return layout_put(l, messages, count * sizeof(messages[0]));
}

static size_t messages_count(const struct call *c, unsigned arg)
{
	const struct capture_buf *lengths = capture_find(&c->slot->in, arg, PART_LAYOUT);

	return lengths ? lengths->length / (MESSAGES_SENT_SCALARS * sizeof(uint64_t)) : 0;
}

/* One message after the other: sendmsg(2) has sendmmsg's arguments but for the count. */
static void layout_begin_messages(struct layout *l, struct call *c, uint64_t args[6])
{
	size_t count = c->nr == SYS_sendmmsg ? messages_count(c, 1) : 0;

	if (!count)
		return;
	c->made_nr = SYS_sendmsg;
	c->n_messages = (unsigned)count;
	c->messages_addr = layout_put_messages(l, c, 1, count);
	args[1] = c->messages_addr;
	args[2] = c->args[3];
}

static bool is_copied(enum arg_kind kind)
{
	return kind == ARG_PATH || kind == ARG_STRING || kind == ARG_STRINGS || kind == ARG_IN ||
	       kind == ARG_SOCKADDR_IN || kind == ARG_IOVEC_IN || kind == ARG_MSGHDR_IN;
}

/* Of an irregular argument, whose family says whether the kernel writes there, too. */
static size_t irregular_bytes(const struct call *c, unsigned arg, bool wanted_written)
{
	const struct call_ops *ops = call_ops_get(c->row->family);
	bool written = false;
	size_t length;

	if (c->row->args[arg].kind != ARG_IRREGULAR || !ops->extent)
		return 0;
	length = ops->extent(c, arg, &written);
	return written == wanted_written ? length : 0;
}

static bool vector_is_whole(const struct capture *in, unsigned arg)
{
	const struct capture_buf *layout = capture_find(in, arg, PART_LAYOUT);

	return layout && !layout->faulted;
}

/* A filter's instructions, or a group's parts, which the socket's family has taken apart (calls/socket.c). */
static uint64_t layout_put_option(struct layout *l, const struct call *c, unsigned arg)
{
	const struct capture *in = &c->slot->in;
	const struct capture_buf *content = capture_find(in, arg, PART_CONTENT);
	const struct capture_buf *count = capture_find(in, arg, PART_LAYOUT);
	struct sock_fprog filter = { 0 };

	if (!content)
		return layout_put_parts(l, c, arg, (uint32_t)c->args[4]);
	if (!count || count->length != sizeof(filter.len))
		return UNREADABLE_ADDR;
	memcpy(&filter.len, capture_bytes(in, count), sizeof(filter.len));
	filter.filter = (void *)layout_put_buf(l, in, content);
	return layout_put(l, &filter, sizeof(filter));
}

/* Where argument `arg` points from now on; `args` are the leader's to be. */
static void layout_put_arg(struct layout *l, struct call *c, unsigned arg, uint64_t args[6])
{
	const struct syscall_arg *spec = &c->row->args[arg];
	const struct capture *in = &c->slot->in;
	const struct capture_buf *buf = capture_find(in, arg, PART_CONTENT);
	uint64_t addr = UNREADABLE_ADDR;

	if (spec->kind == ARG_IOVEC_IN && vector_is_whole(in, arg)) {
		size_t count;

		addr = layout_put_vector(l, c, arg, &count);
		args[arg_length_index(spec)] = count;
	} else if (spec->kind == ARG_MSGHDR_IN && vector_is_whole(in, arg)) {
		addr = layout_put_message(l, c, arg);
	} else if (c->nr == SYS_setsockopt && !(arg_used_mask(c->nr, c->args) & 1u << arg)) {
		addr = layout_put_option(l, c, arg);
	} else if (buf && (spec->kind == ARG_PATH || spec->kind == ARG_STRING)) {
		addr = layout_put_string(l, in, buf);
	} else if (buf && spec->kind == ARG_STRINGS) {
		addr = layout_put_strings(l, in, buf);
	} else if (buf && spec->kind == ARG_IN && arg_length_index(spec) >= 0 && spec->size <= 1) {
		size_t length;

		addr = layout_put_content(l, c, buf, &length);
		if (addr != UNREADABLE_ADDR)
			args[arg_length_index(spec)] = length;
	} else if (buf && (spec->kind == ARG_IN || spec->kind == ARG_SOCKADDR_IN)) {
		addr = layout_put_buf(l, in, buf);
	} else if (!buf && (spec->kind == ARG_IN || spec->kind == ARG_SOCKADDR_IN)) {
		return; /* a length of nothing */
	}
	args[arg] = addr;
}

/* What the kernel reads and writes; polling reads nothing but what to wait for. */
static size_t inout_bytes(const struct call *c, unsigned arg)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, arg, PART_CONTENT);

	/* A handle's length, behind which the kernel writes the handle, and which says no more than its room. */
	if (!c->args[arg] || !c->lane->mm->inout_addr || c->nr == SYS_name_to_handle_at)
		return 0;
	if (c->row->args[arg].kind != ARG_INOUT)
		return irregular_bytes(c, arg, true);
	return c->row->family != FAMILY_POLL && buf && !buf->faulted ? buf->length : 0;
}

static uint64_t inout_addr(const struct call *c)
{
	return c->lane->mm->inout_addr + (uint64_t)c->lane->scratch_place * MM_INOUT_BYTES;
}

/*
 * The structure with what was compared in it; what was not captured nobody
 * compared. False when it stays where it is: it is not there.
 */
static bool inout_put(struct call *c, unsigned arg, size_t at, size_t length)
{
	struct backend *b = c->tracer->backend;
	const struct capture *in = &c->slot->in;
	uint8_t bytes[MM_INOUT_BYTES];

	if (b->ops->read_memory(b, c->task->tid, c->args[arg], bytes, length) != (ssize_t)length)
		return false;
	for (unsigned i = 0; i < in->n_bufs; i++)
		if (in->bufs[i].arg == arg)
			overlay(bytes, length, c->args[arg], in, &in->bufs[i]);
	return b->ops->write_memory(b, c->task->tid, inout_addr(c) + at, bytes, length) >= 0;
}

/* One behind the other; bring_back finds them by the same steps. */
static void inout_put_all(struct call *c, uint64_t args[6])
{
	size_t at = 0;

	c->inout = 0;
	for (unsigned i = 0; i < c->row->argc; i++) {
		size_t length = args[i] == c->args[i] ? inout_bytes(c, i) : 0;

		if (length > MM_INOUT_BYTES - at) {
			call_unsupported(c,
					 "%zu bytes that the kernel reads and writes, in a process "
					 "with threads or memory that others share",
					 length);
			return;
		}
		if (!length || !inout_put(c, i, at, length))
			continue;
		c->inout |= 1u << i;
		args[i] = inout_addr(c) + at;
		at += piece_bytes(length);
	}
}

void outgoing_bring_back(struct call *c)
{
	struct backend *b = c->tracer->backend;
	size_t at = 0;

	for (unsigned i = 0; c->inout && i < c->row->argc; i++) {
		uint8_t came[MM_INOUT_BYTES], is[MM_INOUT_BYTES];
		size_t length = c->inout >> i & 1 ? inout_bytes(c, i) : 0;
		uint64_t from = inout_addr(c) + at;

		if (!length)
			continue;
		at += piece_bytes(length);
		if (b->ops->read_memory(b, c->task->tid, from, came, length) != (ssize_t)length ||
		    (b->ops->read_memory(b, c->task->tid, c->args[i], is, length) ==
			     (ssize_t)length &&
		     memcmp(came, is, length) == 0))
			continue;
		/* As the kernel would have found when it was done. */
		if (b->ops->write_memory(b, c->task->tid, c->args[i], came, length) < 0) {
			c->result = -EFAULT;
			c->new_result = true;
		}
	}
}

static void layout_put_all(struct layout *l, struct call *c, uint64_t args[6])
{
	/* A family may have set some already; those it knows best. */
	registers_arguments(&c->task->regs, args);
	for (unsigned i = 0; i < c->row->argc; i++) {
		size_t bytes;

		if (!c->args[i] || args[i] != c->args[i])
			continue;
		if (is_copied((enum arg_kind)c->row->args[i].kind))
			layout_put_arg(l, c, i, args);
		else if ((bytes = irregular_bytes(c, i, false)))
			args[i] = layout_put_parts(l, c, i, bytes);
	}
	layout_begin_messages(l, c, args);
}

/* The child of a clone is born with its parent's registers: there they stay the program's own. */
static bool is_needed(const struct call *c)
{
	return c->session->n_variants > 1 && c->lane->mm->copies_addr &&
	       (atomic_load(&c->lane->process->threaded) || c->lane->mm->is_shared) &&
	       c->row->family != FAMILY_CLONE;
}

/* At least one; what goes around the page cache must start a block (open(2), O_DIRECT). */
static size_t whole_pages(size_t bytes)
{
	return (bytes / MM_PAGE_BYTES + 1) * MM_PAGE_BYTES;
}

void outgoing_begin(struct call *c)
{
	if (c->session->n_variants > 1 && !c->lane->mm->is_shared)
		image_widen_copies(c->tracer, c->task, IMAGE_CALL_IS_OVER);
	c->lane->mm->is_shared = true;
}

/* A thread, or a process with the same memory: vfork's parent waits for its child. */
static bool starts_sharing(const struct call *c)
{
	uint64_t parent, child;
	uint64_t flags;

	if (c->row->family != FAMILY_CLONE || c->session->n_variants == 1)
		return false;
	flags = clone_flags_get(c->slot, &parent, &child);
	return (flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM;
}

/* Where the program locks all its memory there may have been no room for them. */
static bool is_in_reach(const struct call *c, size_t at, size_t length)
{
	if (at + whole_pages(length) <= c->lane->mm->copies_bytes)
		return true;
	copies_give_back(c->session->copies, at);
	return false;
}

/* Of a call that may be made in parts, what it hands over; 0 for others. */
static size_t divisible_bytes(const struct call *c)
{
	const struct capture_buf *content = capture_find(&c->slot->in, 1, PART_CONTENT);

	switch (c->nr) {
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_pwritev:
	case SYS_pwritev2:
	case SYS_sendto:
	case SYS_sendmsg: return content ? content->length : 0;
	default: return 0;
	}
}

/* -1 is the file's own offset (pwritev2(2)). */
static bool has_offset(const struct call *c)
{
	return c->nr == SYS_pwrite64 || c->nr == SYS_pwritev ||
	       (c->nr == SYS_pwritev2 && (int64_t)c->args[3] != -1);
}

/* The next part, where the one before it was. */
static void part_put(struct call *c, struct layout *l, uint64_t args[6])
{
	l->from = c->part_done;
	l->most = c->part_bytes;
	layout_put_all(l, c, args);
	if (has_offset(c))
		args[3] += c->part_done;
}

static bool pieces_take(const struct call *c, size_t bytes, size_t *at)
{
	return bytes <= MM_COPIES_BYTES &&
	       copies_take(c->session->copies, whole_pages(bytes), at) &&
	       is_in_reach(c, *at, bytes);
}

/*
 * What is too large to be copied at once goes in parts, as the kernel itself
 * takes it in. Whole pages for what goes around the page cache, and no round
 * numbers: where a limit of the file's size is the end of a part, the next
 * would raise SIGXFSZ.
 */
static bool parts_take(struct call *c, size_t bytes, size_t *at)
{
	size_t content = divisible_bytes(c);

	for (size_t room = PART_ROOM_BYTES; content && room >= MM_PAGE_BYTES; room /= 2) {
		c->part_bytes = room > MM_PAGE_BYTES ? room - MM_PAGE_BYTES : MM_PAGE_BYTES / 2;
		if (c->part_bytes < content &&
		    pieces_take(c, bytes - piece_bytes(content) + piece_bytes(c->part_bytes), at))
			return true;
	}
	c->part_bytes = 0;
	return false;
}

/* False when there is no room: the run ends. */
static bool pieces_copy(struct call *c, size_t bytes, uint64_t args[6])
{
	struct layout l = { 0 };
	size_t at;

	if (!pieces_take(c, bytes, &at) && !parts_take(c, bytes, &at)) {
		call_unsupported(
			c,
			"%zu bytes in one call of a process with threads or memory that others share",
			bytes);
		return false;
	}
	c->copy_at = at;
	c->copied = true;
	l.base = c->session->copies->base + at;
	l.addr = c->lane->mm->copies_addr + at;
	part_put(c, &l, args);
	return true;
}

void outgoing_copy(struct call *c)
{
	struct layout l = { 0 };
	uint64_t args[6];

	/* The other one runs as soon as it is there, and so may this one. */
	if (starts_sharing(c))
		image_widen_copies(c->tracer, c->task, c->nr);
	if (!is_needed(c))
		return;
	layout_put_all(&l, c, args);
	if ((l.used || memcmp(args, c->args, sizeof(args)) != 0) && !pieces_copy(c, l.used, args))
		return;
	inout_put_all(c, args);
	if (!c->copied && !c->inout)
		return;
	c->moved_args = true;
	registers_set_arguments(&c->task->regs, args);
	if (c->made_nr != c->nr)
		registers_set_number(&c->task->regs, c->made_nr);
	task_write_registers(c->tracer, c->task);
}

/* As sendmmsg does: false when the program does not get it. */
static bool length_write(struct call *c)
{
	struct backend *b = c->tracer->backend;
	unsigned length = (unsigned)c->result;
	uint64_t addr = c->args[1] + c->n_sent * sizeof(struct mmsghdr) +
			offsetof(struct mmsghdr, msg_len);

	return b->ops->write_memory(b, c->task->tid, addr, &length, sizeof(length)) >= 0;
}

/* One is out: does another follow? */
static bool message_ends(struct call *c)
{
	const struct capture *in = &c->slot->in;
	uint64_t own[MESSAGES_SENT_SCALARS];

	memcpy(own, capture_bytes(in, capture_find(in, 1, PART_LAYOUT)) + c->n_sent * sizeof(own),
	       sizeof(own));
	if (!length_write(c)) {
		c->result = -EFAULT;
		return false;
	}
	c->n_sent++;
	return (uint64_t)c->result == own[MESSAGES_CONTENT] && c->n_sent < c->n_messages;
}

/* One message after the other; args[] as they were for the last one. */
static bool messages_go_on(struct call *c, uint64_t args[6])
{
	if (c->result < 0 || !message_ends(c)) {
		/* An error is told only where nothing has been sent (sendmmsg(2)). */
		if (c->n_sent)
			c->result = c->n_sent;
		c->new_result = c->n_sent || c->result == -EFAULT;
		return false;
	}
	args[1] = c->messages_addr + c->n_sent * sizeof(struct msghdr);
	return true;
}

/* An error, or a signal, behind the first part is none: some was handed over (write(2)). */
static bool parts_go_on(struct call *c, uint64_t args[6])
{
	size_t left = divisible_bytes(c) - c->part_done;
	size_t part = left < c->part_bytes ? left : c->part_bytes;
	bool is_whole = c->result == (int64_t)part && part < left;
	struct layout l = { .base = c->session->copies->base + c->copy_at,
			    .addr = c->lane->mm->copies_addr + c->copy_at };

	if (c->result > 0)
		c->part_done += (size_t)c->result;
	if (!is_whole) {
		c->new_result = c->part_done > 0;
		if (c->new_result)
			c->result = (int64_t)c->part_done;
		return false;
	}
	registers_set_arguments(&c->task->regs, c->args);
	part_put(c, &l, args);
	return true;
}

bool outgoing_goes_on(struct call *c)
{
	uint64_t args[6];

	if (c->made_nr == c->nr && !c->part_bytes)
		return false;
	registers_arguments(&c->task->regs, args);
	if (!(c->part_bytes ? parts_go_on(c, args) : messages_go_on(c, args)))
		return false;
	registers_set_arguments(&c->task->regs, args);
	registers_restart(&c->task->regs, c->made_nr);
	task_write_registers(c->tracer, c->task);
	return true;
}

void outgoing_release(struct call *c)
{
	if (c->copied)
		copies_give_back(c->session->copies, c->copy_at);
	c->copied = false;
}
