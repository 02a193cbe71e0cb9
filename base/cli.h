/*
 * What a program says of its command line: its own tables in a form that
 * manual pages (base/manual.h) and completions (base/completion.h) are made of.
 */
#pragma once

#include <stddef.h>

struct cli_option {
	char letter;          /* 0 for none */
	const char *name;     /* without the dashes; NULL: only a letter */
	const char *argument; /* NULL when it takes none; FILE, PATH and DIR are completed as such */
	const char *text;     /* one line; ends without a full stop */
	const char *values; /* a fixed set, a blank between; one ending in = or : goes on; or NULL */
	const char *group;  /* title of those it belongs to, or NULL */
};

/* What the words that are no options are. */
enum cli_operand {
	CLI_NOTHING = 0, /* nothing, or only `words` */
	CLI_FILE,
	CLI_TRACE,  /* a file, one with .mvx in its name before others */
	CLI_PROGRAM /* a command line of its own, to which all further options belong */
};

struct cli_command {
	const char *name;    /* "" for the program itself, before or without a command */
	const char *summary; /* one line */
	const struct cli_option *options;
	size_t n_options;
	enum cli_operand operand;
	const char *words; /* operands of a fixed set, a blank between, or NULL */
};

struct cli_program {
	const char *name;
	struct cli_command self;
	const struct cli_command *commands;
	size_t n_commands; /* 0: it has none */
};
