/*
 * What calls change, as far as canonical text speaks of it: descriptors,
 * mappings and directories of processes, and names that are made up.
 */
#pragma once

#include "analysis/canon_call.h"

/* Before the record is made: a name that was drawn reads `<tmp#1>` from here on. */
void canon_note_temporary(const struct canon_call *call);
/* After the record of the call's arguments was made, before that of its result. */
void canon_follow(struct objects *objects, const struct canon_call *call);
