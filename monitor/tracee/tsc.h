/*
 * The time stamp counter in our own threads. Variants run with PR_TSC_SIGSEGV;
 * a switch between a task that has it and a thread that has not writes CR4,
 * which a hypervisor intercepts: four times a call, 18 us of 38 on one machine.
 * So a tracer thread takes the same setting and asks the kernel for the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The calling thread may not, or may again, read the counter (the vDSO's clock_gettime does). */
void tsc_set_readable(bool readable);

/* The counter, read by a thread that may or may not; its setting stays. */
uint64_t tsc_read(void);

/* CLOCK_MONOTONIC in nanoseconds, by a system call: safe in every thread. */
uint64_t tsc_free_now_ns(void);
