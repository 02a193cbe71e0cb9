/* The pager; see pager.h. */
#include "replay/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "replay/common.h"

/* words of a pager's command line that are no shell's business */
#define PAGER_WORDS 16

static volatile pid_t pager; /* 0: there is none */

static void wait_for_pager(void)
{
	while (pager && waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
	pager = 0;
}

/* The terminal is the pager's as long as it lives: the shell must not come back before. */
static void wait_and_die(int signo)
{
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	wait_for_pager();
	/* SA_RESETHAND: this time it is the default */
	raise(signo);
}

static void watch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	struct sigaction action = { .sa_handler = wait_and_die, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaction(ending[i], &action, NULL);
}

/* NULL for none. */
static const char *choose_pager(void)
{
	const char *chosen = getenv("MVX_PAGER"), *term = getenv("TERM");

	if (!chosen)
		chosen = getenv("PAGER");
	if (!chosen)
		chosen = "less";
	if (!chosen[0] || strcmp(chosen, "cat") == 0 || (term && strcmp(term, "dumb") == 0))
		return NULL;
	return chosen;
}

/* Tables and text are for eyes; of other formats a program may be the reader even here. */
static bool is_for_eyes(const struct invocation *inv)
{
	const char *format = option_value(inv, OPTION_FORMAT);

	return inv->command->options >> OPTION_NO_PAGER & 1 && !has_option(inv, OPTION_NO_PAGER) &&
	       !has_option(inv, OPTION_FOLLOW) && (!format || strcmp(format, "table") == 0);
}

/* Does not return: runs it, or writes to `told` why not. */
static void run_pager(const char *command, int input, int told)
{
	cleanup_free char *copy = alloc_string(command);
	char *words[PAGER_WORDS + 1] = { NULL };
	size_t count = 0;
	int code;

	dup2(input, STDIN_FILENO);
	/* one screen needs no paging, colours are meant, the text stays when it ends */
	setenv("LESS", "FRX", 0);
	for (char *word = strtok(copy, " "); word && count < PAGER_WORDS; word = strtok(NULL, " "))
		words[count++] = word;
	if (strpbrk(command, "|&;<>()$`\\\"'*?[#~=%\t\n") || count == PAGER_WORDS)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	else if (count)
		execvp(words[0], words);
	code = count ? errno : ENOENT;
	if (write(told, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

/* Nothing comes when the program runs: the other end closes with it. */
static int read_failure(int told)
{
	int code = 0;

	while (read(told, &code, sizeof(code)) < 0 && errno == EINTR)
		;
	return code;
}

static int start(const char *command)
{
	int text[2], told[2], code;
	pid_t child;

	if (pipe2(text, O_CLOEXEC))
		return errno;
	if (pipe2(told, O_CLOEXEC)) {
		close(text[0]);
		close(text[1]);
		return errno;
	}
	fflush(stdout);
	child = fork();
	if (!child)
		run_pager(command, text[0], told[1]);
	close(text[0]);
	close(told[1]);
	code = child < 0 ? EAGAIN : read_failure(told[0]);
	close(told[0]);
	if (code && child > 0)
		waitpid(child, NULL, 0);
	if (!code) {
		pager = child;
		watch_signals();
		/* what is said would be written across its screen */
		if (isatty(STDERR_FILENO))
			dup2(text[1], STDERR_FILENO);
		dup2(text[1], STDOUT_FILENO);
	}
	close(text[1]);
	return code;
}

void pager_start(const struct invocation *inv)
{
	const char *command = choose_pager();
	int code;

	if (!command || !is_for_eyes(inv) || !isatty(STDOUT_FILENO))
		return;
	code = start(command);
	/* who has no less does without; who asked for something is told */
	if (code && strcmp(command, "less") != 0)
		say("cannot run the pager %s: %s", command, strerror(code));
}

void pager_finish(void)
{
	if (!pager)
		return;
	fflush(stdout);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	wait_for_pager();
}

bool output_is_terminal(void)
{
	return pager || isatty(STDOUT_FILENO);
}
