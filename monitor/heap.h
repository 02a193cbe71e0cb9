/* Where a new program's heap begins, and moving it to where the leader's does. */
#pragma once

#include <stdint.h>

#include "monitor/tracee/remote.h"

/* The program break, where nothing has been added to the heap. 0, or -ESRCH. */
int heap_find(struct remote *r, uint64_t *addr);

/*
 * Moves the empty heap of a new image to the given place, with the help of
 * the task's scratch memory. Where that cannot be, it stays: only programs
 * that decide by it mind. 0, or -ESRCH.
 */
int heap_move(struct remote *r, uint64_t place, uint64_t scratch_addr);
