/*
 * Completion scripts for shells, from what a program says of its command line.
 * They stand alone: bash-completion need not be there.
 */
#pragma once

#include <stdio.h>

#include "base/cli.h"

enum completion_shell { COMPLETION_BASH, COMPLETION_ZSH };

void completion_print(FILE *out, enum completion_shell shell, const struct cli_program *program);
