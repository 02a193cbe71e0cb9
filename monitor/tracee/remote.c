/* Drives system calls in a stopped task by its registers. Waits for that task only. */
#include "monitor/tracee/remote.h"

#include <errno.h>

static int wait_for(struct remote *r, enum stop_kind wanted)
{
	struct stop stop;

	for (;;) {
		int code = r->backend->ops->wait_task(r->backend, r->tid, &stop);

		if (code < 0 || stop.kind == STOP_ENDED)
			return -ESRCH;
		if (stop.kind == wanted)
			return 0;
		if (stop.kind == STOP_SIGNAL)
			r->on_signal(r->context, stop.signo);
		else if (stop.kind != STOP_GROUP && stop.kind != STOP_NEW)
			return -EPROTO;
		code = r->backend->ops->resume(
			r->backend, r->tid, wanted == STOP_CALL ? RESUME_RUN : RESUME_TO_EXIT, 0);
		if (code < 0)
			return code;
	}
}

int remote_reach_exit(struct remote *r)
{
	int code = r->backend->ops->resume(r->backend, r->tid, RESUME_TO_EXIT, 0);

	return code < 0 ? code : wait_for(r, STOP_CALL_EXIT);
}

int remote_begin(struct remote *r)
{
	return r->backend->ops->get_registers(r->backend, r->tid, &r->saved);
}

int remote_call(struct remote *r, int64_t nr, const uint64_t args[6], int64_t *result)
{
	registers regs = r->saved;
	int code;

	regs.rip = r->insn_addr;
	regs.rax = (uint64_t)nr;
	regs.orig_rax = SYSCALL_SKIP; /* no restart of the call we stand at */
	registers_set_arguments(&regs, args);
	code = r->backend->ops->set_registers(r->backend, r->tid, &regs);
	if (code == 0)
		code = r->backend->ops->resume(r->backend, r->tid, RESUME_RUN, 0);
	if (code == 0)
		code = wait_for(r, STOP_CALL);
	if (code == 0)
		code = r->backend->ops->resume(r->backend, r->tid, RESUME_TO_EXIT, 0);
	if (code == 0)
		code = wait_for(r, STOP_CALL_EXIT);
	if (code == 0)
		code = r->backend->ops->get_registers(r->backend, r->tid, &regs);
	*result = registers_result(&regs);
	return code;
}

int remote_end(struct remote *r)
{
	return r->backend->ops->set_registers(r->backend, r->tid, &r->saved);
}

int remote_end_before_call(struct remote *r, int64_t nr)
{
	registers regs = r->saved;
	int code;

	registers_restart(&regs, nr);
	code = r->backend->ops->set_registers(r->backend, r->tid, &regs);
	if (code == 0)
		code = r->backend->ops->resume(r->backend, r->tid, RESUME_RUN, 0);
	return code == 0 ? wait_for(r, STOP_CALL) : code;
}
