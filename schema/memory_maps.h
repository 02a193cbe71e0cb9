/*
 * The text of a /proc/PID/maps (proc_pid_maps(5)), as a divergence records it
 * for each side. It comes from a kernel or from a trace: it may hold anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	uint64_t start, end, offset; /* start == end: a line that makes no sense */
	bool executable;
	const char *name; /* into the text, not terminated */
	size_t name_length;
};

/*
 * Takes one line, "start-end rwxp offset major:minor inode    name", and moves
 * *maps behind it. False at the end.
 */
bool mapping_next(const char **maps, struct mapping *out);

/*
 * Writes "libc.so.6+0x2a1f0": the mapped file's last name and the offset in
 * that file; "[stack]+0x10", "anon+0x10" count from the mapping's start;
 * "(nowhere)" when nothing is mapped there; nothing when maps is NULL.
 * NUL-terminated, returns the length. A file name may hold any byte.
 */
size_t memory_maps_locate(const char *maps, uint64_t addr, char *text, size_t capacity);
