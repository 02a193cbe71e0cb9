/* Batches in a ring between two threads; see ahead.h. */
#include "analysis/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/thread.h"
#include "schema/trace_arena.h"

/* Who has to wait sleeps until half of them are there, or are not: waking is what costs. */
#define BATCHES     32
#define BATCH_STEPS 256
/* of what a batch's steps point to: one for which that has no room is handed over by itself */
#define BATCH_BYTES ((size_t)512 << 10)

struct batch {
	struct trace_record records[BATCH_STEPS];
	uint64_t places[BATCH_STEPS];
	const void *prepared[BATCH_STEPS];
	size_t count;
	struct trace_arena arena;
	/* The last one is the walk's own: it stands still until the reader is past it. */
	bool last_is_lent;
	int end; /* what the walk gave at its end; 1 before */
	struct error error;
};

struct ahead {
	ahead_walk *walk;
	ahead_prepare *prepare;
	void *data;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t filled, emptied; /* batches so far; under the lock */
	bool stop;              /* under the lock */
	struct batch batches[BATCHES];
	/* the reader's */
	struct batch *reading;
	size_t next; /* record of it */
};

/* What the step points to, into the batch. False when there is no room for it. */
static bool keep_bufs(struct batch *batch, struct trace_step *step)
{
	size_t bytes = step->n_bufs * sizeof(step->bufs[0]);
	struct trace_buf *bufs = trace_arena_take(&batch->arena, bytes);

	if (!bufs)
		return false;
	if (bytes)
		memcpy(bufs, step->bufs, bytes);
	for (size_t i = 0; i < step->n_bufs; i++) {
		size_t length = bufs[i].data.length;
		uint8_t *data = trace_arena_take(&batch->arena, length);

		if (!data)
			return false;
		if (length)
			memcpy(data, bufs[i].data.data, length);
		bufs[i].data.data = data;
	}
	step->bufs = bufs;
	return true;
}

/* What was prepared stands for the buffers. False when they are needed and find no room. */
static bool keep_step(struct ahead *a, struct batch *batch, struct trace_step *step)
{
	const void *prepared = a->prepare ? a->prepare(step, &batch->arena) : NULL;

	batch->prepared[batch->count] = prepared;
	if (prepared)
		step->n_bufs = 0;
	return prepared || keep_bufs(batch, step);
}

static void batch_fill(struct ahead *a, struct batch *batch)
{
	trace_arena_reset(&batch->arena, BATCH_BYTES);
	batch->count = 0;
	batch->last_is_lent = false;
	batch->end = 1;
	while (batch->count < BATCH_STEPS && !batch->last_is_lent) {
		struct trace_record *slot = &batch->records[batch->count];

		batch->end = a->walk(a->data, slot, &batch->places[batch->count], &batch->error);
		if (batch->end <= 0)
			return;
		batch->prepared[batch->count] = NULL;
		batch->last_is_lent = slot->kind != TRACE_STEP || !keep_step(a, batch, &slot->step);
		batch->count++;
	}
}

/* Until the reader has emptied all batches but `left`. False when the thread is to end. */
static bool wait_for_room(struct ahead *a, size_t left)
{
	bool go_on;

	pthread_mutex_lock(&a->lock);
	while (a->filled - a->emptied > left && !a->stop)
		pthread_cond_wait(&a->changed, &a->lock);
	go_on = !a->stop;
	pthread_mutex_unlock(&a->lock);
	return go_on;
}

static void *thread_main(void *data)
{
	struct ahead *a = data;
	const struct batch *last = NULL;

	while (wait_for_room(a, last && last->last_is_lent ? 0 : BATCHES - 1)) {
		struct batch *batch = &a->batches[a->filled % BATCHES];

		batch_fill(a, batch);
		pthread_mutex_lock(&a->lock);
		a->filled++;
		if (a->filled - a->emptied >= BATCHES / 2 || batch->last_is_lent || batch->end <= 0)
			pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
		if (batch->end <= 0)
			break;
		last = batch;
	}
	return NULL;
}

struct ahead *ahead_create(ahead_walk *walk, ahead_prepare *prepare, void *data)
{
	struct ahead *a = alloc_zeroed(1, sizeof(*a));

	a->walk = walk;
	a->prepare = prepare;
	a->data = data;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	for (size_t i = 0; i < BATCHES; i++)
		trace_arena_init(&a->batches[i].arena, BATCH_BYTES);
	if (thread_create(&a->thread, thread_main, a) == 0)
		return a;
	free(a);
	return NULL;
}

void ahead_destroy(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	for (size_t i = 0; i < BATCHES; i++)
		trace_arena_finish(&a->batches[i].arena);
	free(a);
}

/* Hands back the batch that was read, and waits for the next. */
static struct batch *batch_get(struct ahead *a, bool next)
{
	struct batch *batch;

	pthread_mutex_lock(&a->lock);
	if (next) {
		a->emptied++;
		a->next = 0;
		if (a->filled - a->emptied <= BATCHES / 2)
			pthread_cond_signal(&a->changed);
	}
	while (a->filled == a->emptied)
		pthread_cond_wait(&a->changed, &a->lock);
	batch = &a->batches[a->emptied % BATCHES];
	pthread_mutex_unlock(&a->lock);
	return batch;
}

int ahead_next(struct ahead *a, const struct trace_record **out, const void **prepared,
	       uint64_t *place, struct error *err)
{
	struct batch *batch = a->reading;

	if (!batch)
		batch = batch_get(a, false);
	while (a->next == batch->count && batch->end > 0)
		batch = batch_get(a, true);
	a->reading = batch;
	if (a->next == batch->count) {
		if (batch->end < 0)
			*err = batch->error;
		return batch->end;
	}
	*out = &batch->records[a->next];
	*prepared = batch->prepared[a->next];
	*place = batch->places[a->next++];
	return 1;
}
