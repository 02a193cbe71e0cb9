/* --preflight: does a program run as equal copies of itself, and if not, what makes them differ? */
#pragma once

#include <stdio.h>

#include "monitor/options.h"

/*
 * Runs the command line again and again without recording (argv is main's own,
 * --preflight in it), as it was given and then with less that differs between
 * the copies, and says to `out` where each run diverged first; once as a single
 * one, whose status the others must have. The program is really run each time;
 * its output is not shown. Returns an exit status of the monitor's: 0 when all
 * runs as given agreed, 120 when one diverged, else what the failing run ended
 * with.
 */
int preflight_run(const struct options *options, char **argv, FILE *out);
