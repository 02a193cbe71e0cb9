/* Regular expressions of strangers: POSIX extended ones, as long as they stay small when compiled. */
#pragma once

#include <regex.h>

#include "base/error.h"

/*
 * regcomp(3) with REG_EXTENDED and more flags. What repeats repetitions grows
 * with each, in libc without bound: it is refused. -EINVAL and why, in a few
 * words; the caller frees *regex (regfree) after 0 only.
 */
int expression_compile(regex_t *regex, const char *pattern, int flags, struct error *err);
