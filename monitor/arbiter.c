/* Signals arrive, variants stop, and each event has one answer. No time, no tasks, no memory but its own. */
#include "monitor/arbiter.h"

#include <string.h>

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

enum arbiter_action arbiter_action_get(enum arbiter_place place, bool received)
{
	static const uint8_t actions[PLACE_COUNT][2] = {
		/*                 not received    received */
		[PLACE_RUNS] = { ACTION_NONE, ACTION_INTERRUPT },
		[PLACE_STANDS] = { ACTION_WAIT, ACTION_SEND },
		[PLACE_HOLDS] = { ACTION_HAND, ACTION_HAND },
		[PLACE_WAITS] = { ACTION_NONE, ACTION_NONE },
		[PLACE_FAILED] = { ACTION_ACCUSE, ACTION_ACCUSE },
	};

	return (enum arbiter_action)actions[place][received];
}

static bool has_received(const struct arbiter *a, unsigned v)
{
	return a->signo && (a->list[v] & BIT(a->signo));
}

/* A variant that stands where another signal has stopped it just stands. */
static enum arbiter_place place_get(const struct arbiter *a, unsigned v)
{
	if (a->place[v] == PLACE_HOLDS && a->held[v] != a->signo)
		return PLACE_STANDS;
	return (enum arbiter_place)a->place[v];
}

bool arbiter_is_idle(const struct arbiter *a)
{
	uint64_t any = 0;

	for (unsigned v = 0; v < a->n; v++)
		any |= a->list[v];
	return !a->signo && !any;
}

static bool half_have(const struct arbiter *a, int signo)
{
	unsigned count = 0;

	for (unsigned v = 0; v < a->n; v++)
		count += (a->list[v] & BIT(signo)) != 0;
	return 2 * count >= a->n;
}

/* The lowest that may be delivered, as the kernel chooses among several. */
static void signal_choose(struct arbiter *a)
{
	uint64_t any = 0;

	for (unsigned v = 0; v < a->n; v++)
		any |= a->list[v];
	for (int signo = 1; any && !a->signo; signo++, any >>= 1)
		if ((any & 1) && half_have(a, signo))
			a->signo = signo;
}

static void let_go(struct arbiter *a)
{
	for (unsigned v = 0; v < a->n; v++) {
		if (a->place[v] == PLACE_FAILED)
			a->action[v] = ACTION_ACCUSE;
		if (a->place[v] != PLACE_HOLDS)
			continue;
		a->place[v] = PLACE_RUNS;
		a->action[v] = ACTION_GO_ON;
	}
}

static bool all_are_ready(const struct arbiter *a)
{
	for (unsigned v = 0; v < a->n; v++) {
		enum arbiter_action action = arbiter_action_get(place_get(a, v),
								has_received(a, v));

		if (action != ACTION_HAND && action != ACTION_SEND)
			return false;
	}
	return true;
}

static void deliver(struct arbiter *a)
{
	for (unsigned v = 0; v < a->n; v++) {
		a->action[v] = arbiter_action_get(place_get(a, v), true);
		a->list[v] &= ~BIT(a->signo);
	}
	a->delivered = a->signo;
	a->signo = 0;
}

static void bring_together(struct arbiter *a)
{
	for (unsigned v = 0; v < a->n; v++) {
		enum arbiter_action action = arbiter_action_get(place_get(a, v),
								has_received(a, v));

		/* Who is ready stays where it is until all are. */
		if (action == ACTION_HAND || action == ACTION_SEND)
			continue;
		a->action[v] = (uint8_t)action;
		if (action == ACTION_WAIT)
			a->place[v] = PLACE_WAITS;
	}
}

static void decide(struct arbiter *a)
{
	memset(a->action, ACTION_NONE, sizeof(a->action));
	a->delivered = 0;
	if (!a->signo)
		signal_choose(a);
	if (!a->signo)
		let_go(a);
	else if (all_are_ready(a))
		deliver(a);
	else
		bring_together(a);
}

void arbiter_signal(struct arbiter *a, unsigned v, int signo, bool shared)
{
	a->place[v] = PLACE_HOLDS;
	a->held[v] = signo;
	for (unsigned u = 0; u < a->n; u++)
		if (u == v || shared)
			a->list[u] |= BIT(signo);
	decide(a);
}

void arbiter_stop(struct arbiter *a, unsigned v)
{
	a->place[v] = PLACE_STANDS;
	decide(a);
}

void arbiter_vain(struct arbiter *a, unsigned v)
{
	a->place[v] = PLACE_FAILED;
	decide(a);
}

void arbiter_pass(struct arbiter *a)
{
	memset(a->place, PLACE_RUNS, sizeof(a->place));
	decide(a);
}
