/* Slices: one walk finds out what is needed, a second one writes it; see slice.h. */
#include "analysis/slice.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/living.h"
#include "analysis/rewrite.h"
#include "base/alloc.h"

struct slice {
	struct source *source;
	const struct selection *selection;
	struct slice_result *result;
	struct living *living;
	const uint64_t *steps; /* to be kept, ascending; the living's */
	size_t n_steps;
	uint64_t last_read; /* step */
	bool mark_written;
	struct rewrite rewrite;
};

static bool is_chosen(const struct slice *s, const struct trace_step *step)
{
	int variant;

	if (!selection_has_place(s->selection, step, &variant))
		return false;
	/* what a divergence is about belongs to it, whatever call it is */
	return step->verdict == VERDICT_DIVERGED ||
	       call_filter_matches(&s->selection->filter, step);
}

/* ---- what is needed ---- */

static void look_at_step(struct slice *s, const struct trace_step *step)
{
	if (!is_chosen(s, step))
		return;
	if (!s->result->steps++) {
		s->result->first_step = step->step;
		living_want_all(s->living);
	}
	s->result->last_step = step->step;
	living_want_step(s->living, step);
}

static void look(struct slice *s, const struct trace_record *record)
{
	if (record->kind == TRACE_STEP)
		look_at_step(s, &record->step);
	living_learn(s->living, record);
	if (record->kind == TRACE_TASK_START && s->result->steps &&
	    selection_has_event(s->selection, record, s->last_read))
		living_want_task(s->living, record->task_start.task);
	if (record->kind == TRACE_STEP)
		s->last_read = record->step.step;
}

/* ---- what is written ---- */

static int compare_steps(const void *left, const void *right)
{
	const uint64_t *l = left, *r = right;

	return *l < *r ? -1 : *l > *r;
}

static bool is_kept(const struct slice *s, uint64_t step)
{
	return step <= s->result->last_step &&
	       bsearch(&step, s->steps, s->n_steps, sizeof(step), compare_steps);
}

/* Where the prologue ends, for whoever reads the slice. */
static int write_mark(struct slice *s, const struct trace_step *step, struct error *err)
{
	struct trace_record mark = { .kind = TRACE_MARK };
	char text[160];

	if (s->mark_written || step->step < s->result->first_step)
		return 0;
	s->mark_written = true;
	if (!s->rewrite.steps)
		return 0;
	snprintf(text, sizeof(text),
		 "slice: begins here; the %" PRIu64
		 " steps above opened, mapped and entered what was there at #%" PRIu64,
		 s->rewrite.steps, s->result->first_step);
	mark.mark.text = text;
	mark.mark.task = step->task;
	mark.mark.time_ns = s->rewrite.last_ns;
	return rewrite_add(&s->rewrite, &mark, err);
}

static bool keeps_event(const struct slice *s, const struct trace_record *record)
{
	/* a filter says nothing of them: all, but those before the first call it lets pass */
	if (!s->selection->n_positions && !selection_is_all(s->selection) &&
	    s->last_read < s->result->first_step)
		return false;
	return selection_has_event(s->selection, record, s->last_read);
}

static bool keeps_task_end(const struct slice *s, const struct trace_record *record)
{
	return living_has_task(s->living, record->task_end.task) &&
	       (s->last_read < s->result->last_step ||
		selection_has_event(s->selection, record, s->last_read));
}

static int write_record(struct slice *s, const struct trace_record *record, struct error *err)
{
	bool kept = false;

	switch (record->kind) {
	case TRACE_STEP:
		s->last_read = record->step.step;
		kept = is_kept(s, record->step.step);
		if (kept && write_mark(s, &record->step, err) < 0)
			return err->code;
		s->result->prologue += kept && !is_chosen(s, &record->step);
		break;
	case TRACE_DIVERGENCE: kept = is_kept(s, record->divergence.step); break;
	case TRACE_TASK_START: kept = living_has_task(s->living, record->task_start.task); break;
	case TRACE_TASK_END: kept = keeps_task_end(s, record); break;
	case TRACE_SIGNAL:
	case TRACE_TRAP:
	case TRACE_MARK: kept = keeps_event(s, record); break;
	case TRACE_VARIANT_START:
	case TRACE_FILE_IDENTITY: kept = true; break;
	case TRACE_HEADER:
	case TRACE_END: break;
	}
	return kept ? rewrite_add(&s->rewrite, record, err) : 0;
}

/* ---- both walks ---- */

static int walk(struct slice *s, bool write, struct error *err)
{
	struct scan_filter everything = scan_filter_all(SCAN_ALL_KINDS), asked = everything;
	const struct trace_record *record;
	struct scan *scan;
	int ret = scan_create(&scan, s->source, err);

	if (ret < 0)
		return ret;
	selection_narrow_end(s->selection, &asked);
	s->last_read = 0;
	/* up to the first step behind what was asked for: events belong to the step before them */
	scan_start(scan, &everything);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		if (record->kind == TRACE_STEP && record->step.step > asked.last_step &&
		    source_frames_ordered(s->source))
			break;
		source_learn(s->source, record);
		if (!write)
			look(s, record);
		else if ((ret = write_record(s, record, err)) < 0)
			break;
	}
	scan_destroy(scan);
	return ret < 0 ? ret : 0;
}

static int write_all(struct slice *s, const char *what, uint64_t of_hash, struct error *err)
{
	struct trace_derivation derivation = { .how = "slice",
					       .what = what,
					       .of_hash = of_hash,
					       .first_step = s->result->first_step,
					       .last_step = s->result->last_step };
	int ret;

	s->steps = living_steps(s->living, &s->n_steps);
	s->result->complete = living_complete(s->living);
	ret = rewrite_begin(&s->rewrite, s->source, &derivation, err);
	if (ret == 0)
		ret = walk(s, true, err);
	return ret == 0 ? rewrite_end(&s->rewrite, s->source, err) : ret;
}

int slice_write(struct source *source, const struct selection *selection, const char *what,
		uint64_t of_hash, struct trace_writer *writer, struct slice_result *result,
		struct error *err)
{
	struct slice s = { .source = source,
			   .selection = selection,
			   .result = result,
			   .living = living_create(source),
			   .rewrite = { .writer = writer } };
	int ret;

	*result = (struct slice_result){ 0 };
	ret = walk(&s, false, err);
	if (ret == 0 && result->steps)
		ret = write_all(&s, what, of_hash, err);
	living_destroy(s.living);
	return ret;
}
