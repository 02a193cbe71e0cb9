/* Signals at call boundaries: the leader's are held until all stand at the same call. */
#include "monitor/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "monitor/execute.h"
#include "monitor/record.h"
#include "monitor/signal_values.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/remote.h"
#include "monitor/turns.h"
#include "monitor/variant.h"

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

/* Kernel's restart codes (include/linux/errno.h), seen only by tracers. */
#define RESTART_SYS   (-512)
#define RESTART_NOINT (-513)

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of SIGSYS from a filter (asm-generic/siginfo.h) */
#endif

struct signal_table *signal_table_create(uint64_t ignored)
{
	struct signal_table *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	t->ignored = ignored;
	return t;
}

struct signal_table *signal_table_share(struct signal_table *t)
{
	t->refs++;
	return t;
}

struct signal_table *signal_table_copy(const struct signal_table *t)
{
	struct signal_table *copy = alloc_zeroed(1, sizeof(*copy));

	*copy = *t;
	copy->refs = 1;
	return copy;
}

void signal_table_release(struct signal_table *t)
{
	if (t && !--t->refs)
		free(t);
}

void signal_table_exec(struct signal_table *t)
{
	t->handled = 0;
	t->restart = 0;
	t->reset = 0;
}

void signal_table_set(struct signal_table *t, int signo, uint64_t handler, uint64_t flags)
{
	uint64_t bit = BIT(signo);

	t->handled = handler > 1 ? t->handled | bit : t->handled & ~bit;
	t->ignored = handler == 1 ? t->ignored | bit : t->ignored & ~bit;
	t->restart = flags & SA_RESTART ? t->restart | bit : t->restart & ~bit;
	t->reset = flags & SA_RESETHAND ? t->reset | bit : t->reset & ~bit;
}

enum signal_action signal_action_get(const struct signal_table *t, int signo)
{
	if (t->handled & BIT(signo))
		return SIGNAL_ACTION_HANDLER;
	if (t->ignored & BIT(signo))
		return SIGNAL_ACTION_IGNORE;
	/* signal(7), standard signals: default dispositions */
	switch (signo) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH: return SIGNAL_ACTION_IGNORE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU: return SIGNAL_ACTION_STOP;
	}
	return SIGNAL_ACTION_TERMINATE;
}

static bool is_fault(const siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS: return info->si_code > 0;
	}
	return false;
}

/*
 * rdtsc is 0f 31, rdtscp 0f 01 f9, cpuid 0f a2; all fault with SI_KERNEL where
 * they are made to (PR_TSC_SIGSEGV, ARCH_SET_CPUID).
 */
static uint8_t trap_kind(struct tracer *t, struct task *task, const siginfo_t *info)
{
	uint8_t code[3] = { 0 };

	if (info->si_signo != SIGSEGV || info->si_code != SI_KERNEL)
		return 0;
	t->backend->ops->read_memory(t->backend, task->tid, task->regs.rip, code, sizeof(code));
	if (code[0] == 0x0f && code[1] == 0xa2)
		return TRAP_CPUID;
	/* Its own wish; and seccomp's mode strict takes the counter away too. */
	if (atomic_load(&task->lane->no_counter) || atomic_load(&task->lane->strict))
		return 0;
	if (code[0] == 0x0f && code[1] == 0x31)
		return TRAP_RDTSC;
	if (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9)
		return TRAP_RDTSCP;
	return 0;
}

/* A signal the instruction itself raised: each variant's own, and compared. True when it was one. */
static bool arrive_fault(struct tracer *t, struct task *task, const siginfo_t *info)
{
	struct slot *slot = task_slot(task);

	if (!is_fault(info))
		return false;
	task_read_registers(t, task);
	if (info->si_signo == SIGSYS && info->si_code == SYS_SECCOMP) {
		task_arrive_foreign(t, task, info->si_syscall, info->si_arch);
		return true;
	}
	slot->trap = trap_kind(t, task, info);
	slot->signo = info->si_signo;
	slot->siginfo = *info;
	task_arrive(t, task, slot->trap ? ARRIVAL_TRAP : ARRIVAL_FAULT);
	return true;
}

static void leader_hold(struct lane *lane, const siginfo_t *info, uint64_t now)
{
	struct lane_signal *entry;

	for (unsigned i = 0; i < lane->n_pending; i++)
		if (lane->pending[i].signo == info->si_signo && info->si_signo < SIGRTMIN)
			return; /* as the kernel has it: one of each standard signal */
	if (lane->n_pending == LANE_PENDING_SIGNALS) {
		session_fail(lane->session, "more than %d signals wait for one process",
			     LANE_PENDING_SIGNALS);
		return;
	}
	entry = &lane->pending[lane->n_pending++];
	*entry = (struct lane_signal){
		.signo = info->si_signo, .info = *info, .first_ns = now, .had_it = 1u << LEADER
	};
}

/* One that was given back to the kernel comes as the monitor's: it gets its own siginfo again. */
static void siginfo_restore(struct lane *lane, siginfo_t *info)
{
	siginfo_t *saved = lane->requeued[info->si_signo];

	if (!saved || info->si_code != SI_TKILL || info->si_pid != lane->session->monitor_pid)
		return;
	*info = *saved;
	free(saved);
	lane->requeued[info->si_signo] = NULL;
}

/* Where the same standard signal was already waiting, the kernel has dropped ours: that one stands for both. */
static bool is_injected(const struct task *task, const siginfo_t *info, int signo)
{
	return task->state == TASK_INJECTING && info->si_signo == signo &&
	       (signo < SIGRTMIN ||
		(info->si_code == SI_TKILL && info->si_pid == task->lane->session->monitor_pid));
}

void signal_handler_begins(struct signal_table *table, int signo)
{
	if (table->reset & BIT(signo))
		signal_table_set(table, signo, 0, 0);
}

void signals_inject(struct tracer *t, struct task *task, int signo)
{
	task->state = TASK_INJECTING;
	t->backend->ops->send(t->backend, task->pid, task->tid, signo);
}

/* What the order's signal brings, before the orders are given. */
static void siginfo_set(const struct lane *lane, struct rendezvous *r, const siginfo_t *info)
{
	const struct signal_value *own = signal_values_of(lane->session, info);

	r->siginfo = *info;
	r->has_own_values = own != NULL;
	if (own)
		memcpy(r->own_values, own->value, sizeof(r->own_values));
}

/* The stop of the signal we sent: its true siginfo, and how the call appears. */
static void injected_stop(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);
	const struct rendezvous *r = lane_rendezvous(task->lane, task->seq);
	siginfo_t info;

	task_read_registers(t, task);
	if (slot->order.resume == SIGNAL_RESTART) {
		registers_restart(&task->regs, slot->nr);
		task_write_registers(t, task);
	}
	info = r->siginfo;
	if (info.si_signo == SIGSYS && info.si_code == SYS_SECCOMP)
		info.si_call_addr = (void *)slot->ip; /* each variant's own */
	if (r->has_own_values)
		info.si_value.sival_ptr = (void *)r->own_values[t->variant];
	t->backend->ops->set_siginfo(t->backend, task->tid, &info);
	task->may_block = false;
	if (tracer_is_leader(t)) {
		task->lane->state = LANE_GATHER;
		task->lane->seq++;
		task->lane->first_arrival_ns = 0;
	}
	task_pass(t, task);
	turns_go(t, task, slot->order.signo);
}

/* How a call that was interrupted with `code` appears when a handler runs (signal(7)). */
static enum signal_resume interrupted_resume(const struct signal_table *table, int signo,
					     int64_t code)
{
	if (code == RESTART_NOINT || (code == RESTART_SYS && (table->restart & BIT(signo))))
		return SIGNAL_RESTART;
	return SIGNAL_KEEP;
}

/* The leader's call is over, or broken off, and the handler runs before it returns. */
static void leader_signal_ends_call(struct tracer *t, struct task *task, const siginfo_t *info)
{
	struct lane *lane = task->lane;
	struct call *c = lane->call;
	enum signal_resume resume = SIGNAL_KEEP;

	if (task->state == TASK_INTERRUPTED) {
		resume = interrupted_resume(lane->signals, info->si_signo, c->result);
		if (resume == SIGNAL_KEEP)
			c->result = -EINTR;
		execute_interrupted(c);
	}
	siginfo_set(lane, c->rendezvous, info);
	record_signal(lane, info->si_signo, info, t->session->all_variants, SIGNAL_DELIVERED,
		      session_now_ns(t->session));
	signal_handler_begins(lane->signals, info->si_signo);
	t->backend->ops->set_siginfo(t->backend, task->tid, info);
	execute_finish(c, info->si_signo, info->si_signo, resume);
}

/* No handler: the kernel does the rest with the leader, and the followers need nothing. */
static void leader_default(struct tracer *t, struct task *task, const siginfo_t *info,
			   enum signal_action action)
{
	static const enum trace_signal_decision decisions[] = {
		[SIGNAL_ACTION_IGNORE] = SIGNAL_IGNORED,
		[SIGNAL_ACTION_TERMINATE] = SIGNAL_FATAL,
		[SIGNAL_ACTION_STOP] = SIGNAL_STOPPED,
	};
	int deliver = action == SIGNAL_ACTION_IGNORE ? 0 : info->si_signo;

	if (action == SIGNAL_ACTION_STOP)
		task->lane->stopped_by_itself = info->si_code <= 0 &&
						pid_map_find(t->session->pids, info->si_pid);
	record_signal(task->lane, info->si_signo, info, 1u << LEADER, decisions[action],
		      session_now_ns(t->session));
	if (task->state == TASK_SIGNALLED && action != SIGNAL_ACTION_TERMINATE)
		execute_finish(task->lane->call, 0, deliver, SIGNAL_KEEP);
	else
		task_resume(t, task, RESUME_RUN, deliver);
}

static void leader_on_signal(struct tracer *t, struct task *task, siginfo_t *info)
{
	struct lane *lane = task->lane;
	enum signal_action action;

	siginfo_restore(lane, info);
	action = signal_action_get(lane->signals, info->si_signo);
	if (task->state == TASK_INJECTING)
		action = SIGNAL_ACTION_HANDLER; /* not ours, and not now */
	if (action != SIGNAL_ACTION_HANDLER) {
		leader_default(t, task, info, action);
		return;
	}
	if (task->state == TASK_INTERRUPTED || task->state == TASK_SIGNALLED) {
		leader_signal_ends_call(t, task, info);
		return;
	}
	if (t->session->n_variants == 1 &&
	    (task->state == TASK_RUNNING || task->state == TASK_LOCAL_BROKEN)) {
		/* Nobody to be in step with. */
		task->state = TASK_RUNNING;
		record_signal(lane, info->si_signo, info, 1u << LEADER, SIGNAL_DELIVERED,
			      session_now_ns(t->session));
		signal_handler_begins(lane->signals, info->si_signo);
		task_resume(t, task, RESUME_RUN, info->si_signo);
		return;
	}
	leader_hold(lane, info, session_now_ns(t->session));
	task_resume(t, task, RESUME_RUN, 0);
}

/*
 * A follower gets only what it was sent itself. Its children's SIGCHLD are the
 * leader's as well; anything else was meant for the program, so the leader
 * gets it.
 */
static void follower_on_signal(struct tracer *t, struct task *task, const siginfo_t *info)
{
	struct lane *lane = task->lane;
	pid_t leader = atomic_load(&lane->process->pids[LEADER]);

	if (info->si_signo != SIGCHLD && info->si_pid != t->session->monitor_pid &&
	    !(atomic_load(&lane->ended) & 1u << LEADER))
		kill(leader, info->si_signo);
	task_resume(t, task, RESUME_RUN, 0);
}

void signals_on_stop(struct tracer *t, struct task *task, int signo)
{
	siginfo_t info;

	if (t->backend->ops->get_siginfo(t->backend, task->tid, &info) < 0)
		return; /* dying: its end will be reported */
	if (is_injected(task, &info, task_slot(task)->order.signo)) {
		injected_stop(t, task);
		return;
	}
	if (task->state == TASK_RUNNING && arrive_fault(t, task, &info))
		return;
	(void)signo;
	if (tracer_is_leader(t))
		leader_on_signal(t, task, &info);
	else
		follower_on_signal(t, task, &info);
}

void signals_hold(struct tracer *t, struct task *task, int signo)
{
	siginfo_t info;

	(void)signo;
	if (!tracer_is_leader(t) || t->backend->ops->get_siginfo(t->backend, task->tid, &info) < 0)
		return;
	leader_hold(task->lane, &info, session_now_ns(t->session));
}

/* Calls at whose exit a signal of the call's own making may wait. */
static bool may_raise(const struct call *c)
{
	return c->result == -EPIPE || c->result == -EINTR || c->result == -EFBIG ||
	       c->row->family == FAMILY_KILL || c->nr == SYS_rt_sigprocmask;
}

/*
 * The mask under which the call's end is decided. epoll_pwait says EINTR by
 * itself, while its own mask still holds; PTRACE_GETSIGMASK shows the program's.
 */
static int mask_at_exit(struct call *c, uint64_t *mask)
{
	struct backend *b = c->tracer->backend;
	const uint8_t *own = NULL;
	size_t length;

	if (c->nr == SYS_epoll_pwait || c->nr == SYS_epoll_pwait2)
		own = call_input(c, 4, PART_CONTENT, &length);
	if (!own || length < sizeof(*mask))
		return b->ops->get_mask(b, c->task->tid, mask);
	memcpy(mask, own, sizeof(*mask));
	return 0;
}

bool signals_follow_call(struct call *c)
{
	struct backend *b = c->tracer->backend;
	uint64_t pending = 0, mask = 0;

	if (!may_raise(c))
		return false;
	/* One for the process any of its threads may take. */
	if (b->ops->get_pending(b, c->task->tid, c->lane->process->live == 1, &pending) < 0 ||
	    !pending || mask_at_exit(c, &mask) < 0)
		return false;
	/* SIGKILL cannot be seen coming. */
	return (pending & ~mask & ~BIT(SIGKILL)) != 0;
}

/* Blocked since it came: the kernel keeps it, so that masks and sigpending work as alone. */
static void give_back(struct tracer *t, struct lane *lane, unsigned i)
{
	struct lane_signal *entry = &lane->pending[i];
	struct task *task = &lane->tasks[LEADER];

	if (!lane->requeued[entry->signo])
		lane->requeued[entry->signo] = alloc_zeroed(1, sizeof(siginfo_t));
	*lane->requeued[entry->signo] = entry->info;
	t->backend->ops->send(t->backend, task->pid, task->tid, entry->signo);
}

static void pending_remove(struct lane *lane, unsigned i)
{
	memmove(&lane->pending[i], &lane->pending[i + 1],
		(lane->n_pending - i - 1) * sizeof(lane->pending[0]));
	lane->n_pending--;
}

/*
 * All skip the call they stand at, get the signal, and make the call
 * afterwards; or, where the signal has broken off a wait of the leader's, see
 * it as interrupted, as signal(7) says.
 */
static void deliver_here(struct tracer *t, struct lane *lane, const struct lane_signal *signal)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	struct task *leader = &lane->tasks[LEADER];
	struct order order = {
		.kind = ORDER_ANSWER,
		.path_arg = -1,
		.signo = signal->signo,
		.resume = SIGNAL_RESTART,
	};

	if (r->slots[LEADER].is_local && leader->local_code)
		order.resume = interrupted_resume(lane->signals, signal->signo, leader->local_code);
	if (order.resume == SIGNAL_KEEP)
		order.result = -EINTR;

	record_signal(lane, signal->signo, &signal->info, t->session->all_variants,
		      SIGNAL_DELIVERED, signal->first_ns);
	signal_handler_begins(lane->signals, signal->signo);
	siginfo_set(lane, r, &signal->info);
	r->unrecorded = false;
	capture_reset(&r->out);
	for (unsigned v = 0; v < t->session->n_variants; v++) {
		r->slots[v].order = order;
		if (v == LEADER)
			continue;
		atomic_store_explicit(&r->slots[v].phase, SLOT_ORDERED, memory_order_release);
		tracer_tell_follower(lane, v);
	}
	lane->state = LANE_EXECUTE;
	registers_answer(&leader->regs, order.result);
	task_write_registers(t, leader);
	signals_inject(t, leader, signal->signo);
	task_resume(t, leader, RESUME_RUN, 0);
}

void signals_take_handler(struct tracer *t, struct task *task, int signo)
{
	const uint64_t by_default[4] = {
		0
	}; /* struct kernel_sigaction: SIG_DFL, no flags, no mask */
	uint64_t addr = variant_scratch_addr(task), mask;
	struct remote remote;
	int64_t result;

	variant_remote(t, task, &remote);
	if (t->backend->ops->write_memory(t->backend, task->tid, addr, by_default,
					  sizeof(by_default)) < 0 ||
	    remote_begin(&remote) < 0 ||
	    remote_call(&remote, SYS_rt_sigaction,
			(const uint64_t[6]){ (uint64_t)signo, addr, 0, sizeof(mask) },
			&result) < 0 ||
	    remote_end(&remote) < 0)
		return; /* dying */
	if (t->backend->ops->get_mask(t->backend, task->tid, &mask) < 0)
		return;
	mask &= ~BIT(signo);
	t->backend->ops->set_mask(t->backend, task->tid, &mask);
}

/* Blocked or ignored, a forced signal kills (kernel/signal.c, force_sig_info_to_task). */
static bool is_fatal(struct call *c, int signo)
{
	struct backend *b = c->tracer->backend;
	uint64_t mask = 0;

	return signal_action_get(c->lane->signals, signo) != SIGNAL_ACTION_HANDLER ||
	       b->ops->get_mask(b, c->task->tid, &mask) < 0 || (mask & BIT(signo));
}

void signals_raise(struct call *c, const siginfo_t *info, bool kill)
{
	struct rendezvous *r = c->rendezvous;
	bool fatal = kill || is_fatal(c, info->si_signo);
	struct order order = {
		.kind = ORDER_ANSWER,
		.result = c->result,
		.path_arg = -1,
		.signo = info->si_signo,
		.resume = SIGNAL_KEEP,
		.no_handler = fatal,
	};

	record_signal(c->lane, info->si_signo, info, c->session->all_variants,
		      fatal ? SIGNAL_FATAL : SIGNAL_FAULT, c->slot->entry_ns);
	if (fatal)
		process_ends(c->lane);
	else
		signal_handler_begins(c->lane->signals, info->si_signo);
	siginfo_set(c->lane, r, info);
	r->executed = EXECUTED_NOBODY;
	for (unsigned v = 0; v < c->session->n_variants; v++) {
		r->slots[v].order = order;
		if (v == LEADER)
			continue;
		atomic_store_explicit(&r->slots[v].phase, SLOT_ORDERED, memory_order_release);
		tracer_tell_follower(c->lane, v);
	}
	c->slot->result = c->result;
	if (fatal)
		signals_take_handler(c->tracer, c->task, info->si_signo);
	registers_answer(&c->task->regs, c->result);
	task_write_registers(c->tracer, c->task);
	signals_inject(c->tracer, c->task, info->si_signo);
	task_resume(c->tracer, c->task, RESUME_RUN, 0);
}

bool signals_deliver_at_entry(struct tracer *t, struct lane *lane)
{
	struct task *leader = &lane->tasks[LEADER];
	uint64_t mask = 0;

	/* Such a call cannot be made again after a handler: the signal waits for the next one. */
	if (registers_are_vsyscall(&leader->regs))
		return false;
	if (!lane->n_pending || t->backend->ops->get_mask(t->backend, leader->tid, &mask) < 0)
		return false;
	while (lane->n_pending) {
		struct lane_signal signal = lane->pending[0];

		enum signal_action action = signal_action_get(lane->signals, signal.signo);

		/* Without a handler (any more) it is the leader's alone: stopping, or dying with the lane. */
		if ((mask & BIT(signal.signo)) || action == SIGNAL_ACTION_STOP ||
		    action == SIGNAL_ACTION_TERMINATE) {
			give_back(t, lane, 0);
			pending_remove(lane, 0);
			continue;
		}
		pending_remove(lane, 0);
		if (action == SIGNAL_ACTION_IGNORE)
			continue;
		deliver_here(t, lane, &signal);
		return true;
	}
	return false;
}
