/* What no stop tells of: variants that are late, steps that ended meanwhile, signals for all. */
#pragma once

#include "monitor/tracer.h"

/* The leader's thread, often: looks when the session's tick has come. */
void watch_tick(struct tracer *t);
