/* From words to a selection; see selected.h. */
#include "replay/selected.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "replay/common.h"

int filter_get(struct call_filter *filter, const struct invocation *inv,
	       const struct source *source, struct error *err)
{
	for (size_t i = 0; i < inv->n_uses; i++) {
		int ret = 0;

		if (inv->uses[i].id == OPTION_EXPRESSION)
			ret = call_filter_add(filter, source, inv->uses[i].value, err);
		if (ret < 0)
			return ret;
	}
	filter->failed_only |= has_option(inv, OPTION_FAILED);
	filter->successful_only |= has_option(inv, OPTION_SUCCESSFUL);
	filter->path = option_value(inv, OPTION_PATH);
	return 0;
}

/* EXIT_YES, or what to exit with. */
static int get_positions(struct selection *out, const struct invocation *inv, struct source *source,
			 size_t first, struct error *err)
{
	for (size_t i = first; i < inv->n_operands; i++) {
		struct position *position = &out->positions[out->n_positions];
		int ret = position_parse(position, inv->operands[i], err);

		if (ret == 0)
			ret = position_resolve(position, source, err);
		if (ret < 0)
			return cannot(err);
		if (ret == 0) {
			say("%s has no %s", source_path(source), inv->operands[i]);
			continue;
		}
		out->n_positions++;
	}
	if (inv->n_operands > first && !out->n_positions)
		return EXIT_NO;
	return EXIT_YES;
}

int selection_get(struct selection *out, const struct invocation *inv, struct source *source,
		  size_t first, struct error *err)
{
	out->positions = alloc_zeroed(inv->n_operands, sizeof(*out->positions));
	if (filter_get(&out->filter, inv, source, err) < 0)
		return cannot(err);
	return get_positions(out, inv, source, first, err);
}

void selection_finish(struct selection *s)
{
	free(s->positions);
	*s = (struct selection){ 0 };
}
