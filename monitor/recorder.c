/*
 * The recorder. A tracer thread copies a record, without its empty variants,
 * into its own byte ring and commits it with one release store. The recorder's
 * thread polls the rings (waking it would cost the tracers as much as many
 * calls), gives step numbers in the order it takes records, and feeds the
 * trace writer.
 */
#include "monitor/recorder.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/check.h"
#include "schema/syscall_model.h"
#include "schema/trace_writer.h"

#define CACHE_LINE_BYTES 64
/* Entries begin at multiples of this; the rest of a ring always holds an entry's head. */
#define ENTRY_ALIGN 32u
/* Bytes: what follows the parts of an entry is aligned for any of them. */
#define DATA_ALIGN 8u

/* The thread looks at the rings this often when there is nothing to do; longer after long silence. */
#define IDLE_NS     2000000u
#define IDLE_MAX_NS 32000000u
/* A frame is not older than this when it is written out: with an idle wait, one second. */
#define FLUSH_NS 900000000u
/* How a full ring is waited for: a short spin, then sleeps that grow. */
#define WAIT_SPINS  2000
#define WAIT_NS     50000u
#define WAIT_MAX_NS 1000000u

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

/* Payloads. */

void recorder_apply_payload(const struct options *options, struct trace_buf *buf)
{
	size_t kept = buf->data.length;

	if (buf->full_length < buf->data.length)
		buf->full_length = buf->data.length;
	/* The layout of a vector is lengths, not data. */
	if (options && buf->part != PART_LAYOUT) {
		if (options->payload == PAYLOAD_HEAD && kept > options->payload_head_bytes)
			kept = options->payload_head_bytes;
		if (options->payload == PAYLOAD_HASH || options->payload == PAYLOAD_NONE)
			kept = 0;
	}
	if (kept > LIMIT_PAYLOAD_BYTES)
		kept = LIMIT_PAYLOAD_BYTES;
	if (kept == buf->data.length)
		return;
	if (options && options->payload == PAYLOAD_NONE)
		buf->hash = 0;
	else if (!buf->truncated)
		buf->hash = XXH3_64bits(buf->data.data, buf->data.length);
	buf->truncated = 1;
	buf->data.length = kept;
}

/* Whether a buffer is what --payload speaks of; paths, names and structures are not. */
static bool is_payload(const struct syscall_row *row, const struct trace_buf *buf)
{
	const struct syscall_arg *arg;

	if (!row || buf->arg >= SYSCALL_ARGS)
		return true;
	arg = &row->args[buf->arg];
	switch (arg->kind) {
	case ARG_IN:
	case ARG_OUT:
	case ARG_INOUT:
		return arg->format == FORMAT_NONE || arg->format == FORMAT_TEXT ||
		       arg->format == FORMAT_BYTES;
	case ARG_IOVEC_IN:
	case ARG_IOVEC_OUT:
	case ARG_MSGHDR_IN:
	case ARG_MSGHDR_OUT:
	case ARG_MMSGHDR_IN:
	case ARG_MMSGHDR_OUT: return buf->part == PART_CONTENT || buf->part == PART_CONTROL;
	case ARG_IRREGULAR: return true;
	}
	return false;
}

/* Waiting. */

static void futex(_Atomic uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

/* Wakes the thread, if it sleeps: for what cannot wait until it looks again. */
static void ring_bell(struct recorder *r)
{
	atomic_fetch_add(&r->bell, 1);
	if (atomic_load(&r->asleep))
		futex(&r->bell, FUTEX_WAKE_PRIVATE, 1, NULL);
}

static void sleep_ns(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000u),
				 .tv_nsec = (long)(ns % 1000000000u) };

	nanosleep(&time, NULL);
}

/* One more look in vain. */
static void wait_more(struct recorder *r, unsigned *looks)
{
	uint64_t ns = WAIT_NS;

	if ((*looks)++ < WAIT_SPINS) {
		__builtin_ia32_pause();
		return;
	}
	ring_bell(r);
	for (unsigned i = WAIT_SPINS + 1; i < *looks && ns < WAIT_MAX_NS; i++)
		ns *= 2;
	sleep_ns(ns < WAIT_MAX_NS ? ns : WAIT_MAX_NS);
}

/* The producer's side. */

static size_t round_up(size_t bytes, size_t to)
{
	return (bytes + to - 1) & ~(to - 1);
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
		wait_more(r, &looks);
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
		ring_bell(r);
}

/* Adds an entry that is a pointer; returns the position behind it. */
static uint64_t add_pointer(struct recorder *r, struct ring *ring, const struct entry_pointer *from)
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
		wait_more(r, &looks);
	}
	atomic_fetch_add_explicit(&ring->outside_bytes, bytes, memory_order_relaxed);
	block = malloc(bytes);
	CHECK(block);
	return block;
}

/* A place to pack an entry into, in the ring or beside it. */
struct place {
	struct entry *entry;
	uint64_t commit;
	size_t bytes;
	bool outside;
};

static void place_open(struct place *place, struct recorder *r, struct ring *ring, size_t bytes,
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

static void place_commit(struct place *place, struct recorder *r, struct ring *ring)
{
	struct entry_pointer pointer = {
		.head = { .form = ENTRY_OUTSIDE },
		.pointer = place->entry,
		.outside_bytes = place->bytes,
	};

	if (place->outside)
		add_pointer(r, ring, &pointer);
	else
		commit_entry(r, ring, place->commit);
}

/* Steps. */

static uint8_t *pack_variants(uint8_t *at, const struct trace_step *step)
{
	struct packed_variant *to = (struct packed_variant *)at;

	for (uint32_t mask = step->variants; mask; mask &= mask - 1) {
		unsigned v = (unsigned)__builtin_ctz(mask);

		to->entry_ns = step->entry_ns[v];
		to->exit_ns = step->exit_ns[v];
		memcpy(to->args, step->args[v], sizeof(to->args));
		to->result = step->result[v];
		to++;
	}
	return (uint8_t *)to;
}

/* Takes the buffers as they will be stored; `bytes` is what their data needs. */
static void cut_bufs(const struct recorder *r, const struct trace_step *step,
		     struct trace_buf *bufs, size_t *bytes)
{
	static const struct options keep_all = { .payload = PAYLOAD_FULL };
	const struct syscall_row *row = NULL;

	*bytes = 0;
	if (r->options->payload != PAYLOAD_FULL)
		row = syscall_row_find(step->nr);
	for (size_t i = 0; i < step->n_bufs; i++) {
		bufs[i] = step->bufs[i];
		recorder_apply_payload(is_payload(row, &bufs[i]) ? r->options : &keep_all,
				       &bufs[i]);
		*bytes += round_up(bufs[i].data.length, DATA_ALIGN);
	}
}

static void pack_bufs(uint8_t *at, const struct trace_buf *bufs, size_t n_bufs)
{
	uint8_t *data = at + n_bufs * sizeof(*bufs);

	memcpy(at, bufs, n_bufs * sizeof(*bufs));
	for (size_t i = 0; i < n_bufs; i++) {
		size_t length = bufs[i].data.length;

		if (!length)
			continue;
		memcpy(data, bufs[i].data.data, length);
		data += round_up(length, DATA_ALIGN);
	}
}

static void add_step(struct recorder *r, struct ring *ring, const struct trace_step *step)
{
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	size_t n_variants = (size_t)__builtin_popcount(step->variants);
	size_t data_bytes = 0;
	struct entry_step *to;
	struct place place;
	uint8_t *at;

	CHECK(step->n_bufs <= LIMIT_STEP_BUFS && !(step->variants >> LIMIT_VARIANTS));
	if (step->n_bufs)
		cut_bufs(r, step, bufs, &data_bytes);
	place_open(&place, r, ring,
		   sizeof(*to) + n_variants * sizeof(struct packed_variant) +
			   step->n_bufs * sizeof(*bufs) + data_bytes,
		   TRACE_STEP);
	to = (struct entry_step *)place.entry;
	to->n_bufs = (uint32_t)step->n_bufs;
	to->task = step->task;
	to->ticket = step->ticket;
	to->task_seq = step->task_seq;
	to->abi = step->abi;
	to->variants = step->variants;
	to->nr = step->nr;
	to->executed = step->executed;
	to->verdict = step->verdict;
	to->policy = step->policy;
	to->no_result = step->no_result;
	at = pack_variants((uint8_t *)(to + 1), step);
	if (step->n_bufs)
		pack_bufs(at, bufs, step->n_bufs);
	place_commit(&place, r, ring);
}

static void unpack_step(struct trace_step *step, struct entry_step *from)
{
	struct packed_variant *variant = (struct packed_variant *)(from + 1);
	uint8_t *data;

	step->ticket = from->ticket;
	step->task_seq = from->task_seq;
	step->task = from->task;
	step->abi = from->abi;
	step->variants = from->variants;
	step->nr = from->nr;
	step->executed = from->executed;
	step->verdict = from->verdict;
	step->policy = from->policy;
	step->no_result = from->no_result;
	for (uint32_t mask = from->variants; mask; mask &= mask - 1) {
		unsigned v = (unsigned)__builtin_ctz(mask);

		step->entry_ns[v] = variant->entry_ns;
		step->exit_ns[v] = variant->exit_ns;
		memcpy(step->args[v], variant->args, sizeof(variant->args));
		step->result[v] = variant->result;
		variant++;
	}
	step->bufs = (struct trace_buf *)variant;
	step->n_bufs = from->n_bufs;
	data = (uint8_t *)(step->bufs + step->n_bufs);
	for (size_t i = 0; i < step->n_bufs; i++) {
		step->bufs[i].data.data = data;
		data += round_up(step->bufs[i].data.length, DATA_ALIGN);
	}
}

/* The other copied kinds: a flat struct, perhaps with one string or blob. */

static size_t flat_bytes(enum trace_record_kind kind)
{
	switch (kind) {
	case TRACE_TASK_START: return sizeof(struct trace_task_start);
	case TRACE_TASK_END: return sizeof(struct trace_task_end);
	case TRACE_SIGNAL: return sizeof(struct trace_signal);
	case TRACE_TRAP: return sizeof(struct trace_trap);
	case TRACE_FILE_IDENTITY: return sizeof(struct trace_file_identity);
	case TRACE_MARK: return sizeof(struct trace_mark);
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_STEP:
	case TRACE_DIVERGENCE:
	case TRACE_END: break;
	}
	return 0;
}

/* The string of a record, if its kind has one. */
static const char **flat_string(struct trace_record *record)
{
	if (record->kind == TRACE_TASK_START)
		return &record->task_start.label;
	if (record->kind == TRACE_FILE_IDENTITY)
		return &record->file_identity.path;
	if (record->kind == TRACE_MARK)
		return &record->mark.text;
	return NULL;
}

/* The bytes to copy beside the struct: a blob, or a string with its NUL. data is NULL for none. */
static struct trace_blob flat_attachment(const struct trace_record *record)
{
	/* Only read: the cast spares a second table. */
	const char **string = flat_string((struct trace_record *)(uintptr_t)record);

	if (record->kind == TRACE_SIGNAL)
		return record->signal.siginfo.length ? record->signal.siginfo :
						       (struct trace_blob){ 0 };
	if (!string || !*string)
		return (struct trace_blob){ 0 };
	return (struct trace_blob){ .data = (const uint8_t *)*string,
				    .length = strlen(*string) + 1 };
}

static void add_flat(struct recorder *r, struct ring *ring, const struct trace_record *record)
{
	size_t bytes = round_up(flat_bytes(record->kind), DATA_ALIGN);
	struct trace_blob attachment = flat_attachment(record);
	struct entry_flat *to;
	struct place place;
	uint8_t *at;

	CHECK(bytes && attachment.length <= LIMIT_RECORD_BYTES);
	place_open(&place, r, ring, sizeof(*to) + bytes + attachment.length, record->kind);
	to = (struct entry_flat *)place.entry;
	to->has_attachment = attachment.data != NULL;
	to->attachment_bytes = (uint32_t)attachment.length;
	at = (uint8_t *)(to + 1);
	/* All members of the union begin where it begins. */
	memcpy(at, &record->header, flat_bytes(record->kind));
	if (attachment.data)
		memcpy(at + bytes, attachment.data, attachment.length);
	place_commit(&place, r, ring);
}

static void unpack_flat(struct trace_record *record, const struct entry_flat *from)
{
	size_t bytes = flat_bytes(record->kind);
	const uint8_t *at = (const uint8_t *)(from + 1);
	const uint8_t *attachment = from->has_attachment ? at + round_up(bytes, DATA_ALIGN) : NULL;
	const char **string = flat_string(record);

	memcpy(&record->header, at, bytes);
	if (string)
		*string = (const char *)attachment;
	if (record->kind == TRACE_SIGNAL)
		record->signal.siginfo = (struct trace_blob){ .data = attachment,
							      .length = from->attachment_bytes };
}

/* Records with many pointers: the thread reads the caller's own, who waits for it. */
static void add_borrowed(struct recorder *r, struct ring *ring, const struct trace_record *record)
{
	struct entry_pointer pointer = {
		.head = { .form = ENTRY_BORROWED, .kind = (uint8_t)record->kind },
		.pointer = (void *)(uintptr_t)record,
	};
	uint64_t behind = add_pointer(r, ring, &pointer);
	unsigned looks = 0;

	ring_bell(r);
	while (atomic_load_explicit(&ring->tail, memory_order_acquire) < behind)
		wait_more(r, &looks);
}

void recorder_add(struct recorder *r, unsigned ring, const struct trace_record *record)
{
	if (!r || atomic_load_explicit(&r->dropping, memory_order_relaxed))
		return;
	CHECK(ring < r->n_rings);
	if (record->kind == TRACE_STEP)
		add_step(r, &r->rings[ring], &record->step);
	else if (flat_bytes(record->kind))
		add_flat(r, &r->rings[ring], record);
	else
		add_borrowed(r, &r->rings[ring], record);
}

void recorder_sync(struct recorder *r)
{
	unsigned looks = 0;
	uint64_t wanted;

	if (!r)
		return;
	wanted = atomic_fetch_add(&r->sync_wanted, 1) + 1;
	ring_bell(r);
	while (atomic_load_explicit(&r->sync_done, memory_order_acquire) < wanted)
		wait_more(r, &looks);
}

const char *recorder_failure(struct recorder *r)
{
	if (!r || !atomic_load_explicit(&r->failed, memory_order_acquire))
		return NULL;
	return r->failure.message;
}

/* The thread's side. */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Keeps the first failure. `lasting`: no later record can be written either.
 * Out of line: inlined, gcc 12 takes the copy for a pointer that outlives err.
 */
__attribute__((noinline)) static void note_failure(struct recorder *r, const struct error *err,
						   bool lasting)
{
	if (!atomic_load_explicit(&r->failed, memory_order_relaxed)) {
		r->failure = *err;
		atomic_store_explicit(&r->failed, true, memory_order_release);
	}
	if (lasting)
		atomic_store_explicit(&r->dropping, true, memory_order_relaxed);
}

/* Says in the trace itself that a record is missing. */
static void write_apology(struct recorder *r, const struct error *refused)
{
	struct trace_record mark = { .kind = TRACE_MARK, .mark = { .text = refused->message } };
	struct error err = { 0 };

	if (trace_writer_add(r->writer, &mark, &err))
		note_failure(r, &err, true);
}

/* Past --max-trace-size there is only why it ends, and the end. */
static bool is_over_limit(struct recorder *r, const struct trace_record *record)
{
	uint64_t most = r->options->max_trace_bytes;
	struct error err = { 0 };

	if (!most || record->kind == TRACE_END || record->kind == TRACE_DIVERGENCE)
		return false;
	if (r->limited || trace_writer_size(r->writer) < most)
		return r->limited;
	r->limited = true;
	error_set(&err, -EFBIG, "the trace has reached --max-trace-size (%llu bytes)",
		  (unsigned long long)most);
	note_failure(r, &err, false);
	write_apology(r, &err);
	return true;
}

static void write_record(struct recorder *r, const struct trace_record *record)
{
	struct error err = { 0 };
	int status;

	if (atomic_load_explicit(&r->dropping, memory_order_relaxed) || is_over_limit(r, record))
		return;
	status = trace_writer_add(r->writer, record, &err);
	if (!status)
		return;
	if (status != -EINVAL && status != -E2BIG) {
		note_failure(r, &err, true);
		return;
	}
	error_prefix(&err, "a record of kind %d is not in the trace: ", (int)record->kind);
	note_failure(r, &err, false);
	write_apology(r, &err);
}

/* Numbers and counts what was taken from `ring`. */
static void number_record(struct recorder *r, struct ring *ring, struct trace_record *record)
{
	switch (record->kind) {
	case TRACE_STEP:
		ring->last_step = ++r->steps;
		record->step.step = r->steps;
		break;
	case TRACE_SIGNAL:
		r->signals++;
		record->signal.step = r->steps + 1;
		break;
	case TRACE_DIVERGENCE:
		r->divergences++;
		record->divergence.step = ring->last_step;
		break;
	case TRACE_TRAP: record->trap.step = r->steps; break;
	case TRACE_TASK_START: r->tasks++; break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_TASK_END:
	case TRACE_FILE_IDENTITY:
	case TRACE_MARK:
	case TRACE_END: break;
	}
}

static void take_packed(struct recorder *r, struct ring *ring, struct entry *entry)
{
	r->record.kind = entry->kind;
	if (entry->kind == TRACE_STEP)
		unpack_step(&r->record.step, (struct entry_step *)entry);
	else
		unpack_flat(&r->record, (struct entry_flat *)entry);
	number_record(r, ring, &r->record);
	write_record(r, &r->record);
}

static void take_outside(struct recorder *r, struct ring *ring, struct entry_pointer *entry)
{
	take_packed(r, ring, entry->pointer);
	free(entry->pointer);
	atomic_fetch_sub_explicit(&ring->outside_bytes, entry->outside_bytes, memory_order_release);
}

static void take_borrowed(struct recorder *r, struct ring *ring, struct entry_pointer *entry)
{
	/* A flat copy: the number is ours to fill in, the record is its owner's. */
	memcpy(&r->record, entry->pointer, sizeof(r->record));
	number_record(r, ring, &r->record);
	write_record(r, &r->record);
}

static void take_entry(struct recorder *r, struct ring *ring, struct entry *entry)
{
	switch ((enum entry_form)entry->form) {
	case ENTRY_PAD: break;
	case ENTRY_PACKED: take_packed(r, ring, entry); break;
	case ENTRY_OUTSIDE: take_outside(r, ring, (struct entry_pointer *)entry); break;
	case ENTRY_BORROWED: take_borrowed(r, ring, (struct entry_pointer *)entry); break;
	}
}

/* Takes everything up to `head`; whether there was anything. */
static bool drain_ring(struct recorder *r, struct ring *ring, uint64_t head)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	bool any = tail != head;

	while (tail != head) {
		struct entry *entry = (struct entry *)(ring->data + (tail & (ring->size - 1)));

		tail += entry->bytes;
		take_entry(r, ring, entry);
		atomic_store_explicit(&ring->tail, tail, memory_order_release);
	}
	return any;
}

/*
 * One round over all rings. The heads are read from the last ring to the
 * first and drained from the first on: what a follower added after it had seen
 * the leader's thread do something comes behind the leader's record of it.
 */
static bool drain_rings(struct recorder *r)
{
	uint64_t heads[LIMIT_VARIANTS];
	bool any = false;

	for (unsigned i = r->n_rings; i-- > 0;)
		heads[i] = atomic_load_explicit(&r->rings[i].head, memory_order_acquire);
	for (unsigned i = 0; i < r->n_rings; i++)
		any |= drain_ring(r, &r->rings[i], heads[i]);
	return any;
}

static void flush(struct recorder *r)
{
	struct error err = { 0 };

	r->pending_ns = 0;
	if (atomic_load_explicit(&r->dropping, memory_order_relaxed))
		return;
	if (trace_writer_flush(r->writer, &err))
		note_failure(r, &err, true);
	r->size_seen = trace_writer_size(r->writer);
}

/* Writes out the frame begun when it gets old; `began_ns`: when this round's records were taken. */
static void flush_if_old(struct recorder *r, bool any, uint64_t began_ns)
{
	uint64_t size = trace_writer_size(r->writer);

	if (any && (!r->pending_ns || size != r->size_seen))
		r->pending_ns = began_ns;
	r->size_seen = size;
	if (r->pending_ns && now_ns() - r->pending_ns >= FLUSH_NS)
		flush(r);
}

static void sleep_until_rung(struct recorder *r, uint32_t bell, uint64_t ns)
{
	struct timespec timeout = { .tv_nsec = (long)ns };

	atomic_store(&r->asleep, 1);
	futex(&r->bell, FUTEX_WAIT_PRIVATE, bell, &timeout);
	atomic_store(&r->asleep, 0);
}

static void *recorder_main(void *argument)
{
	struct recorder *r = argument;
	uint64_t idle_ns = IDLE_NS;

	for (;;) {
		uint32_t bell = atomic_load(&r->bell);
		uint64_t wanted = atomic_load(&r->sync_wanted);
		bool stopping = atomic_load(&r->stopping);
		uint64_t began_ns = now_ns();
		bool any = drain_rings(r);

		flush_if_old(r, any, began_ns);
		if (wanted != atomic_load_explicit(&r->sync_done, memory_order_relaxed)) {
			flush(r);
			atomic_store_explicit(&r->sync_done, wanted, memory_order_release);
		}
		if (stopping && !any)
			return NULL;
		if (any) {
			idle_ns = IDLE_NS;
			continue;
		}
		sleep_until_rung(r, bell, idle_ns);
		if (idle_ns < IDLE_MAX_NS)
			idle_ns += idle_ns / 8;
	}
}

/* Start and stop. */

static void recorder_free(struct recorder *r)
{
	for (unsigned i = 0; i < r->n_rings; i++)
		if (r->rings[i].data)
			munmap(r->rings[i].data, r->rings[i].size);
	free(r->rings);
	free(r);
}

/* Memory is taken page by page as a ring fills for the first time. */
static int map_ring(struct ring *ring, size_t bytes, struct error *err)
{
	void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (data == MAP_FAILED)
		return error_set(err, -errno, "cannot map %zu bytes for the recorder: %s", bytes,
				 strerror(errno));
	/* The variants are forked from here; they have no use for it. */
	madvise(data, bytes, MADV_DONTFORK);
	ring->data = data;
	ring->size = bytes;
	return 0;
}

/* No signal is for this thread: the process's belong to the monitor's own loops. */
static int start_thread(struct recorder *r, struct error *err)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&r->thread, NULL, recorder_main, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status)
		return error_set(err, -status, "cannot start the recorder's thread: %s",
				 strerror(status));
	pthread_setname_np(r->thread, "mvx-recorder");
	return 0;
}

static void *alloc_lines(size_t bytes)
{
	void *memory = aligned_alloc(CACHE_LINE_BYTES, round_up(bytes, CACHE_LINE_BYTES));

	CHECK(memory);
	memset(memory, 0, bytes);
	return memory;
}

int recorder_start_sized(struct recorder **out, const char *path, const struct options *options,
			 unsigned n_rings, size_t ring_bytes, struct error *err)
{
	struct recorder *r;
	int status = 0;

	*out = NULL;
	if (!path)
		return 0;
	CHECK(n_rings > 0 && n_rings <= LIMIT_VARIANTS);
	CHECK(ring_bytes >= 1024 && !(ring_bytes & (ring_bytes - 1)));
	r = alloc_lines(sizeof(*r));
	r->options = options;
	r->rings = alloc_lines(n_rings * sizeof(*r->rings));
	r->n_rings = n_rings;
	for (unsigned i = 0; i < n_rings && !status; i++)
		status = map_ring(&r->rings[i], ring_bytes, err);
	if (!status)
		status = trace_writer_open(&r->writer, path, err);
	if (!status)
		status = start_thread(r, err);
	if (status) {
		trace_writer_abandon(r->writer);
		recorder_free(r);
		return status;
	}
	*out = r;
	return 0;
}

int recorder_start(struct recorder **out, const char *path, const struct options *options,
		   unsigned n_rings, struct error *err)
{
	return recorder_start_sized(out, path, options, n_rings, RECORDER_RING_BYTES, err);
}

/* After the thread has ended. */
static int close_trace(struct recorder *r, struct trace_end *end, struct error *err)
{
	struct trace_record record = { .kind = TRACE_END };
	int status;

	if (atomic_load(&r->dropping)) {
		trace_writer_abandon(r->writer);
		return error_set(err, r->failure.code, "%s", r->failure.message);
	}
	if (end) {
		end->clean &= !r->limited;
		record.end = *end;
		write_record(r, &record);
	}
	status = trace_writer_close(r->writer, err);
	if (!status && atomic_load(&r->failed))
		status = error_set(err, r->failure.code, "%s", r->failure.message);
	return status;
}

int recorder_stop(struct recorder *r, struct trace_end *end, struct error *err)
{
	int status;

	if (!r)
		return 0;
	atomic_store(&r->stopping, true);
	ring_bell(r);
	CHECK(pthread_join(r->thread, NULL) == 0);
	if (end) {
		end->steps = r->steps;
		end->signals = r->signals;
		end->divergences = r->divergences;
		end->tasks = r->tasks;
	}
	status = close_trace(r, end, err);
	recorder_free(r);
	return status;
}
