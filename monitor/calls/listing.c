/* getdents, getdents64: in the list of all processes nobody sees the monitor or a follower. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/call.h"
#include "monitor/guard.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/proc_text.h"

/* inode number of a procfs's root (include/linux/proc_ns.h) */
#define PROC_ROOT_INODE 1
/* of both kinds of entries: how long it is; where its name begins (getdents(2)) */
#define LENGTH_AT    16
#define OLD_NAME_AT  18
#define NAME_AT      19
#define NAME_MAX_PID 10 /* digits of an int */

static bool lists_processes(const struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	char path[64];

	if (!file || !file->identified || file->inode != PROC_ROOT_INODE)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, (int)c->args[0]);
	return proc_text_is_there(path);
}

/* An entry's length, or 0 for what the kernel does not write. */
static size_t entry_length(const uint8_t *entry, size_t left)
{
	uint16_t length = 0;

	if (left > NAME_AT)
		memcpy(&length, entry + LENGTH_AT, sizeof(length));
	return length > NAME_AT && length <= left ? length : 0;
}

static bool is_hidden(const struct call *c, const uint8_t *entry, size_t length)
{
	size_t name_at = c->nr == SYS_getdents ? OLD_NAME_AT : NAME_AT;
	char name[NAME_MAX_PID + 1];
	char *end;
	long pid;

	if (!isdigit(entry[name_at]))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(length - name_at),
		 (const char *)entry + name_at);
	pid = strtol(name, &end, 10);
	return !*end && pid > 0 && pid <= INT_MAX && guard_is_ours(c->session, (pid_t)pid);
}

/* What is left of the entries, moved together. */
static size_t entries_filter(const struct call *c, uint8_t *entries, size_t bytes)
{
	size_t kept = 0, length;

	for (size_t at = 0; at < bytes; at += length) {
		length = entry_length(entries + at, bytes - at);
		if (!length)
			return bytes;
		if (is_hidden(c, entries + at, length))
			continue;
		memmove(entries + kept, entries + at, length);
		kept += length;
	}
	return kept;
}

static bool listing_goes_on(struct call *c)
{
	struct backend *b = c->tracer->backend;
	size_t bytes = c->result > 0 ? (size_t)c->result : 0, kept;
	cleanup_free uint8_t *entries = NULL;

	if (!bytes || bytes > (uint32_t)c->args[2] || !lists_processes(c))
		return false;
	entries = alloc_zeroed(bytes, 1);
	if (b->ops->read_memory(b, c->task->tid, c->args[1], entries, bytes) != (ssize_t)bytes)
		return false;
	kept = entries_filter(c, entries, bytes);
	/* None left would say that there are no more. */
	if (!kept) {
		registers_restart(&c->task->regs, c->nr);
		task_write_registers(c->tracer, c->task);
		return true;
	}
	if (kept != bytes) {
		b->ops->write_memory(b, c->task->tid, c->args[1], entries, kept);
		c->result = (int64_t)kept;
		c->new_result = true;
	}
	return false;
}

const struct call_ops calls_listing = {
	.goes_on = listing_goes_on,
};
