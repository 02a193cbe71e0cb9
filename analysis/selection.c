/* Places and filters together; see selection.h. */
#include "analysis/selection.h"

#include <stdlib.h>

#include "analysis/schema.h"
#include "base/alloc.h"

bool selection_is_all(const struct selection *s)
{
	return !s->n_positions && call_filter_is_empty(&s->filter);
}

bool selection_has_place(const struct selection *s, const struct trace_step *step, int *variant)
{
	*variant = -1;
	if (!s->n_positions)
		return true;
	for (size_t i = 0; i < s->n_positions; i++) {
		if (position_has_step(&s->positions[i], step, s->before, s->after)) {
			*variant = s->positions[i].variant;
			return true;
		}
	}
	return false;
}

bool selection_has(const struct selection *s, const struct trace_step *step, int *variant)
{
	return selection_has_place(s, step, variant) && call_filter_matches(&s->filter, step);
}

static void cut_step(const struct trace_record *record, uint32_t variants,
		     struct selected_step *part)
{
	struct trace_step *step = &part->record.step;
	size_t n = 0;

	part->record = *record;
	step->variants &= variants;
	alloc_grow(&part->bufs, &part->capacity, step->n_bufs);
	for (size_t i = 0; i < step->n_bufs; i++)
		if (step->bufs[i].variants & variants)
			part->bufs[n++] = step->bufs[i];
	step->bufs = part->bufs;
	step->n_bufs = n;
}

const struct trace_record *selection_take_step(const struct selection *s,
					       const struct trace_record *record,
					       struct selected_step *part)
{
	int variant;

	if (!selection_has(s, &record->step, &variant))
		return NULL;
	if (variant < 0)
		return record;
	if (!(record->step.variants & 1u << variant))
		return NULL;
	cut_step(record, 1u << variant, part);
	return &part->record;
}

void selected_step_finish(struct selected_step *part)
{
	free(part->bufs);
	*part = (struct selected_step){ 0 };
}

/* Step, task and time of what happened beside the calls. */
struct event_place {
	uint64_t step, time_ns;
	uint32_t task;
};

static bool event_place_find(const struct trace_record *record, struct event_place *at)
{
	switch (record->kind) {
	case TRACE_SIGNAL:
		at->step = record->signal.step;
		at->task = record->signal.task;
		at->time_ns = record->signal.first_ns;
		return true;
	case TRACE_DIVERGENCE:
		at->step = record->divergence.step;
		at->task = record->divergence.task;
		at->time_ns = record->divergence.time_ns;
		return true;
	case TRACE_TRAP:
		at->step = record->trap.step;
		at->task = record->trap.task;
		at->time_ns = record->trap.time_ns;
		return true;
	case TRACE_TASK_START:
		at->task = record->task_start.task;
		at->time_ns = record->task_start.time_ns;
		return true;
	case TRACE_TASK_END:
		at->task = record->task_end.task;
		at->time_ns = record->task_end.time_ns;
		return true;
	case TRACE_MARK:
		at->task = record->mark.task;
		at->time_ns = record->mark.time_ns;
		return true;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_STEP:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
	return false;
}

static bool event_in_position(const struct selection *s, const struct position *p,
			      const struct event_place *at)
{
	switch (p->kind) {
	case POSITION_STEPS:
		return p->variant < 0 && position_spans(p, at->step, s->before, s->after);
	case POSITION_TASK: return p->task == at->task && !p->first && p->last == UINT64_MAX;
	case POSITION_TIME: return at->time_ns >= p->first && at->time_ns <= p->last;
	case POSITION_DIVERGENCE: return false;
	}
	return false;
}

bool selection_has_event(const struct selection *s, const struct trace_record *record,
			 uint64_t last_step)
{
	struct event_place at = { .step = last_step };

	if (!event_place_find(record, &at))
		return false;
	if (!s->n_positions)
		return true;
	for (size_t i = 0; i < s->n_positions; i++)
		if (event_in_position(s, &s->positions[i], &at))
			return true;
	return false;
}

void selection_narrow(const struct selection *s, struct scan_filter *scan)
{
	positions_narrow(s->positions, s->n_positions, s->before, s->after, scan);
	/* lines of context around a match are of steps that do not match */
	if (s->n_positions || (!s->before && !s->after))
		call_filter_narrow(&s->filter, scan);
	scan->around_steps = s->n_positions > 0;
}

void selection_narrow_end(const struct selection *s, struct scan_filter *scan)
{
	positions_narrow(s->positions, s->n_positions, s->before, s->after, scan);
	scan->first_step = 0;
	scan->first_ns = 0;
}
