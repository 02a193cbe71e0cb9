/* The leader's thread asks the arbiter and gives orders; each thread carries them out for its own task. */
#include "monitor/delivery.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "monitor/divergence.h"
#include "monitor/execute.h"
#include "monitor/hold.h"
#include "monitor/lane_life.h"
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
 * the next signal comes: half the CPU time the leader had for that, but no
 * less and no more than these. Some microseconds are the kernel's, to return
 * from the handler; in the rest a flag that is looked at in a loop is found.
 */
#define CATCH_UP_LEAST_NS UINT64_C(50000)
#define CATCH_UP_MOST_NS  UINT64_C(100000)

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
	if (tracer_is_leader(t) && task->lane->hold.signals.count)
		hold_begin(t, task->lane);
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
	if (!lane->hold.signals.count || registers_are_vsyscall(&leader->regs) ||
	    t->backend->ops->get_mask(t->backend, leader->tid, &mask) < 0)
		return false;
	lane->hold.until_ns = 0;
	while (lane->hold.signals.count) {
		int signo = lane->hold.signals.items[0].info.si_signo;
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
			hold_give_back(t, lane);
			continue;
		}
		signal = hold_take(lane);
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
	uint64_t used = 0, needs;

	progress_get(leader, &used);
	needs = used / 2 < CATCH_UP_MOST_NS ? used / 2 : CATCH_UP_MOST_NS;
	if (needs < CATCH_UP_LEAST_NS)
		needs = CATCH_UP_LEAST_NS;
	atomic_store(&lane->pause_after_ns, needs);
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
	hold_add(t, lane, &(struct lane_signal){ .info = d->info, .first_ns = d->first_ns });
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
