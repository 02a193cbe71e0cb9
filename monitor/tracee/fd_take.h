/* Descriptors of a process as the monitor's own (pidfd_getfd(2)). */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* One for the same open file, close-on-exec, or -errno. The caller's. */
int fd_take(pid_t pid, int32_t fd);
