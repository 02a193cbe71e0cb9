/* Programs of the 32-bit ABIs, which the kernel would execute by itself and no variant can be. */
#pragma once

#include "monitor/call.h"

/*
 * Is what execve or execveat is to execute such a program, or a script that one interprets?
 * False as well where we do not find or may not read or execute it.
 */
bool foreign_is_executed(const struct call *c);
