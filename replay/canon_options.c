/* Choosing calls; see canon_options.h. */
#include "replay/canon_options.h"

#include <errno.h>
#include <string.h>

int canon_level_get(enum canon_level *out, const struct invocation *invocation, struct error *err)
{
	const char *value = option_value(invocation, OPTION_LEVEL);

	*out = CANON_CALLS;
	for (size_t i = 0; value && i < CANON_LEVELS; i++) {
		if (strcmp(value, canon_level_names[i]) == 0) {
			*out = (enum canon_level)i;
			return 0;
		}
	}
	return value ? error_set(err, -EINVAL, "--level: effects, calls, args or all, not %s",
				 value) :
		       0;
}

int call_filter_get(struct call_filter *filter, const struct invocation *invocation,
		    struct source *source, struct error *err)
{
	for (size_t i = 0; i < invocation->n_uses; i++) {
		int ret = 0;

		if (invocation->uses[i].id == OPTION_EXPRESSION)
			ret = call_filter_add(filter, source, invocation->uses[i].value, err);
		if (ret < 0)
			return ret;
	}
	filter->failed_only |= has_option(invocation, OPTION_FAILED);
	filter->successful_only |= has_option(invocation, OPTION_SUCCESSFUL);
	filter->path = option_value(invocation, OPTION_PATH);
	return 0;
}
