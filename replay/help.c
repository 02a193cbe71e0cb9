/* Help; see help.h. */
#include "replay/help.h"

#include <string.h>

#include "analysis/saved.h"
#include "base/manual.h"
#include "replay/common.h"

static const char what_it_does[] = "mvx-replay reads what mvx-monitor recorded.";

static const struct {
	const char *status, *text;
} exit_statuses[] = {
	{ "0", "yes, the same, valid" }, { "1", "no, different, none" },
	{ "2", "could not do it" },      { "3", "answered, but the trace has a hole or no end" },
	{ "130", "interrupted" },
};
#define N_STATUSES (sizeof(exit_statuses) / sizeof(exit_statuses[0]))

void help_overview(FILE *stream)
{
	fprintf(stream,
		"%s\n\n"
		"usage: mvx-replay COMMAND [OPTIONS] TRACE ...\n"
		"       mvx-replay TRACE               the same as mvx-replay info TRACE\n\n",
		what_it_does);
	for (const struct command *c = commands; c->name; c++) {
		char left[80];
		int length = snprintf(left, sizeof(left), "%s %s", c->name, c->arguments);

		/* a long one has its summary on a line below */
		if (length > 28)
			fprintf(stream, "  %s\n  %-28s %s\n", left, "", c->summary);
		else
			fprintf(stream, "  %-28s %s\n", left, c->summary);
	}
	fputs("\nexit status:\n", stream);
	for (size_t i = 0; i < N_STATUSES; i++)
		fprintf(stream, "  %-4s %s\n", exit_statuses[i].status, exit_statuses[i].text);
	fputs("\nmvx-replay help COMMAND tells more.\n", stream);
}

static void put_lines(FILE *stream, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		fprintf(stream, "  %.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}

static void put_option(FILE *stream, const struct cli_option *option)
{
	char left[48];

	snprintf(left, sizeof(left), option->letter ? "-%c, --%s%s%s" : "%c   --%s%s%s",
		 option->letter ? option->letter : ' ', option->name, option->argument ? "=" : "",
		 option->argument ? option->argument : "");
	fprintf(stream, "  %-28s %s\n", left, option->text);
}

static void put_saved(FILE *stream)
{
	fputs("\nsaved queries:\n", stream);
	for (const struct saved_query *q = saved_queries; q->name; q++)
		fprintf(stream, "  %-28s %s\n", q->name, q->text);
}

void help_command(FILE *stream, const struct command *command)
{
	fprintf(stream, "mvx-replay %s: %s\n\nusage: mvx-replay %s [OPTIONS] %s\n", command->name,
		command->summary, command->name, command->arguments);
	fprintf(stream, "%s%s\noptions:\n", command->text[0] ? "\n" : "", command->text);
	for (int id = 0; id < OPTION_COUNT; id++)
		if (command->options >> id & 1)
			put_option(stream, &option_defs[id]);
	if (command->options >> OPTION_SAVED & 1)
		put_saved(stream);
	fputs("\nexamples:\n", stream);
	put_lines(stream, command->examples);
}

/* ---- manual pages ---- */

static void put_statuses(FILE *stream)
{
	manual_section(stream, "EXIT STATUS");
	for (size_t i = 0; i < N_STATUSES; i++)
		manual_item(stream, exit_statuses[i].status, exit_statuses[i].text);
}

static void put_overview_manual(FILE *stream)
{
	static const char *const pages[] = { "mvx-monitor(1)", "mvx-trace(5)", "mvx-schema(7)",
					     NULL };

	manual_begin(stream, "mvx-replay", 1, "read what mvx-monitor recorded");
	manual_section(stream, "SYNOPSIS");
	manual_synopsis(stream, "mvx-replay", "COMMAND [OPTIONS] TRACE ...");
	manual_synopsis(stream, "mvx-replay", "TRACE");
	manual_section(stream, "DESCRIPTION");
	manual_text(stream, what_it_does);
	manual_text(stream,
		    "A trace alone is shown as the command info shows it. Options may stand before "
		    "and after operands; -- ends them. Each command has a page of its own: "
		    "mvx-replay-show(1) and so on.\n\n"
		    "What was recorded may come from an attacker: control characters, bytes that "
		    "are not UTF-8 and marks that turn the direction of writing are escaped in "
		    "every form of output.");
	manual_section(stream, "COMMANDS");
	for (const struct command *c = commands; c->name; c++) {
		char term[128];

		snprintf(term, sizeof(term), "%s %s", c->name, c->arguments);
		manual_item(stream, term, c->summary);
	}
	put_statuses(stream);
	manual_section(stream, "ENVIRONMENT");
	manual_item(
		stream, "MVX_PAGER, PAGER",
		"through which text goes to a terminal (show, diff, query, schema, help); the "
		"first that is set, else less, with LESS=FRX when that is not set; empty or cat "
		"for none");
	manual_item(stream, "NO_COLOR",
		    "when set and not empty, nothing is coloured unless "
		    "--color=always asks for it");
	manual_item(stream, "TERM", "with dumb, nothing is coloured or paged either");
	manual_see_also(stream, pages);
}

static void put_command_manual(FILE *stream, const struct command *command)
{
	static const char *const pages[] = { "mvx-replay(1)", "mvx-trace(5)", "mvx-schema(7)",
					     NULL };
	char name[64], rest[128];

	snprintf(name, sizeof(name), "mvx-replay-%s", command->name);
	snprintf(rest, sizeof(rest), "%s [OPTIONS] %s", command->name, command->arguments);
	manual_begin(stream, name, 1, command->summary);
	manual_section(stream, "SYNOPSIS");
	manual_synopsis(stream, "mvx-replay", rest);
	if (command->text[0]) {
		manual_section(stream, "DESCRIPTION");
		manual_text(stream, command->text);
	}
	manual_section(stream, "OPTIONS");
	for (int id = 0; id < OPTION_COUNT; id++)
		if (command->options >> id & 1)
			manual_options(stream, &option_defs[id], 1);
	if (command->options >> OPTION_SAVED & 1) {
		manual_section(stream, "SAVED QUERIES");
		for (const struct saved_query *q = saved_queries; q->name; q++)
			manual_item(stream, q->name, q->text);
	}
	put_statuses(stream);
	manual_section(stream, "EXAMPLES");
	manual_lines(stream, command->examples);
	manual_see_also(stream, pages);
}

void help_manual(FILE *stream, const struct command *command)
{
	if (command)
		put_command_manual(stream, command);
	else
		put_overview_manual(stream);
}

int command_help(const struct invocation *inv)
{
	const struct command *command = NULL;

	if (inv->n_operands && !(command = command_find(inv->operands[0]))) {
		say("there is no command %s; mvx-replay help lists them", inv->operands[0]);
		return EXIT_CANNOT;
	}
	if (has_option(inv, OPTION_MAN))
		help_manual(stdout, command);
	else if (command)
		help_command(stdout, command);
	else
		help_overview(stdout);
	return finish_answer(inv, NULL, EXIT_YES);
}
