/* The lane protocol's step function and questions. Plain loads with acquire, no waiting. */
#include "monitor/lane.h"

#include <stdlib.h>
#include <sys/syscall.h>

#include "monitor/session.h"

static enum slot_phase slot_phase(struct lane *lane, uint64_t seq, unsigned variant)
{
	return atomic_load_explicit(&lane_slot(lane, seq, variant)->phase, memory_order_acquire);
}

bool slot_is_signals(const struct slot *slot)
{
	switch (slot->kind) {
	case ARRIVAL_SIGNAL:
	case ARRIVAL_PAUSE: return true;
	case ARRIVAL_CALL: return slot->nr == SYS_rt_sigreturn;
	case ARRIVAL_FAULT:
	case ARRIVAL_TRAP:
	case ARRIVAL_FOREIGN:
	case ARRIVAL_VAIN:
	case ARRIVAL_END: break;
	}
	return false;
}

uint32_t lane_arrived(struct lane *lane, uint64_t seq)
{
	uint32_t mask = 0;

	for (unsigned v = 0; v < lane->session->n_variants; v++)
		if (slot_phase(lane, seq, v) != SLOT_EMPTY)
			mask |= 1u << v;
	return mask;
}

bool lane_is_done(struct lane *lane, uint64_t seq)
{
	for (unsigned v = 0; v < lane->session->n_variants; v++)
		if (slot_phase(lane, seq, v) != SLOT_DONE)
			return false;
	return true;
}

/* Arrived, and not sent on from a local call. */
static bool all_wait(struct lane *lane, uint64_t seq)
{
	for (unsigned v = 0; v < lane->session->n_variants; v++)
		if (slot_phase(lane, seq, v) != SLOT_ARRIVED)
			return false;
	return true;
}

enum lane_progress lane_step(struct lane *lane, uint64_t seq, unsigned variant)
{
	if (variant == LEADER)
		return all_wait(lane, seq) ? LANE_MEET : LANE_WAIT;
	switch (slot_phase(lane, seq, variant)) {
	case SLOT_EMPTY:
	case SLOT_ARRIVED: return LANE_WAIT;
	case SLOT_ORDERED: return LANE_ACT;
	case SLOT_DONE: return LANE_OVER;
	}
	return LANE_WAIT;
}

void lane_release(struct lane *lane)
{
	if (atomic_fetch_sub(&lane->refs, 1) != 1)
		return;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		for (unsigned i = 0; i < 2; i++) {
			capture_finish(&lane->rendezvous[i].slots[v].in);
			free(lane->rendezvous[i].slots[v].calls);
		}
	for (unsigned i = 0; i < 2; i++) {
		capture_finish(&lane->rendezvous[i].out);
		free(lane->rendezvous[i].stack.bytes);
	}
	free(lane->hold.signals.items);
	free(lane->hold.resent.items);
	fd_list_finish(&lane->born_with);
	free(lane->label);
	free(lane->call);
	free(lane);
}
