/*
 * What the cpuid instruction says to a program in which it traps
 * (ARCH_SET_CPUID): the host's values, without what differs from one CPU of
 * the machine to the next and without instructions that would give each
 * variant a value of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "monitor/tracee/registers.h"

/* length of the instruction, 0f a2 */
#define CPUID_INSN_BYTES 2

struct cpuid_values {
	uint32_t eax, ebx, ecx, edx;
};

/* What a task that stands before a cpuid asks for. subleaf is 0 where the leaf has none. */
void cpuid_question(const registers *r, uint32_t *leaf, uint32_t *subleaf);

/* The host's answer as a program may see it. The caller's own cpuid must not trap. */
struct cpuid_values cpuid_read(uint32_t leaf, uint32_t subleaf);

/* Takes out of a host's answer what varies or cannot be kept alike. */
void cpuid_normalise(uint32_t leaf, uint32_t subleaf, struct cpuid_values *v);

/* The task gets the answer and goes on behind the instruction. */
void cpuid_give(registers *r, const struct cpuid_values *v);
