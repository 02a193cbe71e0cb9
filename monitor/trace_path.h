/* Where a trace goes when nobody says it. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/*
 * Where a trace goes without -o: PROGRAM-YYYYmmdd-HHMMSS-PID.mvx.zst in
 * $MVX_TRACE_DIR, else $XDG_STATE_HOME/mvx, else ~/.local/state/mvx. Folders
 * that are missing are created, mode 0700; the file is not. Returns 0 or
 * -errno; `capacity` is in bytes, LIMIT_PATH_BYTES always suffices.
 */
int trace_path_default(char *path, size_t capacity, const char *program, struct error *err);
