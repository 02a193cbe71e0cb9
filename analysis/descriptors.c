/* Descriptor tables of a recorded run; see descriptors.h. */
#include "analysis/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "analysis/address.h"
#include "analysis/fd_tables.h"
#include "analysis/rights.h"
#include "analysis/schema.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "schema/syscall_decode.h"
#include "schema/syscall_numbers.h"

/* bytes of the call that names a file without a path */
#define NAME_BYTES 512
/* a call by number whose descriptor is always, or by bit 0 of a flag, closed at exec */
#define FSOPEN_CLOEXEC 1u

struct descriptors {
	struct source *source;
	struct fd_tables tables;
	char decoded[NAME_BYTES];
};

/* ---- tasks ---- */

/* Of a task whose start the walk has not seen: its parent's when they share it, else empty. */
static struct fd_table *task_table(struct descriptors *d, uint32_t task)
{
	struct fd_table *table = fd_tables_find(&d->tables, task);
	const struct source_task *known;

	if (table)
		return table;
	known = source_task_find(d->source, task, NULL);
	if (known && known->started && (known->clone_flags & CLONE_FILES))
		table = fd_tables_find(&d->tables, known->parent);
	if (table)
		table->refs++;
	else
		table = fd_table_create(task);
	return fd_tables_put(&d->tables, task, table);
}

static void inherit(struct descriptors *d, struct fd_table *table)
{
	const struct trace_header *header = source_header(d->source);

	for (size_t i = 0; header && i < header->n_fds; i++) {
		const struct trace_inherited_fd *fd = &header->fds[i];
		struct open_file *file = open_files_add(&d->tables.files, 0, fd->path,
							strlen(fd->path));

		file->inherited = true;
		file->flags = fd->flags;
		file->has_flags = true;
		fd_table_set(&d->tables, table, fd->fd, file, ORIGIN_INHERITED,
			     fd->fd_flags & FD_CLOEXEC);
	}
}

static void learn_task_start(struct descriptors *d, const struct trace_task_start *start)
{
	const struct task_value *parent = task_values_find(&d->tables.tasks, start->parent);
	struct fd_table *of_parent = parent ? parent->value : NULL, *table;

	d->tables.now = parent ? parent->last_step : 0;
	if (of_parent && (start->clone_flags & CLONE_FILES)) {
		of_parent->refs++;
		table = of_parent;
	} else if (of_parent) {
		table = fd_table_copy(&d->tables, start->task, of_parent);
	} else {
		table = fd_table_create(start->task);
	}
	if (fd_tables_put(&d->tables, start->task, table) && !start->parent)
		inherit(d, table);
}

/* ---- calls ---- */

struct call {
	struct descriptors *d;
	struct fd_tables *tables; /* of d */
	const struct trace_step *step;
	const struct syscall_row *row;
	unsigned v; /* whose arguments and result stand for the step */
	const uint64_t *args;
	struct fd_table *table;
};

static const struct trace_buf *buf_find(const struct call *c, unsigned arg, unsigned part,
					enum trace_direction direction)
{
	for (size_t i = 0; i < c->step->n_bufs; i++) {
		const struct trace_buf *buf = &c->step->bufs[i];

		if (buf->arg == arg && buf->part == part && buf->direction == direction &&
		    (buf->variants & 1u << c->v))
			return buf;
	}
	return NULL;
}

/* The path it opens, or how the call looks. */
static struct open_file *file_of_call(struct call *c, const char *suffix)
{
	struct decode_options options = { .no_result = true };
	size_t length;

	for (unsigned i = 0; i < SYSCALL_ARGS && c->row->family == FAMILY_OPEN; i++) {
		const struct trace_buf *path = c->row->args[i].kind == ARG_PATH ?
						       buf_find(c, i, PART_CONTENT, DIRECTION_IN) :
						       NULL;

		if (path && path->data.length)
			return open_files_add(
				&c->tables->files, c->step->step, (const char *)path->data.data,
				strnlen((const char *)path->data.data, path->data.length));
	}
	length = syscall_decode(c->step, c->v, &options, c->d->decoded, NAME_BYTES - 16);
	length += (size_t)snprintf(c->d->decoded + length, 16, "%s", suffix);
	return open_files_add(&c->tables->files, c->step->step, c->d->decoded, length);
}

static uint64_t how_flags(const struct call *c, unsigned arg)
{
	const struct trace_buf *how = buf_find(c, arg, PART_CONTENT, DIRECTION_IN);
	struct bytes left = bytes_make(how ? how->data.data : NULL, how ? how->data.length : 0);

	return bytes_u64(&left);
}

/* Where the flag O_CLOEXEC, SOCK_CLOEXEC, EFD_CLOEXEC ... stands: they are one bit. */
static bool flags_close_on_exec(const struct call *c)
{
	for (unsigned i = 0; i < SYSCALL_ARGS; i++) {
		switch (c->row->args[i].format) {
		case FORMAT_OPEN_FLAGS:
		case FORMAT_FD_CLOEXEC_FLAGS:
		case FORMAT_SOCKET_TYPE:
		case FORMAT_SOCK_FLAGS:
		case FORMAT_EVENTFD_FLAGS:
		case FORMAT_EPOLL_FLAGS: return c->args[i] & O_CLOEXEC;
		case FORMAT_MEMFD_FLAGS: return c->args[i] & MFD_CLOEXEC;
		case FORMAT_OPEN_HOW: return how_flags(c, i) & O_CLOEXEC;
		}
	}
	return false;
}

static bool closes_on_exec(const struct call *c)
{
	switch (c->step->nr) {
	case __NR_mq_open:
	case __NR_pidfd_open:
	case __NR_pidfd_getfd:
	case __NR_landlock_create_ruleset: return true;
	case __NR_open_tree:
	case __NR_open_tree_attr: return c->args[2] & O_CLOEXEC;
	case __NR_fsopen:
	case __NR_fsmount: return c->args[1] & FSOPEN_CLOEXEC;
	case __NR_fspick: return c->args[2] & FSOPEN_CLOEXEC;
	default: return flags_close_on_exec(c);
	}
}

/* Another name for what `from` means; for a file of its own when that is not known. */
static void duplicate(struct call *c, int32_t from, int32_t to, bool close_on_exec)
{
	struct descriptor *known = fd_table_find(c->table, from);

	if (known && from != to)
		fd_table_set(c->tables, c->table, to, known->file, ORIGIN_DUP, close_on_exec);
}

static enum descriptor_origin origin_of_call(const struct call *c)
{
	if (c->row->family == FAMILY_OPEN)
		return ORIGIN_OPEN;
	switch (c->step->nr) {
	case __NR_socket:
	case __NR_socketpair: return ORIGIN_SOCKET;
	case __NR_accept:
	case __NR_accept4: return ORIGIN_ACCEPT;
	case __NR_pipe:
	case __NR_pipe2: return ORIGIN_PIPE;
	case __NR_pidfd_getfd: return ORIGIN_RECEIVED;
	}
	return ORIGIN_OTHER;
}

/* The flags of an open, where the call has them. */
static void note_flags(const struct call *c, struct open_file *file)
{
	for (unsigned i = 0; i < SYSCALL_ARGS && !file->has_flags; i++) {
		unsigned format = c->row->args[i].format;

		file->has_flags = format == FORMAT_OPEN_FLAGS || format == FORMAT_OPEN_HOW;
		if (file->has_flags)
			file->flags = format == FORMAT_OPEN_HOW ? how_flags(c, i) :
								  (uint32_t)c->args[i];
	}
}

static void note_address(struct call *c, char **address, unsigned arg,
			 enum trace_direction direction)
{
	const struct trace_buf *buf = buf_find(c, arg, PART_CONTENT, direction);
	cleanup_text struct text text = { 0 };

	if (buf)
		text_add_address(&text, &buf->data);
	if (text.length)
		open_files_set_name(&c->tables->files, address, text_get(&text), text.length);
}

/*
 * What a socket is called, and which calls gave it that: bind(2) with port 0,
 * for one, says less than getsockname(2) afterwards.
 */
static void learn_name(struct call *c)
{
	struct descriptor *known = fd_table_find(c->table, (int32_t)c->args[0]);

	if (!known)
		return;
	switch (c->step->nr) {
	case __NR_bind: note_address(c, &known->file->local, 1, DIRECTION_IN); break;
	case __NR_connect: note_address(c, &known->file->peer, 1, DIRECTION_IN); break;
	case __NR_listen: break;
	case __NR_getsockname: note_address(c, &known->file->local, 1, DIRECTION_OUT); return;
	case __NR_getpeername: note_address(c, &known->file->peer, 1, DIRECTION_OUT); return;
	default: return;
	}
	open_files_touch(&c->tables->files, known->file);
}

static void open_result(struct call *c)
{
	struct open_file *file;
	int32_t fd = (int32_t)c->step->result[c->v], first = (int32_t)c->args[0];
	bool close_on_exec = closes_on_exec(c);

	if (c->step->nr == __NR_dup || c->step->nr == __NR_dup2 || c->step->nr == __NR_dup3) {
		duplicate(c, first, fd, close_on_exec);
		return;
	}
	/* signalfd(2): an old descriptor gets a new mask */
	if ((c->step->nr == __NR_signalfd || c->step->nr == __NR_signalfd4) && first != -1)
		return;
	file = file_of_call(c, "");
	note_flags(c, file);
	if (origin_of_call(c) == ORIGIN_ACCEPT)
		note_address(c, &file->peer, 1, DIRECTION_OUT);
	fd_table_set(c->tables, c->table, fd, file, origin_of_call(c), close_on_exec);
}

static void open_pair(struct call *c, unsigned arg)
{
	const struct trace_buf *pair = buf_find(c, arg, PART_CONTENT, DIRECTION_OUT);
	bool pipe = c->step->nr == __NR_pipe || c->step->nr == __NR_pipe2;
	bool close_on_exec = closes_on_exec(c);
	struct bytes left;

	if (!pair || pair->data.length < 2 * sizeof(int32_t))
		return;
	left = bytes_make(pair->data.data, pair->data.length);
	for (unsigned i = 0; i < 2; i++)
		fd_table_set(c->tables, c->table, (int32_t)bytes_u32(&left),
			     file_of_call(c, !pipe ? "" :
					     i     ? " (write end)" :
						     " (read end)"),
			     origin_of_call(c), close_on_exec);
}

static void learn_fcntl(struct call *c)
{
	struct descriptor *known = fd_table_find(c->table, (int32_t)c->args[0]);

	switch ((int)c->args[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		duplicate(c, (int32_t)c->args[0], (int32_t)c->step->result[c->v],
			  (int)c->args[1] == F_DUPFD_CLOEXEC);
		break;
	case F_SETFD:
		if (!known)
			break;
		known->close_on_exec = c->args[2] & FD_CLOEXEC;
		open_files_touch(&c->tables->files, known->file);
		break;
	}
}

static void learn_ioctl(struct call *c)
{
	struct descriptor *known = fd_table_find(c->table, (int32_t)c->args[0]);

	if (!known || ((uint32_t)c->args[1] != FIOCLEX && (uint32_t)c->args[1] != FIONCLEX))
		return;
	known->close_on_exec = (uint32_t)c->args[1] == FIOCLEX;
	open_files_touch(&c->tables->files, known->file);
}

static void learn_close_range(struct call *c)
{
	uint32_t first = (uint32_t)c->args[0], last = (uint32_t)c->args[1];
	uint32_t flags = (uint32_t)c->args[2];

	if (flags & CLOSE_RANGE_UNSHARE)
		c->table = fd_tables_unshare(c->tables, c->step->task, c->table);
	if (!c->table)
		return;
	if (!(flags & CLOSE_RANGE_CLOEXEC)) {
		fd_table_close(c->tables, c->table, first, last, false);
		return;
	}
	for (size_t i = 0; i < c->table->count; i++) {
		struct descriptor *at = &c->table->at[i];

		if ((uint32_t)at->fd < first || (uint32_t)at->fd > last)
			continue;
		at->close_on_exec = true;
		open_files_touch(&c->tables->files, at->file);
	}
}

/* SCM_RIGHTS in the control messages received (cmsg(3), unix(7)): files we know nothing of. */
static void receive_control(struct call *c, const struct trace_buf *control, bool close_on_exec)
{
	struct rights rights = rights_make(control->data.data, control->data.length);
	int32_t fd;

	while (rights_next(&rights, &fd)) {
		struct open_file *file = file_of_call(c, "");

		file->is_received = true;
		fd_table_set(c->tables, c->table, fd, file, ORIGIN_RECEIVED, close_on_exec);
	}
}

static void receive(struct call *c)
{
	for (unsigned i = 0; i < SYSCALL_ARGS; i++) {
		const struct trace_buf *control = NULL;
		bool close_on_exec = false;

		if (c->row->args[i].kind == ARG_MSGHDR_OUT ||
		    c->row->args[i].kind == ARG_MMSGHDR_OUT)
			control = buf_find(c, i, PART_CONTROL, DIRECTION_OUT);
		for (unsigned k = i; control && k < SYSCALL_ARGS; k++)
			if (c->row->args[k].format == FORMAT_MSG_FLAGS)
				close_on_exec = c->args[k] & MSG_CMSG_CLOEXEC;
		if (control)
			receive_control(c, control, close_on_exec);
	}
}

/* A descriptor that is used, and must have been opened where the walk has not been. */
static void note_used(struct call *c)
{
	for (unsigned i = 0; i < SYSCALL_ARGS; i++) {
		int32_t fd = (int32_t)c->args[i];

		if (c->row->args[i].kind != ARG_FD || fd < 0 || fd_table_find(c->table, fd))
			continue;
		fd_table_set(c->tables, c->table, fd, open_files_add(&c->tables->files, 0, NULL, 0),
			     ORIGIN_UNKNOWN, false);
		if (c->row->result == RESULT_FD)
			return; /* dup2's second is a number, not a file */
	}
}

static void learn_success(struct call *c)
{
	switch (c->step->nr) {
	case __NR_bind:
	case __NR_connect:
	case __NR_listen:
	case __NR_getsockname:
	case __NR_getpeername: learn_name(c); return;
	case __NR_fcntl: learn_fcntl(c); return;
	case __NR_ioctl: learn_ioctl(c); return;
	case __NR_close_range: learn_close_range(c); return;
	case __NR_unshare:
		if (c->args[0] & CLONE_FILES)
			fd_tables_unshare(c->tables, c->step->task, c->table);
		return;
	case __NR_execve:
	case __NR_execveat:
		c->table = fd_tables_unshare(c->tables, c->step->task, c->table);
		if (c->table)
			fd_table_close(c->tables, c->table, 0, UINT32_MAX, true);
		return;
	default: break;
	}
	if (c->row->result == RESULT_FD)
		open_result(c);
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if (c->row->args[i].format == FORMAT_FD_PAIR)
			open_pair(c, i);
	receive(c);
}

static void note_step(struct descriptors *d, const struct trace_step *step)
{
	struct task_value *entry = task_values_find(&d->tables.tasks, step->task);

	d->tables.now = step->step;
	if (entry)
		entry->last_step = step->step;
}

static void learn_step(struct descriptors *d, const struct trace_step *step)
{
	struct call c = {
		.d = d, .tables = &d->tables, .step = step, .row = syscall_row_find(step->nr)
	};
	int error;

	note_step(d, step);
	c.v = mask_variant(step->variants, 0);
	if (!c.row || c.v >= LIMIT_VARIANTS || step->no_result || step->abi)
		return;
	error = result_errno(step->result[c.v]);
	c.args = step->args[c.v];
	c.table = task_table(d, step->task);
	if (!c.table || error == EBADF)
		return;
	/* Whatever it answers, the descriptor is gone (close(2)). */
	if (step->nr == __NR_close) {
		fd_table_close_one(&d->tables, c.table, (int32_t)c.args[0]);
		return;
	}
	note_used(&c);
	if (!error)
		learn_success(&c);
	else if (error == EINPROGRESS)
		learn_name(&c); /* connect(2): it goes on */
}

static void learn_call(struct descriptors *d, const struct trace_step *step)
{
	d->tables.files.touching = (struct file_touch){ step->step, step->task };
	learn_step(d, step);
	d->tables.files.touching = (struct file_touch){ 0 };
}

struct descriptors *descriptors_create(struct source *source)
{
	struct descriptors *d = alloc_zeroed(1, sizeof(*d));

	d->source = source;
	return d;
}

void descriptors_destroy(struct descriptors *d)
{
	if (!d)
		return;
	fd_tables_release(&d->tables);
	free(d);
}

void descriptors_learn(struct descriptors *d, const struct trace_record *record)
{
	if (record->kind == TRACE_TASK_START)
		learn_task_start(d, &record->task_start);
	else if (record->kind == TRACE_TASK_END)
		fd_tables_drop(&d->tables, record->task_end.task);
	else if (record->kind == TRACE_STEP)
		learn_call(d, &record->step);
}

const struct open_file *descriptors_find(struct descriptors *d, uint32_t task, int32_t fd)
{
	struct fd_table *table = fd_tables_find(&d->tables, task);
	struct descriptor *known = table ? fd_table_find(table, fd) : NULL;

	return known ? known->file : NULL;
}

void descriptors_want_touch(struct descriptors *d, struct file_touch touch)
{
	open_files_want_touch(&d->tables.files, touch);
}

void descriptors_want(struct descriptors *d, struct file_story *story)
{
	open_files_want(&d->tables.files, story);
}

void descriptors_keep_stories(struct descriptors *d)
{
	d->tables.files.keeps_stories = true;
}

void descriptors_want_open(struct descriptors *d)
{
	for (size_t i = 0; i < d->tables.tasks.count; i++) {
		const struct fd_table *t = d->tables.tasks.at[i].value;

		for (size_t k = 0; k < t->count; k++)
			descriptors_want(d, t->at[k].file->story);
	}
}

const struct file_touch *descriptors_wanted(const struct descriptors *d, size_t *count)
{
	*count = d->tables.files.n_wanted;
	return d->tables.files.wanted;
}

const struct open_file *descriptors_at(struct descriptors *d, uint32_t task, size_t place,
				       int32_t *fd)
{
	struct fd_table *table = fd_tables_find(&d->tables, task);

	if (!table || place >= table->count)
		return NULL;
	*fd = table->at[place].fd;
	return table->at[place].file;
}

uint32_t descriptors_owner(const struct descriptors *d, uint32_t task)
{
	const struct fd_table *table = fd_tables_find(&d->tables, task);

	return table ? table->owner : 0;
}

void descriptors_observe(struct descriptors *d, descriptors_ended *ended, void *data)
{
	d->tables.ended = ended;
	d->tables.ended_data = data;
}

void descriptors_each(struct descriptors *d)
{
	for (size_t i = 0; i < d->tables.tasks.count; i++) {
		struct fd_table *t = d->tables.tasks.at[i].value;

		t->visited = false;
	}
	for (size_t i = 0; i < d->tables.tasks.count; i++) {
		struct fd_table *t = d->tables.tasks.at[i].value;

		for (size_t k = 0; k < t->count && !t->visited; k++)
			d->tables.ended(d->tables.ended_data, t->owner, &t->at[k], UINT64_MAX);
		t->visited = true;
	}
}

void descriptors_watch(struct descriptors *d, uint64_t file)
{
	d->tables.files.watched = file;
}

bool descriptors_watched_ended(const struct descriptors *d)
{
	return d->tables.files.watched_ended;
}

bool descriptors_complete(const struct descriptors *d)
{
	return !d->tables.files.overflown;
}
