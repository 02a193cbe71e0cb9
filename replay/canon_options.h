/* How closely the commands look that compare. */
#pragma once

#include "analysis/canon.h"
#include "replay/command.h"

/* --level; calls when it was not given. */
int canon_level_get(enum canon_level *out, const struct invocation *invocation, struct error *err);
