/*
 * The tracer thread: waits for stops and lanes, hands each to its phase. What
 * a stop means for the lane is in execute.c (leader) and replicate.c (followers).
 */
#include "monitor/tracer.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "monitor/call.h"
#include "monitor/calls/memory.h"
#include "monitor/calls/seccomp.h"
#include "monitor/delivery.h"
#include "monitor/execute.h"
#include "monitor/hold.h"
#include "monitor/placement.h"
#include "monitor/record.h"
#include "monitor/replicate.h"
#include "monitor/session.h"
#include "monitor/signals.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/remote.h"
#include "monitor/variant.h"
#include "monitor/watch.h"

/* rounds of looking for news before giving the CPU away, and before sleeping */
#define SPIN_ROUNDS  2000
#define YIELD_ROUNDS 400
/* the same where another variant needs this CPU */
#define SHARED_YIELD_ROUNDS 20

void tracer_ring(struct tracer *t)
{
	struct backend *bell = atomic_load(&t->bell);

	if (bell)
		bell->ops->ring(bell);
}

void tracer_tell_leader(struct tracer *t, struct lane *lane)
{
	atomic_fetch_add(&lane->refs, 1);
	mailbox_put(t->to_leader, lane);
	tracer_ring(&t->session->tracers[LEADER]);
}

void tracer_tell_follower(struct lane *lane, unsigned variant)
{
	struct tracer *t = &lane->session->tracers[variant];

	atomic_fetch_add(&lane->refs, 1);
	mailbox_put(t->from_leader, lane);
	tracer_ring(t);
}

static struct task **task_bucket(struct tracer *t, pid_t tid)
{
	return &t->tasks[(unsigned)tid % TRACER_HASH];
}

struct task *tracer_find_task(struct tracer *t, pid_t tid)
{
	struct task *task = *task_bucket(t, tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

static bool strangers_take(struct tracer *t, pid_t tid)
{
	for (size_t i = 0; i < t->n_strangers; i++) {
		if (t->strangers[i] != tid)
			continue;
		t->strangers[i] = t->strangers[--t->n_strangers];
		return true;
	}
	return false;
}

static void task_enter_table(struct tracer *t, struct task *task)
{
	task->next = *task_bucket(t, task->tid);
	*task_bucket(t, task->tid) = task;
	t->n_tasks++;
}

struct task *tracer_join_task(struct tracer *t, struct lane *lane, pid_t tid)
{
	struct task *task = &lane->tasks[t->variant];

	task->lane = lane;
	task->variant = t->variant;
	atomic_store(&lane->thread->pids[t->variant], tid);
	task->pid = atomic_load(&lane->process->pids[t->variant]);
	task->tid = tid;
	task->state = TASK_NEW;
	task->seq = 1;
	task_enter_table(t, task);
	task->first_stop_seen = strangers_take(t, tid);
	if (!task->first_stop_seen) {
		task->motion = MOTION_RUNNING;
		t->n_running++;
	}
	return task;
}

void tracer_remove_task(struct tracer *t, struct task *task)
{
	struct task **at = task_bucket(t, task->tid);

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	t->n_tasks--;
}

static void task_set_motion(struct tracer *t, struct task *task, enum task_motion motion)
{
	t->n_running -= task->motion == MOTION_RUNNING;
	t->n_blocked -= task->motion == MOTION_BLOCKED;
	t->n_running += motion == MOTION_RUNNING;
	t->n_blocked += motion == MOTION_BLOCKED;
	task->motion = motion;
}

void task_resume(struct tracer *t, struct task *task, enum resume_how how, int signo)
{
	int code = t->backend->ops->resume(t->backend, task->tid, how, signo);

	CHECK(code == 0 || code == -ESRCH);
	if (how == RESUME_LISTEN || (how == RESUME_TO_EXIT && task->may_block))
		task_set_motion(t, task, MOTION_BLOCKED);
	else
		task_set_motion(t, task, MOTION_RUNNING);
	/* Any other stop has undone an interrupt (kernel/signal.c, ptrace_stop). */
	if (how != RESUME_LISTEN)
		delivery_stop(t, task);
}

bool task_read_registers(struct tracer *t, struct task *task)
{
	int code = t->backend->ops->get_registers(t->backend, task->tid, &task->regs);

	CHECK(code == 0 || code == -ESRCH);
	return code == 0;
}

void task_send(struct tracer *t, struct task *task, int signo)
{
	int code = t->backend->ops->send(t->backend, task->pid, task->tid, signo);

	/* A real-time signal takes room in the queue of all the user's processes. */
	if (code < 0 && code != -ESRCH)
		session_fail(t->session,
			     "signal %d cannot be sent to variant %u: %s (ulimit -i counts for all "
			     "variants together)",
			     signo, t->variant, strerror(-code));
}

void task_go_on(struct tracer *t, struct task *task, int signo)
{
	task_resume(t, task, RESUME_RUN, signo);
	for (int own = 1; task->postponed; own++)
		if (task->postponed & UINT64_C(1) << (own - 1)) {
			task->postponed &= ~(UINT64_C(1) << (own - 1));
			task_send(t, task, own);
		}
}

void task_write_registers(struct tracer *t, struct task *task)
{
	int code = t->backend->ops->set_registers(t->backend, task->tid, &task->regs);

	CHECK(code == 0 || code == -ESRCH);
}

void task_kill(struct task *task)
{
	if (task->state != TASK_ENDED && task->state != TASK_NONE)
		kill(task->tid, SIGKILL);
}

struct slot *task_slot(const struct task *task)
{
	return lane_slot(task->lane, task->seq, task->variant);
}

void task_arrive(struct tracer *t, struct task *task, enum arrival_kind kind)
{
	struct slot *slot = task_slot(task);

	slot->kind = kind;
	slot->entry_ns = session_now_ns(t->session);
	slot->regs = task->regs;
	slot->ip = task->regs.rip;
	slot->sp = task->regs.rsp;
	slot->n_calls = 0;
	if (kind != ARRIVAL_END)
		task->state = TASK_ARRIVED;
	if (kind == ARRIVAL_SIGNAL || kind == ARRIVAL_VAIN)
		atomic_store(&task->lane->signal_came, true);
	atomic_store_explicit(&slot->phase, SLOT_ARRIVED, memory_order_release);
	/*
	 * A handler runs in the midst of what its thread was doing, perhaps with
	 * a lock: nobody else is let in before that thread is back there.
	 */
	if (!slot_is_signals(slot))
		turns_end(t, task);
	if (tracer_is_leader(t))
		execute_advance(t, task->lane);
	else
		tracer_tell_leader(t, task->lane);
}

void task_arrive_foreign(struct tracer *t, struct task *task, int64_t nr, uint32_t arch)
{
	struct slot *slot = task_slot(task);

	slot->nr = nr;
	slot->arch = arch;
	task_arrive(t, task, ARRIVAL_FOREIGN);
}

void task_pass(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);

	slot->exit_ns = session_now_ns(t->session);
	progress_mark(task);
	if (task->state != TASK_ENDED)
		task->state = TASK_RUNNING;
	task->seq++;
	atomic_store_explicit(&slot->phase, SLOT_DONE, memory_order_release);
	replicate_leave_gate(t, task);
}

/* The kernel has written the real id where clone was asked to; the program must see the leader's. */
static void child_tid_hide(struct tracer *t, struct task *task)
{
	if (task->child_tid_addr && task->visible_tid != task->tid)
		t->backend->ops->write_memory(t->backend, task->tid, task->child_tid_addr,
					      &task->visible_tid, sizeof(task->visible_tid));
}

/*
 * While one thread made the child, others were opening and closing: what one
 * variant's child has and another's has not, nobody can count on, so none
 * keeps it.
 */
static void child_fds_settle(struct tracer *t, struct task *task)
{
	struct fd_list own = { 0 };
	struct remote remote;
	int64_t result;
	int code = fd_list_read(&own, task->tid);

	variant_remote(t, task, &remote);
	if (code == 0)
		code = remote_begin(&remote);
	for (size_t i = 0; code == 0 && i < own.count; i++)
		if (!fd_list_has(&task->lane->born_with, own.fds[i]))
			code = remote_call(&remote, SYS_close,
					   (const uint64_t[6]){ (uint64_t)own.fds[i] }, &result);
	if (code == 0)
		remote_end(&remote);
	fd_list_finish(&own);
}

void task_begin(struct tracer *t, struct task *task)
{
	child_tid_hide(t, task);
	if (task->lane->born_with.is_set)
		child_fds_settle(t, task);
	task->state = TASK_RUNNING;
	task->may_block = false;
	/* The lane's end was decided before this variant's task was there. */
	if (atomic_load(&task->lane->die))
		task_kill(task);
	turns_go(t, task, 0);
}

static void call_arrive(struct tracer *t, struct task *task, const struct syscall_row *row)
{
	struct slot *slot = task_slot(task);
	struct gather g = {
		.backend = t->backend,
		.tid = task->tid,
		.leader_tid = task->lane->tasks[LEADER].tid,
		.nr = slot->nr = registers_number(&task->regs),
		.row = row,
		.args = slot->args,
		.to = &slot->in,
	};

	registers_arguments(&task->regs, slot->args);
	capture_reset(&slot->in);
	if (row)
		gather_inputs(&g);
	task_arrive(t, task, ARRIVAL_CALL);
}

/*
 * Priority inheritance and its requeueing: the kernel wants thread ids of its
 * own in those futex words, and the followers' words hold the leader's. libc
 * then says that there are no such locks (futex(2)).
 */
static bool is_refused_futex(const struct session *s, const struct task *task)
{
	switch (task->local_nr == SYS_futex && s->n_variants > 1 ? task->local_args[1] & 0x7f : 0) {
	case FUTEX_LOCK_PI:
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_CMP_REQUEUE_PI:
	case FUTEX_LOCK_PI2: return true;
	}
	return false;
}

static void local_refuse(struct tracer *t, struct task *task)
{
	record_local(t, task, -ENOSYS);
	registers_answer(&task->regs, -ENOSYS);
	task_write_registers(t, task);
	task->state = TASK_RUNNING;
	task_resume(t, task, RESUME_RUN, 0);
}

static void go_local(struct tracer *t, struct task *task)
{
	task->state = TASK_LOCAL;
	task->may_block = true;
	/* No other call comes before it: whatever is held breaks it off. */
	if (tracer_is_leader(t) && task->lane->hold.signals.count)
		hold_release(t, task->lane);
	task_resume(t, task, RESUME_TO_EXIT, 0);
}

static void local_begin(struct tracer *t, struct task *task)
{
	bool again = task->state == TASK_LOCAL_BROKEN;

	if (!again) {
		task->local_nr = registers_number(&task->regs);
		registers_arguments(&task->regs, task->local_args);
		task->local_entry_ns = session_now_ns(t->session);
	}
	if (is_refused_futex(t->session, task))
		local_refuse(t, task);
	else
		go_local(t, task);
}

/* Over, or broken off by something that may yet go unnoticed. */
static void local_end(struct tracer *t, struct task *task)
{
	int64_t result = registers_result(&task->regs);

	task->may_block = false;
	task->state = TASK_RUNNING;
	if (signals_interrupted(result))
		task->state = TASK_LOCAL_BROKEN;
	else
		record_local(t, task, result);
	if (delivery_wants_stop(task)) {
		delivery_arrive(t, task, NULL);
		return;
	}
	task_resume(t, task, RESUME_RUN, 0);
}

/*
 * Interrupted by something nobody notices, and made again: the same step. But
 * a program can also make a call return the value of a restart code (F_GETOWN
 * of process group 512), and the next call must not be made in its name.
 */
static void call_again(struct tracer *t, struct task *task)
{
	const struct slot *slot = task_slot(task);
	const struct order *o = &slot->order;
	const struct call *c = tracer_is_leader(t) ? task->lane->call : NULL;
	int64_t nr, expected = !c && o->substitute ? o->nr : slot->nr;

	task_read_registers(t, task);
	nr = registers_number(&task->regs);
	if (task->regs.rip != slot->ip ||
	    (nr != SYS_restart_syscall && nr != expected && !(c && nr == c->made_nr))) {
		session_fail(t->session,
			     "system call %lld of variant %u returned what the kernel keeps for "
			     "interrupted calls",
			     (long long)slot->nr, t->variant);
		return;
	}
	if (c && nr == c->nr && nr != c->made_nr) {
		registers_set_number(&task->regs, c->made_nr);
		task_write_registers(t, task);
	}
	if (c && c->in_turn) {
		turns_fork(t, task);
		return;
	}
	task->state = TASK_EXECUTING;
	task_resume(t, task, RESUME_TO_EXIT, 0);
}

/*
 * Each variant's own, when it comes to it. Where threads run at once, which
 * one enlarges the heap, or makes a new arena, depends on who took a lock first
 * and on the addresses it got, so those calls are neither compared nor awaited
 * either. They do not block, and end no turn.
 */
static bool is_local(const struct task *task, const struct syscall_row *row)
{
	if (!row || row->support != SUPPORT_LIVE || !seccomp_lets_pass(task))
		return false;
	if (row->run == RUN_LOCAL)
		return !turns_apply(task);
	return row->family == FAMILY_MEMORY && atomic_load(&task->lane->process->threaded) &&
	       memory_is_local(task);
}

static void on_call(struct tracer *t, struct task *task)
{
	const struct syscall_row *row;

	if (task->state == TASK_EXECUTING || task->state == TASK_INTERRUPTED) {
		call_again(t, task);
		return;
	}
	if (task->state == TASK_SIGNALLED) {
		signals_did_not_come(t, task);
		return;
	}
	if (task->state == TASK_WAITING) {
		delivery_waited_in_vain(t, task);
		return;
	}
	CHECK(task->state == TASK_RUNNING || task->state == TASK_LOCAL_BROKEN);
	if (!task_read_registers(t, task))
		return;
	if (task->state == TASK_LOCAL_BROKEN) {
		local_begin(t, task);
		return;
	}
	row = syscall_row_find(registers_number(&task->regs));
	if (is_local(task, row))
		local_begin(t, task);
	else
		call_arrive(t, task, row);
}

static void on_foreign(struct tracer *t, struct task *task, const struct stop *stop)
{
	CHECK(task->state == TASK_RUNNING);
	task_read_registers(t, task);
	task_arrive_foreign(t, task, (int64_t)stop->message, stop->arch);
}

static void on_call_exit(struct tracer *t, struct task *task)
{
	if (task->state == TASK_LOCAL) {
		if (task_read_registers(t, task))
			local_end(t, task);
		return;
	}
	CHECK(task->state == TASK_EXECUTING);
	if (!task_read_registers(t, task))
		return;
	if (tracer_is_leader(t))
		execute_exit(t, task);
	else
		replicate_exit(t, task);
}

/* No process of the program is left that could continue the others. */
static bool nobody_runs(const struct session *s)
{
	for (const struct lane *lane = s->lanes; lane; lane = lane->next)
		if (!lane->tasks[LEADER].job_stopped)
			return false;
	return true;
}

/* Time in a stop is not time in which a variant is late; and who waits for us must see the stop. */
static void job_stop_set(struct tracer *t, struct task *task, bool stopped)
{
	struct lane *lane = task->lane;
	struct session *s = t->session;

	task->job_stopped = stopped;
	if (!tracer_is_leader(t))
		return;
	if (lane->first_arrival_ns)
		lane->first_arrival_ns = session_now_ns(s);
	if (lane != atomic_load(&s->root))
		return;
	atomic_store(&s->root_stopped, stopped);
	if (!stopped)
		return;
	if (lane->stopped_by_itself && nobody_runs(s))
		atomic_store(&s->stop_wanted, true);
	pthread_kill(s->main_thread, SESSION_WAKE_SIGNAL);
}

static void on_new(struct tracer *t, struct task *task)
{
	if (task->state == TASK_NEW) {
		task->first_stop_seen = true;
		task_begin(t, task);
		return;
	}
	if (delivery_wants_stop(task)) {
		delivery_arrive(t, task, NULL);
		return;
	}
	/* The end of a group stop (ptrace(2), PTRACE_LISTEN), or told to stop too late. */
	job_stop_set(t, task, false);
	task_resume(t, task, RESUME_RUN, 0);
}

static void on_fork(struct tracer *t, struct task *task, pid_t child)
{
	CHECK(task->state == TASK_EXECUTING);
	if (tracer_is_leader(t))
		execute_fork(t, task, child);
	else
		replicate_fork(t, task, child);
	task_resume(t, task, RESUME_TO_EXIT, 0);
}

static void on_exec(struct tracer *t, struct task *task)
{
	CHECK(task->state == TASK_EXECUTING);
	variant_on_exec(t, task);
}

/* The end of a task that stands nowhere is what it arrives with next. */
static void end_arrive(struct tracer *t, struct task *task, int status)
{
	struct lane *lane = task->lane;

	lane->status[task->variant] = status;
	task_slot(task)->status = status;
	atomic_fetch_or(&lane->ended, 1u << task->variant);
	task_arrive(t, task, ARRIVAL_END);
	lane_release(lane);
}

void tracer_child_escaped(struct tracer *t, pid_t child)
{
	kill(child, SIGKILL);
	session_fail(
		t->session,
		"variant %u has made process %d in a way that was not compared: the structure of "
		"clone3 was changed meanwhile",
		t->variant, child);
}

void tracer_child_missing(struct tracer *t, struct slot *slot, int status)
{
	struct lane *child = slot->order.child;
	struct task *task;

	if (!child)
		return;
	slot->order.child = NULL;
	task = &child->tasks[t->variant];
	task->lane = child;
	task->variant = t->variant;
	task->seq = 1;
	task->state = TASK_ENDED;
	end_arrive(t, task, status);
}

static void on_end(struct tracer *t, struct task *task, int status)
{
	struct lane *lane = task->lane;
	struct slot *slot = task_slot(task);
	uint32_t phase = atomic_load(&slot->phase);

	tracer_remove_task(t, task);
	task->state = TASK_ENDED;
	replicate_leave_gate(t, task);
	turns_end(t, task);
	if (phase == SLOT_ORDERED) {
		tracer_child_missing(t, slot, status);
		task_pass(t, task);
	}
	if (phase != SLOT_ARRIVED) {
		end_arrive(t, task, status);
		return;
	}
	lane->status[task->variant] = status;
	slot->status = status;
	atomic_fetch_or(&lane->ended, 1u << task->variant);
	if (tracer_is_leader(t))
		execute_advance(t, lane);
	else
		tracer_tell_leader(t, lane);
	lane_release(lane);
}

/*
 * A thread that calls execve takes its process's id, and the first thread has
 * gone without a word (ptrace(2), execve under ptrace).
 */
static struct task *task_of_exec(struct tracer *t, pid_t pid, pid_t former)
{
	struct task *task = tracer_find_task(t, former), *first;

	if (former == pid || !task)
		return tracer_find_task(t, pid);
	first = tracer_find_task(t, pid);
	if (tracer_is_leader(t))
		execute_take_over(task->lane);
	if (first) {
		task_set_motion(t, first, MOTION_STOPPED);
		on_end(t, first, 0);
	}
	tracer_remove_task(t, task);
	task->tid = pid;
	task_enter_table(t, task);
	return task;
}

static void on_stranger(struct tracer *t, const struct stop *stop)
{
	if (stop->kind == STOP_ENDED) {
		strangers_take(t, stop->tid);
		return;
	}
	CHECK(stop->kind == STOP_NEW);
	alloc_grow(&t->strangers, &t->strangers_capacity, t->n_strangers + 1);
	t->strangers[t->n_strangers++] = stop->tid;
}

void tracer_on_stop(struct tracer *t, const struct stop *stop)
{
	struct task *task = stop->kind == STOP_EXEC ?
				    task_of_exec(t, stop->tid, (pid_t)stop->message) :
				    tracer_find_task(t, stop->tid);

	t->stops++;
	if (!task) {
		on_stranger(t, stop);
		return;
	}
	/* One that stands at a call stays there until it is resumed; only a kill reaches it. */
	CHECK(task->state != TASK_ARRIVED || stop->kind == STOP_ENDED);
	task_set_motion(t, task, MOTION_STOPPED);
	switch (stop->kind) {
	case STOP_CALL: on_call(t, task); return;
	case STOP_FOREIGN: on_foreign(t, task, stop); return;
	case STOP_CALL_EXIT: on_call_exit(t, task); return;
	case STOP_SIGNAL: signals_on_stop(t, task, stop->signo); return;
	case STOP_GROUP:
		turns_leave(t, task);
		job_stop_set(t, task, true);
		task_resume(t, task, RESUME_LISTEN, 0);
		return;
	case STOP_NEW: on_new(t, task); return;
	case STOP_FORK: on_fork(t, task, (pid_t)stop->message); return;
	case STOP_EXEC: on_exec(t, task); return;
	case STOP_ENDED: on_end(t, task, stop->status); return;
	}
}

/* Every task of this variant is to die: they are killed here, their ends come as stops. */
static void kill_all(struct tracer *t)
{
	for (unsigned i = 0; i < TRACER_HASH; i++)
		for (struct task *task = t->tasks[i]; task; task = task->next)
			task_kill(task);
	for (size_t i = 0; i < t->n_strangers; i++)
		kill(t->strangers[i], SIGKILL);
}

/* After the decision to stop: only ends matter. */
static void drain(struct tracer *t)
{
	struct stop stop;
	int got;

	kill_all(t);
	while ((got = t->backend->ops->reap(t->backend, &stop)) != -ECHILD) {
		if (got == 0) {
			t->backend->ops->sleep(t->backend);
			continue;
		}
		/* A child born while we looked is not in any table yet. */
		if (got > 0 && stop.kind != STOP_ENDED)
			kill(stop.tid, SIGKILL);
	}
}

bool tracer_look_at_mail(struct tracer *t)
{
	struct session *s = t->session;
	struct lane *lane;
	bool news = false;

	if (!tracer_is_leader(t)) {
		while ((lane = mailbox_take(t->from_leader))) {
			news = true;
			replicate_look(t, lane);
			lane_release(lane);
		}
		return turns_look(t) || news;
	}
	for (unsigned v = 1; v < s->n_variants; v++)
		while ((lane = mailbox_take(s->tracers[v].to_leader))) {
			news = true;
			execute_advance(t, lane);
			lane_release(lane);
		}
	return news;
}

static bool has_mail(struct tracer *t)
{
	if (!tracer_is_leader(t))
		return !mailbox_is_empty(t->from_leader) || turns_have_come(&t->turns);
	for (unsigned v = 1; v < t->session->n_variants; v++)
		if (!mailbox_is_empty(t->session->tracers[v].to_leader))
			return true;
	return false;
}

static bool look_at_stops(struct tracer *t)
{
	struct stop stop;
	bool news = false;

	/* While all tasks stand still only a kill from outside makes a stop, and that ends a sleep. */
	while ((t->n_running + t->n_blocked || t->slept) &&
	       !atomic_load_explicit(&t->session->stopping, memory_order_relaxed)) {
		if (t->backend->ops->reap(t->backend, &stop) <= 0) {
			t->slept = false;
			break;
		}
		news = true;
		tracer_on_stop(t, &stop);
		/* The one task we have has just been let go: it cannot have stopped again yet. */
		if (t->n_tasks == 1 && t->n_running) {
			t->slept = false;
			break;
		}
	}
	return news;
}

/*
 * Nothing to do now. While a task of ours runs on this CPU we must get out of
 * its way at once; while all are stopped, the news comes from another CPU and
 * a sleep would cost as much as hundreds of calls.
 */
static void wait_for_news(struct tracer *t)
{
	bool shared = t->session->cpus_shared;

	if (!t->n_running) {
		for (unsigned i = 0; !shared && i < SPIN_ROUNDS; i++) {
			if (has_mail(t))
				return;
			__builtin_ia32_pause();
		}
		for (unsigned i = 0; i < (shared ? SHARED_YIELD_ROUNDS : YIELD_ROUNDS); i++) {
			if (has_mail(t) || (t->n_blocked && look_at_stops(t)))
				return;
			sched_yield();
		}
	}
	if (!has_mail(t)) {
		t->sleeps++;
		t->slept = true;
		t->backend->ops->sleep(t->backend);
	}
}

static bool is_finished(struct tracer *t)
{
	if (tracer_is_leader(t))
		return t->session->n_lanes == 0;
	return t->n_tasks == 0;
}

static void serve(struct tracer *t)
{
	struct session *s = t->session;

	while (!is_finished(t) && !atomic_load(&s->stopping)) {
		bool news = look_at_stops(t);

		news |= tracer_look_at_mail(t);
		if (tracer_is_leader(t)) {
			watch_tick(t);
			hold_look_at_all(t);
		} else {
			delivery_look_at_slow(t);
		}
		if (!news || (t->n_tasks == 1 && t->n_running && !has_mail(t)))
			wait_for_news(t);
	}
	if (atomic_load(&s->stopping))
		drain(t);
	else
		tracer_look_at_mail(t);
}

void *tracer_main(void *tracer)
{
	struct tracer *t = tracer;
	struct error err = { 0 };

	t->backend = t->session->options->backend == OPTION_BACKEND_PTRACE ?
			     backend_ptrace_create(&err) :
			     backend_seccomp_create(&err);
	atomic_store(&t->bell, t->backend);
	if (variant_start(t, &err) < 0)
		session_fail(t->session, "%s", err.message);
	placement_run_promptly();
	tsc_set_readable(false);
	serve(t);
	tsc_set_readable(true);
	if (atomic_fetch_sub(&t->session->n_serving, 1) == 1)
		pthread_kill(t->session->main_thread, SESSION_WAKE_SIGNAL);
	log_line(LOG_DEBUG, "variant %u: %llu stops, %llu sleeps", t->variant,
		 (unsigned long long)t->stops, (unsigned long long)t->sleeps);
	return NULL;
}
