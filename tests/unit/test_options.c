/* The monitor's command line: what is accepted, what is refused and how, --help, default paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/options.h"
#include "monitor/trace_path.h"

/* Parses words (NULL-terminated) behind a program name. */
static int parse(struct options *o, struct error *err, char **words)
{
	char *argv[64] = { (char *)"mvx-monitor" };
	int argc = 1;

	while (*words)
		argv[argc++] = *words++;
	*err = (struct error){ 0 };
	return options_parse(o, argc, argv, err);
}

#define PARSE(o, err, ...) parse((o), (err), (char *[]){ __VA_ARGS__, NULL })

static void expect_refused(struct options *o, struct error *err, int result, const char *why)
{
	assert_int_equal(result, -EINVAL);
	assert_int_equal(err->code, -EINVAL);
	if (!strstr(err->message, why))
		fail_msg("\"%s\" does not say \"%s\"", err->message, why);
	assert_non_null(strstr(err->message, "mvx-monitor --help"));
	assert_null(strchr(err->message, '\n'));
	options_finish(o);
}

#define REFUSED(why, ...)                                     \
	do {                                                  \
		struct options o_;                            \
		struct error err_;                            \
		int result_ = PARSE(&o_, &err_, __VA_ARGS__); \
		expect_refused(&o_, &err_, result_, why);     \
	} while (0)

static void test_defaults(void **state)
{
	struct options o;
	struct error err;

	assert_int_equal(PARSE(&o, &err, "ls"), 0);
	assert_int_equal(o.action, ACTION_RUN);
	assert_int_equal(o.n_variants, 2);
	assert_null(o.trace_path);
	assert_false(o.trace_none);
	assert_int_equal(o.layout, OPTION_LAYOUT_INDEPENDENT);
	assert_int_equal(o.backend, OPTION_BACKEND_SECCOMP);
	assert_int_equal(o.cpuid, OPTION_CPUID_NATIVE);
	assert_int_equal(o.on_divergence, ON_DIVERGENCE_KILL);
	assert_int_equal(o.on_full_disk, ON_FULL_DISK_STOP);
	assert_int_equal(o.payload, PAYLOAD_FULL);
	assert_true(o.timeout_ns == UINT64_C(60000000000));
	assert_int_equal(o.verbosity, LOG_NORMAL);
	for (int v = 0; v < 2; v++) {
		assert_int_equal(o.commands[v].argc, 1);
		assert_string_equal(o.commands[v].argv[0], "ls");
		assert_null(o.commands[v].argv[1]);
	}
	assert_null(o.commands[2].argv);
	options_finish(&o);
	options_finish(&o);
	options_finish(NULL);
}

static void test_all_options(void **state)
{
	struct options o;
	struct error err;

	assert_int_equal(PARSE(&o, &err, "-n3", "-o", "t.mvx.zst", "--layout=leader-fixed",
			       "--backend", "seccomp", "--on-divergence=kill", "--timeout=0.25",
			       "--payload=head:4K", "--on-full-disk=continue", "-vv", "--", "-prog",
			       "-n", "9"),
			 0);
	assert_int_equal(o.n_variants, 3);
	assert_string_equal(o.trace_path, "t.mvx.zst");
	assert_int_equal(o.layout, OPTION_LAYOUT_LEADER_FIXED);
	assert_true(o.timeout_ns == 250000000);
	assert_int_equal(o.payload, PAYLOAD_HEAD);
	assert_int_equal(o.payload_head_bytes, 4096);
	assert_int_equal(o.on_full_disk, ON_FULL_DISK_CONTINUE);
	assert_int_equal(o.verbosity, LOG_DEBUG);
	assert_int_equal(o.commands[2].argc, 3);
	assert_string_equal(o.commands[2].argv[0], "-prog");
	assert_string_equal(o.commands[2].argv[2], "9");
	options_finish(&o);
}

static void test_program_keeps_its_options(void **state)
{
	struct options o;
	struct error err;

	assert_int_equal(PARSE(&o, &err, "-q", "prog", "-n", "5", "--help", "--", "-o", "x"), 0);
	assert_int_equal(o.action, ACTION_RUN);
	assert_int_equal(o.n_variants, 2);
	assert_null(o.trace_path);
	assert_int_equal(o.verbosity, LOG_QUIET);
	assert_int_equal(o.commands[1].argc, 7);
	assert_string_equal(o.commands[1].argv[3], "--help");
	assert_string_equal(o.commands[1].argv[4], "--");
	options_finish(&o);
	/* A lone dash is a name. */
	assert_int_equal(PARSE(&o, &err, "-", "-q"), 0);
	assert_string_equal(o.commands[0].argv[0], "-");
	assert_int_equal(o.verbosity, LOG_NORMAL);
	options_finish(&o);
}

static void test_actions(void **state)
{
	static const struct {
		const char *word;
		enum option_action action;
	} cases[] = {
		{ "--help", ACTION_HELP },
		{ "-h", ACTION_HELP },
		{ "--version", ACTION_VERSION },
		{ "-V", ACTION_VERSION },
		{ "--check-system", ACTION_CHECK_SYSTEM },
		{ "--syscalls", ACTION_SYSCALLS },
		{ "--man", ACTION_MAN },
		{ "--completion=bash", ACTION_COMPLETION },
	};
	struct options o;
	struct error err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(PARSE(&o, &err, (char *)cases[i].word), 0);
		assert_int_equal(o.action, cases[i].action);
		options_finish(&o);
	}
}

static void test_numbers(void **state)
{
	struct options o;
	struct error err;

	REFUSED("1 to 16", "-n", "0", "ls");
	REFUSED("1 to 16", "-n", "17", "ls");
	REFUSED("1 to 16", "-n", "-1", "ls");
	REFUSED("1 to 16", "-n", "", "ls");
	REFUSED("1 to 16", "-n", "2x", "ls");
	REFUSED("1 to 16", "-n", "99999999999999999999999", "ls");
	REFUSED("--timeout=-1", "--timeout=-1", "ls");
	REFUSED("--timeout=1e3", "--timeout=1e3", "ls");
	REFUSED("--timeout=.", "--timeout=.", "ls");
	REFUSED("--timeout=", "--timeout=", "ls");
	REFUSED("--timeout=nan", "--timeout=nan", "ls");
	REFUSED("0.0000000001", "--timeout=0.0000000001", "ls");
	REFUSED("N goes from 1 to 16M", "--payload=head:0", "ls");
	REFUSED("N goes from 1 to 16M", "--payload=head:17M", "ls");
	REFUSED("N goes from 1 to 16M", "--payload=head:1KK", "ls");
	REFUSED("N goes from 1 to 16M", "--payload=head:", "ls");
	assert_int_equal(PARSE(&o, &err, "-n", "16", "--timeout", "0", "--payload=head:16M", "ls"),
			 0);
	assert_int_equal(o.n_variants, 16);
	assert_non_null(o.commands[15].argv);
	assert_true(o.timeout_ns == 0);
	assert_int_equal(o.payload_head_bytes, 16 << 20);
	options_finish(&o);
	assert_int_equal(PARSE(&o, &err, "--timeout=.5", "--payload=hash", "ls"), 0);
	assert_true(o.timeout_ns == 500000000);
	assert_int_equal(o.payload, PAYLOAD_HASH);
	options_finish(&o);
	assert_int_equal(PARSE(&o, &err, "--timeout=1.000000001", "--payload=none", "ls"), 0);
	assert_true(o.timeout_ns == 1000000001);
	assert_int_equal(o.payload, PAYLOAD_NONE);
	options_finish(&o);
}

static void test_refusals(void **state)
{
	REFUSED("no program", "-n", "2");
	REFUSED("no program", "--");
	REFUSED("empty name", "");
	REFUSED("no option --frobnicate", "--frobnicate", "ls");
	REFUSED("no option --frobnicate;", "--frobnicate=3", "ls");
	/* No abbreviations. */
	REFUSED("no option --time", "--time=3", "ls");
	REFUSED("no option -x", "-qx", "ls");
	REFUSED("no option -?", "-\001", "ls");
	REFUSED("--help takes no value", "--help=yes", "ls");
	REFUSED("-n needs a value", "-n");
	REFUSED("--layout needs a value: --layout=HOW", "--layout");
	REFUSED("only independent, code, same, off, leader-fixed", "--layout=random", "ls");
	REFUSED("--backend=agent is not supported yet", "--backend=agent", "ls");
	REFUSED("only seccomp", "--backend=magic", "ls");
	REFUSED("only native, trap", "--cpuid=hide", "ls");
	REFUSED("--env-variant takes K:NAME=VALUE", "--env-variant=1FOO", "ls");
	REFUSED("--env-variant takes K:NAME=VALUE", "--env-variant=16:A=b", "ls");
	REFUSED("--env-variant takes K:NAME=VALUE", "--env-variant=1:=b", "ls");
	REFUSED("only kill", "--on-divergence=shrug", "ls");
	REFUSED("only stop, continue", "--on-full-disk=panic", "ls");
	REFUSED("only full, head:N, hash, none", "--payload=some", "ls");
	REFUSED("only bash, zsh", "--completion=fish");
	REFUSED("-o needs", "-o", "", "ls");
}

static void test_output(void **state)
{
	struct options o;
	struct error err;

	assert_int_equal(PARSE(&o, &err, "-o", "none", "ls"), 0);
	assert_true(o.trace_none);
	assert_null(o.trace_path);
	options_finish(&o);
	/* The last one counts. */
	assert_int_equal(PARSE(&o, &err, "-onone", "--output=./none", "ls"), 0);
	assert_false(o.trace_none);
	assert_string_equal(o.trace_path, "./none");
	options_finish(&o);
}

static void test_variant(void **state)
{
	struct options o;
	struct error err;
	char *many[2 * (LIMIT_VARIANTS + 1) + 1] = { 0 };

	assert_int_equal(PARSE(&o, &err, "--variant", "a 1", "-n", "3", "--variant=b",
			       "--variant=c d e"),
			 0);
	assert_int_equal(o.n_variants, 3);
	assert_string_equal(o.commands[0].argv[1], "1");
	assert_string_equal(o.commands[1].argv[0], "b");
	assert_int_equal(o.commands[2].argc, 3);
	options_finish(&o);
	assert_int_equal(PARSE(&o, &err, "--variant=a"), 0);
	assert_int_equal(o.n_variants, 1);
	options_finish(&o);

	REFUSED("exclude each other", "--variant=a", "--variant=b", "ls");
	REFUSED("-n says 2 variants, but --variant was given 1 time;", "-n2", "--variant=a");
	REFUSED("-n says 2 variants, but --variant was given 3 times", "-n2", "--variant=a",
		"--variant=b", "--variant=c");
	REFUSED("no program", "--variant=  ");
	REFUSED("no program", "--variant='' x");
	REFUSED("--variant='a \"b': the quote \" is not closed", "--variant=a \"b");
	for (int i = 0; i <= LIMIT_VARIANTS; i++)
		many[i] = (char *)"--variant=a";
	expect_refused(&o, &err, parse(&o, &err, many), "more than 16 times");
	many[LIMIT_VARIANTS] = NULL;
	assert_int_equal(parse(&o, &err, many), 0);
	assert_int_equal(o.n_variants, LIMIT_VARIANTS);
	options_finish(&o);
}

static void expect_words(const char *text, const char *const *words)
{
	struct option_command command;
	struct error err;
	int n = 0;

	assert_int_equal(option_command_split(&command, text, &err), 0);
	for (; words[n]; n++) {
		assert_true(n < command.argc);
		assert_string_equal(command.argv[n], words[n]);
	}
	assert_int_equal(command.argc, n);
	assert_null(command.argv[n]);
	option_command_finish(&command);
	assert_null(command.argv);
	option_command_finish(&command);
}

#define WORDS(text, ...) expect_words(text, (const char *const[]){ __VA_ARGS__, NULL })

static void test_split(void **state)
{
	struct option_command command;
	struct error err;

	WORDS("a", "a");
	WORDS("  a\tb \n c  ", "a", "b", "c");
	WORDS("a 'b c' d", "a", "b c", "d");
	WORDS("a 'b\\n\"' x", "a", "b\\n\"", "x");
	WORDS("a \"b 'c' \\\"d\\\" \\\\ \\$ \\x\"", "a", "b 'c' \"d\" \\ $ \\x");
	WORDS("a\\ b c\\'d", "a b", "c'd");
	WORDS("a '' \"\" b", "a", "", "", "b");
	WORDS("'a'b\"c\"", "abc");
	/* No expansion of any kind. */
	WORDS("a $HOME * `x` ; # |", "a", "$HOME", "*", "`x`", ";", "#", "|");
	WORDS("1 2 3 4 5 6 7 8 9 10 11", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
	assert_int_equal(option_command_split(&command, "a 'b", &err), -EINVAL);
	assert_null(command.argv);
	assert_int_equal(option_command_split(&command, "a \"b\\\"", &err), -EINVAL);
	assert_int_equal(option_command_split(&command, "a b\\", &err), -EINVAL);
	assert_int_equal(option_command_split(&command, "", &err), -EINVAL);
}

static void test_help(void **state)
{
	static const char *const words[] = { "Usage: mvx-monitor",
					     "-n N",
					     "--variant='PROG ARG...'",
					     "--layout=HOW",
					     "--backend=NAME",
					     "--cpuid=HOW",
					     "-o, --output=FILE",
					     "--payload=WHAT",
					     "--on-full-disk=ACTION",
					     "--on-divergence=ACTION",
					     "--timeout=SECONDS",
					     "-q, --quiet",
					     "-v, --verbose",
					     "--check-system",
					     "--completion=SHELL",
					     "--man",
					     "-h, --help",
					     "-V, --version" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	options_print_help(out);
	fclose(out);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strstr(text, words[i]))
			fail_msg("--help does not show %s", words[i]);
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");

		assert_true(length < 80);
		assert_true(length == 0 || line[length - 1] != ' ');
	}
	free(text);
}

static void test_layout_names(void **state)
{
	assert_string_equal(options_layout_name(OPTION_LAYOUT_INDEPENDENT), "independent");
	assert_string_equal(options_layout_name(OPTION_LAYOUT_CODE), "code");
	assert_string_equal(options_layout_name(OPTION_LAYOUT_SAME), "same");
	assert_string_equal(options_layout_name(OPTION_LAYOUT_OFF), "off");
	assert_string_equal(options_layout_name(OPTION_LAYOUT_LEADER_FIXED), "leader-fixed");
}

/* --- the default place of a trace, in a folder of our own --- */

static char *make_folder(char *pattern)
{
	assert_non_null(mkdtemp(pattern));
	return pattern;
}

static void expect_private_folder(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_default_path_places(void **state)
{
	char folder[] = "/tmp/mvx-test-options-XXXXXX", path[LIMIT_PATH_BYTES], start[256],
	     sub[256];
	struct error err;

	make_folder(folder);
	setenv("HOME", folder, 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("MVX_TRACE_DIR");
	assert_int_equal(trace_path_default(path, sizeof(path), "/bin/ls", &err), 0);
	snprintf(start, sizeof(start), "%s/.local/state/mvx/ls-20", folder);
	assert_memory_equal(path, start, strlen(start));
	snprintf(sub, sizeof(sub), "-%d.mvx.zst", (int)getpid());
	assert_string_equal(path + strlen(path) - strlen(sub), sub);
	/* ls-YYYYmmdd-HHMMSS-PID */
	assert_int_equal(strlen(path), strlen(start) - 2 + strlen("YYYYmmdd-HHMMSS") + strlen(sub));
	assert_int_equal(access(path, F_OK), -1);
	snprintf(sub, sizeof(sub), "%s/.local/state/mvx", folder);
	expect_private_folder(sub);
	assert_int_equal(rmdir(sub), 0);
	snprintf(sub, sizeof(sub), "%s/.local/state", folder);
	expect_private_folder(sub);
	assert_int_equal(rmdir(sub), 0);
	snprintf(sub, sizeof(sub), "%s/.local", folder);
	assert_int_equal(rmdir(sub), 0);

	snprintf(sub, sizeof(sub), "%s/state", folder);
	setenv("XDG_STATE_HOME", sub, 1);
	assert_int_equal(trace_path_default(path, sizeof(path), "a b\n", &err), 0);
	snprintf(start, sizeof(start), "%s/mvx/a_b_-20", sub);
	assert_memory_equal(path, start, strlen(start));
	snprintf(start, sizeof(start), "%s/mvx", sub);
	assert_int_equal(rmdir(start), 0);
	assert_int_equal(rmdir(sub), 0);

	snprintf(sub, sizeof(sub), "%s/own/", folder);
	setenv("MVX_TRACE_DIR", sub, 1);
	assert_int_equal(trace_path_default(path, sizeof(path), "ls", &err), 0);
	snprintf(start, sizeof(start), "%s/ls-20", sub);
	assert_memory_equal(path, start, strlen(start));
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void test_default_path_refusals(void **state)
{
	char path[LIMIT_PATH_BYTES], tiny[8], long_name[600];
	struct error err = { 0 };

	unsetenv("MVX_TRACE_DIR");
	setenv("XDG_STATE_HOME", "relative", 1);
	unsetenv("HOME");
	assert_int_equal(trace_path_default(path, sizeof(path), "ls", &err), -ENOENT);
	assert_non_null(strstr(err.message, "-o"));
	setenv("MVX_TRACE_DIR", "/dev/null/traces", 1);
	assert_int_equal(trace_path_default(path, sizeof(path), "ls", &err), -ENOTDIR);
	assert_non_null(strstr(err.message, "/dev/null"));
	setenv("MVX_TRACE_DIR", "/tmp", 1);
	assert_int_equal(trace_path_default(tiny, sizeof(tiny), "ls", &err), -ENAMETOOLONG);
	/* A long program name is cut, so that the file can be created. */
	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(trace_path_default(path, sizeof(path), long_name, &err), 0);
	assert_true(strlen(path) < 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_options),
		cmocka_unit_test(test_program_keeps_its_options),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_variant),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_layout_names),
		cmocka_unit_test(test_default_path_places),
		cmocka_unit_test(test_default_path_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
