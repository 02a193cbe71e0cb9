/*
 * Where a process is: working directory, root, namespaces. The leader moves,
 * and the followers come after it: they are in the leader's very namespaces,
 * so that what is mounted, mapped or named there once is there for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/call.h"
#include "monitor/tracee/fd_map.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Followers ask no clocks, so they need no time namespace. */
#define JOINED_FLAGS \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWNET)
#define NAMESPACE_FLAGS (JOINED_FLAGS | CLONE_NEWPID | CLONE_NEWTIME)

/* The kind of namespace that the leader's descriptor names, or what its process was asked for. */
static uint64_t joined_kinds(const struct call *c)
{
	cleanup_fd int fd = -1;
	char path[64];
	int kind;

	if (c->nr == SYS_unshare)
		return c->args[0] & NAMESPACE_FLAGS;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, (int)c->args[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	kind = fd < 0 ? -1 : ioctl(fd, NS_GET_NSTYPE);
	/* A pidfd cannot be opened so; it needs its kinds said (setns(2)). */
	return kind > 0 ? (uint64_t)kind : c->args[1] & NAMESPACE_FLAGS;
}

static bool is_descriptor_of_each(const struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);

	return !file || file->kind == FD_EACH_READ;
}

static void place_decide(struct call *c)
{
	switch (c->nr) {
	case SYS_chroot: return;
	case SYS_chdir: c->early = true; return;
	case SYS_fchdir:
		c->early = is_descriptor_of_each(c);
		c->run = c->early ? RUN_EACH : RUN_LEADER;
		return;
	}
	c->run = RUN_LEADER;
	/* The program knows its processes by their numbers outside. */
	if (joined_kinds(c) & CLONE_NEWPID)
		call_answer(c, -EPERM);
}

static void place_apply(struct call *c)
{
	if (c->result < 0)
		return;
	if (c->nr == SYS_unshare && (c->args[0] & CLONE_FILES)) {
		struct fd_table *own = fd_table_copy(c->lane->fds);

		fd_table_release(c->lane->fds);
		c->lane->fds = own;
	}
	if (c->nr == SYS_chroot || c->nr == SYS_unshare || c->nr == SYS_setns)
		c->lane->moved = true;
}

/* The follower's working directory becomes what the leader's /proc/PID/NAME leads to. */
static void add_chdir(struct call *c, unsigned v, const char *name)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	struct order_call *call = call_add_order(c, v, SYS_openat);

	call->args[0] = (uint64_t)AT_FDCWD;
	call->args[2] = (uint64_t)flags;
	call->path_arg = 1;
	snprintf(call->path, sizeof(call->path), "/proc/%d/%s", c->task->tid, name);
	if (!call_followers_see_proc(c)) {
		call->handed_fd = open(call->path, flags);
		if (call->handed_fd < 0)
			call_unsupported(c, "cannot open %s: %s", call->path, strerror(errno));
	}
	call_add_order(c, v, SYS_fchdir)->result_arg = 0;
	call = call_add_order(c, v, SYS_close);
	call->result_arg = 0;
	call->result_back = 2;
}

/* Its root becomes the leader's, and then it goes where the leader is. */
static void add_chroot(struct call *c, unsigned v)
{
	struct order_call *call;

	add_chdir(c, v, "root");
	call = call_add_order(c, v, SYS_chroot);
	call->path_arg = 0;
	memcpy(call->path, ".", sizeof("."));
	add_chdir(c, v, "cwd");
}

/* Into the leader's namespaces of these kinds, by a descriptor that is gone afterwards. */
static void add_join(struct call *c, unsigned v, uint64_t kinds)
{
	struct order_call *call;
	int32_t fd = 0;

	while (fd_table_find(c->lane->fds, fd))
		fd++;
	call = call_add_order(c, v, SYS_pidfd_open);
	call->args[0] = (uint64_t)c->task->pid;
	call->fd = fd;
	call = call_add_order(c, v, SYS_setns);
	call->args[0] = (uint64_t)fd;
	call->args[1] = kinds;
	call_add_order(c, v, SYS_close)->args[0] = (uint64_t)fd;
	/* Entering a mount namespace leads to its root (setns(2)). */
	if (kinds & CLONE_NEWNS)
		add_chroot(c, v);
}

/* What a task shares with others stays its own affair; a new mount namespace needs a place of its own. */
static void add_unshare(struct call *c, unsigned v, uint64_t kinds)
{
	uint64_t plain = c->nr == SYS_unshare ? c->args[0] & ~(uint64_t)NAMESPACE_FLAGS : 0;

	if (kinds & (CLONE_NEWNS | CLONE_NEWUSER))
		plain |= CLONE_FS;
	if (plain)
		call_add_order(c, v, SYS_unshare)->args[0] = plain;
}

static void place_order(struct call *c, unsigned v, struct order *o)
{
	uint64_t kinds;

	(void)o;
	if (c->result < 0 || c->nr == SYS_chroot || c->nr == SYS_chdir || c->early)
		return;
	if (c->nr == SYS_fchdir) {
		add_chdir(c, v, "cwd");
		return;
	}
	kinds = joined_kinds(c) & JOINED_FLAGS;
	add_unshare(c, v, kinds);
	if (kinds)
		add_join(c, v, kinds);
}

const struct call_ops calls_place = {
	.decide = place_decide,
	.order = place_order,
	.apply = place_apply,
};
