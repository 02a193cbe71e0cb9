/* read, write and their kin: once, by the leader, except where the descriptor is each variant's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/call.h"
#include "monitor/signal_values.h"
#include "monitor/calls/content.h"
#include "monitor/calls/synthetic.h"
#include "monitor/tracee/fd_map.h"

/* The part of a variant's text that a read at `offset` gives. */
static size_t text_part(const struct open_file *file, unsigned v, uint64_t offset, uint64_t count,
			const char **from)
{
	if (offset >= file->length[v])
		return 0;
	*from = file->text[v] + offset;
	return count < file->length[v] - offset ? count : file->length[v] - offset;
}

static bool has_offset(const struct call *c)
{
	return c->nr == SYS_pread64 || c->nr == SYS_preadv ||
	       (c->nr == SYS_preadv2 && (int64_t)c->args[3] != -1);
}

static uint64_t read_offset(const struct call *c, const struct open_file *file)
{
	return has_offset(c) ? c->args[3] : file->offset;
}

/* The variants agree on it: the lengths of vectors are compared. */
static uint64_t read_room(const struct call *c)
{
	const struct capture *in = &c->slot->in;
	uint64_t room = 0;

	if (c->nr == SYS_read || c->nr == SYS_pread64)
		return c->args[2];
	for (size_t i = 0; i < in->n_vector; i++)
		room += in->vector[i].length;
	return room;
}

/* Into the leader's buffer, or the parts of its vector. */
static void answer_parts(struct call *c, const char *from, size_t length)
{
	const struct capture *in = &c->slot->in;

	if (!in->n_vector)
		call_answer_bytes(c, 1, from, length);
	for (size_t i = 0; i < in->n_vector && length; i++) {
		size_t part = in->vector[i].length < length ? in->vector[i].length : length;

		memcpy(capture_add(&c->rendezvous->out, 1, PART_CONTENT, FORMAT_NONE,
				   in->vector[i].addr, part),
		       from, part);
		from += part;
		length -= part;
	}
}

static void answer_read(struct call *c, struct open_file *file)
{
	uint64_t offset = read_offset(c, file);
	const char *from = NULL;
	size_t part;

	/* Of who has ended the kernel's own text has nothing to hide; once it is forgotten it is an error. */
	if (offset == 0 && !synthetic_has_process(c, file))
		return;
	if (offset == 0 || file->untouched)
		synthetic_fill(c, file);
	part = text_part(file, LEADER, offset, read_room(c), &from);
	answer_parts(c, from, part);
	call_answer(c, (int64_t)part);
}

static void answer_lseek(struct call *c, struct open_file *file)
{
	int64_t to = (int64_t)c->args[1];

	if ((int)c->args[2] == SEEK_CUR)
		to += (int64_t)file->offset;
	else if ((int)c->args[2] != SEEK_SET)
		to = -1;
	if (to >= 0)
		file->offset = (uint64_t)to;
	call_answer(c, to < 0 ? -EINVAL : to);
}

static bool is_synthetic_call(int64_t nr)
{
	switch (nr) {
	case SYS_read:
	case SYS_pread64:
	case SYS_readv:
	case SYS_preadv:
	case SYS_preadv2:
	case SYS_lseek: return true;
	}
	return false;
}

/* The file that a call in the kernel moves bytes from. */
static struct open_file *moved_from(const struct call *c)
{
	switch (c->nr) {
	case SYS_sendfile: return fd_table_find(c->lane->fds, (int32_t)c->args[1]);
	case SYS_splice:
	case SYS_copy_file_range: return fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	}
	return NULL;
}

static void io_decide(struct call *c)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	content_decide(c);
	/* What the monitor makes the kernel does not have: programs read and write then. */
	if (moved_from(c) && moved_from(c)->kind == FD_SYNTHETIC)
		call_answer(c, -EINVAL);
	if (!file || c->nr == SYS_truncate)
		return;
	if (file->kind == FD_PRIVATE) {
		c->run = RUN_EACH;
		c->early = true;
	} else if (file->kind == FD_SYNTHETIC && is_synthetic_call(c->nr)) {
		if (c->nr == SYS_lseek)
			answer_lseek(c, file);
		else
			answer_read(c, file);
	}
}

/* What signals bring may be each variant's own (struct signalfd_siginfo, signalfd(2)). */
static void order_signals(const struct call *c, unsigned v, struct order *o)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, 1, PART_CONTENT);
	struct signalfd_siginfo info;

	if (c->result <= 0 || !buf || c->nr != SYS_read)
		return;
	o->own_length = buf->length;
	o->own_bytes = alloc_zeroed(1, buf->length);
	memcpy(o->own_bytes, capture_bytes(&c->rendezvous->out, buf), buf->length);
	for (size_t at = 0; at + sizeof(info) <= buf->length; at += sizeof(info)) {
		const struct signal_value *own;

		memcpy(&info, o->own_bytes + at, sizeof(info));
		own = signal_values_find(c->session, info.ssi_ptr);
		if (!own)
			continue;
		info.ssi_ptr = own->value[v];
		info.ssi_int = (int32_t)own->value[v];
		memcpy(o->own_bytes + at, &info, sizeof(info));
	}
}

/* Each variant's own text, and its own length. */
static void io_order(struct call *c, unsigned v, struct order *o)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	uint64_t offset;
	const char *from = NULL;
	size_t part;

	if (file && file->signals)
		order_signals(c, v, o);
	if (!file || file->kind != FD_SYNTHETIC || !c->answered || c->nr == SYS_lseek ||
	    !is_synthetic_call(c->nr))
		return;
	offset = read_offset(c, file);
	part = text_part(file, v, offset, read_room(c), &from);
	o->result = (int64_t)part;
	o->own_bytes = alloc_zeroed(1, part);
	o->own_length = part;
	if (part)
		memcpy(o->own_bytes, from, part);
}

static void io_done(struct call *c)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	if (file && file->kind == FD_SYNTHETIC && c->answered && is_synthetic_call(c->nr) &&
	    !has_offset(c) && c->nr != SYS_lseek)
		file->offset += (uint64_t)c->result;
}

/*
 * The leader's descriptor says it, which may not be there yet when the pipe is
 * each variant's own, made by each when it came to it.
 */
static int pipe_flags(const struct gather *g, int32_t fd)
{
	struct stat st;
	bool is_own = call_fd_stat(g->tid, fd, &st) == 0 && S_ISFIFO(st.st_mode);

	return call_fd_flags(is_own ? g->tid : g->leader_tid, fd);
}

/* vmsplice: out of memory into a pipe's writing end, else into memory (vmsplice(2)). */
static void io_gather(struct gather *g)
{
	int flags;

	if (g->nr != SYS_vmsplice || !g->args[1])
		return;
	flags = pipe_flags(g, (int32_t)g->args[0]);
	gather_add_vector(g, 1, g->args[2], flags >= 0 && (flags & O_ACCMODE) != O_RDONLY);
}

static void io_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_vmsplice && !capture_find(g->entry, 1, PART_CONTENT))
		gather_add_filled(g, 1, result);
}

const struct call_ops calls_io = {
	.gather = io_gather,
	.gather_output = io_gather_output,
	.decide = io_decide,
	.order = io_order,
	.apply = content_apply,
	.done = io_done,
};
