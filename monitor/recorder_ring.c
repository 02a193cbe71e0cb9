/* Room in a tracer's byte ring, or beside it, and how a full one is waited for. */
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "monitor/recorder_queue.h"

/* How a full ring is waited for: a short spin, then sleeps that grow. */
#define WAIT_SPINS  2000
#define WAIT_NS     50000u
#define WAIT_MAX_NS 1000000u

void recorder_futex(_Atomic uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

void recorder_ring_bell(struct recorder *r)
{
	atomic_fetch_add(&r->bell, 1);
	if (atomic_load(&r->asleep))
		recorder_futex(&r->bell, FUTEX_WAKE_PRIVATE, 1, NULL);
}

static void sleep_ns(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000u),
				 .tv_nsec = (long)(ns % 1000000000u) };

	nanosleep(&time, NULL);
}

void recorder_wait_more(struct recorder *r, unsigned *looks)
{
	uint64_t ns = WAIT_NS;

	if ((*looks)++ < WAIT_SPINS) {
		__builtin_ia32_pause();
		return;
	}
	recorder_ring_bell(r);
	for (unsigned i = WAIT_SPINS + 1; i < *looks && ns < WAIT_MAX_NS; i++)
		ns *= 2;
	sleep_ns(ns < WAIT_MAX_NS ? ns : WAIT_MAX_NS);
}

static bool has_room(struct ring *ring, uint64_t end)
{
	if (end - ring->tail_seen <= ring->size)
		return true;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return end - ring->tail_seen <= ring->size;
}

/* A place for an entry of `bytes` (rounded), behind a pad if it would not fit before the end. */
static struct entry *reserve(struct recorder *r, struct ring *ring, size_t bytes, uint64_t *commit)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t at = head & (ring->size - 1);
	size_t rest = ring->size - at;
	unsigned looks = 0;
	bool pad = rest < bytes;

	*commit = head + bytes + (pad ? rest : 0);
	while (!has_room(ring, *commit))
		recorder_wait_more(r, &looks);
	if (!pad)
		return (struct entry *)(ring->data + at);
	*(struct entry *)(ring->data + at) = (struct entry){ .bytes = (uint32_t)rest,
							     .form = ENTRY_PAD };
	return (struct entry *)ring->data;
}

static void commit_entry(struct recorder *r, struct ring *ring, uint64_t commit)
{
	atomic_store_explicit(&ring->head, commit, memory_order_release);
	if (commit < ring->look_at)
		return;
	ring->look_at = commit + ring->size / 16;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	if (commit - ring->tail_seen > ring->size / 2)
		recorder_ring_bell(r);
}

uint64_t ring_add_pointer(struct recorder *r, struct ring *ring, const struct entry_pointer *from)
{
	size_t bytes = round_up(sizeof(*from), ENTRY_ALIGN);
	uint64_t commit;
	struct entry_pointer *to = (struct entry_pointer *)reserve(r, ring, bytes, &commit);

	*to = *from;
	to->head.bytes = (uint32_t)bytes;
	commit_entry(r, ring, commit);
	return commit;
}

/* A heap block for an entry too big for the ring; waits while too many bytes are in such blocks. */
static struct entry *reserve_outside(struct recorder *r, struct ring *ring, size_t bytes)
{
	unsigned looks = 0;
	struct entry *block;

	for (;;) {
		uint64_t used = atomic_load_explicit(&ring->outside_bytes, memory_order_acquire);

		if (!used || used + bytes <= LIMIT_RECORDER_OUTSIDE_BYTES)
			break;
		recorder_wait_more(r, &looks);
	}
	atomic_fetch_add_explicit(&ring->outside_bytes, bytes, memory_order_relaxed);
	block = malloc(bytes);
	CHECK(block);
	return block;
}

void place_open(struct place *place, struct recorder *r, struct ring *ring, size_t bytes,
		enum trace_record_kind kind)
{
	place->bytes = round_up(bytes, ENTRY_ALIGN);
	place->outside = place->bytes > ring->size / 4;
	place->entry = place->outside ? reserve_outside(r, ring, place->bytes) :
					reserve(r, ring, place->bytes, &place->commit);
	*place->entry = (struct entry){
		.bytes = place->outside ? 0 : (uint32_t)place->bytes,
		.form = ENTRY_PACKED,
		.kind = (uint8_t)kind,
	};
}

void place_commit(struct place *place, struct recorder *r, struct ring *ring)
{
	struct entry_pointer pointer = {
		.head = { .form = ENTRY_OUTSIDE },
		.pointer = place->entry,
		.outside_bytes = place->bytes,
	};

	if (place->outside)
		ring_add_pointer(r, ring, &pointer);
	else
		commit_entry(r, ring, place->commit);
}
