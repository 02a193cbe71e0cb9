/* mvx-monitor: parses the command line and runs. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "monitor/check_system.h"
#include "monitor/preflight.h"
#include "monitor/session.h"
#include "schema/syscall_model.h"

/*
 * Standard descriptors that are closed stay closed for the program, but no
 * file of ours may come to lie there: a message would end up in the trace.
 * Reading or writing an O_PATH descriptor fails as on a closed one.
 */
static void closed_descriptors_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/", O_PATH | O_CLOEXEC);
}

/* Our own messages survive whatever the program does to descriptor 2 of its own. */
static int message_fd(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);

	return fd < 0 ? STDERR_FILENO : fd;
}

/* What was printed has arrived, or not: a full disk is not success. */
static int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_line(LOG_QUIET, "cannot write to standard output");
	return EXIT_MONITOR_FAILED;
}

static int run(const struct options *options, int argc, char **argv)
{
	switch (options->action) {
	case ACTION_HELP: options_print_help(stdout); return finish_output();
	case ACTION_VERSION: printf("mvx-monitor %s\n", MVX_VERSION); return finish_output();
	case ACTION_CHECK_SYSTEM:
		return check_system(stdout) ? EXIT_MONITOR_FAILED : finish_output();
	case ACTION_SYSCALLS: syscall_table_print(stdout); return finish_output();
	case ACTION_MAN: options_print_manual(stdout); return finish_output();
	case ACTION_COMPLETION:
		options_print_completion(stdout, options->completion_shell);
		return finish_output();
	case ACTION_PREFLIGHT: return preflight_run(options, argv, stdout);
	case ACTION_RUN: break;
	}
	return session_run(options, argc, argv);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct error err = { 0 };
	int status;

	closed_descriptors_hold();
	log_setup("mvx-monitor", message_fd(), LOG_NORMAL);
	if (options_parse(&options, argc, argv, &err) < 0) {
		log_line(LOG_QUIET, "%s", err.message);
		options_finish(&options);
		return EXIT_MONITOR_FAILED;
	}
	log_setup("mvx-monitor", message_fd(), options.verbosity);
	status = run(&options, argc, argv);
	options_finish(&options);
	return status;
}
