/* What a signal's stop means, by who has it and where: at once, at the end of a call, or delivery.c's. */
#include "monitor/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "monitor/delivery.h"
#include "monitor/execute.h"
#include "monitor/hold.h"
#include "monitor/lane_life.h"
#include "monitor/record.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/proc_text.h"
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

/* A decision at once, about one that came just now. */
static void record_simple(struct lane *lane, enum trace_signal_decision decision,
			  const struct lane_signal *signal)
{
	struct delivery d = { .info = signal->info, .first_ns = signal->first_ns };

	d.had_ns[LEADER] = d.first_ns;
	record_signal(lane, decision, &d);
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

/* Where the same standard signal was already waiting, the kernel has dropped ours: that one stands for both. */
static bool is_injected(const struct task *task, const siginfo_t *info, int signo)
{
	return task->state == TASK_INJECTING && info->si_signo == signo &&
	       (signo < SIGRTMIN ||
		(info->si_code == SI_TKILL && info->si_pid == task->lane->session->monitor_pid));
}

void signals_inject(struct tracer *t, struct task *task, int signo)
{
	task->state = TASK_INJECTING;
	/* Its own will come later, and has been delivered then. */
	if (!tracer_is_leader(t) &&
	    delivery_is_own(t->session, &lane_rendezvous(task->lane, task->seq)->siginfo))
		task->owed |= BIT(signo);
	task_send(t, task, signo);
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
static void leader_signal_ends_call(struct tracer *t, struct task *task,
				    const struct lane_signal *signal)
{
	const siginfo_t *info = &signal->info;
	struct lane *lane = task->lane;
	struct call *c = lane->call;
	enum signal_resume resume = SIGNAL_KEEP;

	if (task->state == TASK_INTERRUPTED) {
		/*
		 * After one that nobody noticed the kernel may have prepared to make the call
		 * again (arch_do_signal_or_restart). Now there is a handler: as at the exit.
		 */
		task_write_registers(t, task);
		resume = interrupted_resume(lane->signals, info->si_signo, c->result);
		if (resume == SIGNAL_KEEP)
			c->result = -EINTR;
		execute_interrupted(c);
	}
	delivery_set_siginfo(lane, c->rendezvous, info);
	record_simple(lane, SIGNAL_DELIVERED, signal);
	signal_handler_begins(lane->signals, info->si_signo);
	t->backend->ops->set_siginfo(t->backend, task->tid, info);
	execute_finish(c, info->si_signo, info->si_signo, resume);
}

/* No handler: the kernel does the rest with the leader, and the followers need nothing. */
static void leader_default(struct tracer *t, struct task *task, const struct lane_signal *signal,
			   enum signal_action action)
{
	const siginfo_t *info = &signal->info;
	static const enum trace_signal_decision decisions[] = {
		[SIGNAL_ACTION_IGNORE] = SIGNAL_IGNORED,
		[SIGNAL_ACTION_TERMINATE] = SIGNAL_FATAL,
		[SIGNAL_ACTION_STOP] = SIGNAL_STOPPED,
	};
	int deliver = action == SIGNAL_ACTION_IGNORE ? 0 : info->si_signo;

	if (action == SIGNAL_ACTION_STOP)
		task->lane->stopped_by_itself = info->si_code <= 0 &&
						pid_map_find(t->session->pids, info->si_pid);
	record_simple(task->lane, decisions[action], signal);
	if (task->state == TASK_SIGNALLED && action != SIGNAL_ACTION_TERMINATE)
		execute_finish(task->lane->call, 0, deliver, SIGNAL_KEEP);
	else
		task_resume(t, task, RESUME_RUN, deliver);
}

/* Nobody to be in step with. */
static void lone_on_signal(struct tracer *t, struct task *task, const struct lane_signal *signal)
{
	const siginfo_t *info = &signal->info;

	task->state = TASK_RUNNING;
	record_simple(task->lane, SIGNAL_DELIVERED, signal);
	signal_handler_begins(task->lane->signals, info->si_signo);
	t->backend->ops->set_siginfo(t->backend, task->tid, info);
	task_resume(t, task, RESUME_RUN, info->si_signo);
}

/* In its own code, or broken off a call that is each variant's own: no call of all comes first. */
static void leader_interrupted(struct tracer *t, struct task *task,
			       const struct lane_signal *signal)
{
	struct lane *lane = task->lane;

	if (t->session->n_variants == 1) {
		lone_on_signal(t, task, signal);
	} else if (task->state != TASK_RUNNING || hold_is_useless(lane) ||
		   delivery_is_own(t->session, &signal->info)) {
		delivery_arrive(t, task, signal);
	} else {
		hold_add(t, lane, signal);
		task_resume(t, task, RESUME_RUN, 0);
	}
}

/* From outside: who has sent it, and whether the program has had it by another way. */
static bool is_twin(struct session *s, const struct lane *lane, struct lane_signal *signal)
{
	uint32_t ways = forwarded_restore(&s->forwarded, lane->process->pid, s->monitor_pid,
					  &signal->info);

	return ways && forwarded_is_twin(&s->forwarded, lane->process->pid, &signal->info, ways,
					 signal->first_ns);
}

static void leader_on_signal(struct tracer *t, struct task *task, struct lane_signal *signal)
{
	struct lane *lane = task->lane;
	enum signal_action action;

	if (task->state == TASK_SIGNALLED)
		task_write_registers(t, task); /* before signals_await */
	if (is_twin(t->session, lane, signal)) {
		leader_default(t, task, signal, SIGNAL_ACTION_IGNORE);
		return;
	}
	hold_restore(lane, signal);
	action = signal_action_get(lane->signals, signal->info.si_signo);
	if (task->state == TASK_INJECTING)
		action = SIGNAL_ACTION_HANDLER; /* not ours, and not now */
	if (action != SIGNAL_ACTION_HANDLER) {
		leader_default(t, task, signal, action);
		return;
	}
	switch (task->state) {
	case TASK_INTERRUPTED:
	case TASK_SIGNALLED: leader_signal_ends_call(t, task, signal); return;
	case TASK_RUNNING:
	case TASK_LOCAL_BROKEN: leader_interrupted(t, task, signal); return;
	case TASK_NONE:
	case TASK_NEW:
	case TASK_ARRIVED:
	case TASK_EXECUTING:
	case TASK_INJECTING:
	case TASK_WAITING:
	case TASK_LOCAL:
	case TASK_ENDED:
		hold_add(t, lane, signal);
		task_resume(t, task, RESUME_RUN, 0);
		return;
	}
}

/* Its own, as the leader has its own: it is expected, unless it was sent ahead or cannot be taken now. */
static void follower_on_own(struct tracer *t, struct task *task, const struct lane_signal *signal)
{
	uint64_t bit = BIT(signal->info.si_signo);

	if (task->owed & bit) {
		task->owed &= ~bit;
	} else if (task->state == TASK_RUNNING || task->state == TASK_LOCAL_BROKEN) {
		delivery_arrive(t, task, signal);
		return;
	} else {
		task->postponed |= bit;
	}
	task_resume(t, task, RESUME_RUN, 0);
}

/*
 * What the kernel says to this variant alone: of a child's end, whichever
 * signal that brings (clone(2)), of its descriptors, of its CPU time. The
 * leader hears the same of its own.
 */
static bool is_about_itself(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL ? info->si_signo == SIGXCPU : info->si_code > 0;
}

static void pass_on(struct tracer *t, struct task *task, const siginfo_t *info)
{
	const struct lane *lane = task->lane;

	if (!is_about_itself(info) && info->si_pid != t->session->monitor_pid &&
	    !(atomic_load(&lane->ended) & 1u << LEADER))
		forwarded_send(&t->session->forwarded, atomic_load(&lane->process->pids[LEADER]),
			       info, t->variant);
}

/*
 * A follower gets only what it was sent itself. What somebody else sent was
 * meant for the program, so the leader gets it.
 */
static void follower_on_signal(struct tracer *t, struct task *task,
			       const struct lane_signal *signal)
{
	const siginfo_t *info = &signal->info;

	if (delivery_is_own(t->session, info)) {
		follower_on_own(t, task, signal);
		return;
	}
	pass_on(t, task, info);
	task_resume(t, task, RESUME_RUN, 0);
}

void signals_look_at_followers(struct lane *lane)
{
	/* Each variant's own; and its end makes a stop anyway. */
	const uint64_t own = BIT(SIGCHLD) | BIT(SIGKILL) | BIT(SIGVTALRM) | BIT(SIGPROF) |
			     BIT(SIGXCPU);

	for (unsigned v = 1; v < lane->session->n_variants; v++) {
		pid_t pid = atomic_load(&lane->process->pids[v]);
		uint64_t pending = pid > 0 ? proc_text_pending(pid) & ~own : 0;

		atomic_store(&lane->waiting[v], pending);
		if (pending)
			tracer_tell_follower(lane, v);
	}
}

/* One of the signals in the mask out of the task's queue. False when there is none. */
static bool signal_fetch(struct tracer *t, struct task *task, struct remote *remote, uint64_t mask,
			 siginfo_t *info)
{
	struct backend *b = t->backend;
	const uint64_t addr = variant_scratch_addr(task), in[3] = { mask }; /* a mask, no time */
	int64_t result;

	return b->ops->write_memory(b, task->tid, addr, in, sizeof(in)) >= 0 &&
	       remote_call(remote, SYS_rt_sigtimedwait,
			   (const uint64_t[6]){ addr, addr, addr + sizeof(mask), sizeof(mask) },
			   &result) == 0 &&
	       result > 0 &&
	       b->ops->read_memory(b, task->tid, addr, info, sizeof(*info)) == sizeof(*info);
}

/*
 * It stands before a call of the leader's, where it takes no signal. What
 * stayed there would hide the next one of its number.
 */
void signals_fetch_waiting(struct tracer *t, struct task *task)
{
	uint64_t mask = atomic_exchange(&task->lane->waiting[t->variant], 0);
	const struct slot *slot = task_slot(task);
	struct remote remote;
	siginfo_t info;

	if (!mask || task->state != TASK_ARRIVED || slot->kind != ARRIVAL_CALL ||
	    registers_are_vsyscall(&slot->regs))
		return;
	variant_remote(t, task, &remote);
	if (remote_begin(&remote) < 0)
		return; /* dying */
	while (signal_fetch(t, task, &remote, mask, &info))
		pass_on(t, task, &info);
	remote_end_before_call(&remote, slot->nr);
}

/* What the wait loop waits for has come. */
static bool is_awaited(const struct task *task, const siginfo_t *info)
{
	return task->state == TASK_WAITING && info->si_signo == task_slot(task)->order.signo;
}

void signals_await(struct tracer *t, struct task *task)
{
	const registers after = task->regs;
	struct remote remote;

	task->regs.rip = task_slot(task)->ip; /* rt_sigreturn has gone elsewhere */
	variant_remote(t, task, &remote);
	task->regs.rip = remote.insn_addr;
	registers_answer(&task->regs, SYS_getpid); /* whichever: it is not made */
	task_write_registers(t, task);
	task->regs = after;
	task->state = TASK_SIGNALLED;
	task_resume(t, task, RESUME_RUN, 0);
}

void signals_did_not_come(struct tracer *t, struct task *task)
{
	CHECK(tracer_is_leader(t));
	task->regs.orig_rax = SYSCALL_SKIP;
	task_write_registers(t, task);
	execute_finish(task->lane->call, 0, 0, SIGNAL_KEEP);
}

void signals_on_stop(struct tracer *t, struct task *task, int signo)
{
	struct lane_signal signal = { .first_ns = session_now_ns(t->session) };

	if (t->backend->ops->get_siginfo(t->backend, task->tid, &signal.info) < 0)
		return; /* dying: its end will be reported */
	if (is_injected(task, &signal.info, task_slot(task)->order.signo)) {
		delivery_injected(t, task);
		return;
	}
	if (is_awaited(task, &signal.info)) {
		delivery_arrive(t, task, &signal);
		return;
	}
	if (task->state == TASK_RUNNING && arrive_fault(t, task, &signal.info))
		return;
	(void)signo;
	if (tracer_is_leader(t))
		leader_on_signal(t, task, &signal);
	else
		follower_on_signal(t, task, &signal);
}

void signals_hold(struct tracer *t, struct task *task, int signo)
{
	struct lane_signal signal = { .first_ns = session_now_ns(t->session) };

	(void)signo;
	if (!tracer_is_leader(t) ||
	    t->backend->ops->get_siginfo(t->backend, task->tid, &signal.info) < 0)
		return;
	hold_add(t, task->lane, &signal);
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

	if (c->result == -EINTR && (c->nr == SYS_epoll_pwait || c->nr == SYS_epoll_pwait2))
		own = call_input(c, 4, PART_CONTENT, &length);
	if (!own || length < sizeof(*mask))
		return b->ops->get_mask(b, c->task->tid, mask);
	memcpy(mask, own, sizeof(*mask));
	return 0;
}

/* Calls whose own signals end or stop a process that does not handle them. */
static bool may_kill(const struct call *c)
{
	return c->result == -EPIPE || c->result == -EINTR || c->result == -EFBIG ||
	       c->row->family == FAMILY_KILL || c->nr == SYS_rt_sigprocmask;
}

/* What waits for the leader's task, bit signo-1. One for the process another thread may yet take. */
static uint64_t pending_get(struct call *c)
{
	struct backend *b = c->tracer->backend;
	uint64_t pending = 0;

	if (b->ops->get_pending(b, c->task->tid, &pending) < 0)
		return 0;
	return pending;
}

bool signals_wait_for(struct call *c)
{
	return c->session->n_variants > 1 && c->lane->signals->handled && pending_get(c);
}

/*
 * What is there when a call ends, because of it or by chance, gets its handler
 * before anything else of the program runs; so it does in all variants.
 */
bool signals_follow_call(struct call *c)
{
	/* SIGKILL cannot be seen coming; the others undo each other (signal(7), job control). */
	const uint64_t unsure = BIT(SIGCONT) | BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) |
				BIT(SIGTTOU);
	uint64_t wanted = may_kill(c) ? ~BIT(SIGKILL) : c->lane->signals->handled & ~unsure;
	uint64_t pending = 0, mask = 0;

	/* The followers are gone already, or have nobody to be in step with. */
	if (c->early || c->child || c->session->n_variants == 1 || !wanted)
		return false;
	pending = pending_get(c);
	if (!pending || mask_at_exit(c, &mask) < 0)
		return false;
	return (pending & ~mask & wanted) != 0;
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

	record_simple(c->lane, fatal ? SIGNAL_FATAL : SIGNAL_FAULT,
		      &(struct lane_signal){ .info = *info, .first_ns = c->slot->entry_ns });
	if (fatal)
		process_ends(c->lane);
	else
		signal_handler_begins(c->lane->signals, info->si_signo);
	delivery_set_siginfo(c->lane, r, info);
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
