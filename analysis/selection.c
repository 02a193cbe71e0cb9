/* Places and filters together; see selection.h. */
#include "analysis/selection.h"

#include <stdlib.h>

#include "analysis/schema.h"
#include "base/alloc.h"

bool selection_is_all(const struct selection *s)
{
	return !s->n_positions && call_filter_is_empty(&s->filter);
}

static uint64_t reach_back(uint64_t first, uint64_t before)
{
	return first > before ? first - before : 0;
}

static uint64_t reach_on(uint64_t last, uint64_t after)
{
	return last > UINT64_MAX - after ? UINT64_MAX : last + after;
}

static bool step_in_position(const struct selection *s, const struct position *p,
			     const struct trace_step *step)
{
	unsigned leader = mask_variant(step->variants, 0);

	switch (p->kind) {
	case POSITION_STEPS:
		return step->step >= reach_back(p->first, s->before) &&
		       step->step <= reach_on(p->last, s->after);
	case POSITION_TASK:
		return step->task == p->task && step->task_seq >= reach_back(p->first, s->before) &&
		       step->task_seq <= reach_on(p->last, s->after);
	case POSITION_TIME:
		return leader < LIMIT_VARIANTS && step->entry_ns[leader] >= p->first &&
		       step->entry_ns[leader] <= p->last;
	case POSITION_DIVERGENCE: return false; /* resolved to steps before */
	}
	return false;
}

bool selection_has_place(const struct selection *s, const struct trace_step *step, int *variant)
{
	*variant = -1;
	if (!s->n_positions)
		return true;
	for (size_t i = 0; i < s->n_positions; i++) {
		if (step_in_position(s, &s->positions[i], step)) {
			*variant = s->positions[i].variant;
			return true;
		}
	}
	return false;
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

	if (!selection_has_place(s, &record->step, &variant) ||
	    !call_filter_matches(&s->filter, &record->step))
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
		return p->variant < 0 && at->step >= reach_back(p->first, s->before) &&
		       at->step <= reach_on(p->last, s->after);
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

static void widen(uint64_t *first, uint64_t *last, uint64_t low, uint64_t high)
{
	if (low < *first)
		*first = low;
	if (high > *last)
		*last = high;
}

/* Bounds of all positions together. */
static void narrow_places(const struct selection *s, struct scan_filter *scan)
{
	uint64_t first = UINT64_MAX, last = 0, first_ns = UINT64_MAX, last_ns = 0;

	for (size_t i = 0; i < s->n_positions; i++) {
		const struct position *p = &s->positions[i];
		bool steps = p->kind == POSITION_STEPS, time = p->kind == POSITION_TIME;

		widen(&first, &last, steps ? reach_back(p->first, s->before) : 0,
		      steps ? reach_on(p->last, s->after) : UINT64_MAX);
		widen(&first_ns, &last_ns, time ? p->first : 0, time ? p->last : UINT64_MAX);
	}
	scan->first_step = first;
	scan->last_step = last;
	scan->first_ns = first_ns;
	scan->last_ns = last_ns;
}

void selection_narrow(const struct selection *s, struct scan_filter *scan)
{
	if (s->n_positions)
		narrow_places(s, scan);
	/* lines of context around a match are of steps that do not match */
	if (s->n_positions || (!s->before && !s->after))
		call_filter_narrow(&s->filter, scan);
	scan->around_steps = s->n_positions > 0;
}
