/*
 * Long text on a terminal goes through $MVX_PAGER, $PAGER or less, as git has
 * it. Whoever asks whether standard output is a terminal asks here.
 */
#pragma once

#include <stdbool.h>

#include "replay/command.h"

/* Starts one if the command's output is for eyes, and wanted there. Once in a process. */
void pager_start(const struct invocation *invocation);
/* Hands out what is left and waits until the reader has seen enough. */
void pager_finish(void);

/* Standard output is a terminal, or goes to one through a pager. */
bool output_is_terminal(void);
