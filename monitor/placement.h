/* Where tracer threads and tasks run. Measured, because it costs from 3 to 170 us a stop. */
#pragma once

#include <sched.h>
#include <stdbool.h>

/* Are wake-ups across CPUs so dear that a tracer and its task should share one? */
bool placement_should_pin(const cpu_set_t *cpus);

/* The calling thread gets a CPU soon when it wakes, for a short time, as its tasks' stops need. */
void placement_run_promptly(void);
