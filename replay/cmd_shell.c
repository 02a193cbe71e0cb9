/* mvx-replay shell: statements one after the other, typed or from a script. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "analysis/describe.h"
#include "analysis/query.h"
#include "analysis/saved.h"
#include "analysis/text.h"
#include "analysis/words.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "replay/common.h"
#include "replay/line_editor.h"

#define PROMPT      "mvx> "
#define PROMPT_MORE "...> "

struct shell {
	struct query *query;
	struct output_options output;
	struct line_editor *editor; /* NULL for a script */
	struct text statement;      /* as far as it was typed */
	char *line;                 /* owned; of a script */
	size_t line_capacity;
	bool quit;
};

/* Ctrl-C: of the statement that runs, or of the line that is typed. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* Held back, a Ctrl-C is for what comes next: none is lost between a line and its statement. */
static void hold_interrupts(bool hold)
{
	sigset_t interrupts;

	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGINT);
	pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &interrupts, NULL);
}

static void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };

	hold_interrupts(true);
	sigaction(SIGINT, &action, NULL);
}

/* ---- statements ---- */

/* 0, or what to end the shell with. An error of a statement ends a script only. */
static int report(const struct shell *s, const struct error *err, bool stream_failed)
{
	int ret;

	fflush(stdout); /* rows before the trouble come before its sentence */
	ret = finish_failed(err, stream_failed);
	return s->editor && !stream_failed ? EXIT_YES : ret;
}

static int run(struct shell *s, const char *sql)
{
	struct error err = { 0 };
	bool stream_failed = false;
	uint64_t rows;
	int ret;

	if (s->editor)
		hold_interrupts(false);
	ret = query_run(s->query, sql, stdout, &s->output, &rows, &stream_failed, &err);
	if (s->editor)
		hold_interrupts(true);
	interrupted = 0;
	if (ret < 0)
		return report(s, &err, stream_failed);
	fflush(stdout);
	return EXIT_YES;
}

static int complain(const struct shell *s, const char *what, const char *word)
{
	struct error err = { 0 };

	error_set(&err, -EINVAL, "%s %s; .help lists the commands", what, word);
	return report(s, &err, false);
}

/* ---- commands of the shell's own ---- */

static int run_help(struct shell *s, const char *argument);

static int run_quit(struct shell *s, const char *argument)
{
	s->quit = true;
	return EXIT_YES;
}

static int run_tables(struct shell *s, const char *argument)
{
	cleanup_text struct text list = { 0 };

	schema_list(&list);
	for (char *at = list.at; at && *at; at++)
		putchar(*at == ' ' ? '\n' : *at);
	putchar('\n');
	return EXIT_YES;
}

static int run_schema(struct shell *s, const char *argument)
{
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	if (schema_describe(&text, argument[0] ? argument : NULL, &err) < 0)
		return report(s, &err, false);
	fputs(text_get(&text), stdout);
	return EXIT_YES;
}

static int run_mode(struct shell *s, const char *argument)
{
	struct error err = { 0 };

	if (output_format_parse(&s->output.format, argument, &err) < 0)
		return report(s, &err, false);
	return EXIT_YES;
}

static int run_saved(struct shell *s, const char *argument)
{
	const struct saved_query *saved = saved_query_find(argument);
	struct error err = { 0 };
	int ret;

	if (saved)
		return run(s, saved->sql);
	if (argument[0])
		return complain(s, "there is no saved query", argument);
	ret = saved_queries_put(stdout, &s->output);
	if (ret == 0)
		return EXIT_YES;
	error_set(&err, ret, "cannot write standard output: %s", strerror(-ret));
	return report(s, &err, true);
}

static const struct {
	const char *name, *argument, *text;
	int (*run)(struct shell *s, const char *argument);
} dot_commands[] = {
	{ ".help", "", "this list", run_help },
	{ ".mode", "FORMAT", "table, tsv, csv, json, ndjson, line or markdown", run_mode },
	{ ".quit", "", "the end; Ctrl-D, too", run_quit },
	{ ".saved", "[QUERY]", "saved queries, or what one of them gives", run_saved },
	{ ".schema", "[TABLE]", "columns and functions, of one table or all", run_schema },
	{ ".tables", "", "tables and views", run_tables },
};

#define DOT_COMMANDS (sizeof(dot_commands) / sizeof(dot_commands[0]))

static int run_help(struct shell *s, const char *argument)
{
	for (size_t i = 0; i < DOT_COMMANDS; i++)
		printf("%-8s %-8s %s\n", dot_commands[i].name, dot_commands[i].argument,
		       dot_commands[i].text);
	puts("Everything else is SQL, up to a ;");
	return EXIT_YES;
}

static int run_dot(struct shell *s, const char *line)
{
	cleanup_text struct text words = { 0 };
	char *name, *argument, *rest = NULL;

	text_add(&words, line);
	name = strtok_r(words.at, " \t\n;", &rest);
	argument = strtok_r(NULL, " \t\n;", &rest);
	for (size_t i = 0; name && i < DOT_COMMANDS; i++)
		if (strcmp(dot_commands[i].name, name) == 0)
			return dot_commands[i].run(s, argument ? argument : "");
	return complain(s, "there is no command", name ? name : ".");
}

/* ---- completion ---- */

struct prefixed {
	const char *prefix;
	size_t length;
	void (*take)(void *taker, const char *word);
	void *taker;
};

static void take_prefixed(void *data, const char *word)
{
	const struct prefixed *p = data;

	if (strncasecmp(word, p->prefix, p->length) == 0)
		p->take(p->taker, word);
}

static void complete(void *data, const char *prefix, bool first_word,
		     void (*take)(void *taker, const char *word), void *taker)
{
	const struct shell *s = data;
	struct prefixed p = { prefix, strlen(prefix), take, taker };

	if (!first_word || prefix[0] != '.')
		sql_words_each(take_prefixed, &p);
	else if (!s->statement.length)
		for (size_t i = 0; i < DOT_COMMANDS; i++)
			take_prefixed(&p, dot_commands[i].name);
}

/* ---- lines ---- */

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static int take_line(struct shell *s, const char *line)
{
	struct error err = { 0 };
	int ret;

	if (!s->statement.length && line[0] == '.')
		return run_dot(s, line);
	if (!s->statement.length && is_blank(line))
		return EXIT_YES;
	text_add(&s->statement, line);
	if (s->statement.length > LIMIT_SQL_BYTES) {
		error_set(&err, -E2BIG, "a statement is longer than %d bytes", LIMIT_SQL_BYTES);
		text_clear(&s->statement);
		return report(s, &err, false);
	}
	if (!query_is_complete(text_get(&s->statement)))
		return EXIT_YES;
	ret = run(s, text_get(&s->statement));
	text_clear(&s->statement);
	return ret;
}

static enum line_end read_line(struct shell *s, const char **line)
{
	ssize_t length;

	if (s->editor) {
		fflush(stdout);
		return line_editor_read(s->editor, s->statement.length ? PROMPT_MORE : PROMPT,
					line);
	}
	length = getline(&s->line, &s->line_capacity, stdin);
	*line = s->line;
	/* a NUL would hide what comes after it */
	for (ssize_t i = 0; i < length; i++)
		if (!s->line[i])
			s->line[i] = ' ';
	return length > 0 ? LINE_READ : LINE_EOF;
}

/* What a script ends with may lack its ; and is run all the same. */
static int end_of_lines(struct shell *s)
{
	struct error err = { 0 };

	if (s->editor) {
		fputc('\n', isatty(STDOUT_FILENO) ? stdout : stderr);
		return EXIT_YES;
	}
	if (ferror(stdin)) {
		error_set(&err, -EIO, "cannot read standard input: %s", strerror(errno));
		return cannot(&err);
	}
	return s->statement.length ? run(s, text_get(&s->statement)) : EXIT_YES;
}

static int run_lines(struct shell *s)
{
	int ret = EXIT_YES;

	while (ret == EXIT_YES && !s->quit) {
		const char *line;

		switch (read_line(s, &line)) {
		case LINE_READ: ret = take_line(s, line); break;
		case LINE_INTERRUPTED:
			text_clear(&s->statement);
			fputc('\n', isatty(STDOUT_FILENO) ? stdout : stderr);
			break;
		case LINE_EOF: return end_of_lines(s);
		}
	}
	return ret;
}

/* ---- the command ---- */

static void start_editor(struct shell *s, const struct invocation *inv)
{
	const char *option = option_value(inv, OPTION_HISTORY);
	cleanup_free char *usual = option ? NULL : line_history_path();

	catch_interrupts();
	setlocale(LC_CTYPE, ""); /* letters beyond ASCII in what is typed */
	s->editor = line_editor_create(!option                     ? usual :
				       strcmp(option, "none") == 0 ? NULL :
								     option,
				       complete, s, &interrupted);
	say("%s; .help lists commands, Ctrl-D ends", inv->operands[0]);
}

static int shell_source(const struct invocation *inv, struct source *source, struct shell *s,
			const struct query_limits *limits)
{
	struct error err = { 0 };
	int ret;

	if (query_open(&s->query, source, limits, &err) < 0)
		return cannot(&err);
	if (isatty(STDIN_FILENO))
		start_editor(s, inv);
	ret = run_lines(s);
	line_editor_destroy(s->editor);
	query_close(s->query);
	text_finish(&s->statement);
	free(s->line);
	return ret == EXIT_YES ? finish_answer(inv, source, EXIT_YES) : ret;
}

int command_shell(const struct invocation *inv)
{
	struct shell shell = { 0 };
	struct query_limits limits = { .interrupted = &interrupted };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (output_options_get(&shell.output, inv, &err) < 0 ||
	    timeout_get(inv, &limits.timeout_s, &err) < 0 ||
	    source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = shell_source(inv, source, &shell, &limits);
	source_close(source);
	return ret;
}
