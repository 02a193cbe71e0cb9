/* Positions and filters as SQL: what --explain prints. */
#pragma once

#include "analysis/selection.h"
#include "analysis/text.h"

/* Adds a query over v_step that gives the steps of a resolved selection. */
void selection_explain(struct text *out, const struct selection *selection,
		       const struct source *source);
