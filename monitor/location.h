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

/*
 * Writes "libc.so.6+0x2a1f0": the mapped file's last name and the offset in
 * that file; "[stack]+0x10", "anon+0x10" count from the mapping's start;
 * "(nowhere)" when nothing is mapped there; nothing when the task's maps
 * cannot be read. NUL-terminated, returns the length. A file name may hold any
 * byte.
 */
size_t location_text(pid_t pid, uint64_t addr, char *text, size_t capacity);

/* The same from the text of a /proc/PID/maps; NULL is one that could not be read. */
size_t location_find(const char *maps, uint64_t addr, char *text, size_t capacity);

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
