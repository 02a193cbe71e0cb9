/*
 * Lanes that want a tracer thread's attention: a bounded ring with one
 * producer and one consumer. Order is kept, and with it the order in which the
 * leader's thread gave its orders.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <stddef.h>

#include "base/check.h"

struct lane;

/* entries; a lane has at most two messages under way in one direction */
#define MAILBOX_ENTRIES 65536u

struct mailbox {
	_Alignas(64) _Atomic uint32_t head; /* next to take */
	_Alignas(64) _Atomic uint32_t tail; /* next to fill */
	_Alignas(64) struct lane *entries[MAILBOX_ENTRIES];
};

static inline void mailbox_put(struct mailbox *m, struct lane *lane)
{
	uint32_t tail = atomic_load_explicit(&m->tail, memory_order_relaxed);

	CHECK(tail - atomic_load_explicit(&m->head, memory_order_acquire) < MAILBOX_ENTRIES);
	m->entries[tail % MAILBOX_ENTRIES] = lane;
	atomic_store_explicit(&m->tail, tail + 1, memory_order_release);
}

static inline struct lane *mailbox_take(struct mailbox *m)
{
	uint32_t head = atomic_load_explicit(&m->head, memory_order_relaxed);
	struct lane *lane;

	if (head == atomic_load_explicit(&m->tail, memory_order_acquire))
		return NULL;
	lane = m->entries[head % MAILBOX_ENTRIES];
	atomic_store_explicit(&m->head, head + 1, memory_order_release);
	return lane;
}

static inline bool mailbox_is_empty(struct mailbox *m)
{
	return atomic_load_explicit(&m->head, memory_order_relaxed) ==
	       atomic_load_explicit(&m->tail, memory_order_acquire);
}
