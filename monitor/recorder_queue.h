/*
 * Between recorder_add and the recorder's thread: one byte ring a tracer
 * thread, entries in it, and how they are packed. For the files named
 * recorder_.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "monitor/recorder.h"
#include "schema/trace_writer.h"

#define CACHE_LINE_BYTES 64
/* Entries begin at multiples of this; the rest of a ring always holds an entry's head. */
#define ENTRY_ALIGN 32u
/* Bytes: what follows the parts of an entry is aligned for any of them. */
#define DATA_ALIGN 8u

enum entry_form {
	ENTRY_PAD,    /* the rest of the ring is too short */
	ENTRY_PACKED, /* the record follows */
	ENTRY_OUTSIDE, /* a pointer to a heap block with the packed entry follows; the thread frees it */
	ENTRY_BORROWED, /* a pointer to the record follows; its owner waits */
};

struct entry {
	uint32_t bytes; /* in the ring, this head and rounding included */
	uint8_t form;   /* enum entry_form */
	uint8_t kind;   /* enum trace_record_kind */
	uint16_t spare;
};

struct entry_pointer {
	struct entry head;
	void *pointer;
	size_t outside_bytes;
};

/* A step without the variants that took no part; they, the buffers and their bytes follow. */
struct entry_step {
	struct entry head;
	uint32_t n_bufs;
	uint32_t task;
	uint64_t ticket;
	uint64_t task_seq;
	uint32_t abi;
	uint32_t variants;
	int32_t nr;
	uint8_t executed, verdict, policy, no_result;
};

struct packed_variant {
	uint64_t entry_ns, exit_ns;
	uint64_t args[6];
	int64_t result;
};

/* Any other copied kind: the flat struct and its one string or blob follow. */
struct entry_flat {
	struct entry head;
	uint32_t has_attachment;
	uint32_t attachment_bytes;
};

_Static_assert(sizeof(struct entry) <= ENTRY_ALIGN, "a pad fits anywhere");
_Static_assert(sizeof(struct entry_step) % 8 == 0, "what follows is aligned");
_Static_assert(sizeof(struct entry_flat) % 8 == 0, "what follows is aligned");

/* Positions count bytes since the start and are never wrapped; each line has one writer. */
struct ring {
	/* the producer's */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t head;
	uint64_t tail_seen; /* an old value of tail */
	uint64_t look_at;   /* position at which the filling is looked at next */
	uint8_t *data;
	size_t size; /* a power of two */
	/* the recorder's thread's */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t tail;
	uint64_t last_step;
	/* both */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t outside_bytes; /* in heap blocks */
};

struct recorder {
	struct ring *rings;
	unsigned n_rings;
	const struct options *options;
	pthread_t thread;
	/* for the thread to sleep on, and to be woken */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint32_t bell;
	_Atomic uint32_t asleep;
	_Atomic uint64_t sync_wanted, sync_done;
	_Atomic bool stopping;
	_Atomic bool dropping; /* the file has failed: nothing more is written */
	_Atomic bool failed;   /* `failure` is set and does not change any more */
	struct error failure;
	/* the thread's own */
	_Alignas(CACHE_LINE_BYTES) struct trace_writer *writer;
	uint64_t steps, signals, divergences, tasks;
	bool limited;        /* the file is as large as it may be */
	uint64_t size_seen;  /* of the file */
	uint64_t pending_ns; /* when the oldest record not yet written out came; 0 for none */
	struct trace_record record; /* where entries are unpacked; not cleared in between */
};

/* A place to pack an entry into, in the ring or beside it. */
struct place {
	struct entry *entry;
	uint64_t commit;
	size_t bytes;
	bool outside;
};

static inline size_t round_up(size_t bytes, size_t to)
{
	return (bytes + to - 1) & ~(to - 1);
}

/* Waiting. */

void recorder_futex(_Atomic uint32_t *word, int op, uint32_t value, const struct timespec *timeout);
/* Wakes the thread, if it sleeps: for what cannot wait until it looks again. */
void recorder_ring_bell(struct recorder *r);
/* One more look in vain. */
void recorder_wait_more(struct recorder *r, unsigned *looks);

/* The producer's side. */

/* Where to pack an entry of so many bytes, its head filled in. */
void place_open(struct place *place, struct recorder *r, struct ring *ring, size_t bytes,
		enum trace_record_kind kind);
/* It is there for the thread. */
void place_commit(struct place *place, struct recorder *r, struct ring *ring);
/* Adds an entry that is a pointer; returns the position behind it. */
uint64_t ring_add_pointer(struct recorder *r, struct ring *ring, const struct entry_pointer *from);

/* Packing. */

void pack_step(struct recorder *r, struct ring *ring, const struct trace_step *step);
/* The other copied kinds: a flat struct, perhaps with one string or blob. */
void pack_flat(struct recorder *r, struct ring *ring, const struct trace_record *record);
/* Of the struct; 0 for kinds that are not flat. */
size_t pack_flat_bytes(enum trace_record_kind kind);
/* The pointers lead into the entry. */
void unpack_step(struct trace_step *step, struct entry_step *from);
void unpack_flat(struct trace_record *record, const struct entry_flat *from);
