/* mvx-replay completion */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/describe.h"
#include "analysis/text.h"
#include "base/alloc.h"
#include "base/completion.h"
#include "replay/common.h"

static void list_commands(struct text *words)
{
	for (const struct command *c = commands; c->name; c++)
		text_printf(words, "%s%s", words->length ? " " : "", c->name);
}

/* "bash|zsh": the words themselves. */
static void list_alternatives(struct text *words, const char *arguments)
{
	for (; *arguments; arguments++)
		text_add_char(words, *arguments == '|' ? ' ' : *arguments);
}

/*
 * What a command takes, by the words that the table uses for it. Those whose
 * values are few come as text, to be freed when all is printed.
 */
static void describe_operands(struct cli_command *out, const char *arguments, struct text *words)
{
	if (strstr(arguments, "TRACE"))
		out->operand = CLI_TRACE;
	else if (strstr(arguments, "FILE"))
		out->operand = CLI_FILE;
	else if (strcmp(arguments, "[COMMAND]") == 0)
		list_commands(words);
	else if (strcmp(arguments, "[TABLE]") == 0)
		schema_list(words);
	else if (strchr(arguments, '|'))
		list_alternatives(words, arguments);
	if (words->length)
		out->words = text_get(words);
}

static void describe_command(struct cli_command *out, const struct command *command,
			     struct cli_option *options, struct text *words)
{
	*out = (struct cli_command){ .name = command->name,
				     .summary = command->summary,
				     .options = options };
	for (int id = 0; id < OPTION_COUNT; id++)
		if (command->options >> id & 1)
			options[out->n_options++] = option_defs[id];
	describe_operands(out, command->arguments, words);
}

static void print(enum completion_shell shell)
{
	static const struct cli_option before[] = {
		{ 'h', "help", NULL, "list the commands" },
		{ 'V', "version", NULL, "show the version" },
	};
	struct cli_program program = { .name = "mvx-replay" };
	struct cli_command *list;
	struct cli_option *options;
	struct text *words;

	while (commands[program.n_commands].name)
		program.n_commands++;
	list = alloc_zeroed(program.n_commands, sizeof(*list));
	words = alloc_zeroed(program.n_commands, sizeof(*words));
	options = alloc_zeroed(program.n_commands * OPTION_COUNT, sizeof(*options));
	for (size_t i = 0; i < program.n_commands; i++)
		describe_command(&list[i], &commands[i], options + i * OPTION_COUNT, &words[i]);
	program.commands = list;
	program.self = (struct cli_command){ .name = "",
					     .options = before,
					     .n_options = sizeof(before) / sizeof(before[0]),
					     .operand = CLI_TRACE };
	completion_print(stdout, shell, &program);
	for (size_t i = 0; i < program.n_commands; i++)
		text_finish(&words[i]);
	free(list);
	free(words);
	free(options);
}

int command_completion(const struct invocation *inv)
{
	const char *shell = inv->operands[0];

	if (strcmp(shell, "bash") == 0) {
		print(COMPLETION_BASH);
	} else if (strcmp(shell, "zsh") == 0) {
		print(COMPLETION_ZSH);
	} else {
		say("there is completion for bash and zsh, not for %s", shell);
		return EXIT_CANNOT;
	}
	return finish_answer(inv, NULL, EXIT_YES);
}
