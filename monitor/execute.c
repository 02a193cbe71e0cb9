/*
 * The leader's thread. One call, seven phases: gather has happened in every
 * tracer thread; here are compare, decide, execute, apply and record;
 * replicate.c is the followers' side.
 */
#include "monitor/execute.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/check.h"
#include "monitor/calls/seccomp.h"
#include "monitor/delivery.h"
#include "monitor/guard.h"
#include "monitor/lane_life.h"
#include "monitor/outgoing.h"
#include "monitor/record.h"
#include "monitor/signals.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/turns.h"
#include "monitor/variant.h"

static struct slot *leader_slot(struct lane *lane)
{
	return lane_slot(lane, lane->seq, LEADER);
}

/* Who ended although nobody agreed on it? A killed leader takes the others with it. */
static void unexpected_end(struct lane *lane, uint32_t ended)
{
	struct session *s = lane->session;

	for (unsigned v = 0; v < s->n_variants; v++) {
		if (!(ended & 1u << v))
			continue;
		if (WIFSIGNALED(lane->status[v]) &&
		    (v == LEADER || WTERMSIG(lane->status[v]) == SIGKILL)) {
			lane_kill(lane);
			return;
		}
	}
}

/* Calls that each variant made must have come out alike. */
static bool outcomes_agree(struct lane *lane, uint64_t seq, struct mismatch *out)
{
	const struct rendezvous *r = lane_rendezvous(lane, seq);
	const struct syscall_row *row = syscall_row_find(r->slots[LEADER].nr);
	int64_t leader = r->slots[LEADER].result;

	if (!r->same_outcome || r->no_result)
		return true;
	for (unsigned v = 1; v < lane->session->n_variants; v++) {
		int64_t result = r->slots[v].result;
		bool exact = result_is_error(leader) || result_is_error(result) ||
			     row->result == RESULT_FD || row->result == RESULT_NONE;

		if (exact ? result == leader : true)
			continue;
		*out = (struct mismatch){
			.kind = DIVERGENCE_RESULT, .variant = v, .odd = 1u << v, .arg = -1
		};
		return false;
	}
	return true;
}

/* All have arrived at the current rendezvous, so all are done with the one before. */
bool execute_previous_complete(struct lane *lane)
{
	struct rendezvous *before = lane_rendezvous(lane, lane->seq - 1);
	struct mismatch mismatch;

	if (!outcomes_agree(lane, lane->seq - 1, &mismatch)) {
		lane->seq--;
		divergence_stop(lane, &mismatch);
		return false;
	}
	record_step(lane, lane->seq - 1);
	before->same_outcome = false;
	for (unsigned v = 0; v < lane->session->n_variants; v++)
		atomic_store_explicit(&before->slots[v].phase, SLOT_EMPTY, memory_order_relaxed);
	return true;
}

static void call_setup(struct tracer *t, struct lane *lane)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	struct slot *slot = &r->slots[LEADER];

	*lane->call = (struct call){
		.session = lane->session,
		.tracer = t,
		.lane = lane,
		.rendezvous = r,
		.task = &lane->tasks[LEADER],
		.slot = slot,
		.nr = slot->nr,
		.made_nr = slot->nr,
		.args = slot->args,
		.row = syscall_row_find(slot->nr),
		.among_threads = atomic_load(&lane->process->threaded),
	};
	capture_reset(&r->out);
	r->task_seq = ++lane->task_seq;
	r->ticket = 0;
	r->executed = EXECUTED_LEADER;
	r->verdict = VERDICT_SAME;
	r->no_result = false;
	r->same_outcome = false;
	r->unrecorded = true;
}

static bool gives_fd(const struct call *c)
{
	return call_is_gated(c) && !c->early && c->result >= 0 &&
	       (c->row->result == RESULT_FD || c->row->family == FAMILY_FCNTL);
}

/* How a follower does its part unless its family says otherwise. */
static void order_from_row(const struct call *c, struct order *o)
{
	*o = (struct order){
		.kind = ORDER_ANSWER,
		.result = c->result,
		.write_output = true,
		.path_arg = -1,
		.fd = -1,
		.gated = call_is_gated(c),
		.in_turn = c->in_turn,
		.nr = c->nr,
		.child = c->child,
		.child_tid = c->child ? (int32_t)c->result : 0,
	};
	if (c->run != RUN_EACH || (result_is_error(c->result) && !c->early))
		return;
	o->kind = ORDER_EXECUTE;
	o->write_output = false;
	o->fd = gives_fd(c) ? (int32_t)c->result : -1;
	o->force_result = c->row->result == RESULT_PID;
	/* Whatever rt_sigreturn leaves in the result's register is no result. */
	o->no_exit = c->rendezvous->no_result;
}

static void order_followers(struct call *c, int signo, enum signal_resume resume)
{
	const struct call_ops *ops = call_ops_get(c->row->family);

	for (unsigned v = 1; v < c->session->n_variants; v++) {
		struct slot *slot = &c->rendezvous->slots[v];

		if (atomic_load_explicit(&slot->phase, memory_order_acquire) != SLOT_ARRIVED ||
		    slot->kind == ARRIVAL_END)
			continue;
		order_from_row(c, &slot->order);
		slot->order.signo = signo;
		slot->order.resume = resume;
		slot->order.no_exit &= !signo;
		if (ops->order)
			ops->order(c, v, &slot->order);
		atomic_store_explicit(&slot->phase, SLOT_ORDERED, memory_order_release);
		tracer_tell_follower(c->lane, v);
	}
}

static void leader_write_answer(struct call *c)
{
	struct backend *b = c->tracer->backend;

	for (unsigned i = 0; i < c->rendezvous->out.n_bufs; i++) {
		const struct capture_buf *buf = &c->rendezvous->out.bufs[i];

		if (b->ops->write_memory(b, c->task->tid, buf->addr,
					 capture_bytes(&c->rendezvous->out, buf), buf->length) < 0)
			c->result = -EFAULT;
	}
}

/* What the leader sees of its call, where that is not what the kernel left there. */
static void leader_take_result(struct call *c)
{
	struct task *task = c->task;

	if (c->answered) {
		leader_write_answer(c);
		registers_answer(&task->regs, c->result);
	} else if (c->new_result || c->moved_args) {
		if (c->new_result)
			task->regs.rax = (uint64_t)c->result;
		if (c->moved_args)
			registers_set_arguments(&task->regs, c->args);
	} else {
		return;
	}
	task_write_registers(c->tracer, task);
	c->new_result = c->moved_args = false;
}

/* The call is over for the leader, and the followers get their orders. */
static void call_close(struct call *c, int signo, enum signal_resume resume)
{
	outgoing_release(c);
	c->slot->result = c->result;
	if (c->run == RUN_EACH) {
		c->rendezvous->executed = EXECUTED_EACH;
		c->rendezvous->same_outcome = true;
	}
	if (c->answered)
		c->rendezvous->executed = EXECUTED_NOBODY;
	/* Memory may be shared by this very call: then what comes next is in turns. */
	if (c->run != RUN_EACH || !c->early)
		turns_decide(c->lane);
	order_followers(c, signo, resume);
	if (call_ops_get(c->row->family)->done)
		call_ops_get(c->row->family)->done(c);
}

static void leader_passes(struct call *c)
{
	if (c->nr != SYS_rt_sigreturn)
		c->lane->put_off_ns = 0;
	lane_advance(c->lane);
	task_pass(c->tracer, c->task);
	c->task->may_block = false;
}

void execute_finish(struct call *c, int signo, int leader_signo, enum signal_resume resume)
{
	call_close(c, signo, resume);
	leader_take_result(c);
	leader_passes(c);
	turns_go(c->tracer, c->task, leader_signo);
}

static void call_apply(struct call *c)
{
	const struct call_ops *ops = call_ops_get(c->row->family);

	if (ops->apply)
		ops->apply(c);
}

static void outputs_take(struct call *c)
{
	struct gather g = {
		.backend = c->tracer->backend,
		.tid = c->task->tid,
		.leader_tid = c->task->tid,
		.nr = c->nr,
		.row = c->row,
		.args = c->args,
		.entry = &c->slot->in,
		.to = &c->rendezvous->out,
	};

	outgoing_bring_back(c);
	if (!c->rendezvous->out.n_bufs)
		gather_outputs(&g, c->result);
}

void execute_interrupted(struct call *c)
{
	outputs_take(c);
}

/* What came back is not all of it, or nothing that the program may see. */
static bool call_goes_on(struct call *c)
{
	const struct call_ops *ops = call_ops_get(c->row->family);

	return outgoing_goes_on(c) || (ops->goes_on && ops->goes_on(c));
}

void execute_exit(struct tracer *t, struct task *task)
{
	struct call *c = task->lane->call;

	c->result = registers_result(&task->regs);
	turns_forked(t, task, false);
	if (call_goes_on(c)) {
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	if (c->nr == SYS_rt_sigreturn) {
		c->result = 0; /* what is in the result's register there is no result */
	} else if (signals_interrupted(c->result)) {
		/* Behind a handler it is the program's own that is made again. */
		if (c->made_nr != c->nr) {
			registers_set_number(&task->regs, c->nr);
			task_write_registers(t, task);
		}
		/* The signal's own stop is next, or the call starts again. */
		task->state = TASK_INTERRUPTED;
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
	if (c->row->family == FAMILY_CLONE && c->nr != SYS_set_tid_address && c->result > 0 &&
	    !c->child) {
		tracer_child_escaped(t, (pid_t)c->result);
		return;
	}
	if (!c->rendezvous->no_result)
		outputs_take(c);
	call_apply(c);
	if (atomic_load(&t->session->stopping))
		return;
	if (signals_follow_call(c)) {
		leader_take_result(c);
		signals_await(t, task);
		return;
	}
	execute_finish(c, 0, 0, SIGNAL_KEEP);
}

void execute_take_over(struct lane *lane)
{
	struct session *s = lane->session;
	struct lane *root = atomic_load(&s->root);

	if (root->state != LANE_ENDED && root->process == lane->process) {
		atomic_fetch_add(&lane->refs, 1);
		atomic_store(&s->root, lane);
	}
	pid_map_remove(s->pids, lane->thread);
	lane->thread = lane->process;
}

void execute_exec(struct tracer *t, struct task *task)
{
	struct call *c = task->lane->call;

	(void)t;
	c->result = 0;
	c->task->regs.rax = 0;
	c->moved_args = false; /* with the old image */
	call_apply(c);
	execute_finish(c, 0, 0, SIGNAL_KEEP);
}

static void child_tables(struct lane *parent, struct lane *child, uint64_t flags)
{
	int place;

	child->fds = flags & CLONE_FILES ? fd_table_share(parent->fds) : fd_table_copy(parent->fds);
	child->signals = flags & CLONE_SIGHAND ? signal_table_share(parent->signals) :
						 signal_table_copy(parent->signals);
	child->mm = flags & CLONE_VM ? mm_share(parent->mm) : mm_copy(parent->mm);
	place = mm_enter(child->mm);
	if (place < 0)
		session_fail(parent->session, "more than %u threads in one process", MM_PLACES);
	else
		child->scratch_place = (unsigned)place;
}

void execute_fork(struct tracer *t, struct task *task, pid_t pid)
{
	struct lane *parent = task->lane;
	struct call *c = parent->call;
	uint64_t parent_addr, tid_addr;
	uint64_t flags = clone_flags_get(c->slot, &parent_addr, &tid_addr);
	struct lane *child = lane_create(t->session, parent, pid, flags & CLONE_THREAD);
	int32_t visible = pid;

	if (flags & CLONE_THREAD) {
		atomic_store(&child->process->threaded, true);
		turns_decide(parent);
	} else if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) {
		parent->mm->is_shared = true;
		turns_decide(parent);
	}
	child_tables(parent, child, flags);
	turns_inherit(parent, child);
	/* Dying, its end will be reported: then there is nothing to agree on. */
	if (call_is_gated(c) && fd_list_read(&child->born_with, pid) == 0)
		fd_table_intersect(child->fds, &child->born_with);
	child->tasks[LEADER].child_tid_addr = tid_addr;
	child->tasks[LEADER].visible_tid = pid;
	tracer_join_task(t, child, pid);
	record_task_start(child, flags);
	/* The followers go now: after vfork the leader comes back only when its child is gone. */
	c->result = pid;
	c->child = child;
	if (parent_addr)
		memcpy(capture_add(&c->rendezvous->out, c->nr == SYS_clone ? 2 : 0,
				   c->nr == SYS_clone ? PART_CONTENT : PART_NAME, FORMAT_NONE,
				   parent_addr, sizeof(visible)),
		       &visible, sizeof(visible));
	c->run = RUN_EACH;
	order_followers(c, 0, SIGNAL_KEEP);
	turns_forked(t, task, true);
	if (child->tasks[LEADER].first_stop_seen)
		task_begin(t, &child->tasks[LEADER]);
}

/* exit, exit_group, rt_sigreturn: nothing comes back to this stop. */
static bool call_is_final(int64_t nr)
{
	return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigreturn;
}

static void leader_makes_call(struct call *c)
{
	c->task->state = TASK_EXECUTING;
	c->task->may_block = c->row->block == BLOCK_MAY;
	task_resume(c->tracer, c->task, RESUME_TO_EXIT, 0);
}

static void execute_final(struct call *c)
{
	if (c->nr == SYS_exit)
		c->lane->ending = true;
	else if (c->nr == SYS_exit_group)
		process_ends(c->lane);
	c->rendezvous->no_result = true;
	c->result = 0;
	c->run = RUN_EACH;
	/* What the handler blocked comes before the program goes on: then there is an exit stop. */
	if (c->nr == SYS_rt_sigreturn && signals_wait_for(c)) {
		leader_makes_call(c);
		return;
	}
	execute_finish(c, 0, 0, SIGNAL_KEEP);
}

static void execute_call(struct call *c)
{
	c->lane->state = LANE_EXECUTE;
	if (c->answered) {
		call_apply(c);
		execute_finish(c, 0, 0, SIGNAL_KEEP);
		return;
	}
	if (call_is_final(c->nr)) {
		execute_final(c);
		return;
	}
	if (c->run == RUN_EACH && c->early)
		order_followers(c, 0, SIGNAL_KEEP);
	outgoing_copy(c);
	if (atomic_load(&c->session->stopping))
		return;
	if (c->in_turn)
		turns_fork(c->tracer, c->task);
	else
		leader_makes_call(c);
}

static bool call_is_supported(struct call *c)
{
	if (!c->row) {
		c->rendezvous->verdict = VERDICT_UNSUPPORTED;
		session_fail(c->session, "system call %lld has no row in the table",
			     (long long)c->nr);
		return false;
	}
	if (c->row->support == SUPPORT_REFUSED) {
		c->rendezvous->verdict = VERDICT_REFUSED;
		call_answer(c, -(int64_t)c->row->refuse_errno);
	}
	return true;
}

/* A number or a place is free for others as soon as the leader has done it: the followers hear of it first. */
static bool frees(int64_t nr)
{
	return nr == SYS_close || nr == SYS_close_range || nr == SYS_munmap;
}

static void meet_call(struct tracer *t, struct lane *lane)
{
	const struct call_ops *ops;
	struct call *c = lane->call;

	if (delivery_at_entry(t, lane))
		return;
	call_setup(t, lane);
	if (seccomp_decide(c)) {
		if (atomic_load(&c->session->stopping))
			record_step(lane, lane->seq);
		return;
	}
	if (!call_is_supported(c)) {
		record_step(lane, lane->seq);
		return;
	}
	if (!c->answered && guard_stops(c)) {
		record_step(lane, lane->seq);
		return;
	}
	c->run = c->row->run == RUN_LOCAL ? RUN_LEADER : (enum syscall_run)c->row->run;
	c->early = c->run == RUN_EACH && c->row->family == FAMILY_NONE;
	if (c->row->effects &
	    (EFFECT_FD | EFFECT_MAP | EFFECT_PROCESS | EFFECT_CWD | EFFECT_SIGNAL))
		c->rendezvous->ticket = ++c->session->next_ticket;
	ops = call_ops_get(c->row->family);
	if (ops->decide && !c->answered)
		ops->decide(c);
	if (call_is_gated(c) && !frees(c->nr))
		c->early = false;
	if (atomic_load(&c->session->stopping)) {
		record_step(lane, lane->seq);
		return;
	}
	execute_call(c);
}

/* The same for all, made by the monitor: nothing of it is a call. */
static void resume_all(struct tracer *t, struct lane *lane, int signo)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);

	for (unsigned v = 1; v < t->session->n_variants; v++) {
		r->slots[v].order = (struct order){ .kind = ORDER_RESUME, .signo = signo };
		atomic_store_explicit(&r->slots[v].phase, SLOT_ORDERED, memory_order_release);
		tracer_tell_follower(lane, v);
	}
	lane_advance(lane);
	task_pass(t, &lane->tasks[LEADER]);
	turns_go(t, &lane->tasks[LEADER], signo);
}

static void meet_trap(struct tracer *t, struct lane *lane)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);

	r->trap = variant_trap_answer(&r->slots[LEADER]);
	r->unrecorded = false;
	variant_answer_trap(t, &lane->tasks[LEADER], &r->slots[LEADER], &r->trap);
	record_trap(lane, &r->slots[LEADER], &r->trap);
	resume_all(t, lane, 0);
}

static void meet_fault(struct tracer *t, struct lane *lane)
{
	struct slot *slot = leader_slot(lane);
	struct delivery d = { .info = slot->siginfo, .first_ns = slot->entry_ns };

	for (unsigned v = 0; v < t->session->n_variants; v++)
		d.had_ns[v] = lane_slot(lane, lane->seq, v)->entry_ns;
	lane_rendezvous(lane, lane->seq)->unrecorded = false;
	record_signal(lane, SIGNAL_FAULT, &d);
	if (signal_action_get(lane->signals, slot->signo) == SIGNAL_ACTION_HANDLER)
		signal_handler_begins(lane->signals, slot->signo);
	else
		process_ends(lane);
	resume_all(t, lane, slot->signo);
}

/*
 * Programs of today make no calls of another ABI; code that an attacker has
 * brought in does, to get past whoever looks at the numbers.
 */
static void meet_foreign(struct lane *lane)
{
	const struct mismatch mismatch = { .kind = DIVERGENCE_ABI, .arg = -1 };

	divergence_stop(lane, &mismatch);
}

/* The first call is the execve that starts the program: each variant's own. */
static bool is_first_exec(const struct lane *lane)
{
	return lane->seq == 1 && !lane->parent_id;
}

static void meet_agreed(struct tracer *t, struct lane *lane)
{
	turns_decide(lane);
	switch (leader_slot(lane)->kind) {
	case ARRIVAL_CALL: meet_call(t, lane); return;
	case ARRIVAL_TRAP: meet_trap(t, lane); return;
	case ARRIVAL_FAULT: meet_fault(t, lane); return;
	case ARRIVAL_FOREIGN: meet_foreign(lane); return;
	case ARRIVAL_SIGNAL:
	case ARRIVAL_PAUSE:
	case ARRIVAL_VAIN: CHECK(!"an arrival that is the arbiter's"); return;
	case ARRIVAL_END: return;
	}
}

static void meet(struct tracer *t, struct lane *lane)
{
	const struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	struct mismatch mismatch;

	if (!execute_previous_complete(lane))
		return;
	if (is_first_exec(lane) || compare_rendezvous(r, t->session->n_variants, &mismatch)) {
		meet_agreed(t, lane);
		return;
	}
	divergence_stop(lane, &mismatch);
}

void execute_advance(struct tracer *t, struct lane *lane)
{
	uint32_t ended = atomic_load(&lane->ended);

	if (lane->state == LANE_ENDED || atomic_load(&t->session->stopping))
		return;
	if (ended == lane->variants) {
		lane_finish(lane);
		return;
	}
	if (atomic_load(&lane->die))
		return;
	if (ended && !lane->ending) {
		unexpected_end(lane, ended);
		if (atomic_load(&lane->die))
			return;
	}
	/* A thread that ends with its process, or is replaced by another's new program. */
	if (lane->state != LANE_GATHER || (ended && (lane->ending || lane->process->replacing)))
		return;
	if (!delivery_arbitrate(t, lane) && lane_step(lane, lane->seq, LEADER) == LANE_MEET)
		meet(t, lane);
	else if (lane->state == LANE_GATHER && lane_arrived(lane, lane->seq) &&
		 !lane->first_arrival_ns)
		lane->first_arrival_ns = session_now_ns(t->session);
}
