/* How closely to look; see canon_options.h. */
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
