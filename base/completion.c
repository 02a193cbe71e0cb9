/*
 * Completion scripts; see completion.h. What is the same for every program
 * stands here as text, with ~ for its name; what comes from the program is one
 * case for each of its commands.
 */
#include "base/completion.h"

#include <stdbool.h>
#include <string.h>

/* The name as part of a shell function's: mvx_replay. */
static void put_template(FILE *out, const char *text, const char *name)
{
	for (; *text; text++) {
		if (*text != '~') {
			fputc(*text, out);
			continue;
		}
		for (const char *at = name; *at; at++)
			fputc(*at == '-' ? '_' : *at, out);
	}
}

/* Text between single quotes, as both shells read it. */
static void put_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
}

static void put_command_names(FILE *out, const struct cli_program *program)
{
	for (size_t i = 0; i < program->n_commands; i++)
		fprintf(out, "%s%s", i ? " " : "", program->commands[i].name);
}

static bool is_file(const struct cli_option *option)
{
	return option->argument &&
	       (strcmp(option->argument, "FILE") == 0 || strcmp(option->argument, "PATH") == 0);
}

static bool is_folder(const struct cli_option *option)
{
	return option->argument && strcmp(option->argument, "DIR") == 0;
}

/* ---- bash ---- */

static const char bash_head[] =
	"# What ~ takes: after command $1; and with $2, an option, what that takes.\n"
	"_~_table()\n"
	"{\n"
	"	case $1 in\n";

static const char bash_tail[] =
	"	esac\n"
	"}\n"
	"\n"
	"# Appends the files that match $cur: `kind` says which.\n"
	"_~_files()\n"
	"{\n"
	"	case $kind in\n"
	"	file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"	dir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"	program)\n"
	"		if [[ $cur == */* ]]; then\n"
	"			mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"		else\n"
	"			mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	"		fi\n"
	"		;;\n"
	"	trace)\n"
	"		mapfile -t COMPREPLY < <(compgen -f -X '!*.mvx*' -- \"$cur\"\n"
	"			compgen -d -- \"$cur\")\n"
	"		if ((!${#COMPREPLY[@]})); then\n"
	"			mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"		fi\n"
	"		;;\n"
	"	esac\n"
	"	if ((${#COMPREPLY[@]})); then\n"
	"		compopt -o filenames 2>/dev/null\n"
	"	fi\n"
	"}\n"
	"\n"
	"# bash replaces only what comes after the last = or :, $1 is the whole word.\n"
	"_~_cut()\n"
	"{\n"
	"	local whole=$1 before c\n"
	"\n"
	"	for c in = :; do\n"
	"		if [[ $COMP_WORDBREAKS == *$c* && $whole == *$c* ]]; then\n"
	"			before=${whole%\"${whole##*$c}\"}\n"
	"			COMPREPLY=(\"${COMPREPLY[@]#\"$before\"}\")\n"
	"			whole=${whole#\"$before\"}\n"
	"		fi\n"
	"	done\n"
	"	if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=:] ]]; then\n"
	"		compopt -o nospace 2>/dev/null\n"
	"	fi\n"
	"}\n"
	"\n"
	"_~()\n"
	"{\n"
	"	local cur command= option= head= options= valued= operands= kind= values= ended= i=0 n\n"
	"	local -a line=() at=()\n"
	"\n"
	"	COMPREPLY=()\n"
	"	# bash takes words apart at = and :, the program does not\n"
	"	for ((n = 1; n <= COMP_CWORD; n++)); do\n"
	"		if ((${#line[@]})) && [[ ${COMP_WORDS[n]} == [=:]* || ${COMP_WORDS[n - 1]} == [=:]* ]]; then\n"
	"			line[${#line[@]} - 1]+=${COMP_WORDS[n]}\n"
	"		else\n"
	"			line+=(\"${COMP_WORDS[n]}\")\n"
	"			at+=($n)\n"
	"		fi\n"
	"	done\n"
	"	n=$((${#line[@]} - 1))\n"
	"	cur=${line[n]}\n"
	"	_~_table '' ''\n"
	"	if [[ $commands ]] && ((n)); then\n"
	"		command=${line[0]} i=1\n"
	"		_~_table \"$command\" ''\n"
	"	fi\n"
	"	for (( ; i < n; i++)); do\n"
	"		if [[ $ended || ${line[i]} != -?* ]]; then\n"
	"			if [[ $kind == program ]]; then\n"
	"				if declare -F _command_offset >/dev/null; then\n"
	"					_command_offset \"${at[i]}\"\n"
	"				else\n"
	"					kind=file\n"
	"					_~_files\n"
	"				fi\n"
	"				return\n"
	"			fi\n"
	"		elif [[ ${line[i]} == -- ]]; then\n"
	"			ended=1\n"
	"		elif [[ \" $valued \" == *\" ${line[i]} \"* ]] && ((++i == n)); then\n"
	"			option=${line[n - 1]}\n"
	"		fi\n"
	"	done\n"
	"	if [[ ! $option && ! $ended && $cur == --*=* ]]; then\n"
	"		option=${cur%%=*}\n"
	"		head=$option=\n"
	"		cur=${cur#*=}\n"
	"	fi\n"
	"	if [[ $option ]]; then\n"
	"		_~_table \"$command\" \"$option\"\n"
	"	elif [[ ! $ended && $cur == -* ]]; then\n"
	"		values=$options kind=\n"
	"	else\n"
	"		values=$operands\n"
	"	fi\n"
	"	_~_files\n"
	"	mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W \"$values\" -- \"$cur\")\n"
	"	COMPREPLY=(\"${COMPREPLY[@]/#/$head}\")\n"
	"	_~_cut \"$head$cur\"\n"
	"}\n"
	"\n";

static const char *const bash_kinds[] = {
	[CLI_NOTHING] = "", [CLI_FILE] = "file", [CLI_TRACE] = "trace", [CLI_PROGRAM] = "program"
};

/* The case for one option's value; nothing for one that takes anything, or none. */
static void put_bash_values(FILE *out, const struct cli_option *option)
{
	const char *kind = is_file(option) ? "file" : is_folder(option) ? "dir" : "";

	if (!option->argument || (!option->values && !kind[0]))
		return;
	fputs("		", out);
	if (option->letter)
		fprintf(out, "-%c%s", option->letter, option->name ? " | " : "");
	if (option->name)
		fprintf(out, "--%s", option->name);
	fprintf(out, ") kind=%s values='", kind);
	put_quoted(out, option->values ? option->values : "");
	fputs("' ;;\n", out);
}

static void put_bash_options(FILE *out, const struct cli_command *command, bool valued_only)
{
	const char *mark = valued_only ? "" : "=";

	for (size_t i = 0; i < command->n_options; i++) {
		const struct cli_option *option = &command->options[i];

		if (valued_only && !option->argument)
			continue;
		if (option->letter)
			fprintf(out, " -%c", option->letter);
		if (option->name)
			fprintf(out, " --%s%s", option->name, option->argument ? mark : "");
	}
}

static void put_bash_command(FILE *out, const struct cli_command *command,
			     const struct cli_program *program)
{
	bool is_self = command == &program->self;

	fprintf(out, "	'%s')\n", command->name);
	if (is_self) {
		fputs("		commands='", out);
		put_command_names(out, program);
		fputs("'\n", out);
	}
	fputs("		options='", out);
	put_bash_options(out, command, false);
	fputs("'\n		valued='", out);
	put_bash_options(out, command, true);
	fprintf(out, "'\n		kind=%s operands=", bash_kinds[command->operand]);
	if (is_self && program->n_commands)
		fputs("$commands", out);
	else if (command->words)
		fprintf(out, "'%s'", command->words);
	fputs("\n		case $2 in\n", out);
	for (size_t i = 0; i < command->n_options; i++)
		put_bash_values(out, &command->options[i]);
	fputs("		?*) kind= values= ;;\n		esac\n		;;\n", out);
}

static void print_bash(FILE *out, const struct cli_program *program)
{
	fprintf(out, "# bash completion for %s, written by the program itself\n\n", program->name);
	put_template(out, bash_head, program->name);
	put_bash_command(out, &program->self, program);
	for (size_t i = 0; i < program->n_commands; i++)
		put_bash_command(out, &program->commands[i], program);
	fputs("	*) options= valued= operands= kind= values= ;;\n", out);
	put_template(out, bash_tail, program->name);
	put_template(out, "complete -F _~ ", program->name);
	fprintf(out, "%s\n", program->name);
}

/* ---- zsh ---- */

static const char *const zsh_operands[] = {
	[CLI_NOTHING] = NULL,
	[CLI_FILE] = "			'*:file:_files'",
	[CLI_TRACE] = "			'*:trace:_files -g \"*.mvx*\"'",
	[CLI_PROGRAM] =
		"			'(-):program: _command_names -e' '*::argument: _normal'",
};

/* Within a specification of _arguments: brackets and colons mean something there. */
static void put_zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		char one[2] = { *text, '\0' };

		if (strchr("[]:\\", *text))
			fputc('\\', out);
		put_quoted(out, one);
	}
}

/* Words that go on get no blank behind them. */
static void put_zsh_words(FILE *out, const char *words)
{
	bool go_on = strpbrk(words, "=:");

	fputs(go_on ? "{compadd -S \"\" -- " : "(", out);
	put_zsh_text(out, words);
	fputs(go_on ? "}" : ")", out);
}

static void put_zsh_argument(FILE *out, const struct cli_option *option)
{
	fputc(':', out);
	put_zsh_text(out, option->argument);
	fputc(':', out);
	if (option->values)
		put_zsh_words(out, option->values);
	else if (is_file(option))
		fputs("_files", out);
	else if (is_folder(option))
		fputs("_files -/", out);
	else
		fputc(' ', out);
}

static void put_zsh_option(FILE *out, const struct cli_option *option)
{
	char letter[] = { option->letter, '\0' };
	const char *const forms[] = { option->letter ? letter : NULL, option->name };

	for (size_t form = 0; form < 2; form++) {
		if (!forms[form])
			continue;
		fprintf(out, "			'*%s%s", form ? "--" : "-", forms[form]);
		if (option->argument)
			fputc(form ? '=' : '+', out);
		fputc('[', out);
		put_zsh_text(out, option->text);
		fputc(']', out);
		if (option->argument)
			put_zsh_argument(out, option);
		fputs("' \\\n", out);
	}
}

static void put_zsh_command(FILE *out, const struct cli_command *command)
{
	fprintf(out, "	'%s')\n		_arguments -s -S%s : \\\n", command->name,
		command->operand == CLI_PROGRAM ? " -A \"-*\"" : "");
	for (size_t i = 0; i < command->n_options; i++)
		put_zsh_option(out, &command->options[i]);
	if (command->words) {
		fputs("			'*:word:", out);
		put_zsh_words(out, command->words);
		fputs("'\n", out);
	} else if (zsh_operands[command->operand]) {
		fprintf(out, "%s\n", zsh_operands[command->operand]);
	} else {
		fputs("			&& return\n", out);
	}
	fputs("		;;\n", out);
}

/* The choice of a command: the first word. */
static void put_zsh_commands(FILE *out, const struct cli_program *program)
{
	fputs("	if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
	      "		names=(\n",
	      out);
	for (size_t i = 0; i < program->n_commands; i++) {
		fprintf(out, "			'%s:", program->commands[i].name);
		put_quoted(out, program->commands[i].summary);
		fputs("'\n", out);
	}
	fputs("		)\n"
	      "		_describe -t commands command names\n"
	      "		_files -g '*.mvx*'\n"
	      "		return\n"
	      "	fi\n"
	      "	if (( CURRENT > 2 )); then\n"
	      "		command=$words[2]\n"
	      "		shift words\n"
	      "		(( CURRENT-- ))\n"
	      "	fi\n",
	      out);
}

static void print_zsh(FILE *out, const struct cli_program *program)
{
	fprintf(out, "#compdef %s\n# written by the program itself\n\n", program->name);
	put_template(out,
		     "_~()\n{\n	local curcontext=$curcontext command=\n	local -a names\n	"
		     "typeset -A opt_args\n\n",
		     program->name);
	if (program->n_commands)
		put_zsh_commands(out, program);
	fputs("	case $command in\n", out);
	put_zsh_command(out, &program->self);
	for (size_t i = 0; i < program->n_commands; i++)
		put_zsh_command(out, &program->commands[i]);
	put_template(out,
		     "	*) _files ;;\n	esac\n}\n\n"
		     "# Loaded by name, this file is the function; sourced, it only tells of it.\n"
		     "if [[ $funcstack[1] == _~ || $funcstack[1] == _",
		     program->name);
	fprintf(out, "%s ]]; then\n", program->name);
	put_template(out, "	_~ \"$@\"\nelse\n	compdef _~ ", program->name);
	fprintf(out, "%s\nfi\n", program->name);
}

void completion_print(FILE *out, enum completion_shell shell, const struct cli_program *program)
{
	switch (shell) {
	case COMPLETION_BASH: print_bash(out, program); break;
	case COMPLETION_ZSH: print_zsh(out, program); break;
	}
}
