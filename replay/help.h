/* Help and manual pages, from the table of commands. */
#pragma once

#include <stdio.h>

#include "replay/command.h"

void help_overview(FILE *stream);
void help_command(FILE *stream, const struct command *command);
/* The page mvx-replay(1), or with a command its own. */
void help_manual(FILE *stream, const struct command *command);
