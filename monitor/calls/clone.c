/* fork, vfork, clone, clone3, set_tid_address: new processes, by every variant. */
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/turns.h"

#define NAMESPACE_FLAGS                                                                \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

static struct clone_args clone3_args(const struct slot *slot)
{
	const struct capture_buf *buf = capture_find(&slot->in, 0, PART_CONTENT);
	struct clone_args args = { 0 };

	if (buf)
		memcpy(&args, capture_bytes(&slot->in, buf),
		       buf->length < sizeof(args) ? buf->length : sizeof(args));
	return args;
}

uint64_t clone_flags_get(const struct slot *slot, uint64_t *parent_tid_addr,
			 uint64_t *child_tid_addr)
{
	struct clone_args args = { 0 };

	if (slot->nr == SYS_clone) {
		args.flags = slot->args[0];
		args.parent_tid = slot->args[2];
		args.child_tid = slot->args[3];
	} else if (slot->nr == SYS_clone3) {
		args = clone3_args(slot);
	} else if (slot->nr == SYS_vfork) {
		args.flags = CLONE_VFORK | CLONE_VM;
	}
	*parent_tid_addr = args.flags & CLONE_PARENT_SETTID ? args.parent_tid : 0;
	*child_tid_addr = args.flags & CLONE_CHILD_SETTID ? args.child_tid : 0;
	return args.flags;
}

/* Where clone3 writes the child's id in the parent: remembered as an empty part with its address. */
static void clone_gather(struct gather *g)
{
	struct clone_args args;

	if (g->nr == SYS_clone3 && g->args[1] >= CLONE_ARGS_SIZE_VER0 &&
	    gather_read(g, g->args[0], &args, CLONE_ARGS_SIZE_VER0) == 0 && args.parent_tid)
		gather_add(g, 0, PART_NAME, FORMAT_NONE, args.parent_tid, 0);
}

/* Before the leader has a child that the others cannot have. */
static void check_room(struct call *c)
{
	const struct session *s = c->session;
	/* the monitor's own threads came after it was looked */
	uint64_t wanted = (uint64_t)(s->n_lanes + 1) * s->n_variants + s->n_variants + 2;

	if (s->options->max_tasks && s->n_lanes >= s->options->max_tasks)
		session_fail(c->session,
			     "the program wants more than %llu processes and threads (--max-tasks)",
			     (unsigned long long)s->options->max_tasks);
	else if (s->n_variants > 1 && s->room.limit[0] && wanted > s->room.tasks)
		session_fail(c->session,
			     "%u variants of %u processes and threads do not fit under %s",
			     s->n_variants, s->n_lanes + 1, s->room.limit);
}

static void clone_decide(struct call *c)
{
	uint64_t parent, child;
	uint64_t flags = clone_flags_get(c->slot, &parent, &child);

	if (c->nr == SYS_set_tid_address)
		return;
	/*
	 * As to unshare and setns: the program knows its processes by their numbers
	 * outside. And nobody is to run unseen: LeakSanitizer asks for it and can do without.
	 */
	if (flags & (CLONE_NEWPID | CLONE_UNTRACED))
		call_answer(c, -EPERM);
	else if (flags & NAMESPACE_FLAGS)
		call_unsupported(c, "new namespaces");
	else
		check_room(c);
	c->in_turn = turns_apply_to_fork(c->task, flags);
}

/* Where the kernel has written the new process's descriptor: clone has no argument of its own for it. */
static uint64_t pidfd_addr(const struct slot *slot)
{
	return slot->nr == SYS_clone ? slot->args[2] : clone3_args(slot).pidfd;
}

/* Each variant has its own child's, at the same number; the leader's is in use. */
static void clone_apply(struct call *c)
{
	struct backend *b = c->tracer->backend;
	uint64_t parent, child;
	struct open_file *file;
	int32_t fd;

	if (c->nr == SYS_set_tid_address || c->result <= 0 ||
	    !(clone_flags_get(c->slot, &parent, &child) & CLONE_PIDFD))
		return;
	if (b->ops->read_memory(b, c->task->tid, pidfd_addr(c->slot), &fd, sizeof(fd)) !=
	    (ssize_t)sizeof(fd)) {
		call_unsupported(c, "CLONE_PIDFD without a place for the descriptor");
		return;
	}
	file = open_file_create(FD_LEADER);
	file->pid = (int)c->result;
	fd_table_set(c->lane->fds, fd, file);
}

const struct call_ops calls_clone = {
	.gather = clone_gather,
	.decide = clone_decide,
	.apply = clone_apply,
};
