/* The leader's thread asks the arbiter and gives orders; each thread carries them out for its own task. */
#include "monitor/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "monitor/divergence.h"
#include "monitor/execute.h"
#include "monitor/record.h"
#include "monitor/signal_values.h"
#include "monitor/signals.h"
#include "monitor/turns.h"
#include "monitor/variant.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of SIGSYS from a filter (asm-generic/siginfo.h) */
#endif

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

/*
 * What a handler leaves behind, a flag perhaps, the program must find before
 * the next signal comes: half the CPU time the leader had for that, and no more than this, in which the
 * flag is found or was not looked for.
 */
#define CATCH_UP_NS UINT64_C(2000000)

/* One cycle or so an iteration; what it jumps over at the end is a call that nobody makes. */
const uint8_t delivery_loop[] = {
	0x48, 0xff, 0xc9, /* again: dec rcx */
	0x75, 0xfb,       /* jnz again */
	0x0f, 0x05,       /* syscall */
	0x0f, 0x0b,       /* ud2 */
};
const size_t delivery_loop_bytes = sizeof(delivery_loop);

bool delivery_is_own(const struct session *s, const siginfo_t *info)
{
	return s->options->cpu_timers == OPTION_CPU_TIMERS_EACH && info->si_code == SI_KERNEL &&
	       (info->si_signo == SIGVTALRM || info->si_signo == SIGPROF);
}

/* ---- signals that the monitor keeps ---- */

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

void delivery_mark(struct task *task)
{
	if (task->lane->session->n_variants > 1 && slot_is_signals(task_slot(task)) &&
	    cpu_time_get(task->pid, &task->mark_cpu_ns))
		task->mark_seq = task->seq + 1;
}

/* CPU time since it came from a signal or a handler; false, and nothing set, where it came from a call. */
static bool progress_get(const struct task *task, uint64_t *ns)
{
	uint64_t now;

	if (task->mark_seq != task->seq || !cpu_time_get(task->pid, &now))
		return false;
	*ns = now - task->mark_cpu_ns;
	return true;
}

static void hold_until(struct tracer *t, struct lane *lane, uint64_t now, uint64_t ns)
{
	lane->held_until_ns = now + ns;
	if (!t->held_until_ns || lane->held_until_ns < t->held_until_ns)
		t->held_until_ns = lane->held_until_ns;
	t->backend->ops->wake_after(t->backend, ns);
}

/*
 * Most come to a call soon. Who has had signals in this computation already,
 * and computes for long, may go on so.
 */
static void hold_begin(struct tracer *t, struct lane *lane, uint64_t now)
{
	const struct options *options = t->session->options;
	uint64_t since_ns = 0;

	if (options->signals == OPTION_SIGNALS_BOUNDARY)
		return;
	progress_get(&lane->tasks[LEADER], &since_ns);
	lane->held_for_ns = since_ns < options->signal_hold_ns ? options->signal_hold_ns :
								 options->signal_hold_ns / 10;
	if (!cpu_time_get(lane->tasks[LEADER].pid, &lane->held_cpu_ns))
		lane->held_cpu_ns = 0;
	hold_until(t, lane, now, lane->held_for_ns);
}

void delivery_hold(struct tracer *t, struct lane *lane, const struct lane_signal *signal)
{
	int signo = signal->info.si_signo;

	/* As the kernel has it: one of each standard signal. */
	if (signo < SIGRTMIN && signals_find(&lane->held, signo) >= 0)
		return;
	signals_add(&lane->held, signal);
	if (lane->held.count == 1)
		hold_begin(t, lane, session_now_ns(t->session));
}

/* They come again as the monitor's own, in the kernel's order, and get their siginfo back then. */
static void give_back(struct tracer *t, struct lane *lane, unsigned i)
{
	struct lane_signal signal = signals_take(&lane->held, i);
	struct task *task = &lane->tasks[LEADER];

	signals_add(&lane->resent, &signal);
	task_send(t, task, signal.info.si_signo);
}

void delivery_release(struct tracer *t, struct lane *lane)
{
	lane->held_until_ns = 0;
	lane->no_hold_seq = lane->tasks[LEADER].seq;
	while (lane->held.count)
		give_back(t, lane, 0);
}

/*
 * Of several with one number the oldest is due, whichever has come: the
 * kernel's queue has them behind those that came later.
 */
void delivery_restore(struct lane *lane, struct lane_signal *signal)
{
	const siginfo_t *info = &signal->info;
	int i = signals_find(&lane->resent, info->si_signo);
	bool ours = info->si_code == SI_TKILL && info->si_pid == lane->session->monitor_pid;
	struct lane_signal oldest;

	if (i < 0)
		return;
	oldest = signals_take(&lane->resent, (unsigned)i);
	if (!ours && info->si_signo >= SIGRTMIN)
		signals_add(&lane->resent, signal);
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
	struct task *leader = &lane->tasks[LEADER];
	uint64_t cpu = 0, used;

	if (!lane->held_until_ns || now < lane->held_until_ns)
		return;
	used = lane->held_cpu_ns && cpu_time_get(leader->pid, &cpu) ? cpu - lane->held_cpu_ns :
								      UINT64_MAX;
	if (leader->state == TASK_LOCAL)
		used = UINT64_MAX; /* it waits */
	/* Most of it is enough: to look again costs a time slice, where the leader has this CPU. */
	if (can_be_interrupted(leader) && used >= lane->held_for_ns / 2)
		delivery_release(t, lane);
	else
		lane->held_until_ns = now + (used < lane->held_for_ns ? lane->held_for_ns - used :
									lane->held_for_ns);
}

void delivery_look_at_held(struct tracer *t)
{
	uint64_t now, next = 0;

	if (!t->held_until_ns)
		return;
	now = session_now_ns(t->session);
	if (now < t->held_until_ns)
		return;
	for (struct lane *lane = t->session->lanes; lane; lane = lane->next) {
		hold_look(t, lane, now);
		if (lane->held_until_ns && (!next || lane->held_until_ns < next))
			next = lane->held_until_ns;
	}
	t->held_until_ns = next;
	if (next)
		t->backend->ops->wake_after(t->backend, next - now);
}

/* ---- orders ---- */

/* What the order's signal brings, before the orders are given. */
void delivery_set_siginfo(const struct lane *lane, struct rendezvous *r, const siginfo_t *info)
{
	const struct signal_value *own = signal_values_of(lane->session, info);

	r->siginfo = *info;
	r->has_own_values = own != NULL;
	if (own)
		memcpy(r->own_values, own->value, sizeof(r->own_values));
}

static siginfo_t siginfo_of(const struct task *task)
{
	const struct rendezvous *r = lane_rendezvous(task->lane, task->seq);
	siginfo_t info = r->siginfo;

	if (info.si_signo == SIGSYS && info.si_code == SYS_SECCOMP)
		info.si_call_addr = (void *)task_slot(task)->ip; /* each variant's own */
	if (r->has_own_values)
		info.si_value.sival_ptr = (void *)r->own_values[task->variant];
	return info;
}

static void inject(struct tracer *t, struct task *task)
{
	const struct slot *slot = task_slot(task);

	if (slot->kind == ARRIVAL_CALL) {
		registers_answer(&task->regs, slot->order.result);
		task_write_registers(t, task);
	}
	signals_inject(t, task, slot->order.signo);
	task->owed &= ~BIT(slot->order.signo); /* it has had it: it is on its list */
	task_resume(t, task, RESUME_RUN, 0);
}

void delivery_injected(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);
	siginfo_t info = siginfo_of(task);

	task_read_registers(t, task);
	if (slot->order.resume == SIGNAL_RESTART) {
		registers_restart(&task->regs, slot->nr);
		task_write_registers(t, task);
	}
	t->backend->ops->set_siginfo(t->backend, task->tid, &info);
	task->may_block = false;
	if (tracer_is_leader(t))
		lane_advance(task->lane);
	task_pass(t, task);
	turns_go(t, task, slot->order.signo);
	if (tracer_is_leader(t) && task->lane->held.count)
		hold_begin(t, task->lane, session_now_ns(t->session));
}

static void order_all(struct tracer *t, struct lane *lane, const struct order *order)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);

	for (unsigned v = 0; v < t->session->n_variants; v++) {
		r->slots[v].order = *order;
		/* A call is skipped, and made when the handler has ended. */
		if (order->resume == SIGNAL_RESTART && r->slots[v].kind != ARRIVAL_CALL)
			r->slots[v].order.resume = SIGNAL_KEEP;
		if (v == LEADER)
			continue;
		atomic_store_explicit(&r->slots[v].phase, SLOT_ORDERED, memory_order_release);
		tracer_tell_follower(lane, v);
	}
}

/* All are at this rendezvous, and it is for this signal. */
static void deliver(struct tracer *t, struct lane *lane, const struct delivery *d)
{
	const siginfo_t *info = &d->info;
	const struct order order = {
		.kind = ORDER_SIGNAL,
		.path_arg = -1,
		.signo = info->si_signo,
		.resume = SIGNAL_RESTART,
	};
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);

	turns_decide(lane);
	record_signal(lane, SIGNAL_DELIVERED, d);
	signal_handler_begins(lane->signals, info->si_signo);
	delivery_set_siginfo(lane, r, info);
	r->unrecorded = false;
	capture_reset(&r->out);
	order_all(t, lane, &order);
	lane->state = LANE_EXECUTE;
	delivery_follow(t, &lane->tasks[LEADER]);
}

bool delivery_at_entry(struct tracer *t, struct lane *lane)
{
	struct task *leader = &lane->tasks[LEADER];
	uint64_t mask = 0;

	/* Such a call cannot be made again after a handler: the signal waits for the next one. */
	if (!lane->held.count || registers_are_vsyscall(&leader->regs) ||
	    t->backend->ops->get_mask(t->backend, leader->tid, &mask) < 0)
		return false;
	lane->held_until_ns = 0;
	while (lane->held.count) {
		int signo = lane->held.items[0].info.si_signo;
		enum signal_action action = signal_action_get(lane->signals, signo);
		struct lane_signal signal;
		struct delivery d;

		/*
		 * Blocked since it came, the kernel keeps it, so that masks and
		 * sigpending work as alone. Without a handler (any more) it is the
		 * leader's alone: stopping, or dying with the lane.
		 */
		if ((mask & BIT(signo)) || action == SIGNAL_ACTION_STOP ||
		    action == SIGNAL_ACTION_TERMINATE) {
			give_back(t, lane, 0);
			continue;
		}
		signal = signals_take(&lane->held, 0);
		if (action == SIGNAL_ACTION_IGNORE)
			continue;
		d = (struct delivery){ .info = signal.info, .first_ns = signal.first_ns };
		d.had_ns[LEADER] = signal.first_ns;
		d.sent = d.skipped = t->session->all_variants;
		deliver(t, lane, &d);
		return true;
	}
	return false;
}

/* ---- what has come to the arbiter ---- */

static void tell_to_pause(struct tracer *t, struct lane *lane, unsigned v)
{
	struct task *leader = &lane->tasks[LEADER];

	uint64_t used = 0;

	progress_get(leader, &used);
	atomic_store(&lane->pause_after_ns, used / 2 < CATCH_UP_NS ? used / 2 : CATCH_UP_NS);
	atomic_store(&lane->pause_seq[v], lane->seq);
	if (v != LEADER)
		tracer_tell_follower(lane, v);
	else
		delivery_stop(t, leader);
}

static void order_one(struct tracer *t, struct lane *lane, unsigned v, enum order_kind kind)
{
	struct slot *slot = lane_slot(lane, lane->seq, v);

	slot->order = (struct order){ .kind = kind, .path_arg = -1, .signo = lane->arbiter.signo };
	if (v == LEADER) {
		delivery_follow(t, &lane->tasks[LEADER]);
		return;
	}
	atomic_store_explicit(&slot->phase, SLOT_ORDERED, memory_order_release);
	tracer_tell_follower(lane, v);
}

static void accuse(struct lane *lane)
{
	struct mismatch mismatch = { .kind = DIVERGENCE_SIGNAL, .arg = -1 };

	for (unsigned v = 0; v < lane->session->n_variants; v++)
		if (lane->arbiter.action[v] == ACTION_ACCUSE)
			mismatch.odd |= 1u << v;
	mismatch.variant = (unsigned)__builtin_ctz(mismatch.odd);
	divergence_stop(lane, &mismatch);
}

/* Somebody stands before a call that cannot be skipped: all go on, and it is tried again. */
static bool must_wait(struct lane *lane)
{
	for (unsigned v = 0; v < lane->session->n_variants; v++) {
		const struct slot *slot = lane_slot(lane, lane->seq, v);

		if (slot->kind == ARRIVAL_CALL && registers_are_vsyscall(&slot->regs))
			return true;
	}
	return false;
}

static void put_off(struct tracer *t, struct lane *lane)
{
	struct delivery *d = &lane->delivery;
	unsigned n = t->session->n_variants;

	memset(lane->arbiter.place, PLACE_RUNS, sizeof(lane->arbiter.place));
	delivery_hold(t, lane, &(struct lane_signal){ .info = d->info, .first_ns = d->first_ns });
	d->first_ns = 0;
	for (unsigned v = n; v-- > 0;)
		if (lane_slot(lane, lane->seq, v)->kind != ARRIVAL_CALL)
			order_one(t, lane, v, ORDER_GO_ON);
}

/* Some, but not all, stand at a call: how long they do counts on. */
static void note_put_off(struct tracer *t, struct lane *lane)
{
	uint32_t calls = 0;

	for (unsigned v = 0; v < t->session->n_variants; v++)
		calls |= (uint32_t)(lane_slot(lane, lane->seq, v)->kind == ARRIVAL_CALL) << v;
	if (!calls || calls == t->session->all_variants)
		lane->put_off_ns = 0;
	else if (!lane->put_off_ns)
		lane->put_off_ns = session_now_ns(t->session);
}

static void deliver_to_all(struct tracer *t, struct lane *lane)
{
	struct arbiter *a = &lane->arbiter;
	struct delivery d = lane->delivery;

	if (d.info.si_signo != a->delivered)
		d.info = (siginfo_t){ .si_signo = a->delivered, .si_code = SI_KERNEL };
	if (must_wait(lane)) {
		put_off(t, lane);
		return;
	}
	note_put_off(t, lane);
	for (unsigned v = 0; v < t->session->n_variants; v++)
		if (a->action[v] == ACTION_SEND) {
			d.sent |= 1u << v;
			d.skipped |= (uint32_t)(lane_slot(lane, lane->seq, v)->kind == ARRIVAL_CALL)
				     << v;
		}
	/* Another one may be on the lists. */
	lane->delivery.first_ns = arbiter_is_idle(a) ? 0 : d.first_ns;
	if (execute_previous_complete(lane))
		deliver(t, lane, &d);
}

static void carry_out(struct tracer *t, struct lane *lane)
{
	const struct arbiter a =
		lane->arbiter; /* as answered: the leader's next arrival changes it */
	struct delivery *d = &lane->delivery;

	if (a.delivered) {
		deliver_to_all(t, lane);
		return;
	}
	/* The leader last: it may arrive again at once. */
	for (unsigned v = t->session->n_variants; v-- > 0;) {
		switch ((enum arbiter_action)a.action[v]) {
		case ACTION_NONE: break;
		case ACTION_GO_ON:
			d->listed |= 1u << v;
			order_one(t, lane, v, ORDER_GO_ON);
			break;
		case ACTION_INTERRUPT: tell_to_pause(t, lane, v); break;
		case ACTION_WAIT:
			d->skipped |= 1u << v;
			order_one(t, lane, v, ORDER_WAIT);
			break;
		case ACTION_ACCUSE: accuse(lane); return;
		case ACTION_HAND:
		case ACTION_SEND:
		case ACTION_COUNT: CHECK(!"only when it is delivered");
		}
	}
}

static void note_signal(struct lane *lane, unsigned v, const struct slot *slot)
{
	struct delivery *d = &lane->delivery;

	if (!d->first_ns)
		*d = (struct delivery){ .info = slot->siginfo, .first_ns = slot->first_ns };
	d->had_ns[v] = slot->first_ns;
	if (slot->waited > d->waited)
		d->waited = slot->waited;
}

/* False when it is no news, or an end that the comparison will find. */
static bool tell_arbiter(struct tracer *t, struct lane *lane, unsigned v)
{
	struct slot *slot = lane_slot(lane, lane->seq, v);
	struct arbiter *a = &lane->arbiter;

	if (atomic_load_explicit(&slot->phase, memory_order_acquire) != SLOT_ARRIVED ||
	    (a->place[v] != PLACE_RUNS && a->place[v] != PLACE_WAITS))
		return false;
	switch (slot->kind) {
	case ARRIVAL_SIGNAL:
		note_signal(lane, v, slot);
		arbiter_signal(a, v, slot->signo, !delivery_is_own(t->session, &slot->siginfo));
		break;
	case ARRIVAL_VAIN: arbiter_vain(a, v); break;
	case ARRIVAL_CALL:
	case ARRIVAL_FAULT:
	case ARRIVAL_TRAP:
	case ARRIVAL_PAUSE: arbiter_stop(a, v); break;
	case ARRIVAL_FOREIGN:
	case ARRIVAL_END: return false;
	}
	carry_out(t, lane);
	return true;
}

/* Where a variant has ended, or does what no program does, the signal does not matter any more. */
static bool is_over(struct lane *lane)
{
	for (unsigned v = 0; v < lane->session->n_variants; v++) {
		const struct slot *slot = lane_slot(lane, lane->seq, v);

		if (atomic_load_explicit(&slot->phase, memory_order_acquire) == SLOT_ARRIVED &&
		    (slot->kind == ARRIVAL_END || slot->kind == ARRIVAL_FOREIGN))
			return true;
	}
	return false;
}

bool delivery_arbitrate(struct tracer *t, struct lane *lane)
{
	struct arbiter *a = &lane->arbiter;
	uint64_t seq = lane->seq;
	bool came = atomic_load_explicit(&lane->signal_came, memory_order_acquire);
	bool news;

	if (!came && !a->signo && !lane->delivery.first_ns)
		return false;
	if (is_over(lane))
		return false;
	atomic_store(&lane->signal_came, false);
	a->n = t->session->n_variants;
	if (lane->arbiter_seq != seq) {
		lane->arbiter_seq = seq;
		arbiter_pass(a);
		carry_out(t, lane);
	}
	do {
		news = false;
		for (unsigned v = 0; v < a->n && lane->seq == seq; v++)
			news |= tell_arbiter(t, lane, v);
	} while (news && lane->seq == seq && !atomic_load(&t->session->stopping));
	return a->signo || lane->seq != seq || lane->state != LANE_GATHER ||
	       atomic_load(&t->session->stopping);
}

/* ---- a task's own side ---- */

bool delivery_wants_stop(const struct task *task)
{
	return !task->awaits_turn &&
	       (task->state == TASK_RUNNING || task->state == TASK_LOCAL ||
		task->state == TASK_LOCAL_BROKEN) &&
	       atomic_load(&task->lane->pause_seq[task->variant]) == task->seq;
}

void delivery_stop(struct tracer *t, struct task *task)
{
	uint64_t needs, used = UINT64_MAX, look_ns;

	if (!delivery_wants_stop(task))
		return;
	needs = atomic_load(&task->lane->pause_after_ns);
	/* In a call of its own it may wait, and use none. */
	if (!tracer_is_leader(t) && task->state == TASK_RUNNING)
		progress_get(task, &used);
	if (used >= needs) {
		t->backend->ops->interrupt(t->backend, task->tid);
		return;
	}
	look_ns = session_now_ns(t->session) + needs - used;
	if (!t->pause_look_ns || look_ns < t->pause_look_ns) {
		t->pause_look_ns = look_ns;
		t->backend->ops->wake_after(t->backend, needs - used);
	}
}

void delivery_look_at_slow(struct tracer *t)
{
	if (!t->pause_look_ns || session_now_ns(t->session) < t->pause_look_ns)
		return;
	t->pause_look_ns = 0;
	for (unsigned i = 0; i < TRACER_HASH; i++)
		for (struct task *task = t->tasks[i]; task; task = task->next)
			delivery_stop(t, task);
}

void delivery_arrive(struct tracer *t, struct task *task, const struct lane_signal *signal)
{
	struct slot *slot = task_slot(task);

	if (!task_read_registers(t, task))
		return;
	slot->waited = 0;
	if (signal) {
		slot->signo = signal->info.si_signo;
		slot->siginfo = signal->info;
		slot->first_ns = signal->first_ns;
	}
	if (task->state == TASK_WAITING) {
		const uint64_t asked = t->session->options->signal_wait;

		slot->waited = asked - task->regs.rcx;
		task->regs = slot->regs;
		if (slot->kind == ARRIVAL_CALL)
			registers_restart(&task->regs, slot->nr);
		task_write_registers(t, task);
	}
	task->interrupted = task->state == TASK_WAITING ? TASK_RUNNING : task->state;
	task_arrive(t, task, signal ? ARRIVAL_SIGNAL : ARRIVAL_PAUSE);
}

/* At the next rendezvous: this one is over for the others. */
static void arrive_blocked(struct tracer *t, struct task *task, int signo)
{
	if (tracer_is_leader(t))
		lane_advance(task->lane);
	task_pass(t, task);
	task_slot(task)->signo = signo;
	task_slot(task)->waited = 0;
	task_arrive(t, task, ARRIVAL_VAIN);
}

static void take_signal(struct tracer *t, struct task *task)
{
	const struct slot *slot = task_slot(task);
	int signo = slot->order.signo;
	uint64_t mask = 0;

	if (slot->kind == ARRIVAL_SIGNAL && slot->signo == signo) {
		siginfo_t info = siginfo_of(task);

		t->backend->ops->set_siginfo(t->backend, task->tid, &info);
		if (tracer_is_leader(t))
			lane_advance(task->lane);
		task_pass(t, task);
		turns_go(t, task, signo);
		return;
	}
	/* It would never come: only one whose calls were the others' can have come to that by itself. */
	if (t->backend->ops->get_mask(t->backend, task->tid, &mask) == 0 && (mask & BIT(signo)))
		arrive_blocked(t, task, signo);
	else
		inject(t, task);
}

static void wait_begin(struct tracer *t, struct task *task)
{
	const uint64_t page = task->lane->mm->page_addr[task->variant];
	const struct slot *slot = task_slot(task);

	/* Where our page could not be mapped (image.c, map_page) there is nowhere to wait. */
	if (!page) {
		session_fail(t->session, "variant %u has no wait loop for a signal of its own",
			     t->variant);
		return;
	}
	task->regs = slot->regs;
	task->regs.orig_rax = SYSCALL_SKIP;
	task->regs.rip = page + DELIVERY_LOOP_OFFSET;
	task->regs.rcx = t->session->options->signal_wait;
	task_write_registers(t, task);
	task->state = TASK_WAITING;
	task_resume(t, task, RESUME_RUN, 0);
}

void delivery_waited_in_vain(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);

	slot->signo = slot->order.signo;
	slot->waited = t->session->options->signal_wait;
	task_arrive(t, task, ARRIVAL_VAIN);
}

void delivery_follow(struct tracer *t, struct task *task)
{
	struct slot *slot = task_slot(task);

	if (slot->order.kind == ORDER_SIGNAL) {
		take_signal(t, task);
		return;
	}
	atomic_store_explicit(&slot->phase, SLOT_EMPTY, memory_order_release);
	if (slot->order.kind == ORDER_WAIT) {
		wait_begin(t, task);
		return;
	}
	task->state = task->interrupted;
	task_resume(t, task, RESUME_RUN, 0);
}
