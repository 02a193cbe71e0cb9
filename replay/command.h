/*
 * The commands of mvx-replay and their options, as one table: parsing, help,
 * manual pages and completions all come from it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cli.h"
#include "base/error.h"

/* Exit statuses, the same for every command. */
enum exit_status {
	EXIT_YES = 0, /* yes, same, valid */
	EXIT_NO = 1,  /* no, differs, none */
	EXIT_CANNOT = 2,
	EXIT_GAP = 3, /* answered, but the trace has a hole */
};

enum option_id {
	OPTION_FORMAT,
	OPTION_COLOR,
	OPTION_BYTES,
	OPTION_ALLOW_INCOMPLETE,
	OPTION_HELP,
	OPTION_AFTER,
	OPTION_BEFORE,
	OPTION_CONTEXT,
	OPTION_EXPRESSION,
	OPTION_FAILED,
	OPTION_PATH,
	OPTION_STRING_BYTES,
	OPTION_SUCCESSFUL,
	OPTION_VARIANTS,
	OPTION_EXPECT_EMPTY,
	OPTION_EXPECT_ROWS,
	OPTION_TIMEOUT,
	OPTION_OUTPUT,
	OPTION_FORCE,
	OPTION_NO_INDEX,
	OPTION_HASH,
	OPTION_SALVAGE,
	OPTION_MAN,
	OPTION_SAVED,
	OPTION_TO,
	OPTION_TABLE,
	OPTION_ASCII,
	OPTION_BY,
	OPTION_SORT,
	OPTION_REGEX,
	OPTION_IGNORE_CASE,
	OPTION_HEX,
	OPTION_COUNT_ONLY,
	OPTION_LIST,
	OPTION_QUIET,
	OPTION_WHERE,
	OPTION_EXPLAIN,
	OPTION_SIDE,
	OPTION_HISTORY,
	OPTION_LEAST,
	OPTION_DIRECTION,
	OPTION_LEVEL,
	OPTION_CANON,
	OPTION_GOLDEN,
	OPTION_UPDATE,
	OPTION_ACCEPT,
	OPTION_CI,
	OPTION_REPORT,
	OPTION_RULES,
	OPTION_PAYLOAD,
	OPTION_PATHS,
	OPTION_KEEP,
	OPTION_STRINGS,
	OPTION_KEY,
	OPTION_FOLLOW,
	OPTION_NO_PAGER,
	OPTION_COUNT
};

struct invocation;

struct command {
	const char *name;
	const char *arguments; /* "TRACE [POSITION...]" */
	const char *summary;   /* one line */
	const char *text;      /* paragraphs, ended by a newline each */
	const char *examples;  /* one a line */
	uint64_t options;      /* mask of 1 << enum option_id */
	size_t least, most;    /* operands */
	int (*run)(const struct invocation *invocation);
};

struct option_use {
	enum option_id id;
	const char *value; /* NULL when it takes none */
};

struct invocation {
	const struct command *command;
	struct option_use *uses; /* owned, in order */
	size_t n_uses;
	const char **operands; /* owned */
	size_t n_operands;
};

extern const struct cli_option option_defs[OPTION_COUNT];
extern const struct command commands[]; /* ended by a NULL name */

const struct command *command_find(const char *name);

/* Options may stand anywhere before "--". -EINVAL with a sentence for what is not one. */
int invocation_parse(struct invocation *out, const struct command *command, int argc, char **argv,
		     struct error *err);
void invocation_finish(struct invocation *invocation);

bool has_option(const struct invocation *invocation, enum option_id id);
/* The last value given, or NULL. */
const char *option_value(const struct invocation *invocation, enum option_id id);
/* A decimal number up to `most`; `otherwise` when it was not given. */
int option_number(const struct invocation *invocation, enum option_id id, unsigned long most,
		  unsigned long otherwise, unsigned long *out, struct error *err);
/* The number of the value among `names`; `otherwise` when it was not given, or -EINVAL. */
int option_choice(const struct invocation *invocation, enum option_id id, const char *const *names,
		  size_t count, int otherwise, struct error *err);

int command_info(const struct invocation *invocation);
int command_show(const struct invocation *invocation);
int command_grep(const struct invocation *invocation);
int command_stream(const struct invocation *invocation);
int command_strings(const struct invocation *invocation);
int command_summary(const struct invocation *invocation);
int command_check(const struct invocation *invocation);
int command_diff(const struct invocation *invocation);
int command_query(const struct invocation *invocation);
int command_shell(const struct invocation *invocation);
int command_verify(const struct invocation *invocation);
int command_repair(const struct invocation *invocation);
int command_slice(const struct invocation *invocation);
int command_redact(const struct invocation *invocation);
int command_load(const struct invocation *invocation);
int command_export(const struct invocation *invocation);
int command_timeline(const struct invocation *invocation);
int command_report(const struct invocation *invocation);
int command_schema(const struct invocation *invocation);
int command_completion(const struct invocation *invocation);
int command_help(const struct invocation *invocation);
