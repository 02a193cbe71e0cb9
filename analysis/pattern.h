/* A pattern of bytes, whatever they are: fixed, in hex, or a POSIX extended regular expression. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* bytes of the longest match: what one has to keep of a buffer to find one that goes on in the next */
#define PATTERN_REACH_BYTES 4096

enum pattern_kind { PATTERN_FIXED, PATTERN_HEX, PATTERN_REGEX };

struct pattern;

/*
 * Fixed strings and regular expressions know C's escapes (\n, \x00, \0). In an
 * expression ^ and $ match at lines, and . anything but a newline. -EINVAL
 * with a sentence for what is none, is empty or longer than the reach.
 */
int pattern_create(struct pattern **out, const char *text, enum pattern_kind kind, bool ignore_case,
		   struct error *err);
/* Accepts NULL. */
void pattern_destroy(struct pattern *p);

/* Bytes a match may have: the pattern's own length, or the reach. */
size_t pattern_reach(const struct pattern *p);

/*
 * The first match that starts at or after `start`, none of them empty. With
 * length 0 in *found_length there is none. Constant memory: longer matches of
 * an expression than the reach may be cut to it.
 */
void pattern_find(struct pattern *p, const uint8_t *data, size_t length, size_t start,
		  size_t *found_at, size_t *found_length);
