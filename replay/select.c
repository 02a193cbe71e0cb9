/* Filters and positions; see select.h. */
#include "replay/select.h"

#include "replay/common.h"

int filter_get(struct call_filter *filter, const struct invocation *inv, struct source *source,
	       struct error *err)
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

int positions_get(const struct invocation *inv, struct source *source, size_t first,
		  struct position *positions, size_t *count)
{
	struct error err = { 0 };

	*count = 0;
	for (size_t i = first; i < inv->n_operands; i++) {
		int ret = position_parse(&positions[*count], inv->operands[i], &err);

		if (ret == 0)
			ret = position_resolve(&positions[*count], source, &err);
		if (ret < 0)
			return cannot(&err);
		if (ret == 0)
			say("%s has no %s", source_path(source), inv->operands[i]);
		*count += ret > 0;
	}
	return inv->n_operands > first && !*count ? EXIT_NO : EXIT_YES;
}
