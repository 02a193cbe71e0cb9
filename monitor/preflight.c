/* Runs mvx-monitor as a child for each trial, and reads what it says. */
#include "monitor/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "monitor/session.h"

/* runs as given: what is a matter of luck may not show in the first */
#define RUNS_AS_GIVEN 3
/* bytes of a run's messages that are looked at */
#define MESSAGES_BYTES 65536
#define PREFIX         "mvx-monitor: "

/* A way to run it, and what it means when it agrees where less equal copies did not. */
struct trial {
	const char *option; /* NULL: as given */
	const char *title;
	const char *meaning;
};

static const struct trial as_given = { NULL, "as given", NULL };
static const struct trial trials[] = {
	{ "--layout=code", "data at the same addresses (--layout=code)",
	  "it decides by the addresses of its data: run it with --layout=code" },
	{ "--layout=same", "everything at the same addresses (--layout=same)",
	  "it decides by addresses, those of its code among them: run it with --layout=same "
	  "(attacks that need an address are not seen then)" },
};
/* of a single copy: it could not be run */
#define STATUS_UNKNOWN (-1)

/* Where options end in argv: at the program, or the "--" before it; 0 with --variant. */
static size_t options_end(const struct options *options, char **argv)
{
	size_t end = 0;

	while (argv[end])
		end++;
	end -= (size_t)options->commands[0].argc < end ? (size_t)options->commands[0].argc : end;
	for (size_t i = 1; i < end; i++)
		if (strncmp(argv[i], "--variant", strlen("--variant")) == 0)
			return 0;
	return end > 1 && strcmp(argv[end - 1], "--") == 0 ? end - 1 : end;
}

/*
 * argv without --preflight, with what the trial adds, and of one variant where
 * its options end at `alone_end`; borrowed strings, the caller frees the array.
 */
static char **trial_words(const struct trial *trial, size_t alone_end, char **argv)
{
	size_t count = 0, capacity = 0;
	char **words = NULL;
	bool placed = false;

	alloc_grow(&words, &capacity, 1);
	for (size_t i = 0; argv[i]; i++) {
		alloc_grow(&words, &capacity, count + 4);
		/* Of several the last one counts. */
		if (alone_end && i == alone_end)
			words[count++] = (char *)"-n1";
		if (!placed && strcmp(argv[i], "--preflight") == 0) {
			/* In its place, so before the program's name. */
			words[count++] = (char *)"--output=none";
			if (trial->option)
				words[count++] = (char *)trial->option;
			placed = true;
			continue;
		}
		words[count++] = argv[i];
	}
	words[count] = NULL;
	return words;
}

_Noreturn static void trial_exec(char **words, int messages_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(messages_fd, STDERR_FILENO);
	execv("/proc/self/exe", words);
	_exit(EXIT_MONITOR_FAILED);
}

/* Everything up to the end, the first `capacity` bytes kept. */
static void read_messages(int fd, char *text, size_t capacity)
{
	char rest[4096];
	size_t used = 0;
	ssize_t got;

	do {
		bool full = used + 1 >= capacity;

		got = read(fd, full ? rest : text + used,
			   full ? sizeof(rest) : capacity - 1 - used);
		if (got > 0 && !full)
			used += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	text[used] = 0;
}

/* The run's exit status, as a shell would say it; -1 when it could not be made. */
static int trial_run(const struct trial *trial, size_t alone_end, char **argv, char *text,
		     size_t capacity)
{
	cleanup_free char **words = trial_words(trial, alone_end, argv);
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		trial_exec(words, ends[1]);
	close(ends[1]);
	if (pid > 0)
		read_messages(ends[0], text, capacity);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The monitor's own lines; the program has its own on the same descriptor. */
static void print_messages(FILE *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (strncmp(text, PREFIX, strlen(PREFIX)) == 0)
			fprintf(out, "    %.*s\n", (int)(length - strlen(PREFIX)),
				text + strlen(PREFIX));
		text += length + (text[length] == '\n');
	}
}

static bool is_failure(int status)
{
	return status == EXIT_MONITOR_FAILED || status == EXIT_NOT_EXECUTABLE ||
	       status == EXIT_NOT_FOUND;
}

/* The status of one variant, which nothing can differ from; or STATUS_UNKNOWN. */
static int run_alone(const struct options *options, char **argv)
{
	cleanup_free char *text = alloc_zeroed(1, MESSAGES_BYTES);
	size_t end = options_end(options, argv);
	int status = end ? trial_run(&as_given, end, argv, text, MESSAGES_BYTES) : STATUS_UNKNOWN;

	return is_failure(status) ? STATUS_UNKNOWN : status;
}

/* One run and its line, with the status `alone` where that is another; its status. */
static int trial_report(const struct trial *trial, int alone, char **argv, FILE *out)
{
	cleanup_free char *text = alloc_zeroed(1, MESSAGES_BYTES);
	int status = trial_run(trial, 0, argv, text, MESSAGES_BYTES);

	if (status < 0) {
		fprintf(out, "  %s: cannot be run: %s\n", trial->title, strerror(errno));
		return EXIT_MONITOR_FAILED;
	}
	if (status == EXIT_DIVERGENCE)
		fprintf(out, "  %s: diverges\n", trial->title);
	else if (is_failure(status))
		fprintf(out, "  %s: cannot be run\n", trial->title);
	else if (alone != STATUS_UNKNOWN && status != alone)
		fprintf(out, "  %s: agrees, exit status %d, but alone it is %d\n", trial->title,
			status, alone);
	else
		fprintf(out, "  %s: agrees, exit status %d\n", trial->title, status);
	if (status == EXIT_DIVERGENCE || is_failure(status))
		print_messages(out, text);
	fflush(out);
	return status;
}

/* With less and less that differs: the first that agrees says what it was. */
static void find_cause(const struct options *options, char **argv, FILE *out)
{
	int alone = run_alone(options, argv);
	bool agreed = false;

	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		int status = trial_report(&trials[i], alone, argv, out);

		if (status == EXIT_DIVERGENCE || is_failure(status))
			continue;
		agreed = true;
		if (alone == STATUS_UNKNOWN || status == alone) {
			fprintf(out, "so %s\n", trials[i].meaning);
			return;
		}
	}
	fprintf(out,
		"so %s: look at what the variants did before "
		"(run it with -o FILE, then mvx-replay show FILE d1)\n",
		agreed ? "nothing was found with which it ends as it does alone" :
			 "it is not addresses that decide, but maybe random numbers of the "
			 "processor (rdrand, rdseed), which --cpuid=trap hides where the CPU can");
}

int preflight_run(const struct options *options, char **argv, FILE *out)
{
	fprintf(out, "%s, %u equal variants:\n", options->commands[0].argv[0], options->n_variants);
	for (unsigned run = 0; run < RUNS_AS_GIVEN; run++) {
		int status = trial_report(&as_given, STATUS_UNKNOWN, argv, out);

		if (is_failure(status))
			return status;
		if (status != EXIT_DIVERGENCE)
			continue;
		find_cause(options, argv, out);
		return EXIT_DIVERGENCE;
	}
	fprintf(out, "so nothing was found that makes its variants differ\n");
	return 0;
}
