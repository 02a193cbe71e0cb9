/* Waiting for a trace that is being written. */
#pragma once

#include "analysis/source.h"

/*
 * `data` is the source. Hands out what was printed so far, and waits until the
 * trace has more: 1, or 0 when it is complete or its writer is gone; -errno when
 * it cannot be looked at. Nobody reading standard output any more ends the
 * program, as a write does.
 */
int follow_wait(void *data, struct error *err);
