/*
 * Process ids in arguments and results. The leader's processes are the ones
 * the program knows, so most of these are its calls; the followers' own groups
 * and sessions are never seen.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor/call.h"
#include "monitor/tracee/pid_map.h"

static void ids_decide(struct call *c)
{
	switch (c->nr) {
	case SYS_setpgid:
	case SYS_setsid:
	case SYS_setpriority:
	case SYS_capget: c->run = RUN_LEADER; return;
	case SYS_prlimit64:
		if (!c->args[2])
			c->run = RUN_LEADER; /* it only asks */
		return;
	}
}

static void ids_apply(struct call *c)
{
	/* The program's parent is who started the monitor. */
	if (c->nr == SYS_getppid && c->result == c->session->monitor_pid) {
		c->result = getppid();
		c->new_result = true;
	}
}

/* Limits hold for each variant's own process, but followers write no cores. */
static void order_limit(struct call *c, unsigned v, struct order *o)
{
	struct process *process = pid_map_find(c->session->pids, (pid_t)c->args[0]);

	if (o->kind != ORDER_EXECUTE)
		return;
	o->write_output = true;
	if ((c->args[0] && !process) || c->args[1] == RLIMIT_CORE) {
		o->kind = ORDER_ANSWER;
		return;
	}
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	o->args[0] = c->args[0] ? (uint64_t)atomic_load(&process->pids[v]) : 0;
	o->args[3] = 0;
}

static void ids_order(struct call *c, unsigned v, struct order *o)
{
	if (c->nr == SYS_prlimit64)
		order_limit(c, v, o);
	else if (c->nr == SYS_setrlimit && c->args[0] == RLIMIT_CORE)
		o->kind = ORDER_ANSWER;
}

const struct call_ops calls_ids = {
	.decide = ids_decide,
	.order = ids_order,
	.apply = ids_apply,
};
const struct call_ops calls_stat = { 0 };
