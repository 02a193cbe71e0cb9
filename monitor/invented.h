/*
 * Names that a program invents. mktemp(1), mkstemp(3) and others first try a
 * name made from the clock and an address; it differs between layouts although
 * nothing is wrong. Such a call creates exclusively and has an answer for
 * "somebody has that name already": EEXIST, upon which the program asks
 * getrandom for the next name, which is the same in all variants.
 */
#pragma once

#include "monitor/compare.h"

/* tries in a row that are answered so; more is a divergence */
#define INVENTED_TRIES 4

/*
 * Do the variants stand at the same exclusive creation, and differ in nothing
 * but a run of letters and digits, six or more, in the last component of its path?
 */
bool names_are_invented(const struct rendezvous *r, unsigned n_variants);
