/* --rules; see ruled.h. */
#include "replay/ruled.h"

int rules_get(struct rules *rules, const struct invocation *invocation, struct error *err)
{
	const char *path = option_value(invocation, OPTION_RULES);
	char today[11];

	*rules = (struct rules){ 0 };
	if (!path)
		return 0;
	rules_today(today);
	return rules_read(rules, path, today, err);
}

int rules_view_get(struct rules_view **out, struct rules *rules, struct source *source,
		   struct error *err)
{
	*out = NULL;
	return rules->path ? rules_view_create(out, rules, source, err) : 0;
}
