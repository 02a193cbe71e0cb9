/*
 * wait4, waitid: the leader waits; each follower then reaps the corresponding
 * child of its own, and sees what the leader saw.
 */
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "monitor/call.h"
#include "monitor/tracee/pid_map.h"

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

static void wait_decide(struct call *c)
{
	if (c->nr == SYS_waitid && !c->args[2] && c->session->n_variants > 1)
		call_unsupported(c, "waitid without a place for the result");
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
	.done = wait_done,
};
