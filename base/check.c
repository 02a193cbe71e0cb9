/* Ends the process when one of our own promises is broken. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static check_hook_fn *hook_fn;

void check_set_hook(check_hook_fn *hook)
{
	hook_fn = hook;
}

void check_failed(const char *file, int line, const char *expression)
{
	check_hook_fn *hook = hook_fn;

	fprintf(stderr, "mvx: internal error: %s:%d: %s does not hold\n", file, line, expression);
	hook_fn = NULL;
	if (hook)
		hook();
	abort();
}
