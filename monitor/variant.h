/*
 * Variants: how they start, what the monitor's pages are in their address
 * spaces, what an exec does to them, and the answers to instructions that trap.
 */
#pragma once

#include "monitor/lane.h"
#include "monitor/tracer.h"

#define MM_PAGE_BYTES 4096u
/* bytes: the scratch pages, and what each task that shares them has */
#define MM_SCRATCH_BYTES 65536u
#define MM_PLACE_BYTES   128u
#define MM_PLACES        (MM_SCRATCH_BYTES / MM_PLACE_BYTES)
/* bytes of the copies of what the leader's threads hand to the kernel, behind that page; sparse */
#define MM_COPIES_BYTES (32u << 20)
/* bytes of a task of the leader's, for structures that the kernel reads and writes */
#define MM_INOUT_BYTES 4096u
/* where in the monitor's page a `syscall` instruction is */
#define MM_SYSCALL_OFFSET 0u

/* Our pages in each variant's address space. Refcounted: CLONE_VM shares. */
struct mm {
	unsigned refs;
	uint64_t scratch_addr[LIMIT_VARIANTS]; /* private, writable: paths for substituted calls */
	uint64_t page_addr[LIMIT_VARIANTS];    /* the monitor's memfd page, not writable */
	uint64_t heap_addr;                    /* where the leader's heap begins */
	uint64_t shift[LIMIT_VARIANTS]; /* where a follower's data mappings lie, from the leader's */
	bool is_shared;       /* some of it other processes write, too; the leader's thread */
	uint64_t copies_addr; /* the leader's: the monitor's copies, read-only; 0 none (outgoing.h) */
	uint64_t copies_bytes; /* ... of them mapped: all once there are threads or shared memory, a page before */
	uint64_t inout_addr; /* the leader's: for what the kernel reads and writes; 0 none (outgoing.h) */
	uint64_t places[MM_PLACES / 64]; /* taken ones of the scratch pages; the leader's thread */
};

/*
 * bytes: a follower's data mappings are congruent to the leader's modulo this.
 * Allocators trim or skip what is not aligned (CPython's pools 16 KiB, glibc's
 * arenas 64 MiB), and note where they have memory in tables with a leaf for
 * each so many bytes (CPython's 16 GiB), so their calls would otherwise depend
 * on the layout. Code and stacks stay where the kernel put them. With
 * --layout=code they are equal.
 */
#define MM_CONGRUENCE_BYTES (UINT64_C(16) << 30)
/* bytes: from a follower's own mappings down to where its data mappings begin, and from the leader's */
#define MM_DISTANCE_BYTES (UINT64_C(64) << 30)

struct mm *mm_create(void);
struct mm *mm_share(struct mm *mm);
struct mm *mm_copy(const struct mm *mm);
void mm_release(struct mm *mm);
/* Is a page of ours in this part of variant v's memory? */
bool mm_has_ours(const struct mm *mm, unsigned v, uint64_t addr, uint64_t length);
/* A place in the scratch pages for the tasks of one lane, or -ENOMEM; given back with mm_leave. */
int mm_enter(struct mm *mm);
void mm_leave(struct mm *mm, unsigned place);

/* Forks the variant's first process; the leader's thread also makes the first lane. */
int variant_start(struct tracer *t, struct error *err);

/* An execve has succeeded in this task: sets the new image up, then the lane goes on. */
void variant_on_exec(struct tracer *t, struct task *task);

/* What the instruction at which the leader stands is to give. */
struct trap_answer variant_trap_answer(const struct slot *leader);
/* Steps over the instruction with this answer. */
void variant_answer_trap(struct tracer *t, struct task *task, const struct slot *slot,
			 const struct trap_answer *answer);

/* Where the task has MM_PLACE_BYTES of its own: a substituted call's path, above all. */
uint64_t variant_scratch_addr(const struct task *task);

struct remote;
/* Further calls in a follower that stands at the exit of its call: remote_begin is the caller's. */
void variant_remote(struct tracer *t, struct task *task, struct remote *out);
