/* Where tracer threads and tasks run. Measured, because it costs from 3 to 170 us a stop. */
#pragma once

#include <sched.h>
#include <stdbool.h>

/* Are wake-ups across CPUs so dear that a tracer and its task should share one? */
bool placement_should_pin(const cpu_set_t *cpus);
