/*
 * A new program's first image, after every exec: the vDSO hidden, the random
 * bytes and the stack made alike, our pages mapped.
 */
#pragma once

#include <elf.h>

#include "monitor/lane.h"
#include "monitor/tracer.h"

/* entries: the kernel's AT_VECTOR_SIZE is about 50 */
#define AUXV_MAX 64

/* What setting up one image needs to know of it. */
struct image {
	Elf64_auxv_t auxv[AUXV_MAX];
	size_t n_auxv;
	uint64_t auxv_addr;
	uint64_t vdso_addr;
	uint64_t random_addr;
	uint64_t execfn_addr;
	uint8_t at_random[16];
};

/*
 * The task stands at the event of an execve that has succeeded; afterwards at
 * that call's exit, its registers in task->regs. Fills *image. 0, -ESRCH when
 * the task died, or -errno.
 */
int image_setup(struct tracer *t, struct task *task, struct image *image);

/*
 * The leader is about to share its memory with others: makes room for copies
 * of what it hands to the kernel. None may be in use: they may move. It stands
 * where its call is over, or before call `nr`, and then stands there again.
 */
void image_widen_copies(struct tracer *t, struct task *task, int64_t nr);
/* For nr: the call is over. */
#define IMAGE_CALL_IS_OVER INT64_C(-1)
