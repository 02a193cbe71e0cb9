/* Repair; see trace_repair.h. */
#include "schema/trace_repair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "schema/trace_walk.h"

/* the status of a monitor that nobody saw end */
#define EXIT_STATUS_UNKNOWN (-1)

struct rebuilt {
	uint8_t *data; /* owned; content of a frame */
	size_t length, capacity;
	struct trace_frame_stat counts;
	uint64_t kept, dropped; /* records; the End is neither */
	bool has_end;
};

struct repairer {
	struct trace_reader *from;
	struct trace_writer *to;
	struct trace_repair *repair;
	struct trace_walk walk;
	struct rebuilt frame;
	uint64_t expected_offset; /* of the next frame, if nothing is missing between */
	uint64_t last_ns, steps, signals, divergences, tasks;
	struct trace_end old_end; /* the last one seen */
	bool has_old_end;
};

/* ---- one frame ---- */

static void keep_bytes(struct repairer *p)
{
	struct rebuilt *frame = &p->frame;

	alloc_grow(&frame->data, &frame->capacity, frame->length + p->walk.length);
	memcpy(frame->data + frame->length, p->walk.at, p->walk.length);
	frame->length += p->walk.length;
}

static void keep_record(struct repairer *p)
{
	struct rebuilt *frame = &p->frame;

	if (p->walk.record.kind == TRACE_END) {
		frame->has_end = true;
		p->old_end = p->walk.record.end;
		p->has_old_end = true;
		return;
	}
	keep_bytes(p);
	trace_stat_count(&frame->counts, &p->walk.record);
	p->tasks += p->walk.record.kind == TRACE_TASK_START;
	frame->kept++;
}

/* The good records of a content, but for the End. `strict`: none behind a bad one. */
static void take_content(struct repairer *p, struct trace_blob content, bool strict)
{
	struct rebuilt *frame = &p->frame;
	enum walk_item item;

	frame->length = 0;
	frame->counts = (struct trace_frame_stat){ 0 };
	frame->kept = frame->dropped = 0;
	frame->has_end = false;
	trace_walk_start(&p->walk, content);
	while ((item = trace_walk_next(&p->walk)) != WALK_END) {
		if (item == WALK_RECORD) {
			keep_record(p);
		} else if (strict) {
			return;
		} else if (item == WALK_UNKNOWN) {
			keep_bytes(p);
			frame->counts.records++;
			frame->kept++;
		} else {
			frame->dropped++;
		}
	}
}

static void add_to_totals(struct repairer *p)
{
	const struct trace_frame_stat *counts = &p->frame.counts;

	p->repair->records += p->frame.kept;
	p->repair->frames_kept += p->frame.kept > 0;
	p->steps += counts->calls;
	p->signals += counts->signals;
	p->divergences += counts->divergences;
	if (counts->last_ns > p->last_ns)
		p->last_ns = counts->last_ns;
}

static int write_frame(struct repairer *p, struct trace_blob content, struct trace_blob stored,
		       struct error *err)
{
	if (!content.length)
		return 0;
	return trace_writer_add_frame(p->to, content, stored, &p->frame.counts, err);
}

static struct trace_blob rebuilt_content(const struct repairer *p)
{
	return (struct trace_blob){ p->frame.data, p->frame.length };
}

/* What stands behind the last frame and is no index was a frame once. */
static uint64_t tail_bytes_lost(const struct repairer *p)
{
	size_t count;
	const struct trace_hole *holes = trace_reader_holes(p->from, &count);
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t magic[4];

		if (holes[i].offset < p->expected_offset ||
		    trace_reader_read_bytes(p->from, holes[i].offset, magic, sizeof(magic)))
			continue;
		if ((trace_load_u32(magic) & SKIPPABLE_MASK) != SKIPPABLE_MAGIC)
			bytes += holes[i].bytes;
	}
	return bytes;
}

/* The End is true as long as all it counts is there. */
static bool may_keep_end(const struct repairer *p, bool last_frame)
{
	const struct trace_repair *repair = p->repair;

	return last_frame && p->frame.has_end && !repair->bytes_lost && !repair->records_lost &&
	       !repair->header_made && !tail_bytes_lost(p) && p->old_end.steps == p->steps &&
	       p->old_end.signals == p->signals && p->old_end.divergences == p->divergences &&
	       p->old_end.tasks == p->tasks;
}

static int copy_frame(struct repairer *p, size_t index, bool last_frame, struct error *err)
{
	static const struct trace_blob compress_it = { 0 };
	struct trace_repair *repair = p->repair;
	size_t n_frames;
	const struct trace_frame_stat *stat = &trace_reader_frames(p->from, &n_frames)[index];
	struct trace_blob stored, content;

	if (stat->offset > p->expected_offset)
		repair->bytes_lost += stat->offset - p->expected_offset;
	p->expected_offset = stat->offset + stat->stored_bytes;
	if (trace_reader_load_frame(p->from, index, &stored, &content, NULL)) {
		repair->frames_lost++;
		repair->bytes_lost += stat->stored_bytes;
		return 0;
	}
	take_content(p, content, false);
	repair->records_lost += p->frame.dropped;
	add_to_totals(p);
	repair->end_kept = may_keep_end(p, last_frame);
	if (repair->end_kept) {
		const struct trace_record end = { .kind = TRACE_END, .end = p->old_end };

		trace_stat_count(&p->frame.counts, &end);
		repair->records++;
	}
	if (!p->frame.dropped && (!p->frame.has_end || repair->end_kept))
		return write_frame(p, content, stored, err);
	return write_frame(p, rebuilt_content(p), compress_it, err);
}

/* ---- the torn last frame ---- */

/*
 * What of a frame comes out before its bytes end: whole blocks. No checksum
 * vouches for it. Both buffers are the caller's.
 */
static size_t unpack_torn(const uint8_t *stored, size_t stored_bytes, uint8_t *content,
			  size_t content_bytes)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	ZSTD_inBuffer in = { .src = stored, .size = stored_bytes };
	ZSTD_outBuffer out = { .dst = content, .size = content_bytes };

	while (zstd) {
		size_t in_before = in.pos, out_before = out.pos;

		if (ZSTD_isError(ZSTD_decompressStream(zstd, &out, &in)) ||
		    (in.pos == in_before && out.pos == out_before))
			break;
	}
	ZSTD_freeDCtx(zstd);
	return out.pos;
}

static int salvage_torn(struct repairer *p, struct error *err)
{
	const struct trace_hole *torn = trace_reader_torn(p->from);
	size_t most = ZSTD_compressBound(LIMIT_FRAME_BYTES);
	cleanup_free uint8_t *stored = NULL;
	cleanup_free uint8_t *content = NULL;
	unsigned long long raw;
	size_t length;

	if (!torn)
		return 0;
	length = torn->bytes < most ? (size_t)torn->bytes : most;
	stored = alloc_zeroed(length, 1);
	if (trace_reader_read_bytes(p->from, torn->offset, stored, length))
		return 0;
	raw = ZSTD_getFrameContentSize(stored, length);
	if (raw > LIMIT_FRAME_BYTES) /* the two error values are greater, too */
		return 0;
	content = alloc_zeroed((size_t)raw + 1, 1);
	take_content(p, (struct trace_blob){ content, unpack_torn(stored, length, content, raw) },
		     true);
	p->repair->records_salvaged = p->frame.kept;
	add_to_totals(p);
	return write_frame(p, rebuilt_content(p), (struct trace_blob){ 0 }, err);
}

/* ---- header and end ---- */

/* How many variants the steps of a trace without a header know of. */
static uint32_t count_variants(struct trace_reader *r, struct error *err)
{
	struct trace_record *record = alloc_zeroed(1, sizeof(*record));
	uint32_t mask = 1;

	trace_reader_rewind(r, err);
	while (trace_reader_next(r, record, err) == 1)
		if (record->kind == TRACE_STEP)
			mask |= record->step.variants;
	free(record);
	return 32 - (uint32_t)__builtin_clz(mask);
}

static int make_header(struct repairer *p, struct error *err)
{
	struct trace_record header = { .kind = TRACE_HEADER };

	if (trace_reader_header(p->from))
		return 0;
	p->repair->header_made = true;
	header.header.variants = count_variants(p->from, err);
	return trace_writer_add(p->to, &header, err);
}

static int add_mark(struct repairer *p, struct error *err)
{
	const struct trace_repair *repair = p->repair;
	struct trace_record mark = { .kind = TRACE_MARK };
	char text[320], missing[64] = "";

	if (repair->steps_missing)
		snprintf(missing, sizeof(missing), ", %" PRIu64 " steps are missing",
			 repair->steps_missing);
	snprintf(text, sizeof(text),
		 "repaired: %s%" PRIu64 " bytes and %" PRIu64 " single records were lost%s%s%s",
		 repair->header_made ? "the header, " : "", repair->bytes_lost,
		 repair->records_lost, p->has_old_end ? "" : ", and the end", missing,
		 repair->records_salvaged ? "; the last records come from a torn frame" : "");
	mark.mark.text = text;
	mark.mark.time_ns = p->last_ns;
	return trace_writer_add(p->to, &mark, err);
}

static int add_end(struct repairer *p, struct error *err)
{
	struct trace_record record = { .kind = TRACE_END };
	struct trace_end *end = &record.end;
	int status;

	if (p->has_old_end && p->old_end.steps > p->steps)
		p->repair->steps_missing = p->old_end.steps - p->steps;
	status = add_mark(p, err);
	*end = p->old_end;
	if (!p->has_old_end)
		end->exit_status = EXIT_STATUS_UNKNOWN;
	end->clean = false;
	if (end->time_ns < p->last_ns)
		end->time_ns = p->last_ns;
	end->steps = p->steps;
	end->signals = p->signals;
	end->divergences = p->divergences;
	end->tasks = p->tasks;
	return status ? status : trace_writer_add(p->to, &record, err);
}

static int repair_all(struct repairer *p, struct error *err)
{
	struct trace_repair *repair = p->repair;
	size_t n_frames;
	int status = make_header(p, err);

	trace_reader_frames(p->from, &n_frames);
	for (size_t i = 0; !status && i < n_frames; i++) {
		status = copy_frame(p, i, i + 1 == n_frames, err);
		if (repair->progress)
			repair->progress(repair->data, i + 1, n_frames);
	}
	if (!status && !repair->end_kept) {
		repair->bytes_lost += tail_bytes_lost(p);
		if (repair->salvage)
			status = salvage_torn(p, err);
	}
	if (!status && !repair->records)
		return error_set(err, -EBADMSG, "not one record can be read");
	return status || repair->end_kept ? status : add_end(p, err);
}

int trace_repair(struct trace_reader *from, struct trace_writer *to, struct trace_repair *repair,
		 struct error *err)
{
	struct repairer *p = alloc_zeroed(1, sizeof(*p));
	int status;

	p->from = from;
	p->to = to;
	p->repair = repair;
	p->expected_offset = TRACE_SIGNATURE_BYTES;
	trace_walk_init(&p->walk);
	status = repair_all(p, err);
	trace_walk_finish(&p->walk);
	free(p->frame.data);
	free(p);
	return status;
}
