/* Who of those that share memory runs: the leader's thread gives turns, the followers' keep to them. */
#include "monitor/turns.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/lane.h"
#include "monitor/session.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/proc_text.h"
#include "monitor/tracer.h"
#include "monitor/variant.h"

/*
 * Seconds of its CPU time, or ns of any time, after which a turn no longer holds up the others; looked
 * at once a tick. What is slow because the machine is busy must not change the order.
 */
#define TURN_LONG_CPU_S 2
#define TURN_LONG_NS    UINT64_C(30000000000)

static bool threads_take_turns(const struct session *s)
{
	return s->options->threads == OPTION_THREADS_TURNS;
}

void turns_decide(struct lane *lane)
{
	bool shares = lane->mm->is_shared ||
		      (atomic_load(&lane->process->threaded) && threads_take_turns(lane->session));

	lane_rendezvous(lane, lane->seq)->takes_turns = shares && lane->session->n_variants > 1;
}

void turns_inherit(struct lane *parent, struct lane *child)
{
	lane_rendezvous(child, child->seq - 1)->takes_turns =
		lane_rendezvous(parent, parent->seq)->takes_turns;
}

bool turns_apply(const struct task *task)
{
	return lane_rendezvous(task->lane, task->seq - 1)->takes_turns;
}

static void waiting_add(struct turns *turns, struct task *task)
{
	task->turn_next = NULL;
	if (turns->first)
		turns->last->turn_next = task;
	else
		turns->first = task;
	turns->last = task;
}

static void waiting_remove(struct turns *turns, struct task *task)
{
	struct task *before = NULL;

	for (struct task *at = turns->first; at; before = at, at = at->turn_next) {
		if (at != task)
			continue;
		if (before)
			before->turn_next = task->turn_next;
		else
			turns->first = task->turn_next;
		if (turns->last == task)
			turns->last = before;
		return;
	}
}

static void turn_begin(struct tracer *t, struct task *task)
{
	t->turns.holder = task;
	task->awaits_turn = false;
	if (!task->turn_forks) {
		task_go_on(t, task, task->turn_signo);
		return;
	}
	task->state = TASK_EXECUTING;
	task_resume(t, task, RESUME_TO_EXIT, 0);
}

/* A follower that is that far behind is waited for. */
static bool followers_have_room(struct session *s)
{
	for (unsigned v = 1; v < s->n_variants; v++) {
		struct turns *turns = &s->tracers[v].turns;

		if (atomic_load_explicit(&turns->tail, memory_order_relaxed) -
			    atomic_load_explicit(&turns->head, memory_order_acquire) >=
		    TURNS_AHEAD)
			return false;
	}
	return true;
}

static void tell_followers(struct session *s, struct turn turn)
{
	for (unsigned v = 1; v < s->n_variants; v++) {
		struct turns *turns = &s->tracers[v].turns;
		uint32_t tail = atomic_load_explicit(&turns->tail, memory_order_relaxed);

		if (!turns->given)
			turns->given = alloc_zeroed(TURNS_AHEAD, sizeof(*turns->given));
		atomic_fetch_add(&turn.lane->refs, 1);
		turns->given[tail % TURNS_AHEAD] = turn;
		atomic_store_explicit(&turns->tail, tail + 1, memory_order_release);
		tracer_ring(&s->tracers[v]);
	}
}

/* The leader: the next of those that wait, if nobody is in its way. */
static void turn_give(struct tracer *t)
{
	struct turns *turns = &t->turns;

	while (turns->first && !turns->holder && followers_have_room(t->session)) {
		struct task *task = turns->first;

		waiting_remove(turns, task);
		turns->since_ns = session_now_ns(t->session);
		if (!task->turn_forks) {
			tell_followers(t->session,
				       (struct turn){ task->lane, .beside = turns->left });
			turns->left = NULL;
		}
		turn_begin(t, task);
	}
}

/*
 * It had the turn and has kept it over a stop (slot_is_signals): the leader goes on
 * at once, and a follower, which may have stopped elsewhere, with the turn that
 * the leader was given for that.
 */
static bool turn_renew(struct tracer *t, struct task *task)
{
	if (tracer_is_leader(t) && followers_have_room(t->session)) {
		tell_followers(t->session, (struct turn){ task->lane });
		turn_begin(t, task);
		return true;
	}
	t->turns.holder = NULL;
	return false;
}

static void turn_await(struct tracer *t, struct task *task)
{
	task->awaits_turn = true;
	if (tracer_is_leader(t)) {
		waiting_add(&t->turns, task);
		turn_give(t);
	} else {
		turns_look(t);
	}
}

void turns_go(struct tracer *t, struct task *task, int signo)
{
	if (!turns_apply(task)) {
		task_go_on(t, task, signo);
		return;
	}
	task->turn_signo = signo;
	if (t->turns.holder == task && turn_renew(t, task))
		return;
	turn_await(t, task);
}

bool turns_apply_to_fork(const struct task *task, uint64_t clone_flags)
{
	return !(clone_flags & CLONE_VM) && atomic_load(&task->lane->process->threaded) &&
	       turns_apply(task);
}

void turns_fork(struct tracer *t, struct task *task)
{
	task->turn_forks = true;
	turn_await(t, task);
}

void turns_forked(struct tracer *t, struct task *task, bool made)
{
	struct turns *turns = &t->turns;

	if (!task->turn_forks)
		return;
	if (made && tracer_is_leader(t)) {
		tell_followers(t->session,
			       (struct turn){ task->lane, .beside = turns->left, .forks = true });
		turns->left = NULL;
	}
	turns_end(t, task);
}

void turns_end(struct tracer *t, struct task *task)
{
	task->turn_forks = false;
	if (task->awaits_turn) {
		task->awaits_turn = false;
		waiting_remove(&t->turns, task);
	}
	if (t->turns.left == task)
		t->turns.left = NULL;
	if (t->turns.holder == task)
		t->turns.holder = NULL;
	if (tracer_is_leader(t))
		turn_give(t);
	else
		turns_look(t);
}

void turns_leave(struct tracer *t, struct task *task)
{
	if (!tracer_is_leader(t) || t->turns.holder != task)
		return;
	t->turns.holder = NULL;
	t->turns.left = task;
	turn_give(t);
}

bool turns_have_come(const struct turns *turns)
{
	return turns->looked != atomic_load_explicit(&turns->tail, memory_order_relaxed);
}

/* A follower: the oldest turn that was given, if its task is there and nobody is in its way. */
static bool turn_take(struct tracer *t)
{
	struct turns *turns = &t->turns;
	uint32_t head = atomic_load_explicit(&turns->head, memory_order_relaxed);
	struct turn turn = turns->given[head % TURNS_AHEAD];
	struct task *task = &turn.lane->tasks[t->variant];

	if (task->state != TASK_ENDED && (!task->awaits_turn || task->turn_forks != turn.forks ||
					  (turns->holder && !turn.beside)))
		return false;
	atomic_store_explicit(&turns->head, head + 1, memory_order_release);
	if (task->state != TASK_ENDED)
		turn_begin(t, task);
	lane_release(turn.lane);
	return true;
}

bool turns_look(struct tracer *t)
{
	struct turns *turns = &t->turns;
	bool any = false;

	turns->looked = atomic_load_explicit(&turns->tail, memory_order_acquire);
	while (atomic_load_explicit(&turns->head, memory_order_relaxed) != turns->looked &&
	       turn_take(t))
		any = true;
	return any;
}

/* State and CPU time, in clock ticks, of a task (proc(5), /proc/PID/stat). False when it is gone. */
static bool stat_read(pid_t tid, char *state, uint64_t *ticks)
{
	unsigned long user, system;
	char text[1024];
	const char *end;

	proc_text_read(tid, "stat", text, sizeof(text));
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", state,
			   &user, &system) != 3)
		return false;
	*ticks = user + system;
	return true;
}

/* CPU time is counted from the first tick that finds the turn. */
static bool turn_is_long(struct tracer *t, struct turns *turns)
{
	uint64_t now, ticks;
	char state;

	if (!turns->first || !turns->holder)
		return false;
	now = session_now_ns(t->session);
	if (now < turns->since_ns + SESSION_TICK_NS)
		return false;
	/* A first thread that has ended before the others says nothing more (ptrace(2)). */
	if (!stat_read(turns->holder->tid, &state, &ticks) || state == 'Z')
		return true;
	if (turns->watched_ns != turns->since_ns) {
		turns->watched_ns = turns->since_ns;
		turns->watched_ticks = ticks;
	}
	return ticks - turns->watched_ticks > TURN_LONG_CPU_S * (uint64_t)sysconf(_SC_CLK_TCK) ||
	       now > turns->since_ns + TURN_LONG_NS;
}

void turns_tick(struct tracer *t)
{
	struct turns *turns = &t->turns;
	bool is_long = turn_is_long(t, turns);

	t->session->turns_missed |= is_long;
	if (is_long)
		turns_leave(t, turns->holder);
	else
		turn_give(t); /* to one who waits because a follower was far behind */
}
