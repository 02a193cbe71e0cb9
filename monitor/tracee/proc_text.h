/* Texts that the kernel has on a task, below /proc (proc(5)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * /proc/TID/NAME, at most capacity - 1 bytes of it, and a NUL. False, and an
 * empty text, when it cannot be read: the task is gone.
 */
bool proc_text_read(pid_t tid, const char *name, char *text, size_t capacity);

/* Is it on a procfs? */
bool proc_text_is_there(const char *path);
/* ... and a file: those are regular, have no size, and their file system no device. */
bool proc_text_is_file(const char *path, const struct stat *st);

/* Signals that wait for a process, not for one of its threads: bit signo-1 (proc(5), ShdPnd). */
uint64_t proc_text_pending(pid_t pid);
