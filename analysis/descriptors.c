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

/* What one process has, or several that share it (CLONE_FILES). */
struct table_of_process {
	unsigned refs;         /* tasks */
	uint32_t owner;        /* the task that had it first */
	bool visited;          /* by descriptors_each */
	struct descriptor *at; /* by number */
	size_t count, capacity;
};

struct task_entry {
	uint32_t task;
	uint64_t last_step;
	struct table_of_process *table; /* one reference */
};

struct descriptors {
	struct source *source;
	struct task_entry *tasks; /* by number */
	size_t n_tasks, tasks_capacity;
	uint64_t files;    /* made so far */
	size_t n_followed; /* descriptors in all tables */
	size_t names_bytes;
	bool overflown;
	bool keeps_stories;
	struct file_touch touching; /* the call being looked at; step 0 for none */
	struct file_touch *wanted;
	size_t n_wanted, wanted_capacity;
	uint64_t watched; /* file, 0 for none */
	bool watched_ended;
	uint64_t now; /* the step at which what is learnt happens */
	descriptors_ended *ended;
	void *ended_data;
	char decoded[NAME_BYTES];
};

/* ---- files ---- */

static void name_forget(struct descriptors *d, char **name)
{
	if (*name)
		d->names_bytes -= strlen(*name);
	free(*name);
	*name = NULL;
}

/* Up to the first NUL, as far as there is room for names. */
static void name_set(struct descriptors *d, char **name, const char *text, size_t length)
{
	length = strnlen(text, length);
	name_forget(d, name);
	if (d->names_bytes + length > LIMIT_OPEN_FILE_NAMES)
		return;
	*name = alloc_zeroed(length + 1, 1);
	if (length)
		memcpy(*name, text, length);
	d->names_bytes += length;
}

static struct open_file *file_create(struct descriptors *d, uint64_t step, const char *name,
				     size_t length)
{
	struct open_file *file = alloc_zeroed(1, sizeof(*file));

	file->number = ++d->files;
	file->step = step;
	if (d->keeps_stories) {
		file->story = alloc_zeroed(1, sizeof(*file->story));
		file->story->refs = 1;
	}
	if (name)
		name_set(d, &file->name, name, length);
	return file;
}

void descriptors_want_touch(struct descriptors *d, struct file_touch touch)
{
	alloc_grow(&d->wanted, &d->wanted_capacity, d->n_wanted + 1);
	d->wanted[d->n_wanted++] = touch;
}

/* The call at hand had to do with the file. */
static void touch(struct descriptors *d, struct open_file *file)
{
	struct file_story *story = file->story;

	if (!story || !d->touching.step)
		return;
	if (story->is_wanted)
		descriptors_want_touch(d, d->touching);
	if (story->count >= LIMIT_FILE_TOUCHES) {
		d->overflown = true;
		return;
	}
	alloc_grow(&story->at, &story->capacity, story->count + 1);
	story->at[story->count++] = d->touching;
}

void descriptors_want(struct descriptors *d, struct file_story *story)
{
	if (!story || story->is_wanted)
		return;
	story->is_wanted = true;
	for (size_t i = 0; i < story->count; i++)
		descriptors_want_touch(d, story->at[i]);
}

void file_story_release(struct file_story *story)
{
	if (!story || --story->refs)
		return;
	free(story->at);
	free(story);
}

static void file_release(struct descriptors *d, struct open_file *file)
{
	touch(d, file);
	if (--file->refs)
		return;
	file_story_release(file->story);
	d->watched_ended |= file->number == d->watched;
	name_forget(d, &file->name);
	name_forget(d, &file->local);
	name_forget(d, &file->peer);
	free(file);
}

/* ---- tables ---- */

/* Index of a descriptor, or of the place it belongs. */
static size_t table_place(const struct table_of_process *t, int32_t fd)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->at[middle].fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct descriptor *table_find(const struct table_of_process *t, int32_t fd)
{
	size_t at = table_place(t, fd);

	return at < t->count && t->at[at].fd == fd ? &t->at[at] : NULL;
}

static void descriptor_end(struct descriptors *d, const struct table_of_process *t,
			   struct descriptor *descriptor)
{
	if (d->ended)
		d->ended(d->ended_data, t->owner, descriptor, d->now);
	file_release(d, descriptor->file);
}

/* Puts a file at a number; what was there ends. Frees a file nobody takes. */
static void table_set(struct descriptors *d, struct table_of_process *t, int32_t fd,
		      struct open_file *file, enum descriptor_origin origin, bool close_on_exec)
{
	size_t at = table_place(t, fd);

	file->refs++;
	touch(d, file);
	if (fd < 0) {
		file_release(d, file);
		return;
	}
	if (at < t->count && t->at[at].fd == fd) {
		descriptor_end(d, t, &t->at[at]);
	} else if (t->count >= LIMIT_FOLLOWED_OF_PROCESS ||
		   d->n_followed >= LIMIT_FOLLOWED_DESCRIPTORS) {
		d->overflown = true;
		file_release(d, file);
		return;
	} else {
		alloc_grow(&t->at, &t->capacity, t->count + 1);
		memmove(&t->at[at + 1], &t->at[at], (t->count - at) * sizeof(t->at[0]));
		t->count++;
		d->n_followed++;
	}
	t->at[at] = (struct descriptor){ .fd = fd,
					 .close_on_exec = close_on_exec,
					 .origin = (uint8_t)origin,
					 .from_step = d->now,
					 .file = file };
}

/* Closes those from first to last, or those of them that close at exec. */
static void table_close(struct descriptors *d, struct table_of_process *t, uint32_t first,
			uint32_t last, bool at_exec)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		uint32_t fd = (uint32_t)t->at[i].fd;

		if (fd >= first && fd <= last && (!at_exec || t->at[i].close_on_exec))
			descriptor_end(d, t, &t->at[i]);
		else
			t->at[kept++] = t->at[i];
	}
	d->n_followed -= t->count - kept;
	t->count = kept;
}

static void table_close_one(struct descriptors *d, struct table_of_process *t, int32_t fd)
{
	size_t at = table_place(t, fd);

	if (at >= t->count || t->at[at].fd != fd)
		return;
	descriptor_end(d, t, &t->at[at]);
	t->count--;
	d->n_followed--;
	memmove(&t->at[at], &t->at[at + 1], (t->count - at) * sizeof(t->at[0]));
}

static void table_release(struct descriptors *d, struct table_of_process *t)
{
	if (--t->refs)
		return;
	table_close(d, t, 0, UINT32_MAX, false);
	free(t->at);
	free(t);
}

static struct table_of_process *table_create(uint32_t owner)
{
	struct table_of_process *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	t->owner = owner;
	return t;
}

static struct table_of_process *table_copy(struct descriptors *d, uint32_t owner,
					   const struct table_of_process *from)
{
	struct table_of_process *t = table_create(owner);

	for (size_t i = 0; i < from->count; i++)
		table_set(d, t, from->at[i].fd, from->at[i].file, ORIGIN_FORK,
			  from->at[i].close_on_exec);
	return t;
}

/* ---- tasks ---- */

static size_t task_place(const struct descriptors *d, uint32_t task)
{
	size_t low = 0, high = d->n_tasks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->tasks[middle].task < task)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct table_of_process *task_table_find(const struct descriptors *d, uint32_t task)
{
	size_t at = task_place(d, task);

	return at < d->n_tasks && d->tasks[at].task == task ? d->tasks[at].table : NULL;
}

/* Takes over one reference; NULL, and the table gone, when there are too many tasks. */
static struct table_of_process *task_put(struct descriptors *d, uint32_t task,
					 struct table_of_process *table)
{
	size_t at = task_place(d, task);

	if (at < d->n_tasks && d->tasks[at].task == task) {
		table_release(d, d->tasks[at].table);
		d->tasks[at].table = table;
		return table;
	}
	if (d->n_tasks >= LIMIT_TASKS) {
		d->overflown = true;
		table_release(d, table);
		return NULL;
	}
	alloc_grow(&d->tasks, &d->tasks_capacity, d->n_tasks + 1);
	memmove(&d->tasks[at + 1], &d->tasks[at], (d->n_tasks - at) * sizeof(d->tasks[0]));
	d->tasks[at] = (struct task_entry){ .task = task, .table = table };
	d->n_tasks++;
	return table;
}

static void task_drop(struct descriptors *d, uint32_t task)
{
	size_t at = task_place(d, task);

	if (at >= d->n_tasks || d->tasks[at].task != task)
		return;
	d->now = d->tasks[at].last_step;
	table_release(d, d->tasks[at].table);
	d->n_tasks--;
	memmove(&d->tasks[at], &d->tasks[at + 1], (d->n_tasks - at) * sizeof(d->tasks[0]));
}

/* Of a task whose start the walk has not seen: its parent's when they share it, else empty. */
static struct table_of_process *task_table(struct descriptors *d, uint32_t task)
{
	struct table_of_process *table = task_table_find(d, task);
	const struct source_task *known;

	if (table)
		return table;
	known = source_task_find(d->source, task, NULL);
	if (known && known->started && (known->clone_flags & CLONE_FILES))
		table = task_table_find(d, known->parent);
	if (table)
		table->refs++;
	else
		table = table_create(task);
	return task_put(d, task, table);
}

static void inherit(struct descriptors *d, struct table_of_process *table)
{
	const struct trace_header *header = source_header(d->source);

	for (size_t i = 0; header && i < header->n_fds; i++) {
		const struct trace_inherited_fd *fd = &header->fds[i];
		struct open_file *file = file_create(d, 0, fd->path, strlen(fd->path));

		file->inherited = true;
		file->flags = fd->flags;
		file->has_flags = true;
		table_set(d, table, fd->fd, file, ORIGIN_INHERITED, fd->fd_flags & FD_CLOEXEC);
	}
}

static void learn_task_start(struct descriptors *d, const struct trace_task_start *start)
{
	struct table_of_process *of_parent = task_table_find(d, start->parent), *table;
	size_t parent = task_place(d, start->parent);

	d->now = of_parent ? d->tasks[parent].last_step : 0;
	if (of_parent && (start->clone_flags & CLONE_FILES)) {
		of_parent->refs++;
		table = of_parent;
	} else if (of_parent) {
		table = table_copy(d, start->task, of_parent);
	} else {
		table = table_create(start->task);
	}
	if (task_put(d, start->task, table) && !start->parent)
		inherit(d, table);
}

/* The task's table as one that no other process sees change. */
static struct table_of_process *unshare(struct descriptors *d, uint32_t task,
					struct table_of_process *table)
{
	return table->refs > 1 ? task_put(d, task, table_copy(d, task, table)) : table;
}

/* ---- calls ---- */

struct call {
	struct descriptors *d;
	const struct trace_step *step;
	const struct syscall_row *row;
	unsigned v; /* whose arguments and result stand for the step */
	const uint64_t *args;
	struct table_of_process *table;
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
			return file_create(c->d, c->step->step, (const char *)path->data.data,
					   strnlen((const char *)path->data.data,
						   path->data.length));
	}
	length = syscall_decode(c->step, c->v, &options, c->d->decoded, NAME_BYTES - 16);
	length += (size_t)snprintf(c->d->decoded + length, 16, "%s", suffix);
	return file_create(c->d, c->step->step, c->d->decoded, length);
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
	struct descriptor *known = table_find(c->table, from);

	if (known && from != to)
		table_set(c->d, c->table, to, known->file, ORIGIN_DUP, close_on_exec);
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
		name_set(c->d, address, text_get(&text), text.length);
}

/*
 * What a socket is called, and which calls gave it that: bind(2) with port 0,
 * for one, says less than getsockname(2) afterwards.
 */
static void learn_name(struct call *c)
{
	struct descriptor *known = table_find(c->table, (int32_t)c->args[0]);

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
	touch(c->d, known->file);
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
	table_set(c->d, c->table, fd, file, origin_of_call(c), close_on_exec);
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
		table_set(c->d, c->table, (int32_t)bytes_u32(&left),
			  file_of_call(c, !pipe ? "" :
					  i     ? " (write end)" :
						  " (read end)"),
			  origin_of_call(c), close_on_exec);
}

static void learn_fcntl(struct call *c)
{
	struct descriptor *known = table_find(c->table, (int32_t)c->args[0]);

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
		touch(c->d, known->file);
		break;
	}
}

static void learn_ioctl(struct call *c)
{
	struct descriptor *known = table_find(c->table, (int32_t)c->args[0]);

	if (!known || ((uint32_t)c->args[1] != FIOCLEX && (uint32_t)c->args[1] != FIONCLEX))
		return;
	known->close_on_exec = (uint32_t)c->args[1] == FIOCLEX;
	touch(c->d, known->file);
}

static void learn_close_range(struct call *c)
{
	uint32_t first = (uint32_t)c->args[0], last = (uint32_t)c->args[1];
	uint32_t flags = (uint32_t)c->args[2];

	if (flags & CLOSE_RANGE_UNSHARE)
		c->table = unshare(c->d, c->step->task, c->table);
	if (!c->table)
		return;
	if (!(flags & CLOSE_RANGE_CLOEXEC)) {
		table_close(c->d, c->table, first, last, false);
		return;
	}
	for (size_t i = 0; i < c->table->count; i++) {
		struct descriptor *at = &c->table->at[i];

		if ((uint32_t)at->fd < first || (uint32_t)at->fd > last)
			continue;
		at->close_on_exec = true;
		touch(c->d, at->file);
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
		table_set(c->d, c->table, fd, file, ORIGIN_RECEIVED, close_on_exec);
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

		if (c->row->args[i].kind != ARG_FD || fd < 0 || table_find(c->table, fd))
			continue;
		table_set(c->d, c->table, fd, file_create(c->d, 0, NULL, 0), ORIGIN_UNKNOWN, false);
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
			unshare(c->d, c->step->task, c->table);
		return;
	case __NR_execve:
	case __NR_execveat:
		c->table = unshare(c->d, c->step->task, c->table);
		if (c->table)
			table_close(c->d, c->table, 0, UINT32_MAX, true);
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

/* A call that has no result may be the task's last. */
static void note_step(struct descriptors *d, const struct trace_step *step)
{
	size_t at = task_place(d, step->task);

	d->now = step->step;
	if (at < d->n_tasks && d->tasks[at].task == step->task)
		d->tasks[at].last_step = step->step;
}

static void learn_step(struct descriptors *d, const struct trace_step *step)
{
	struct call c = { .d = d, .step = step, .row = syscall_row_find(step->nr) };
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
		table_close_one(d, c.table, (int32_t)c.args[0]);
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
	d->touching = (struct file_touch){ step->step, step->task };
	learn_step(d, step);
	d->touching = (struct file_touch){ 0 };
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
	d->ended = NULL;
	for (size_t i = 0; i < d->n_tasks; i++)
		table_release(d, d->tasks[i].table);
	free(d->tasks);
	free(d->wanted);
	free(d);
}

void descriptors_learn(struct descriptors *d, const struct trace_record *record)
{
	if (record->kind == TRACE_TASK_START)
		learn_task_start(d, &record->task_start);
	else if (record->kind == TRACE_TASK_END)
		task_drop(d, record->task_end.task);
	else if (record->kind == TRACE_STEP)
		learn_call(d, &record->step);
}

const struct open_file *descriptors_find(struct descriptors *d, uint32_t task, int32_t fd)
{
	struct table_of_process *table = task_table_find(d, task);
	struct descriptor *known = table ? table_find(table, fd) : NULL;

	return known ? known->file : NULL;
}

void descriptors_keep_stories(struct descriptors *d)
{
	d->keeps_stories = true;
}

void descriptors_want_open(struct descriptors *d)
{
	for (size_t i = 0; i < d->n_tasks; i++)
		for (size_t k = 0; k < d->tasks[i].table->count; k++)
			descriptors_want(d, d->tasks[i].table->at[k].file->story);
}

const struct file_touch *descriptors_wanted(const struct descriptors *d, size_t *count)
{
	*count = d->n_wanted;
	return d->wanted;
}

const struct open_file *descriptors_at(struct descriptors *d, uint32_t task, size_t place,
				       int32_t *fd)
{
	struct table_of_process *table = task_table_find(d, task);

	if (!table || place >= table->count)
		return NULL;
	*fd = table->at[place].fd;
	return table->at[place].file;
}

uint32_t descriptors_owner(const struct descriptors *d, uint32_t task)
{
	const struct table_of_process *table = task_table_find(d, task);

	return table ? table->owner : 0;
}

void descriptors_observe(struct descriptors *d, descriptors_ended *ended, void *data)
{
	d->ended = ended;
	d->ended_data = data;
}

void descriptors_each(struct descriptors *d)
{
	for (size_t i = 0; i < d->n_tasks; i++)
		d->tasks[i].table->visited = false;
	for (size_t i = 0; i < d->n_tasks; i++) {
		struct table_of_process *t = d->tasks[i].table;

		for (size_t k = 0; k < t->count && !t->visited; k++)
			d->ended(d->ended_data, t->owner, &t->at[k], UINT64_MAX);
		t->visited = true;
	}
}

void descriptors_watch(struct descriptors *d, uint64_t file)
{
	d->watched = file;
}

bool descriptors_watched_ended(const struct descriptors *d)
{
	return d->watched_ended;
}

bool descriptors_complete(const struct descriptors *d)
{
	return !d->overflown;
}
