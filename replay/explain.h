/* --explain, of every command that takes positions and filters. */
#pragma once

#include "replay/command.h"

/* Prints the SQL they become; the exit status. */
int explain(const struct invocation *invocation);
