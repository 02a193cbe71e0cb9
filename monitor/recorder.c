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
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/thread.h"
#include "monitor/recorder_queue.h"

/* The thread looks at the rings this often when there is nothing to do; longer after long silence. */
#define IDLE_NS     2000000u
#define IDLE_MAX_NS 32000000u
/* A frame is not older than this when it is written out: with an idle wait, one second. */
#define FLUSH_NS 900000000u

/* Records with many pointers: the thread reads the caller's own, who waits for it. */
static void add_borrowed(struct recorder *r, struct ring *ring, const struct trace_record *record)
{
	struct entry_pointer pointer = {
		.head = { .form = ENTRY_BORROWED, .kind = (uint8_t)record->kind },
		.pointer = (void *)(uintptr_t)record,
	};
	uint64_t behind = ring_add_pointer(r, ring, &pointer);
	unsigned looks = 0;

	recorder_ring_bell(r);
	while (atomic_load_explicit(&ring->tail, memory_order_acquire) < behind)
		recorder_wait_more(r, &looks);
}

void recorder_add(struct recorder *r, unsigned ring, const struct trace_record *record)
{
	if (!r || atomic_load_explicit(&r->dropping, memory_order_relaxed))
		return;
	CHECK(ring < r->n_rings);
	if (record->kind == TRACE_STEP)
		pack_step(r, &r->rings[ring], &record->step);
	else if (pack_flat_bytes(record->kind))
		pack_flat(r, &r->rings[ring], record);
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
	recorder_ring_bell(r);
	while (atomic_load_explicit(&r->sync_done, memory_order_acquire) < wanted)
		recorder_wait_more(r, &looks);
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
	recorder_futex(&r->bell, FUTEX_WAIT_PRIVATE, bell, &timeout);
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

static int start_thread(struct recorder *r, struct error *err)
{
	int status = thread_create(&r->thread, recorder_main, r);

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
	recorder_ring_bell(r);
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
