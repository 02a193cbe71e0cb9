/*
 * Files below /proc/PID that a leader's view of must never reach a follower,
 * or that would show the monitor: their content is made by the monitor.
 */
#pragma once

#include <sys/stat.h>

#include "monitor/call.h"

struct open_file;

/*
 * The leader has opened `fd_path` (/proc/PID/fd/N, st is its stat): the object
 * for it if the file is one of these (FD_SYNTHETIC or FD_PRIVATE), else NULL.
 */
struct open_file *synthetic_open(struct call *c, const char *fd_path, const struct stat *st);

/* Does the process that the file is about run, as far as we have seen? */
bool synthetic_has_process(const struct call *c, const struct open_file *file);
/* Makes the text anew, as the kernel does when such a file is read from its start. */
void synthetic_fill(struct call *c, struct open_file *file);
