/*
 * Memory of other processes. Where it is one of the program's, each variant
 * works on its own corresponding process, and what it reads there may hold its
 * own addresses; any other process is the leader's to work on.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "monitor/call.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "schema/syscall_numbers.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

/* How long the parts of the other process are; where they are is each variant's own. */
static void gather_parts(struct gather *g)
{
	struct iovec parts[LIMIT_IOVECS];
	uint64_t count = g->args[4];
	uint64_t *lengths;

	if (!count || count > LIMIT_IOVECS)
		return;
	if (gather_read(g, g->args[3], parts, count * sizeof(parts[0])) < 0) {
		gather_add(g, 3, PART_LAYOUT, FORMAT_NONE, g->args[3], count * sizeof(parts[0]));
		return;
	}
	lengths = (uint64_t *)(void *)parts;
	for (size_t i = 0; i < count; i++)
		lengths[i] = parts[i].iov_len;
	memcpy(capture_add(g->to, 3, PART_LAYOUT, FORMAT_NONE, g->args[3],
			   count * sizeof(lengths[0])),
	       lengths, count * sizeof(lengths[0]));
}

static void remote_gather(struct gather *g)
{
	switch (g->nr) {
	case SYS_process_vm_readv:
	case SYS_process_vm_writev: gather_parts(g); return;
	case SYS_migrate_pages:
		gather_add_nodes(g, 2, g->args[1]);
		gather_add_nodes(g, 3, g->args[1]);
		return;
	case __NR_process_madvise: gather_add_vector(g, 1, g->args[2], false); return;
	}
}

/* What is more than a hint changes memory, and a follower's descriptor names no process. */
static bool is_hint(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT || advice == MADV_WILLNEED ||
	       advice == MADV_COLLAPSE;
}

static void remote_decide(struct call *c)
{
	if (c->nr == __NR_process_madvise) {
		/* As Linux before 6.13 says to any other advice. */
		if (!is_hint((int)c->args[3]))
			call_answer(c, -EINVAL);
		return;
	}
	if (c->args[0] && !pid_map_find(c->session->pids, (pid_t)c->args[0]))
		c->run = RUN_LEADER;
}

static void remote_order(struct call *c, unsigned v, struct order *o)
{
	const struct process *process = pid_map_find(c->session->pids, (pid_t)c->args[0]);

	if (o->kind != ORDER_EXECUTE)
		return;
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	if (process)
		o->args[0] = (uint64_t)atomic_load(&process->pids[v]);
	/* Addresses, and what may hold some. */
	if (c->nr == SYS_get_robust_list || c->row->result == RESULT_LENGTH)
		return;
	/* Where pages are is chance: the program sees the leader's. */
	o->force_result = true;
	o->write_output = true;
}

const struct call_ops calls_remote = {
	.gather = remote_gather,
	.decide = remote_decide,
	.order = remote_order,
};
