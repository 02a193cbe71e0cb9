/* Walks with frames skipped; see scan.h. */
#include "analysis/scan.h"

#include <stdlib.h>

#include "base/alloc.h"

/* more than fit into one, at two bytes each: a length and a record's kind */
#define RECORDS_OF_FRAME LIMIT_FRAME_BYTES
/* steps there must be to each other record, for a thread of its own to be worth it */
#define AHEAD_STEPS 16

struct scan {
	struct source *source;
	struct trace_reader *reader; /* of the source's pool */
	struct scan_filter filter;
	const struct trace_frame_stat *frames;
	size_t n_frames;
	struct trace_record *record; /* the last one read: `own`, or a slot of ahead's */
	struct trace_record own;
	bool record_valid;
	size_t window_first, window_last; /* around_steps: frames worth a look */
	bool again;                       /* give the last one out once more */
	bool seek_needed;                 /* to next_frame, before reading on */
	size_t next_frame;
	size_t frame;      /* of `record` */
	uint64_t in_frame; /* records read of it */
	bool finished, past;
	/* The walk is a thread's, and all above with it. */
	struct ahead *ahead;
	uint64_t ahead_place;
	ahead_prepare *prepare;
	const void *prepared;
};

struct scan_filter scan_filter_all(unsigned kinds)
{
	return (struct scan_filter){ .kinds = kinds,
				     .last_ns = UINT64_MAX,
				     .last_step = UINT64_MAX };
}

int scan_create(struct scan **out, struct source *source, struct error *err)
{
	struct scan *s = alloc_zeroed(1, sizeof(*s));
	int ret = source_reader_get(source, &s->reader, err);

	if (ret < 0) {
		free(s);
		return ret;
	}
	s->source = source;
	s->record = &s->own;
	s->frames = source_frames(source, &s->n_frames);
	*out = s;
	return 0;
}

void scan_destroy(struct scan *s)
{
	if (!s)
		return;
	ahead_destroy(s->ahead);
	source_reader_put(s->source, s->reader);
	free(s);
}

static bool syscalls_meet(const struct scan_filter *filter, const struct trace_frame_stat *stat)
{
	if (!filter->syscalls_only)
		return true;
	for (size_t i = 0; i < SYSCALL_WORDS; i++)
		if (filter->syscalls[i] & stat->syscalls[i])
			return true;
	return false;
}

/* A divergence closes its frame; its Step may lie in that frame or in a neighbour. */
static bool divergence_near(const struct scan *s, size_t frame)
{
	return s->frames[frame].divergences || (frame && s->frames[frame - 1].divergences) ||
	       (frame + 1 < s->n_frames && s->frames[frame + 1].divergences);
}

static bool steps_can_match(const struct scan *s, size_t frame)
{
	const struct trace_frame_stat *stat = &s->frames[frame];
	const struct scan_filter *filter = &s->filter;

	if (!(filter->kinds & SCAN_KIND(TRACE_STEP)) || !stat->calls)
		return false;
	if (stat->last_step < filter->first_step || stat->first_step > filter->last_step)
		return false;
	if (stat->last_ns < filter->first_ns || stat->first_ns > filter->last_ns)
		return false;
	if (filter->errors_only && !stat->errors)
		return false;
	if (filter->diverged_only && !divergence_near(s, frame))
		return false;
	return syscalls_meet(filter, stat);
}

/*
 * A signal is recorded before the step it names, a divergence behind it: at the
 * edge of a frame, its neighbour is worth a look, too.
 */
static void find_window(struct scan *s)
{
	s->window_first = 0;
	s->window_last = SIZE_MAX;
	if (!s->filter.around_steps || !source_frames_known(s->source) ||
	    !source_frames_ordered(s->source))
		return;
	s->window_first = SIZE_MAX;
	s->window_last = 0;
	for (size_t i = 0; i < s->n_frames; i++) {
		if (!s->frames[i].calls || s->frames[i].last_step < s->filter.first_step ||
		    s->frames[i].first_step > s->filter.last_step)
			continue;
		if (s->window_first == SIZE_MAX)
			s->window_first = i && s->frames[i].first_step >= s->filter.first_step ?
						  i - 1 :
						  i;
		s->window_last = s->frames[i].last_step <= s->filter.last_step ? i + 1 : i;
	}
}

static bool frame_can_match(const struct scan *s, size_t frame)
{
	const struct trace_frame_stat *stat = &s->frames[frame];
	unsigned counted = SCAN_KIND(TRACE_STEP) | SCAN_KIND(TRACE_SIGNAL) |
			   SCAN_KIND(TRACE_DIVERGENCE);

	if (!stat->known || steps_can_match(s, frame))
		return true;
	if (s->filter.around_steps &&
	    (frame < s->window_first || frame > s->window_last ||
	     stat->last_ns < s->filter.first_ns || stat->first_ns > s->filter.last_ns))
		return false;
	if ((s->filter.kinds & SCAN_KIND(TRACE_SIGNAL)) && stat->signals)
		return true;
	if ((s->filter.kinds & SCAN_KIND(TRACE_DIVERGENCE)) && stat->divergences)
		return true;
	return (s->filter.kinds & ~counted) &&
	       stat->records > stat->calls + stat->signals + stat->divergences;
}

/* Aims at the first frame from `frame` on that can hold something wanted. */
static void aim(struct scan *s, size_t frame)
{
	while (frame < s->n_frames && !frame_can_match(s, frame))
		frame++;
	s->next_frame = frame;
	s->seek_needed = true;
	s->finished = frame >= s->n_frames;
}

/* Steps only, in order, and the last record read is not past the first one wanted. */
static bool can_go_on(const struct scan *s)
{
	if (!s->record_valid || s->record->kind != TRACE_STEP || !source_frames_ordered(s->source))
		return false;
	if (s->filter.kinds != SCAN_KIND(TRACE_STEP) || s->record->step.step > s->filter.first_step)
		return false;
	/* in the frame at hand, or without knowledge of where else it could be */
	return !s->frames[s->frame].known || s->frames[s->frame].last_step >= s->filter.first_step;
}

void scan_prepare(struct scan *s, ahead_prepare *prepare)
{
	s->prepare = prepare;
}

const void *scan_prepared(const struct scan *s)
{
	return s->prepared;
}

bool scan_is_past(const struct scan *s)
{
	return s->past;
}

uint64_t scan_divergences_before(const struct scan *s)
{
	uint64_t divergences = 0;

	for (size_t i = 0; i < s->next_frame && i < s->n_frames; i++)
		divergences += s->frames[i].divergences;
	return divergences;
}

static uint64_t walk_place(const struct scan *s)
{
	return (uint64_t)s->frame * RECORDS_OF_FRAME + s->in_frame;
}

uint64_t scan_place(const struct scan *s)
{
	return s->ahead ? s->ahead_place : walk_place(s);
}

/* Reads one record, minding frame borders. */
static int read_one(struct scan *s, struct error *err)
{
	int ret;

	if (s->seek_needed) {
		ret = trace_reader_seek_frame(s->reader, s->next_frame, err);
		if (ret < 0)
			return ret;
		s->seek_needed = false;
		s->frame = SIZE_MAX;
	}
	ret = trace_reader_next(s->reader, s->record, err);
	s->record_valid = ret > 0;
	if (ret <= 0)
		return ret;
	if (trace_reader_frame(s->reader) != s->frame) {
		s->frame = trace_reader_frame(s->reader);
		s->in_frame = 0;
	}
	s->in_frame++;
	return 1;
}

/* After the last record of a frame: straight to the next one that can match. */
static void leave_frame(struct scan *s)
{
	size_t frame = s->frame;

	if (!s->frames[frame].known || s->in_frame < s->frames[frame].records)
		return;
	aim(s, frame + 1);
	if (s->next_frame == frame + 1 && !s->finished) {
		s->seek_needed = false; /* the reader goes there by itself */
		s->frame = SIZE_MAX;
	}
}

static bool is_past(const struct scan *s)
{
	bool steps_decide = s->filter.kinds == SCAN_KIND(TRACE_STEP) || s->filter.around_steps;

	return s->record->kind == TRACE_STEP && steps_decide &&
	       s->record->step.step > s->filter.last_step && source_frames_ordered(s->source);
}

static bool is_wanted(const struct scan *s)
{
	if (!(s->filter.kinds & SCAN_KIND(s->record->kind)))
		return false;
	return s->record->kind != TRACE_STEP || (s->record->step.step >= s->filter.first_step &&
						 s->record->step.step <= s->filter.last_step);
}

static int walk_on(struct scan *s, const struct trace_record **out, struct error *err)
{
	while (!s->finished) {
		int ret;

		if (s->again) {
			s->again = false;
		} else {
			if (s->record_valid && !s->seek_needed && s->frame < s->n_frames)
				leave_frame(s);
			if (s->finished)
				break;
			ret = read_one(s, err);
			if (ret <= 0) {
				s->finished = true;
				return ret;
			}
			/* a reader opened later than the source knows more of a trace that grows */
			if (s->frame >= s->n_frames) {
				s->record_valid = false;
				s->finished = true;
				break;
			}
			if (s->in_frame == 1 && !frame_can_match(s, s->frame)) {
				s->record_valid = false;
				aim(s, s->frame + 1);
				continue;
			}
		}
		if (is_past(s)) {
			s->past = true;
			s->finished = true;
			break;
		}
		if (is_wanted(s)) {
			*out = s->record;
			return 1;
		}
	}
	return 0;
}

/* Few records but steps, which would be handed over one by one. */
static bool is_worth_ahead(const struct scan *s)
{
	uint64_t steps = 0, others = 0;

	if (!source_reads_ahead(s->source) || !(s->filter.kinds & SCAN_KIND(TRACE_STEP)) ||
	    !source_frames_known(s->source))
		return false;
	for (size_t i = 0; i < s->n_frames; i++) {
		steps += s->frames[i].calls;
		others += s->frames[i].records - s->frames[i].calls;
	}
	return others < steps / AHEAD_STEPS;
}

static int walk_ahead(void *data, struct trace_record *slot, uint64_t *place, struct error *err)
{
	const struct trace_record *record;
	struct scan *s = data;
	int ret;

	s->record = slot;
	ret = walk_on(s, &record, err);
	*place = walk_place(s);
	return ret;
}

static void stop_ahead(struct scan *s)
{
	if (!s->ahead)
		return;
	ahead_destroy(s->ahead);
	s->ahead = NULL;
	s->prepared = NULL;
	s->record = &s->own;
	s->record_valid = false;
}

void scan_start(struct scan *s, const struct scan_filter *filter)
{
	stop_ahead(s);
	s->filter = *filter;
	s->finished = s->past = false;
	if (can_go_on(s)) {
		s->again = true;
		s->seek_needed = false;
		return;
	}
	s->again = false;
	s->record_valid = false;
	find_window(s);
	aim(s, 0);
	if (is_worth_ahead(s))
		s->ahead = ahead_create(walk_ahead, s->prepare, s);
}

void scan_extend(struct scan *s)
{
	size_t known = s->n_frames;

	stop_ahead(s);
	s->frames = source_frames(s->source, &s->n_frames);
	s->record_valid = s->again = false;
	aim(s, known);
}

int scan_next(struct scan *s, const struct trace_record **out, struct error *err)
{
	return s->ahead ? ahead_next(s->ahead, out, &s->prepared, &s->ahead_place, err) :
			  walk_on(s, out, err);
}
