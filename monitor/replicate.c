/* The followers' side of a rendezvous: answers calls with the leader's result and bytes, or makes them. */
#include "monitor/replicate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "monitor/call.h"
#include "monitor/calls/messages.h"
#include "monitor/delivery.h"
#include "monitor/robust.h"
#include "monitor/hand_over.h"
#include "monitor/session.h"
#include "monitor/signals.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/remote.h"
#include "monitor/turns.h"
#include "monitor/variant.h"

/* What the leader's kernel could not write, it has as it was. */
static bool has_bytes(struct tracer *t, struct task *task, uint64_t addr, const uint8_t *data,
		      size_t length)
{
	uint8_t is[1024];
	size_t part;

	for (size_t at = 0; at < length; at += part) {
		part = length - at < sizeof(is) ? length - at : sizeof(is);
		if (t->backend->ops->read_memory(t->backend, task->tid, addr + at, is, part) !=
			    (ssize_t)part ||
		    memcmp(is, data + at, part) != 0)
			return false;
	}
	return true;
}

static void write_bytes(struct tracer *t, struct task *task, uint64_t addr, const void *data,
			size_t length)
{
	int code;

	if (!length || !addr)
		return;
	code = t->backend->ops->write_memory(t->backend, task->tid, addr, data, length);
	/* The leader's kernel could write there, this variant's cannot: the layouts differ in kind. */
	if (code < 0 && code != -ESRCH && !has_bytes(t, task, addr, data, length))
		session_fail(t->session, "cannot hand results to variant %u at %#llx: %s",
			     t->variant, (unsigned long long)addr, strerror(-code));
}

static void write_vector(struct tracer *t, struct task *task, const struct capture *in,
			 const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < in->n_vector && length; i++) {
		size_t part = in->vector[i].length < length ? in->vector[i].length : length;

		write_bytes(t, task, in->vector[i].addr, data, part);
		data += part;
		length -= part;
	}
}

/* Lengths and flags of a received message; the pointers are this variant's own. */
static void write_message(struct tracer *t, struct task *task, uint64_t addr, const uint8_t *leader)
{
	uint64_t scalars[MESSAGE_SCALARS];
	struct msghdr message;

	memcpy(scalars, leader, sizeof(scalars));
	message.msg_namelen = (socklen_t)scalars[MESSAGE_NAME_LENGTH];
	message.msg_controllen = scalars[MESSAGE_CONTROL_LENGTH];
	message.msg_flags = (int)scalars[MESSAGE_FLAGS];
	write_bytes(t, task, addr + offsetof(struct msghdr, msg_namelen), &message.msg_namelen,
		    sizeof(message.msg_namelen));
	write_bytes(t, task, addr + offsetof(struct msghdr, msg_controllen),
		    &message.msg_controllen, sizeof(message.msg_controllen));
	write_bytes(t, task, addr + offsetof(struct msghdr, msg_flags), &message.msg_flags,
		    sizeof(message.msg_flags));
}

static void write_piece(void *context, uint64_t addr, const void *data, size_t length)
{
	struct task *task = context;

	write_bytes(&task->lane->session->tracers[task->variant], task, addr, data, length);
}

static void write_outputs(struct tracer *t, struct task *task, struct slot *slot)
{
	const struct capture *out = &lane_rendezvous(task->lane, task->seq)->out;
	const struct syscall_row *row = syscall_row_find(slot->nr);

	for (unsigned i = 0; i < out->n_bufs; i++) {
		const struct capture_buf *buf = &out->bufs[i];
		const uint8_t *data = capture_bytes(out, buf);
		const struct capture_buf *own;

		if (row && row->args[buf->arg].kind == ARG_MMSGHDR_OUT) {
			if (buf->part == PART_LAYOUT)
				messages_deliver(&slot->in, out, write_piece, task);
			continue;
		}
		switch ((enum trace_buf_part)buf->part) {
		case PART_CONTENT:
			if (slot->in.n_vector && slot->nr != SYS_recvmmsg)
				write_vector(t, task, &slot->in, data, buf->length);
			else
				write_bytes(t, task, slot->args[buf->arg], data, buf->length);
			break;
		case PART_NAME:
		case PART_CONTROL:
			own = capture_find(&slot->in, buf->arg, buf->part);
			if (own)
				write_bytes(t, task, own->addr, data, buf->length);
			break;
		case PART_LAYOUT: write_message(t, task, slot->args[buf->arg], data); break;
		}
	}
}

static void write_own(struct tracer *t, struct task *task, struct slot *slot)
{
	struct order *o = &slot->order;

	if (slot->in.n_vector)
		write_vector(t, task, &slot->in, o->own_bytes, o->own_length);
	else
		write_bytes(t, task, slot->args[1], o->own_bytes, o->own_length);
	free(o->own_bytes);
	o->own_bytes = NULL;
}

static void order_answer(struct tracer *t, struct task *task, struct slot *slot)
{
	const struct order *o = &slot->order;

	if (o->own_bytes)
		write_own(t, task, slot);
	else if (o->write_output)
		write_outputs(t, task, slot);
	if (o->no_handler)
		signals_take_handler(t, task, o->signo);
	slot->result = o->result;
	registers_answer(&task->regs, o->result);
	task_write_registers(t, task);
	task->may_block = false;
	if (slot->n_calls) {
		task->state = TASK_EXECUTING;
		task_resume(t, task, RESUME_TO_EXIT, 0);
		return;
	}
	if (o->signo) {
		signals_inject(t, task, o->signo);
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	task_pass(t, task);
	turns_go(t, task, 0);
}

static void order_substitute(struct tracer *t, struct task *task, const struct order *o)
{
	uint64_t args[6];

	memcpy(args, o->args, sizeof(args));
	if (o->path_arg >= 0) {
		args[o->path_arg] = variant_scratch_addr(task);
		write_bytes(t, task, args[o->path_arg], o->path, sizeof(o->path));
	}
	task->regs.orig_rax = (uint64_t)o->nr;
	registers_set_arguments(&task->regs, args);
	task_write_registers(t, task);
}

static void order_execute(struct tracer *t, struct task *task, struct slot *slot)
{
	const struct order *o = &slot->order;

	task->may_block = true;
	if (o->substitute)
		order_substitute(t, task, o);
	if (o->no_exit) {
		slot->result = o->result;
		task->may_block = false;
		if (slot->nr == SYS_exit || slot->nr == SYS_exit_group)
			robust_lists_prepare(t, task, slot->nr == SYS_exit_group);
		task_pass(t, task);
		turns_go(t, task, 0);
		return;
	}
	/* The leader's has succeeded: this program's memory, and other threads, go. */
	if (slot->nr == SYS_execve || slot->nr == SYS_execveat)
		robust_lists_prepare(t, task, true);
	if (o->signal_first)
		task_send(t, task, o->signo);
	if (o->in_turn) {
		turns_fork(t, task);
		return;
	}
	task->state = TASK_EXECUTING;
	task_resume(t, task, RESUME_TO_EXIT, 0);
}

static void order_resume(struct tracer *t, struct task *task, struct slot *slot)
{
	int signo = slot->order.signo;

	if (slot->kind == ARRIVAL_TRAP)
		variant_answer_trap(t, task, slot, &lane_rendezvous(task->lane, task->seq)->trap);
	task_pass(t, task);
	turns_go(t, task, signo);
}

static void follow_order(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);

	switch (slot->order.kind) {
	case ORDER_ANSWER: order_answer(t, task, slot); return;
	case ORDER_EXECUTE: order_execute(t, task, slot); return;
	case ORDER_RESUME: order_resume(t, task, slot); return;
	case ORDER_SIGNAL:
	case ORDER_GO_ON:
	case ORDER_WAIT: delivery_follow(t, task); return;
	}
}

/* True when nobody is at it, who was let in before; else the task waits there. */
static bool gate_enter(struct tracer *t, struct task *task)
{
	struct order_gate *gate = &task->lane->process->gates[t->variant];

	task->at_gate = true;
	task->gated = NULL;
	if (!gate->first) {
		gate->first = gate->last = task;
		return true;
	}
	gate->last->gated = task;
	gate->last = task;
	return false;
}

void replicate_leave_gate(struct tracer *t, struct task *task)
{
	struct task **at, *before = NULL;
	struct order_gate *gate;
	bool was_first;

	if (!task->at_gate)
		return;
	task->at_gate = false;
	gate = &task->lane->process->gates[t->variant];
	was_first = gate->first == task;
	for (at = &gate->first; *at != task; at = &before->gated)
		before = *at;
	*at = task->gated;
	if (gate->last == task)
		gate->last = before;
	if (was_first && gate->first)
		follow_order(t, gate->first);
}

void replicate_look(struct tracer *t, struct lane *lane)
{
	struct task *task = &lane->tasks[t->variant];

	if (task->state == TASK_ENDED && lane_step(lane, task->seq, t->variant) == LANE_ACT)
		tracer_child_missing(t, task_slot(task), lane->status[t->variant]);
	if (task->state == TASK_NONE || task->state == TASK_ENDED)
		return;
	if (atomic_load(&lane->die)) {
		robust_lists_prepare(t, task, true);
		task_kill(task);
		return;
	}
	delivery_stop(t, task);
	signals_fetch_waiting(t, task);
	if (task->state != TASK_ARRIVED || lane_step(lane, task->seq, t->variant) != LANE_ACT)
		return;
	if (task->at_gate || task->awaits_turn ||
	    (task_slot(task)->order.gated && !gate_enter(t, task)))
		return;
	follow_order(t, task);
}

/* Arguments and number back to what the program put there. */
static void registers_repair(struct task *task, const struct slot *slot)
{
	registers_set_arguments(&task->regs, slot->args);
}

/* The leader's child lives and nothing can be in step with it: limits count for all variants together. */
static bool fork_failed(struct tracer *t, const struct order *o, int64_t result)
{
	if (!o->child || !result_is_error(result))
		return false;
	session_fail(t->session, "variant %u cannot create the process that variant 0 created: %s",
		     t->variant, strerror((int)-result));
	return true;
}

/* To the number it must have; what it has now is free again. */
static int remote_move_fd(struct remote *r, int64_t from, int32_t to)
{
	int64_t flags = -EBADF, result = -EBADF;
	int code = remote_call(r, SYS_fcntl, (const uint64_t[6]){ (uint64_t)from, F_GETFD },
			       &flags);

	if (code == 0)
		code = remote_call(r, SYS_dup3,
				   (const uint64_t[6]){ (uint64_t)from, (uint64_t)to,
							flags == FD_CLOEXEC ? O_CLOEXEC : 0 },
				   &result);
	if (code == 0)
		code = result < 0 ? (int)result :
				    remote_call(r, SYS_close, (const uint64_t[6]){ (uint64_t)from },
						&result);
	return code;
}

/* In place of an openat: a descriptor of ours that names what it would have opened. */
static int take_handed(struct tracer *t, struct task *task, struct remote *r,
		       struct order_call *call)
{
	int64_t result;
	int code = hand_over(t, task, r, call->handed_fd, &call->result);

	close(call->handed_fd);
	if (code == 0 && !(call->args[2] & O_CLOEXEC))
		code = remote_call(r, SYS_fcntl,
				   (const uint64_t[6]){ (uint64_t)call->result, F_SETFD, 0 },
				   &result);
	return code;
}

static int make_plain_call(struct tracer *t, struct task *task, struct remote *r,
			   struct order_call *call)
{
	uint64_t args[6];

	memcpy(args, call->args, sizeof(args));
	if (call->path_arg >= 0) {
		args[call->path_arg] = variant_scratch_addr(task);
		write_bytes(t, task, args[call->path_arg], call->path, strlen(call->path) + 1);
	}
	if (call->result_arg >= 0)
		args[call->result_arg] = (uint64_t)call[-(int)call->result_back].result;
	return remote_call(r, call->nr, args, &call->result);
}

/* One further call; those before it have their results. */
static int make_call(struct tracer *t, struct task *task, struct remote *r, struct order_call *call)
{
	int code = call->handed_fd >= 0 ? take_handed(t, task, r, call) :
					  make_plain_call(t, task, r, call);

	if (call->pending)
		atomic_fetch_sub(call->pending, 1);
	if (code < 0 || (call->may_fail && result_is_error(call->result)))
		return code;
	if (result_is_error(call->result))
		return (int)call->result;
	return call->fd >= 0 && call->result != call->fd ?
		       remote_move_fd(r, call->result, call->fd) :
		       0;
}

/* One of them gave what the program is to see. */
static void take_result(struct tracer *t, struct task *task, struct slot *slot)
{
	for (size_t i = 0; i < slot->n_calls; i++)
		if (slot->calls[i].is_result) {
			slot->result = slot->calls[i].result;
			task->regs.rax = (uint64_t)slot->result;
			task_write_registers(t, task);
		}
}

/* What the leader had, it may have no more because its process ends, as this one will. */
static void follow_failed(struct tracer *t, struct lane *lane, const struct slot *slot, int code)
{
	bool ends = lane->ending || lane->process->replacing ||
		    (atomic_load(&lane->ended) & 1u << LEADER);

	if (code < 0 && code != -ESRCH && !ends)
		session_fail(t->session, "variant %u cannot follow system call %lld: %s",
			     t->variant, (long long)slot->nr, strerror(-code));
}

/* The call's descriptor has come out as another number than the leader's. False when the task dies. */
static bool place_fd(struct tracer *t, struct task *task, struct slot *slot)
{
	struct remote remote;
	int code;

	variant_remote(t, task, &remote);
	code = remote_begin(&remote);
	if (code == 0)
		code = remote_move_fd(&remote, slot->result, slot->order.fd);
	remote.saved.rax = (uint64_t)slot->order.fd;
	if (code == 0)
		code = remote_end(&remote);
	slot->result = slot->order.fd;
	follow_failed(t, task->lane, slot, code);
	return code == 0;
}

/*
 * What else the order asks of a follower that stands at the exit of its call:
 * descriptors in place of the leader's, mappings. True when the task goes on.
 */
static bool make_calls(struct tracer *t, struct task *task, struct slot *slot)
{
	struct remote remote;
	int code;

	variant_remote(t, task, &remote);
	code = remote_begin(&remote);
	for (size_t i = 0; code == 0 && i < slot->n_calls; i++)
		code = make_call(t, task, &remote, &slot->calls[i]);
	if (code == 0)
		code = remote_end(&remote);
	follow_failed(t, task->lane, slot, code);
	if (code == 0)
		take_result(t, task, slot);
	return code == 0;
}

/* The answer has been given, and the further calls come before the program goes on. */
static void answer_exit(struct tracer *t, struct task *task, struct slot *slot)
{
	const struct order *o = &slot->order;

	if (!make_calls(t, task, slot))
		return;
	if (o->signo) {
		signals_inject(t, task, o->signo);
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	task_pass(t, task);
	turns_go(t, task, 0);
}

void replicate_exit(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);
	const struct order *o = &slot->order;
	int64_t result = registers_result(&task->regs);
	bool changed = false;

	if (o->kind == ORDER_ANSWER) {
		answer_exit(t, task, slot);
		return;
	}

	if (o->signal_first) {
		/* -ERESTARTNOHAND: the signal's stop is next, and the kernel makes it EINTR. */
		slot->result = o->result;
		if (o->substitute) {
			registers_repair(task, slot);
			task_write_registers(t, task);
		}
		task->state = TASK_INJECTING;
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	if (signals_interrupted(result) && slot->nr != SYS_rt_sigreturn) {
		/* Our child's SIGCHLD: dropped at its stop, and the call starts again. */
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	if (o->child && result < 0) {
		session_fail(t->session, "variant %u could not make its process: %s", t->variant,
			     strerror((int)-result));
		return;
	}
	if (fork_failed(t, o, result))
		return;
	if (o->child) {
		tracer_child_escaped(t, (pid_t)result);
		return;
	}
	if (o->substitute) {
		registers_repair(task, slot);
		changed = true;
	}
	if (o->force_result && result != o->result) {
		task->regs.rax = (uint64_t)o->result;
		changed = true;
	}
	if (changed)
		task_write_registers(t, task);
	slot->result = o->force_result ? o->result : result;
	if (o->fd >= 0 && result >= 0 && result != o->fd && !place_fd(t, task, slot))
		return;
	if (o->write_output)
		write_outputs(t, task, slot);
	if (slot->n_calls && !make_calls(t, task, slot))
		return;
	if (o->signo) {
		signals_inject(t, task, o->signo);
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	task->may_block = false;
	task_pass(t, task);
	turns_go(t, task, 0);
}

void replicate_fork(struct tracer *t, struct task *task, pid_t pid)
{
	struct slot *slot = task_slot(task);
	struct lane *child = slot->order.child;
	struct task *joined;
	uint64_t parent_addr, tid_addr;

	CHECK(child);
	clone_flags_get(slot, &parent_addr, &tid_addr);
	/* The kernel has written the real id already. */
	if (parent_addr)
		write_outputs(t, task, slot);
	joined = tracer_join_task(t, child, pid);
	joined->child_tid_addr = tid_addr;
	joined->visible_tid = slot->order.child_tid;
	replicate_leave_gate(t, task);
	slot->order.child = NULL; /* its lane is its own now, and may end before this call does */
	turns_forked(t, task, true);
	if (joined->first_stop_seen)
		task_begin(t, joined);
}

void replicate_exec(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);

	slot->result = 0;
	task_pass(t, task);
	turns_go(t, task, 0);
}
