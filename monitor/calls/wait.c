/*
 * wait4, waitid: the leader waits; each follower then reaps the corresponding
 * child of its own, and sees what the leader saw.
 */
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "monitor/call.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/variant.h"

/* The child that the leader's call has reaped, as the program sees it; 0 for none. */
static pid_t reaped(const struct call *c)
{
	const struct capture_buf *buf;
	siginfo_t info;
	int status;

	if (c->nr == SYS_wait4) {
		buf = capture_find(&c->rendezvous->out, 1, PART_CONTENT);
		if (c->result <= 0)
			return 0;
		if (!buf)
			return (pid_t)c->result;
		memcpy(&status, capture_bytes(&c->rendezvous->out, buf), sizeof(status));
		return WIFEXITED(status) || WIFSIGNALED(status) ? (pid_t)c->result : 0;
	}
	buf = capture_find(&c->rendezvous->out, 2, PART_CONTENT);
	if (c->result < 0 || !buf || buf->length < sizeof(info) || (c->args[3] & WNOWAIT))
		return 0;
	memcpy(&info, capture_bytes(&c->rendezvous->out, buf), sizeof(info));
	if (info.si_code != CLD_EXITED && info.si_code != CLD_KILLED && info.si_code != CLD_DUMPED)
		return 0;
	return info.si_pid;
}

static bool lacks_place(const struct call *c)
{
	return c->nr == SYS_waitid && !c->args[2];
}

/* Which child it was stands only in the siginfo: the leader's call gets a place for it. */
static void wait_decide(struct call *c)
{
	if (!lacks_place(c))
		return;
	c->task->regs.rdx = variant_scratch_addr(c->task);
	task_write_registers(c->tracer, c->task);
	c->moved_args = true;
}

/* Kept as the output that it would be; written nowhere, for it has no address. */
static void wait_apply(struct call *c)
{
	struct backend *b = c->tracer->backend;
	siginfo_t info = { 0 };

	if (!lacks_place(c) || c->result < 0)
		return;
	b->ops->read_memory(b, c->task->tid, variant_scratch_addr(c->task), &info, sizeof(info));
	memcpy(capture_add(&c->rendezvous->out, 2, PART_CONTENT, FORMAT_SIGINFO, 0, sizeof(info)),
	       &info, sizeof(info));
}

static void wait_order(struct call *c, unsigned v, struct order *o)
{
	pid_t pid = reaped(c);
	struct process *process = pid ? pid_map_find(c->session->pids, pid) : NULL;

	o->kind = ORDER_ANSWER;
	o->write_output = true;
	if (!process)
		return;
	o->kind = ORDER_EXECUTE;
	o->force_result = true;
	o->substitute = true;
	o->nr = SYS_wait4;
	o->args[0] = (uint64_t)atomic_load(&process->pids[v]);
	o->args[1] = 0;
	o->args[2] = __WALL;
	o->args[3] = 0;
}

static void wait_done(struct call *c)
{
	pid_t pid = reaped(c);
	struct process *process = pid ? pid_map_find(c->session->pids, pid) : NULL;

	if (!process)
		return;
	process->waited = true;
	if (process->gone)
		pid_map_remove(c->session->pids, process);
}

const struct call_ops calls_wait = {
	.decide = wait_decide,
	.order = wait_order,
	.apply = wait_apply,
	.done = wait_done,
};
