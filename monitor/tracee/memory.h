/* The memory of a stopped task. Addresses are uint64_t ..._addr, never pointers. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes read, from the start; fewer than length where the range ends in unmapped memory; or -errno. */
ssize_t memory_read_some(pid_t pid, uint64_t addr, void *to, size_t length);

/* 0 when all of it was read, else -errno (-EFAULT for unmapped). */
int memory_read(pid_t pid, uint64_t addr, void *to, size_t length);

/* 0 when all of it was written, else -errno. Ignores nothing: read-only pages fail. */
int memory_write(pid_t pid, uint64_t addr, const void *from, size_t length);
