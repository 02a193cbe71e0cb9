/* Options of the commands that choose calls and how closely to look at them. */
#pragma once

#include "analysis/canon.h"
#include "replay/command.h"

/* --level; calls when it was not given. */
int canon_level_get(enum canon_level *out, const struct invocation *invocation, struct error *err);
/* -e, -P, -z and -Z. */
int call_filter_get(struct call_filter *filter, const struct invocation *invocation,
		    struct source *source, struct error *err);
