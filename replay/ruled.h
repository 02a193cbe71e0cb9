/* --rules, as the commands that compare take it. */
#pragma once

#include "analysis/rules.h"
#include "replay/command.h"

/* The rules of --rules FILE, or none. rules_finish releases them in any case. */
int rules_get(struct rules *rules, const struct invocation *invocation, struct error *err);
/* What they choose in one trace; *out is NULL when there are no rules. */
int rules_view_get(struct rules_view **out, struct rules *rules, struct source *source,
		   struct error *err);
