/* A command line taken apart by the table in command.c. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "replay/command.h"

static bool option_allowed(const struct command *command, int id)
{
	return command->options >> id & 1;
}

static int find_long(const struct command *command, const char *name, size_t length)
{
	for (int id = 0; id < OPTION_COUNT; id++)
		if (option_allowed(command, id) && strlen(option_defs[id].name) == length &&
		    strncmp(option_defs[id].name, name, length) == 0)
			return id;
	return -1;
}

static int find_letter(const struct command *command, char letter)
{
	for (int id = 0; id < OPTION_COUNT; id++)
		if (option_allowed(command, id) && option_defs[id].letter == letter)
			return id;
	return -1;
}

static void add_use(struct invocation *inv, int id, const char *value)
{
	inv->uses[inv->n_uses++] = (struct option_use){ .id = (enum option_id)id, .value = value };
}

/* --name, --name=VALUE, --name VALUE. Returns the words taken, or -errno. */
static int parse_long(struct invocation *inv, int left, char **words, struct error *err)
{
	const char *name = words[0] + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	int id = find_long(inv->command, name, length);

	if (id < 0)
		return error_set(err, -EINVAL, "%s has no option --%.*s", inv->command->name,
				 (int)length, name);
	if (!option_defs[id].argument) {
		if (equals)
			return error_set(err, -EINVAL, "--%s takes no value", option_defs[id].name);
		add_use(inv, id, NULL);
		return 1;
	}
	if (equals) {
		add_use(inv, id, equals + 1);
		return 1;
	}
	if (left < 2)
		return error_set(err, -EINVAL, "--%s needs a %s", option_defs[id].name,
				 option_defs[id].argument);
	add_use(inv, id, words[1]);
	return 2;
}

/* -x, -xyz, -xVALUE, -x VALUE. Returns the words taken, or -errno. */
static int parse_short(struct invocation *inv, int left, char **words, struct error *err)
{
	for (const char *at = words[0] + 1; *at; at++) {
		int id = find_letter(inv->command, *at);

		if (id < 0)
			return error_set(err, -EINVAL, "%s has no option -%c", inv->command->name,
					 *at);
		if (!option_defs[id].argument) {
			add_use(inv, id, NULL);
			continue;
		}
		if (at[1]) {
			add_use(inv, id, at + 1);
			return 1;
		}
		if (left < 2)
			return error_set(err, -EINVAL, "-%c needs a %s", *at,
					 option_defs[id].argument);
		add_use(inv, id, words[1]);
		return 2;
	}
	return 1;
}

static int check_operands(const struct invocation *inv, struct error *err)
{
	if (has_option(inv, OPTION_HELP))
		return 0;
	if (inv->n_operands < inv->command->least)
		return error_set(err, -EINVAL, "%s needs %s", inv->command->name,
				 inv->command->arguments);
	if (inv->n_operands > inv->command->most)
		return error_set(err, -EINVAL, "%s takes %s, not also %s", inv->command->name,
				 inv->command->arguments, inv->operands[inv->command->most]);
	return 0;
}

int invocation_parse(struct invocation *out, const struct command *command, int argc, char **argv,
		     struct error *err)
{
	size_t letters = 0;
	int i = 0;

	for (int word = 0; word < argc; word++)
		letters += strlen(argv[word]) + 1;
	*out = (struct invocation){ .command = command };
	out->uses = alloc_zeroed(letters, sizeof(*out->uses));
	out->operands = alloc_zeroed((size_t)argc, sizeof(*out->operands));
	while (i < argc) {
		int taken = 1;

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strncmp(argv[i], "--", 2) == 0)
			taken = parse_long(out, argc - i, argv + i, err);
		else if (argv[i][0] == '-' && argv[i][1])
			taken = parse_short(out, argc - i, argv + i, err);
		else
			out->operands[out->n_operands++] = argv[i];
		if (taken < 0)
			return taken;
		i += taken;
	}
	while (i < argc)
		out->operands[out->n_operands++] = argv[i++];
	return check_operands(out, err);
}

void invocation_finish(struct invocation *inv)
{
	free(inv->uses);
	free(inv->operands);
	*inv = (struct invocation){ 0 };
}

bool has_option(const struct invocation *inv, enum option_id id)
{
	for (size_t i = 0; i < inv->n_uses; i++)
		if (inv->uses[i].id == id)
			return true;
	return false;
}

const char *option_value(const struct invocation *inv, enum option_id id)
{
	const char *value = NULL;

	for (size_t i = 0; i < inv->n_uses; i++)
		if (inv->uses[i].id == id)
			value = inv->uses[i].value;
	return value;
}

int option_number(const struct invocation *inv, enum option_id id, unsigned long most,
		  unsigned long otherwise, unsigned long *out, struct error *err)
{
	const char *value = option_value(inv, id);
	char *end;

	*out = otherwise;
	if (!value)
		return 0;
	errno = 0;
	*out = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end || errno || *out > most)
		return error_set(err, -EINVAL, "--%s: %s is no number from 0 to %lu",
				 option_defs[id].name, value, most);
	return 0;
}

int option_choice(const struct invocation *inv, enum option_id id, const char *const *names,
		  size_t count, int otherwise, struct error *err)
{
	const char *value = option_value(inv, id);
	char list[128] = "";
	size_t length = 0;

	if (!value)
		return otherwise;
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], value) == 0)
			return (int)i;
	for (size_t i = 0; i < count && length < sizeof(list); i++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   i == 0         ? "" :
					   i + 1 == count ? " or " :
							    ", ",
					   names[i]);
	return error_set(err, -EINVAL, "--%s: %s, not %s", option_defs[id].name, list, value);
}
