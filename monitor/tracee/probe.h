/*
 * Asks this system, by trying it on a child made for that, whether processes
 * can be controlled the way mvx does it. Knows nothing of who asks and how the
 * answers are told; check_system does.
 *
 * Each returns 0 when it works, else -errno and what was tried in err. None
 * leaves a child behind; each ends within PROBE_SECONDS whatever the system
 * does. To be called while no other child of the process is waited for.
 */
#pragma once

#include "base/error.h"

#define PROBE_SECONDS 10

/* PTRACE_SEIZE, PTRACE_INTERRUPT and reading the registers at the stop. */
int probe_ptrace(struct error *err);

/* A filter with SECCOMP_RET_TRACE, and a call answered at its stop without the kernel seeing it. */
int probe_seccomp_trace(struct error *err);

/* process_vm_readv(2) and /proc/PID/mem of a stopped child. */
int probe_memory(struct error *err);

/* PR_SET_TSC: rdtsc faults. */
int probe_tsc(struct error *err);

/* ARCH_SET_CPUID: cpuid faults; many CPUs and virtual machines cannot (-ENODEV). */
int probe_cpuid(struct error *err);
