/* Held signals by the order in which they came, and the leader's CPU time as the clock. */
#include "monitor/hold.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "monitor/session.h"
#include "monitor/tracer.h"

/* Behind those that came before it. */
static void signals_add(struct lane_signals *list, const struct lane_signal *signal)
{
	unsigned at = list->count;

	alloc_grow(&list->items, &list->capacity, list->count + 1);
	for (; at > 0 && list->items[at - 1].first_ns > signal->first_ns; at--)
		list->items[at] = list->items[at - 1];
	list->items[at] = *signal;
	list->count++;
}

static struct lane_signal signals_take(struct lane_signals *list, unsigned i)
{
	struct lane_signal taken = list->items[i];

	list->count--;
	memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(list->items[0]));
	return taken;
}

/* The oldest of this number, or -1. */
static int signals_find(const struct lane_signals *list, int signo)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->items[i].info.si_signo == signo)
			return (int)i;
	return -1;
}

/*
 * CPU time of a process: that of the one of its threads that computes, as they
 * take turns. Not of any time: a leader that must wait for a CPU comes no
 * nearer to its next call. False when it is gone.
 */
static bool cpu_time_get(pid_t pid, uint64_t *ns)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return false;
	*ns = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
	return true;
}

void progress_mark(struct task *task)
{
	if (task->lane->session->n_variants > 1 && slot_is_signals(task_slot(task)) &&
	    cpu_time_get(task->pid, &task->mark_cpu_ns))
		task->mark_seq = task->seq + 1;
}

bool progress_get(const struct task *task, uint64_t *ns)
{
	uint64_t now;

	if (task->mark_seq != task->seq || !cpu_time_get(task->pid, &now))
		return false;
	*ns = now - task->mark_cpu_ns;
	return true;
}

static void hold_until(struct tracer *t, struct lane *lane, uint64_t now, uint64_t ns)
{
	lane->hold.until_ns = now + ns;
	if (!t->held_until_ns || lane->hold.until_ns < t->held_until_ns)
		t->held_until_ns = lane->hold.until_ns;
	t->backend->ops->wake_after(t->backend, ns);
}

/* Most come to a call soon. */
void hold_begin(struct tracer *t, struct lane *lane)
{
	const struct options *options = t->session->options;

	if (options->signals == OPTION_SIGNALS_BOUNDARY)
		return;
	if (!cpu_time_get(lane->tasks[LEADER].pid, &lane->hold.cpu_ns))
		lane->hold.cpu_ns = 0;
	hold_until(t, lane, session_now_ns(t->session), options->signal_hold_ns);
}

bool hold_is_useless(const struct lane *lane)
{
	const struct task *leader = &lane->tasks[LEADER];
	const struct options *options = lane->session->options;
	uint64_t since_ns;

	if (lane->hold.none_seq == leader->seq)
		return true;
	return options->signals != OPTION_SIGNALS_BOUNDARY && !lane->hold.signals.count &&
	       progress_get(leader, &since_ns) && since_ns >= options->signal_hold_ns;
}

void hold_add(struct tracer *t, struct lane *lane, const struct lane_signal *signal)
{
	int signo = signal->info.si_signo;

	/* As the kernel has it: one of each standard signal. */
	if (signo < SIGRTMIN && signals_find(&lane->hold.signals, signo) >= 0)
		return;
	signals_add(&lane->hold.signals, signal);
	if (lane->hold.signals.count == 1)
		hold_begin(t, lane);
}

struct lane_signal hold_take(struct lane *lane)
{
	return signals_take(&lane->hold.signals, 0);
}

/* They come again as the monitor's own, in the kernel's order, and get their siginfo back then. */
void hold_give_back(struct tracer *t, struct lane *lane)
{
	struct lane_signal signal = hold_take(lane);
	struct task *task = &lane->tasks[LEADER];

	signals_add(&lane->hold.resent, &signal);
	task_send(t, task, signal.info.si_signo);
}

void hold_release(struct tracer *t, struct lane *lane)
{
	lane->hold.until_ns = 0;
	lane->hold.none_seq = lane->tasks[LEADER].seq;
	while (lane->hold.signals.count)
		hold_give_back(t, lane);
}

/*
 * Of several with one number the oldest is due, whichever has come: the
 * kernel's queue has them behind those that came later.
 */
void hold_restore(struct lane *lane, struct lane_signal *signal)
{
	const siginfo_t *info = &signal->info;
	int i = signals_find(&lane->hold.resent, info->si_signo);
	bool ours = info->si_code == SI_TKILL && info->si_pid == lane->session->monitor_pid;
	struct lane_signal oldest;

	if (i < 0)
		return;
	oldest = signals_take(&lane->hold.resent, (unsigned)i);
	if (!ours && info->si_signo >= SIGRTMIN)
		signals_add(&lane->hold.resent, signal);
	*signal = oldest;
}

/* At a call it waits for the others only; and its turn must come first. */
static bool can_be_interrupted(const struct task *leader)
{
	return !leader->awaits_turn &&
	       (leader->state == TASK_RUNNING || leader->state == TASK_LOCAL ||
		leader->state == TASK_LOCAL_BROKEN);
}

/* The hold is over, or goes on for what is left of it. */
static void hold_look(struct tracer *t, struct lane *lane, uint64_t now)
{
	const uint64_t hold_ns = t->session->options->signal_hold_ns;
	struct task *leader = &lane->tasks[LEADER];
	uint64_t cpu = 0, used;

	if (!lane->hold.until_ns || now < lane->hold.until_ns)
		return;
	used = lane->hold.cpu_ns && cpu_time_get(leader->pid, &cpu) ? cpu - lane->hold.cpu_ns :
								      UINT64_MAX;
	if (leader->state == TASK_LOCAL)
		used = UINT64_MAX; /* it waits */
	/* Most of it is enough: to look again costs a time slice, where the leader has this CPU. */
	if (can_be_interrupted(leader) && used >= hold_ns / 2)
		hold_release(t, lane);
	else
		lane->hold.until_ns = now + (used < hold_ns ? hold_ns - used : hold_ns);
}

void hold_look_at_all(struct tracer *t)
{
	uint64_t now, next = 0;

	if (!t->held_until_ns)
		return;
	now = session_now_ns(t->session);
	if (now < t->held_until_ns)
		return;
	for (struct lane *lane = t->session->lanes; lane; lane = lane->next) {
		hold_look(t, lane, now);
		if (lane->hold.until_ns && (!next || lane->hold.until_ns < next))
			next = lane->hold.until_ns;
	}
	t->held_until_ns = next;
	if (next)
		t->backend->ops->wake_after(t->backend, next - now);
}
