/*
 * Who gets a signal, and when: the semi-synchronous rule as a state machine
 * that knows neither tasks nor stops. It is told what each variant has come
 * to, and answers with what is to be done with each (docs/signals.md).
 *
 * A signal counts as received by a variant from its arrival there, or from its
 * first arrival anywhere when it is shared: then it is on every variant's
 * list. As soon as half of them have received it, it is delivered: each is
 * brought to a stop between the same two calls, and all get it there. Until
 * then a variant that has it goes on without it, and it stays on its list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/* Where a variant is, between two rendezvous. */
enum arbiter_place {
	PLACE_RUNS,   /* in its own code */
	PLACE_STANDS, /* at its next stop: a call, a fault, or where it was told to stop */
	PLACE_HOLDS,  /* at the stop of the signal that is being delivered */
	PLACE_WAITS,  /* in the wait loop */
	PLACE_FAILED, /* did not get what it must get */
	PLACE_COUNT
};

enum arbiter_action {
	ACTION_NONE,
	ACTION_GO_ON,     /* resume it, without the signal it holds */
	ACTION_INTERRUPT, /* stop it: it has received the signal, and is to have it now */
	ACTION_WAIT,      /* it skips what it stands at and waits for its own */
	ACTION_HAND,      /* deliver: it stands at the signal's stop */
	ACTION_SEND,      /* deliver: send it (again) */
	ACTION_ACCUSE,    /* it does not comply: a divergence */
	ACTION_COUNT
};

struct arbiter {
	unsigned n;    /* variants */
	int signo;     /* being delivered; 0 none */
	int delivered; /* the last answer was to hand this one to all; 0 it was not */
	uint8_t place[LIMIT_VARIANTS]; /* enum arbiter_place */
	int held[LIMIT_VARIANTS];      /* PLACE_HOLDS: which */
	uint64_t list[LIMIT_VARIANTS]; /* received and not delivered, bit signo-1 */
	uint8_t action
		[LIMIT_VARIANTS]; /* the answer, enum arbiter_action; each is to be carried out once */
};

/*
 * What is done with a variant while a signal is being delivered, by its place
 * and whether it has received the signal. The table is docs/signals.md's.
 */
enum arbiter_action arbiter_action_get(enum arbiter_place place, bool received);

/* Nothing is being delivered, and nobody has received anything. */
bool arbiter_is_idle(const struct arbiter *a);

/* Each event is followed by an answer in a->action. The signal has stopped variant v. */
void arbiter_signal(struct arbiter *a, unsigned v, int signo, bool shared);
/* Variant v has come to its next stop, or was brought to one. */
void arbiter_stop(struct arbiter *a, unsigned v);
/* It has waited for its own to the end, or blocks what the others get. */
void arbiter_vain(struct arbiter *a, unsigned v);
/* All have gone on from where they stood. */
void arbiter_pass(struct arbiter *a);
