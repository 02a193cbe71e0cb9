/* Quotes and backslashes as in sh; nothing else of a shell. */
#include "monitor/option_command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"

struct splitter {
	const char *at; /* next character of the text */
	char *word;     /* the word being built: as long as the whole text */
	size_t length;
	bool in_word; /* '' is a word, though an empty one */
};

/* Everything up to the closing quote; false when there is none. */
static bool split_quoted(struct splitter *s, char quote)
{
	s->in_word = true;
	while (*s->at && *s->at != quote) {
		/* As in sh: between double quotes, a backslash only escapes what is special there. */
		if (quote == '"' && *s->at == '\\' && s->at[1] && strchr("\"\\$`", s->at[1]))
			s->at++;
		s->word[s->length++] = *s->at++;
	}
	return *s->at++ == quote;
}

static int split_word(struct splitter *s, struct error *err)
{
	s->length = 0;
	s->in_word = false;
	s->at += strspn(s->at, " \t\n");
	while (*s->at && !strchr(" \t\n", *s->at)) {
		char c = *s->at++;

		s->in_word = true;
		if (c == '\'' || c == '"') {
			if (!split_quoted(s, c))
				return error_set(err, -EINVAL,
						 "the quote %c is not closed" SEE_HELP, c);
			continue;
		}
		if (c == '\\') {
			if (!*s->at)
				return error_set(err, -EINVAL,
						 "nothing follows the last backslash" SEE_HELP);
			c = *s->at++;
		}
		s->word[s->length++] = c;
	}
	s->word[s->length] = '\0';
	return 0;
}

int option_command_split(struct option_command *command, const char *text, struct error *err)
{
	char *word = alloc_zeroed(strlen(text) + 1, 1);
	struct splitter s = { .at = text, .word = word };
	size_t capacity = 0;
	int result;

	*command = (struct option_command){ 0 };
	while ((result = split_word(&s, err)) == 0 && s.in_word) {
		if (command->argc == LIMIT_EXEC_STRINGS) {
			result = error_set(err, -EINVAL, "over %d words" SEE_HELP,
					   LIMIT_EXEC_STRINGS);
			break;
		}
		alloc_grow(&command->argv, &capacity, (size_t)command->argc + 2);
		command->argv[command->argc++] = alloc_string(word);
	}
	if (!result && (!command->argc || !command->argv[0][0]))
		result = error_set(err, -EINVAL, "no program to run is named" SEE_HELP);
	if (result)
		option_command_finish(command);
	free(word);
	return result;
}

void option_command_finish(struct option_command *command)
{
	if (!command || !command->argv)
		return;
	for (int i = 0; i < command->argc; i++)
		free(command->argv[i]);
	free(command->argv);
	*command = (struct option_command){ 0 };
}
