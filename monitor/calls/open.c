/*
 * open, openat, openat2, creat, open_by_handle_at. The leader opens first; what it got decides
 * the kind of the descriptor and what the followers do to hold the same number.
 */
#include "monitor/calls/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "monitor/calls/content.h"
#include "monitor/calls/synthetic.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/proc_text.h"

/* Memory devices that behave alike however often they are open (mem(4)): null, zero, full. */
static bool is_plain_device(const struct stat *st)
{
	unsigned number = minor(st->st_rdev);

	return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 &&
	       (number == 3 || number == 5 || number == 7);
}

static uint64_t open_flags(const struct call *c)
{
	struct open_how how = { 0 };
	const uint8_t *bytes;
	size_t length;

	switch (c->nr) {
	case SYS_open: return c->args[1];
	case SYS_openat:
	case SYS_open_by_handle_at: return c->args[2];
	case SYS_openat2:
		bytes = call_input(c, 2, PART_CONTENT, &length);
		if (bytes)
			memcpy(&how, bytes, length < sizeof(how) ? length : sizeof(how));
		return how.flags;
	}
	return O_CREAT | O_WRONLY | O_TRUNC; /* creat */
}

static bool opens_for_reading(uint64_t flags)
{
	return (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH);
}

static enum fd_kind kind_of(const struct stat *st, uint64_t flags)
{
	if (is_plain_device(st))
		return FD_EACH_READ;
	if ((S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) && opens_for_reading(flags))
		return FD_EACH_READ;
	/* O_PATH on anything: no data can pass. */
	if (flags & O_PATH)
		return FD_EACH_READ;
	return FD_LEADER;
}

/* Can the leader's very file be opened by others, to map it? Not one made without the right to read it. */
static bool is_open_to_followers(const char *path)
{
	return access(path, R_OK) == 0;
}

static bool needs_same_object(const struct open_file *file, uint64_t flags)
{
	return (file->kind == FD_LEADER && file->shared_writable) ||
	       (file->kind == FD_EACH_READ && !file->device && !(flags & O_PATH));
}

struct open_file *open_describe(struct call *c, int32_t fd, uint64_t flags)
{
	struct open_file *file;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, fd);
	if (stat(path, &st) < 0)
		memset(&st, 0, sizeof(st));
	file = synthetic_open(c, path, &st);
	if (!file)
		file = open_file_create(kind_of(&st, flags));
	file->device = is_plain_device(&st);
	file->identified = true;
	file->device_id = st.st_dev;
	file->inode = st.st_ino;
	file->shared_writable = S_ISREG(st.st_mode) && !opens_for_reading(flags);
	/* One about a process is gone with that, before a follower can open it, too; and nobody maps one. */
	if ((file->kind == FD_EACH_READ || file->kind == FD_LEADER) && !(flags & O_PATH) &&
	    proc_text_is_file(path, &st)) {
		file->kind = FD_LEADER;
		file->shared_writable = false;
	}
	if (c->session->n_variants > 1 && needs_same_object(file, flags) &&
	    !is_open_to_followers(path)) {
		/* They hold placeholders, and mapping is refused. */
		file->kind = FD_LEADER;
		file->shared_writable = false;
	}
	return file;
}

struct open_file *open_inherited(int fd)
{
	struct open_file *file = open_file_create(FD_LEADER);
	int flags = fcntl(fd, F_GETFL);
	struct statfs fs;
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fstatfs(fd, &fs) < 0 ||
	    fs.f_type == PROC_SUPER_MAGIC)
		return file;
	file->identified = true;
	file->device_id = st.st_dev;
	file->inode = st.st_ino;
	file->kind = kind_of(&st, (uint64_t)flags);
	file->shared_writable = file->kind == FD_LEADER;
	return file;
}

uint64_t open_flags_get(const struct call *c, int32_t fd)
{
	int flags = call_fd_flags(c->task->tid, fd);

	return flags < 0 ? 0 : (uint64_t)flags;
}

void open_add_order(struct call *c, unsigned v, int32_t fd, const struct open_file *file,
		    uint64_t flags)
{
	bool mappable = file->kind == FD_EACH_READ || file->shared_writable;
	uint64_t access = file->kind == FD_EACH_READ ? flags & (O_ACCMODE | O_PATH) : O_RDONLY;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, fd);
	if (mappable && !is_open_to_followers(path))
		mappable = false; /* for this process, though not for the one it has it from */
	if (mappable)
		call_add_same_object(c, v, fd, access | (flags & O_CLOEXEC));
	else
		call_add_placeholder(c, v, fd, flags & O_CLOEXEC);
}

static void open_apply(struct call *c)
{
	uint64_t flags = open_flags(c);

	if (c->result < 0)
		return;
	fd_table_set(c->lane->fds, c->result, open_describe(c, (int32_t)c->result, flags));
	if (flags & O_TRUNC)
		content_truncated(c, (int32_t)c->result);
}

static void substitute(struct order *o, int64_t nr)
{
	o->substitute = true;
	o->nr = nr;
	memset(o->args, 0, sizeof(o->args));
}

/* A read-only open of the leader's very object: right for unlinked and O_TMPFILE files too. */
static void order_same_object(const struct call *c, struct order *o, uint64_t flags)
{
	substitute(o, SYS_openat);
	o->args[0] = (uint64_t)AT_FDCWD;
	o->args[2] = O_RDONLY | (flags & O_CLOEXEC);
	o->path_arg = 1;
	snprintf(o->path, sizeof(o->path), "/proc/%d/fd/%d", c->task->tid, (int)c->result);
}

static void order_placeholder(struct order *o, uint64_t flags)
{
	substitute(o, SYS_eventfd2);
	o->args[1] = flags & O_CLOEXEC; /* EFD_CLOEXEC is O_CLOEXEC (eventfd(2)) */
}

/* The corresponding process's file below /proc. */
static void order_own_file(const struct call *c, unsigned v, struct order *o,
			   const struct open_file *file, uint64_t flags)
{
	const struct process *process = pid_map_find(c->session->pids, file->pid);

	substitute(o, SYS_openat);
	o->args[0] = (uint64_t)AT_FDCWD;
	o->args[2] = flags & (O_ACCMODE | O_CLOEXEC);
	o->path_arg = 1;
	snprintf(o->path, sizeof(o->path), "/proc/%d/%s",
		 process ? atomic_load(&process->pids[v]) : file->pid, file->file);
}

static void open_order(struct call *c, unsigned v, struct order *o)
{
	const struct open_file *file = fd_table_find(c->lane->fds, c->result);
	uint64_t flags = open_flags(c);

	if (o->kind != ORDER_EXECUTE || !file)
		return;
	o->force_result = false;
	/* Devices, and what O_PATH names, have no content that could be another's: its own open. */
	if (file->kind == FD_EACH_READ && (file->device || (flags & O_PATH)))
		return;
	if (file->kind == FD_PRIVATE) {
		order_own_file(c, v, o, file, flags);
		return;
	}
	/* Never by the path again: it could name another file by now. */
	if (file->kind != FD_EACH_READ && !file->shared_writable) {
		order_placeholder(o, flags);
	} else if (call_followers_see_proc(c)) {
		order_same_object(c, o, flags);
	} else {
		o->kind = ORDER_ANSWER;
		call_add_same_object(c, v, (int32_t)c->result, O_RDONLY | (flags & O_CLOEXEC));
	}
}

/* struct file_handle: how many bytes, their type, the bytes (open_by_handle_at(2)). */
static void open_gather(struct gather *g)
{
	uint32_t bytes;

	if (g->nr != SYS_open_by_handle_at)
		return;
	if (gather_read(g, g->args[1], &bytes, sizeof(bytes)) < 0 || bytes > MAX_HANDLE_SZ)
		bytes = 0;
	gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1],
		   sizeof(struct file_handle) + (size_t)bytes);
}

const struct call_ops calls_open = {
	.gather = open_gather,
	.order = open_order,
	.apply = open_apply,
};
