/* One variant's command: the words of PROGRAM, or of --variant split as a shell would. */
#pragma once

#include "base/error.h"

/* Ends what is said of a wrong command line. */
#define SEE_HELP "; see mvx-monitor --help"

struct option_command {
	char **argv; /* owned, NULL-terminated; argv[0] is the program as it was named */
	int argc;
};

/*
 * Splits a command as a shell would: blanks, '...', "..." and backslash, but
 * no variables, globs or operators. On success command->argv is the caller's
 * (option_command_finish). Returns 0 or -EINVAL.
 */
int option_command_split(struct option_command *command, const char *text, struct error *err);
void option_command_finish(struct option_command *command);
