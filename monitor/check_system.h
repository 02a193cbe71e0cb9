/*
 * mvx-monitor --check-system: tries what a run needs and says in sentences
 * what is missing and what could be done about it.
 */
#pragma once

#include <stdio.h>

/*
 * Writes one sentence for each finding to out; those that prevent a run begin
 * with "missing:". Returns 0 when the monitor can run here, 1 when not.
 */
int check_system(FILE *out);
