/* read, write and their kin: once, by the leader, except where the descriptor is each variant's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/call.h"
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

static void answer_read(struct call *c, struct open_file *file)
{
	uint64_t offset = c->nr == SYS_pread64 ? c->args[3] : file->offset;
	const char *from = NULL;
	size_t part;

	if (offset == 0 || file->untouched)
		synthetic_fill(c, file);
	part = text_part(file, LEADER, offset, c->args[2], &from);
	call_answer_bytes(c, 1, from, part);
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
	return nr == SYS_read || nr == SYS_pread64 || nr == SYS_lseek;
}

static void io_decide(struct call *c)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	content_decide(c);
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
	} else if (file->kind == FD_SYNTHETIC && (c->nr == SYS_readv || c->nr == SYS_preadv)) {
		call_unsupported(c, "readv of /proc/PID/%s", file->file);
	}
}

/* Each variant's own text, and its own length. */
static void io_order(struct call *c, unsigned v, struct order *o)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	uint64_t offset;
	const char *from = NULL;
	size_t part;

	if (!file || file->kind != FD_SYNTHETIC || !c->answered || c->nr == SYS_lseek)
		return;
	offset = c->nr == SYS_pread64 ? c->args[3] : file->offset;
	part = text_part(file, v, offset, c->args[2], &from);
	o->result = (int64_t)part;
	o->own_bytes = alloc_zeroed(1, part);
	o->own_length = part;
	if (part)
		memcpy(o->own_bytes, from, part);
}

static void io_done(struct call *c)
{
	struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	if (file && file->kind == FD_SYNTHETIC && c->answered && c->nr == SYS_read)
		file->offset += (uint64_t)c->result;
}

/* vmsplice: out of memory into a pipe's writing end, else into memory (vmsplice(2)). */
static void io_gather(struct gather *g)
{
	int flags;

	if (g->nr != SYS_vmsplice || !g->args[1])
		return;
	flags = call_fd_flags(g->tid, (int32_t)g->args[0]);
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
