/* Verification; see trace_verify.h. */
#include "schema/trace_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "schema/trace_walk.h"

/* of a zstd frame's fifth byte: a checksum of the content follows it (RFC 8878, 3.1.1.1.1) */
#define ZSTD_CHECKSUM_FLAG 4u

struct verifier {
	struct trace_reader *r;
	struct trace_verification *v;
	struct trace_walk walk;
	uint64_t last_step, disorder;
	uint64_t signals, divergences, tasks, unknown;
	bool any_record, header_first, after_end;
	bool has_end;
	struct trace_end end;
	uint64_t *started, *used; /* bitmaps of tasks, LIMIT_TASKS bits; owned */
};

static void find(struct verifier *f, enum trace_finding finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void find(struct verifier *f, enum trace_finding finding, const char *format, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	f->v->damages += finding == FINDING_DAMAGE;
	f->v->missing += finding == FINDING_MISSING;
	f->v->report(f->v->data, finding, sentence);
}

/* ---- records ---- */

static void mark_task(uint64_t *bitmap, uint32_t task)
{
	if (task < LIMIT_TASKS)
		bitmap[task / 64] |= UINT64_C(1) << task % 64;
}

static void look_at_step(struct verifier *f, const struct trace_step *step)
{
	f->v->steps++;
	f->disorder += step->step <= f->last_step;
	f->last_step = step->step;
	mark_task(f->used, step->task);
}

static void look_at_record(struct verifier *f, const struct trace_record *record)
{
	if (!f->any_record)
		f->header_first = record->kind == TRACE_HEADER;
	f->any_record = true;
	f->after_end |= f->has_end;
	switch (record->kind) {
	case TRACE_STEP: look_at_step(f, &record->step); break;
	case TRACE_TASK_START:
		f->tasks++;
		mark_task(f->started, record->task_start.task);
		break;
	case TRACE_TASK_END: mark_task(f->used, record->task_end.task); break;
	case TRACE_SIGNAL: f->signals++; break;
	case TRACE_DIVERGENCE: f->divergences++; break;
	case TRACE_END:
		f->has_end = true;
		f->end = record->end;
		break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_TRAP:
	case TRACE_FILE_IDENTITY:
	case TRACE_MARK: break;
	}
}

/* ---- frames ---- */

static void compare_stat(struct verifier *f, size_t frame, const struct trace_frame_stat *recorded,
			 const struct trace_frame_stat *counted)
{
	const struct {
		const char *name;
		uint64_t recorded, counted;
	} pairs[] = {
		{ "records", recorded->records, counted->records },
		{ "steps", recorded->calls, counted->calls },
		{ "divergences", recorded->divergences, counted->divergences },
		{ "signals", recorded->signals, counted->signals },
		{ "errors", recorded->errors, counted->errors },
		{ "as first step", recorded->first_step, counted->first_step },
		{ "as last step", recorded->last_step, counted->last_step },
		{ "ns as first time", recorded->first_ns, counted->first_ns },
		{ "ns as last time", recorded->last_ns, counted->last_ns },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].recorded == pairs[i].counted)
			continue;
		find(f, FINDING_DAMAGE,
		     "frame %zu: its statistics say %" PRIu64 " %s, its content %" PRIu64, frame,
		     pairs[i].recorded, pairs[i].name, pairs[i].counted);
		return;
	}
	if (memcmp(recorded->syscalls, counted->syscalls, sizeof(counted->syscalls)) != 0)
		find(f, FINDING_DAMAGE,
		     "frame %zu: its statistics name other system calls than its content", frame);
}

/* What the records of a frame say; damaged ones are holes of the reader by now. */
static void look_at_content(struct verifier *f, size_t frame, struct trace_blob content,
			    struct trace_frame_stat *counted)
{
	enum walk_item item;

	trace_walk_start(&f->walk, content);
	while ((item = trace_walk_next(&f->walk)) != WALK_END) {
		f->v->records++;
		switch (item) {
		case WALK_RECORD:
			trace_stat_count(counted, &f->walk.record);
			look_at_record(f, &f->walk.record);
			break;
		case WALK_UNKNOWN:
			counted->records++;
			f->unknown++;
			break;
		case WALK_DAMAGED:
		case WALK_LOST:
			counted->records++;
			find(f, FINDING_DAMAGE, "frame %zu, record %" PRIu64 ": %s", frame,
			     f->walk.number, f->walk.reason.message);
			break;
		case WALK_END: break;
		}
	}
}

static void look_at_frame(struct verifier *f, size_t frame)
{
	struct trace_frame_stat counted = { 0 };
	struct trace_blob stored, content;
	uint64_t damages = f->v->damages, disorder = f->disorder;
	size_t n_frames;

	/* why not is the reader's to say: it is a hole */
	if (trace_reader_load_frame(f->r, frame, &stored, &content, NULL))
		return;
	f->v->frames++;
	f->v->chain_hash = trace_chain_next(f->v->chain_hash, stored.data, stored.length);
	if (stored.length > 4 && !(stored.data[4] & ZSTD_CHECKSUM_FLAG))
		find(f, FINDING_DAMAGE, "frame %zu has no checksum", frame);
	look_at_content(f, frame, content, &counted);
	if (f->disorder > disorder)
		find(f, FINDING_DAMAGE,
		     "frame %zu: %" PRIu64 " step number%s not above the one before", frame,
		     f->disorder - disorder, f->disorder - disorder == 1 ? "" : "s");
	if (trace_reader_has_stats(f->r) && damages == f->v->damages)
		compare_stat(f, frame, &trace_reader_frames(f->r, &n_frames)[frame], &counted);
}

/* ---- the whole ---- */

static void report_holes(struct verifier *f)
{
	size_t count;
	const struct trace_hole *holes = trace_reader_holes(f->r, &count);
	const struct trace_hole *torn = trace_reader_torn(f->r);

	for (size_t i = 0; i < count; i++)
		find(f, &holes[i] == torn ? FINDING_MISSING : FINDING_DAMAGE,
		     "offset %" PRIu64 ", %" PRIu64 " byte%s: %s", holes[i].offset, holes[i].bytes,
		     holes[i].bytes == 1 ? "" : "s", holes[i].reason);
}

static void report_end(struct verifier *f)
{
	switch (trace_reader_state(f->r)) {
	case TRACE_COMPLETE:
		if (f->has_end && !f->end.clean)
			find(f, FINDING_NOTE, "it did not end cleanly, or was repaired");
		break;
	case TRACE_INCOMPLETE:
		find(f, FINDING_MISSING, "%s",
		     f->has_end ? "the index behind its last record is missing" :
				  "its end is missing");
		break;
	case TRACE_RECORDING: find(f, FINDING_MISSING, "it is still being recorded"); break;
	}
	if (f->unknown)
		find(f, FINDING_NOTE, "%" PRIu64 " record%s of a kind this version does not know",
		     f->unknown, f->unknown == 1 ? " is" : "s are");
}

/* What only a trace with nothing missing must keep. */
static void compare_totals(struct verifier *f)
{
	const struct {
		const char *name;
		uint64_t recorded, counted;
	} totals[] = {
		{ "steps", f->end.steps, f->v->steps },
		{ "signals", f->end.signals, f->signals },
		{ "divergences", f->end.divergences, f->divergences },
		{ "tasks", f->end.tasks, f->tasks },
	};

	for (size_t i = 0; f->has_end && i < sizeof(totals) / sizeof(totals[0]); i++)
		if (totals[i].recorded != totals[i].counted)
			find(f, FINDING_DAMAGE, "its end counts %" PRIu64 " %s, there are %" PRIu64,
			     totals[i].recorded, totals[i].name, totals[i].counted);
	for (uint32_t task = 1; task < LIMIT_TASKS; task++)
		if (f->used[task / 64] & ~f->started[task / 64] & UINT64_C(1) << task % 64)
			find(f, FINDING_DAMAGE, "task %" PRIu32 " is named and never starts", task);
}

static void look_at_everything(struct verifier *f)
{
	size_t n_frames;

	trace_reader_frames(f->r, &n_frames);
	for (size_t i = 0; i < n_frames; i++) {
		look_at_frame(f, i);
		if (f->v->progress)
			f->v->progress(f->v->data, i + 1, n_frames);
	}
	report_holes(f);
	report_end(f);
	if (f->after_end)
		find(f, FINDING_DAMAGE, "records follow the one that is the end");
	if (!f->v->damages && !f->header_first)
		find(f, f->any_record ? FINDING_DAMAGE : FINDING_MISSING,
		     "it does not begin with a header");
	if (!f->v->damages && !f->v->missing && (!f->has_end || f->end.clean))
		compare_totals(f);
}

int trace_verify(struct trace_reader *r, struct trace_verification *v, struct error *err)
{
	struct verifier *f = alloc_zeroed(1, sizeof(*f));
	struct trace_features features;

	f->r = r;
	f->v = v;
	f->started = alloc_zeroed(LIMIT_TASKS / 64, sizeof(*f->started));
	f->used = alloc_zeroed(LIMIT_TASKS / 64, sizeof(*f->used));
	trace_walk_init(&f->walk);
	trace_reader_features(r, &features);
	v->chain_hash = trace_chain_start(features);
	look_at_everything(f);
	trace_walk_finish(&f->walk);
	free(f->started);
	free(f->used);
	free(f);
	return 0;
}

int trace_chain_compute(struct trace_reader *r, uint64_t *hash, struct error *err)
{
	struct trace_features features;
	cleanup_free uint8_t *stored = NULL;
	const struct trace_frame_stat *frames;
	size_t n_frames, capacity = 0;

	if (!trace_reader_features(r, &features))
		return error_set(err, -EBADMSG, "the signature of the file is damaged");
	*hash = trace_chain_start(features);
	frames = trace_reader_frames(r, &n_frames);
	for (size_t i = 0; i < n_frames; i++) {
		/* content that cannot be compressed grows by far less than this */
		if (frames[i].stored_bytes > 2 * (uint64_t)LIMIT_FRAME_BYTES)
			return error_set(err, -EBADMSG, "frame %zu is larger than one may be", i);
		alloc_grow(&stored, &capacity, frames[i].stored_bytes);
		if (trace_reader_read_bytes(r, frames[i].offset, stored, frames[i].stored_bytes))
			return error_set(err, -EBADMSG, "frame %zu cannot be read", i);
		*hash = trace_chain_next(*hash, stored, frames[i].stored_bytes);
	}
	return 0;
}
