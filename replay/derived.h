/*
 * A file made from a trace: it gets a temporary name beside its own, mode
 * 0600, and its own when it is whole. A signal that ends the program removes
 * what there is of it.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct derived {
	char *path;
	char *temporary; /* NULL when there is nothing to remove */
	int fd;          /* of the temporary file, open for writing */
	bool overwrite;
};

#define cleanup_derived __attribute__((cleanup(derived_finish)))

/*
 * -EEXIST when the file is there and may not be replaced; -EINVAL for what
 * never may be: no regular file, or the trace it is made from. derived_finish
 * releases d in any case. One at a time in a process.
 */
int derived_open(struct derived *d, const char *path, const char *trace_path, bool overwrite,
		 struct error *err);
/* To the disk, then to its name. */
int derived_commit(struct derived *d, struct error *err);
/* Closes, and removes what was not committed. Accepts a zeroed one. */
void derived_finish(struct derived *d);
