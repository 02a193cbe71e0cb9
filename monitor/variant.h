/*
 * Variants: how they start, what the monitor's pages are in their address
 * spaces, what an exec does to them, and the answers to instructions that trap.
 */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* Our pages in each variant's address space. Refcounted: CLONE_VM shares. */
struct mm {
	unsigned refs;
	uint64_t scratch_addr[LIMIT_VARIANTS]; /* private, writable: paths for substituted calls */
	uint64_t page_addr[LIMIT_VARIANTS];    /* the monitor's memfd page, read-only */
	uint64_t shift[LIMIT_VARIANTS]; /* where a follower's data mappings lie, from the leader's */
};

/*
 * bytes: a follower's data mappings are congruent to the leader's modulo this.
 * Allocators trim or skip what is not aligned (CPython's pools 16 KiB, glibc's
 * arenas 64 MiB), so their calls would otherwise depend on the layout. Code
 * and stacks stay where the kernel put them.
 */
#define MM_CONGRUENCE_BYTES (UINT64_C(64) << 20)

#define MM_PAGE_BYTES 4096u

struct mm *mm_create(void);
struct mm *mm_share(struct mm *mm);
struct mm *mm_copy(const struct mm *mm);
void mm_release(struct mm *mm);

/* Forks the variant's first process; the leader's thread also makes the first lane. */
int variant_start(struct tracer *t, struct error *err);

/* An execve has succeeded in this task: sets the new image up, then the lane goes on. */
void variant_on_exec(struct tracer *t, struct task *task);

/* Steps over rdtsc or rdtscp with this value. */
void variant_answer_trap(struct tracer *t, struct task *task, const struct slot *slot,
			 uint64_t value);

/* Where a substituted call's path may be written. */
uint64_t variant_scratch_addr(const struct task *task);
