/* See watch.h. */
#include "monitor/watch.h"

#include <signal.h>

#include "monitor/lane_life.h"
#include "monitor/record.h"
#include "monitor/session.h"
#include "monitor/signals.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/turns.h"

/* lanes whose followers are looked at for signals from outside, each tick: some 20 us each */
#define LOOKS_A_TICK 32u

/* Handlers that run meanwhile bring nobody nearer to the call. */
static bool is_late(struct session *s, struct lane *lane, uint64_t now)
{
	uint64_t since = lane->put_off_ns ? lane->put_off_ns : lane->first_arrival_ns;

	return s->options->timeout_ns && lane->state == LANE_GATHER && since &&
	       !lane->tasks[LEADER].job_stopped && !atomic_load(&lane->die) &&
	       now > since + s->options->timeout_ns;
}

/* We were stopped ourselves, or the machine was asleep: nobody is late for that. */
static void forgive_pause(struct session *s, uint64_t now)
{
	uint64_t pause = now - s->last_tick_ns;

	s->last_tick_ns = now;
	if (pause < UINT64_C(8) * SESSION_TICK_NS)
		return;
	for (struct lane *lane = s->lanes; lane; lane = lane->next) {
		if (lane->first_arrival_ns)
			lane->first_arrival_ns = now;
		if (lane->put_off_ns)
			lane->put_off_ns = now;
	}
}

static void signal_all(struct session *s)
{
	uint64_t signals = atomic_exchange(&s->signals_for_all, 0);

	for (int signo = 1; signals; signo++, signals >>= 1)
		for (struct lane *lane = s->lanes; signals & 1 && lane; lane = lane->next)
			if (lane->thread == lane->process &&
			    !(atomic_load(&lane->ended) & 1u << LEADER))
				kill(lane->process->pid, signo);
}

/* The leader's first thread is in a call that the last tick has found it in. */
static bool waits_long(struct lane *lane)
{
	bool before = lane->ticked_seq == lane->seq;

	if (lane->state != LANE_EXECUTE || lane->thread != lane->process)
		return false;
	lane->ticked_seq = lane->seq;
	return before;
}

void watch_tick(struct tracer *t)
{
	struct session *s = t->session;
	unsigned n_looked = 0;
	struct lane *lane;
	uint64_t now;

	if (!atomic_exchange_explicit(&s->tick, false, memory_order_relaxed))
		return;
	now = session_now_ns(s);
	forgive_pause(s, now);
	turns_tick(t);
	signal_all(s);
	for (lane = s->lanes; lane; lane = lane->next) {
		if (lane_is_done(lane, lane->seq - 1))
			record_step(lane, lane->seq - 1);
		if (waits_long(lane) && n_looked++ < LOOKS_A_TICK)
			signals_look_at_followers(lane);
		if (is_late(s, lane, now)) {
			uint32_t missing = lane->variants & ~lane_arrived(lane, lane->seq);
			struct mismatch mismatch = {
				.kind = DIVERGENCE_TIMEOUT,
				.variant = (unsigned)__builtin_ctz(missing),
				.odd = missing,
				.arg = -1,
			};

			divergence_stop(lane, &mismatch);
			return;
		}
	}
}
