/* From words to a selection; see selected.h. */
#include "replay/selected.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "replay/common.h"

int filter_get(struct call_filter *filter, const struct invocation *inv, struct source *source,
	       struct error *err)
{
	const char *where = option_value(inv, OPTION_WHERE);

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
	return where ? call_filter_set_where(filter, source, where, err) : 0;
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
	call_filter_finish(&s->filter);
	*s = (struct selection){ 0 };
}

int context_get(struct context *out, const struct invocation *inv, struct error *err)
{
	unsigned long context = 0, before = 0, after = 0, bytes = 0;
	int ret = option_number(inv, OPTION_CONTEXT, LIMIT_CONTEXT_LINES, 0, &context, err);

	if (ret == 0)
		ret = option_number(inv, OPTION_BEFORE, LIMIT_CONTEXT_LINES, context, &before, err);
	if (ret == 0)
		ret = option_number(inv, OPTION_AFTER, LIMIT_CONTEXT_LINES, context, &after, err);
	/* no string is longer than what a trace keeps of one buffer */
	if (ret == 0)
		ret = option_number(inv, OPTION_STRING_BYTES, LIMIT_PAYLOAD_BYTES, 0, &bytes, err);
	*out = (struct context){ before, after, bytes };
	return ret;
}
