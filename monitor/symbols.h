/*
 * Names for program counters, by elfutils libdw: functions, and source lines
 * where there is debug information. Only after a divergence: the files that
 * are read are the program's own.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct symbols;

/* The images of a stopped process; NULL when they cannot be read. */
struct symbols *symbols_open(pid_t pid);
/* Accepts NULL. */
void symbols_close(struct symbols *s);

/*
 * Appends " (main+0x1f at server.c:63)" to a NUL-terminated text, as far as it
 * is known and fits. Accepts NULL. Names may hold any byte.
 */
void symbols_append(struct symbols *s, uint64_t addr, char *text, size_t capacity);
