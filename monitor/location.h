/*
 * Where in a program an address is, and how a stopped task came there. Best
 * effort: a task may be gone, its memory unreadable, its stack without frame
 * pointers. Nothing here changes the task.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor/tracee/registers.h"

/* program counters a walk gives at most */
#define LOCATION_FRAMES 16

/* Where an address of a task is, as memory_maps_locate (schema/memory_maps.h) writes it. */
size_t location_text(pid_t pid, uint64_t addr, char *text, size_t capacity);

/*
 * All of /proc/PID/maps, or its first LIMIT_TEXT_BYTES, whole lines. NULL when
 * it cannot be read; the caller frees it.
 */
char *location_maps(pid_t pid);

/*
 * Program counters of a stopped task, innermost first: the instruction
 * pointer, the return address a frameless function has on top of the stack,
 * then along the frame pointers; where these lead nowhere, what looks like
 * return addresses in the top 2 KiB of the stack. Returns how many, at most
 * `max` and LOCATION_FRAMES.
 */
size_t location_frames(pid_t pid, const registers *regs, uint64_t *frames, size_t max);
