/*
 * Says what the variants disagree on: a Divergence record with both sides, and
 * a few readable lines on standard error. The leader's thread calls it; every
 * task of the lane that has arrived is stopped.
 */
#pragma once

#include "monitor/compare.h"

/*
 * Records and tells. `arrived` is the mask of the variants that have come (for
 * DIVERGENCE_TIMEOUT and MISSING some have not). Does not stop the run.
 */
void divergence_report(struct session *s, struct lane *lane, const struct mismatch *mismatch,
		       uint32_t arrived);
