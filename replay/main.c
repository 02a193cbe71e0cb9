/* mvx-replay: picks the command and runs it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/common.h"
#include "replay/explain.h"
#include "replay/help.h"
#include "replay/pager.h"

static char output_buffer[64 << 10]; /* of standard output, for as long as there is one */

/*
 * A descriptor closed by whoever started us would become the trace's. Standard
 * output must be there; the others may be nothing.
 */
static bool standard_streams_ready(void)
{
	bool output_there = fcntl(STDOUT_FILENO, F_GETFD) >= 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) != fd) /* the lowest free one */
			return false;
	if (!output_there)
		say("standard output is closed");
	return output_there;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct invocation invocation;
	struct error err = { 0 };
	int ret;

	if (invocation_parse(&invocation, command, argc, argv, &err) < 0) {
		say("%s (mvx-replay help %s)", err.message, command->name);
		ret = EXIT_CANNOT;
	} else if (has_option(&invocation, OPTION_HELP)) {
		pager_start(&invocation);
		help_command(stdout, command);
		ret = finish_answer(&invocation, NULL, EXIT_YES);
	} else if (has_option(&invocation, OPTION_EXPLAIN)) {
		ret = explain(&invocation);
	} else {
		pager_start(&invocation);
		ret = command->run(&invocation);
	}
	pager_finish();
	invocation_finish(&invocation);
	return ret;
}

static int print_version(void)
{
	struct invocation none = { 0 };

	puts("mvx-replay " MVX_VERSION);
	return finish_answer(&none, NULL, EXIT_YES);
}

/* The first word when it is no command: a trace, or a mistake. */
static int run_without_command(int argc, char **argv)
{
	bool looks_like_file = strpbrk(argv[1], "./") || argv[1][0] == '-' ||
			       access(argv[1], F_OK) == 0;

	if (looks_like_file)
		return run_command(command_find("info"), argc - 1, argv + 1);
	say("there is no command and no file %s; mvx-replay help lists the commands", argv[1]);
	return EXIT_CANNOT;
}

int main(int argc, char **argv)
{
	const struct command *command;

	/* whoever started us may ignore it; a closed pipe is the end, without a word */
	signal(SIGPIPE, SIG_DFL);
	/* large: fewer writes, and a full disk shows at a place that tells its reason */
	setvbuf(stdout, output_buffer, _IOFBF, sizeof(output_buffer));
	if (!standard_streams_ready())
		return EXIT_CANNOT;
	if (argc < 2) {
		help_overview(stderr);
		return EXIT_CANNOT;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return print_version();
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return run_command(command_find("help"), 0, argv);
	command = command_find(argv[1]);
	return command ? run_command(command, argc - 2, argv + 2) : run_without_command(argc, argv);
}
