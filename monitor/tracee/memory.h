/* The memory of a stopped task. Addresses are uint64_t ..._addr, never pointers. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * One process's memory. mem_fd is /proc/PID/mem, opened only where the kernel
 * would later refuse process_vm_readv (after PR_SET_DUMPABLE(0)); -1 otherwise.
 */
struct memory {
	pid_t pid;
	int mem_fd;
};

/* Bytes read, from the start; fewer than length where the range ends in unmapped memory; or -errno. */
ssize_t memory_read_some(const struct memory *m, uint64_t addr, void *to, size_t length);

/* 0 when all of it was read, else -errno (-EFAULT for unmapped). */
int memory_read(const struct memory *m, uint64_t addr, void *to, size_t length);

/* 0 when all of it was written, else -errno. Ignores nothing: read-only pages fail. */
int memory_write(const struct memory *m, uint64_t addr, const void *from, size_t length);

/* Writes through page protections (ptrace's right), for the loader's own pages. */
int memory_write_forced(const struct memory *m, uint64_t addr, const void *from, size_t length);
