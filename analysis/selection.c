/* Positions and filters together; see selection.h. */
#include "analysis/selection.h"

bool selection_has(const struct selection *s, const struct trace_step *step, int *variant)
{
	bool has_place = s->n_positions == 0;

	*variant = -1;
	for (size_t i = 0; i < s->n_positions && !has_place; i++) {
		has_place = position_has_step(&s->positions[i], step, 0, 0);
		if (has_place)
			*variant = s->positions[i].variant;
	}
	return has_place && call_filter_matches(&s->filter, step);
}

void selection_narrow(const struct selection *s, struct scan_filter *filter)
{
	positions_narrow(s->positions, s->n_positions, 0, 0, filter);
	call_filter_narrow(&s->filter, filter);
}

void selection_narrow_end(const struct selection *s, struct scan_filter *filter)
{
	positions_narrow(s->positions, s->n_positions, 0, 0, filter);
	filter->first_step = 0;
	filter->first_ns = 0;
}
