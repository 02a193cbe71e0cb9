/* Which calls are looked at how closely, and how much it matters when they differ. */
#pragma once

#include "analysis/canon_call.h"

bool canon_succeeded(const struct canon_call *call);
/* Interrupted, or had to be tried again: the program makes it once more. */
bool canon_is_retry(const struct canon_call *call);
/* poll and its kin: the result says how much there was to do just then. */
bool canon_waits_for_events(const struct syscall_row *row);
bool canon_asks_for_time(const struct canon_call *call);

/* The level from which on it is shown. */
enum canon_level canon_level_of(const struct canon_call *call);
enum canon_weight canon_weight_of(const struct canon_call *call, enum canon_level level);
