/* Help, from the table of commands. */
#pragma once

#include <stdio.h>

#include "replay/command.h"

void help_overview(FILE *stream);
void help_command(FILE *stream, const struct command *command);
