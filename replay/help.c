/* Help; see help.h. */
#include "replay/help.h"

#include <string.h>

#include "replay/common.h"

void help_overview(FILE *stream)
{
	fputs("mvx-replay reads what mvx-monitor recorded.\n\n"
	      "usage: mvx-replay COMMAND [OPTIONS] TRACE ...\n"
	      "       mvx-replay TRACE               the same as mvx-replay info TRACE\n\n",
	      stream);
	for (const struct command *c = commands; c->name; c++) {
		char left[80];
		int length = snprintf(left, sizeof(left), "%s %s", c->name, c->arguments);

		/* a long one has its summary on a line below */
		if (length > 28)
			fprintf(stream, "  %s\n  %-28s %s\n", left, "", c->summary);
		else
			fprintf(stream, "  %-28s %s\n", left, c->summary);
	}
	fputs("\nExit status: 0 yes, the same, valid; 1 no, different, none; 2 could not do it;\n"
	      "3 answered, but the trace has a hole or no end.\n"
	      "mvx-replay help COMMAND tells more.\n",
	      stream);
}

static void put_lines(FILE *stream, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		fprintf(stream, "  %.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}

static void put_option(FILE *stream, const struct option_def *option)
{
	char left[48];

	snprintf(left, sizeof(left), option->letter ? "-%c, --%s%s%s" : "%c   --%s%s%s",
		 option->letter ? option->letter : ' ', option->name, option->argument ? "=" : "",
		 option->argument ? option->argument : "");
	fprintf(stream, "  %-28s %s\n", left, option->text);
}

void help_command(FILE *stream, const struct command *command)
{
	fprintf(stream, "mvx-replay %s: %s\n\nusage: mvx-replay %s [OPTIONS] %s\n", command->name,
		command->summary, command->name, command->arguments);
	fprintf(stream, "%s%s\noptions:\n", command->text[0] ? "\n" : "", command->text);
	for (int id = 0; id < OPTION_COUNT; id++)
		if (command->options >> id & 1)
			put_option(stream, &option_defs[id]);
	fputs("\nexamples:\n", stream);
	put_lines(stream, command->examples);
}

int command_help(const struct invocation *inv)
{
	const struct command *command;

	if (!inv->n_operands) {
		help_overview(stdout);
		return finish_answer(inv, NULL, EXIT_YES);
	}
	command = command_find(inv->operands[0]);
	if (!command) {
		say("there is no command %s; mvx-replay help lists them", inv->operands[0]);
		return EXIT_CANNOT;
	}
	help_command(stdout, command);
	return finish_answer(inv, NULL, EXIT_YES);
}
