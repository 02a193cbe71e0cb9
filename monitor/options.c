/*
 * One table says everything about an option: parsing, --help, the manual page
 * and completions read it.
 * Written without getopt(3), whose state is global and which would take
 * abbreviations that a later release makes ambiguous.
 */
#include "monitor/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/manual.h"

#define DEFAULT_VARIANTS   2
#define DEFAULT_TIMEOUT_NS (60 * NS_PER_SECOND)
#define DEFAULT_HOLD_NS    UINT64_C(500000)
#define DEFAULT_WAIT       UINT64_C(1000000000)
#define NS_PER_SECOND      UINT64_C(1000000000)
#define HOLD_LIMIT_US      10000000u
#define LIMIT_SECONDS      UINT64_C(1000000000) /* some 30 years: nobody means more */
#define HELP_COLUMNS       79
#define HELP_INDENT        26

/* What parsing remembers and a run does not need. */
struct parse_state {
	struct options *options;
	bool n_given;
	unsigned n_commands; /* by --variant */
};

typedef int option_handler_fn(struct parse_state *state, const char *value, struct error *err);

struct option_row {
	const char *name;     /* long name; NULL: only a letter */
	char letter;          /* 0: only a long name */
	const char *argument; /* shown in --help; NULL: takes none */
	const char *help;
	option_handler_fn *handle;
	const struct choice *choices; /* NULL: anything else */
};

struct option_group {
	const char *title;
	const struct option_row *rows;
	size_t n_rows;
};

struct choice {
	const char *word;
	int value;
	bool not_yet; /* known, but this release cannot do it */
};

static option_handler_fn handle_n, handle_variant, handle_layout, handle_threads, handle_backend,
	handle_cpuid, handle_env, handle_output, handle_payload, handle_full_disk,
	handle_max_trace_size, handle_signals, handle_signal_hold, handle_signal_wait,
	handle_cpu_timers, handle_max_tasks, handle_divergence, handle_timeout, handle_quiet,
	handle_verbose, handle_preflight, handle_check_system, handle_syscalls, handle_completion,
	handle_man, handle_help, handle_version;

/* clang-format off */
static const struct choice layout_choices[] = {
	{ "independent", OPTION_LAYOUT_INDEPENDENT, false },
	{ "code", OPTION_LAYOUT_CODE, false },
	{ "same", OPTION_LAYOUT_SAME, false },
	{ "off", OPTION_LAYOUT_OFF, false },
	{ "leader-fixed", OPTION_LAYOUT_LEADER_FIXED, false },
	{ NULL, 0, false },
};

static const struct choice threads_choices[] = {
	{ "turns", OPTION_THREADS_TURNS, false },
	{ "parallel", OPTION_THREADS_PARALLEL, false },
	{ NULL, 0, false },
};

static const struct choice backend_choices[] = {
	{ "seccomp", OPTION_BACKEND_SECCOMP, false },
	{ "ptrace", OPTION_BACKEND_PTRACE, false },
	{ "agent", 0, true },
	{ NULL, 0, false },
};

static const struct choice cpuid_choices[] = {
	{ "native", OPTION_CPUID_NATIVE, false },
	{ "trap", OPTION_CPUID_TRAP, false },
	{ NULL, 0, false },
};

static const struct choice signals_choices[] = {
	{ "semi", OPTION_SIGNALS_SEMI, false },
	{ "boundary", OPTION_SIGNALS_BOUNDARY, false },
	{ NULL, 0, false },
};

static const struct choice cpu_timers_choices[] = {
	{ "leader", OPTION_CPU_TIMERS_LEADER, false },
	{ "each", OPTION_CPU_TIMERS_EACH, false },
	{ NULL, 0, false },
};

static const struct choice divergence_choices[] = {
	{ "kill", ON_DIVERGENCE_KILL, false },
	{ NULL, 0, false },
};

static const struct choice full_disk_choices[] = {
	{ "stop", ON_FULL_DISK_STOP, false },
	{ "continue", ON_FULL_DISK_CONTINUE, false },
	{ NULL, 0, false },
};

static const struct choice payload_choices[] = {
	{ "full", PAYLOAD_FULL, false },
	{ "head:", PAYLOAD_HEAD, false }, /* a number follows */
	{ "hash", PAYLOAD_HASH, false },
	{ "none", PAYLOAD_NONE, false },
	{ NULL, 0, false },
};

static const struct choice shell_choices[] = {
	{ "bash", COMPLETION_BASH, false },
	{ "zsh", COMPLETION_ZSH, false },
	{ NULL, 0, false },
};

static const struct option_row variant_rows[] = {
	{ NULL, 'n', "N",
	  "run N variants of PROGRAM, 1 to 16 (default 2); with 1 it is only recorded",
	  handle_n },
	{ "variant", 0, "'PROG ARG...'",
	  "run this command as one variant; give it once for each, leader first, and no PROGRAM. "
	  "Quotes and backslash work as in a shell, variables do not.",
	  handle_variant },
	{ "layout", 0, "HOW",
	  "addresses in the variants: independent (default), "
	  "code (heap and other data alike, for programs that decide by where their data lie), same (alike in all, and so far not random), "
	  "off (not random), leader-fixed (not random in the leader only)",
	  handle_layout, layout_choices },
	{ "env-variant", 0, "K:NAME=VALUE",
	  "set a variable in the environment of variant K only (the leader is 0); may be repeated",
	  handle_env },
	{ "threads", 0, "HOW",
	  "threads of one process run in turns (default: one at a time, in the same order in all "
	  "variants) or parallel (faster, and variants diverge where threads race for a lock)",
	  handle_threads, threads_choices },
	{ "backend", 0, "NAME",
	  "how system calls are intercepted: seccomp (default) "
	  "or ptrace (slower, installs no filter)",
	  handle_backend, backend_choices },
	{ "cpuid", 0, "HOW",
	  "what the cpuid instruction says: native (default), or trap: the same in all variants, "
	  "without random numbers, transactions and the number of the CPU; where the CPU can",
	  handle_cpuid, cpuid_choices },
};

static const struct option_row signal_rows[] = {
	{ "signals", 0, "WHERE",
	  "where handlers run: semi (default: between the same two calls in all variants, in long "
	  "computations too), or boundary (only at calls, for comparison)",
	  handle_signals, signals_choices },
	{ "signal-hold", 0, "US",
	  "microseconds of CPU time that a signal waits for a program that made a call just now to "
	  "make the next, where it reaches all variants at the very same point, before it interrupts "
	  "the computation (default 500; none in a long computation)",
	  handle_signal_hold },
	{ "cpu-timers", 0, "WHOSE",
	  "CPU time that setitimer counts (ITIMER_VIRTUAL, ITIMER_PROF): the leader's for all "
	  "(default: leader), or each variant's own (each)",
	  handle_cpu_timers, cpu_timers_choices },
	{ "signal-wait", 0, "N",
	  "how often a variant goes round in the loop in which it waits for a signal of its own "
	  "that others have, before that is a divergence (default 1000000000)",
	  handle_signal_wait },
};

static const struct option_row trace_rows[] = {
	{ "output", 'o', "FILE",
	  "write the trace there, or nowhere if FILE is none (default: a new file in "
	  "$MVX_TRACE_DIR, $XDG_STATE_HOME/mvx or ~/.local/state/mvx)",
	  handle_output },
	{ "payload", 0, "WHAT",
	  "what is kept of the data that calls read and write: full (default), head:N (the first "
	  "N bytes; K and M are understood), hash, none",
	  handle_payload, payload_choices },
	{ "on-full-disk", 0, "ACTION",
	  "stop (default) ends the run with an error, continue goes on unrecorded",
	  handle_full_disk, full_disk_choices },
	{ "max-trace-size", 0, "SIZE",
	  "a trace of SIZE bytes (K, M and G are understood) is treated like a full disk, but ended "
	  "in good order",
	  handle_max_trace_size },
};

static const struct option_row decision_rows[] = {
	{ "on-divergence", 0, "ACTION",
	  "what to do when variants disagree: kill (default), which ends them all",
	  handle_divergence, divergence_choices },
	{ "max-tasks", 0, "N",
	  "a program that wants more than N processes and threads at once is stopped",
	  handle_max_tasks },
	{ "timeout", 0, "SECONDS",
	  "how long a variant may stay away from a call that the others have reached (default 60; "
	  "fractions are allowed; 0 waits for ever)",
	  handle_timeout },
};

static const struct option_row other_rows[] = {
	{ "quiet", 'q', NULL, "say nothing but errors", handle_quiet },
	{ "verbose", 'v', NULL, "say more; twice for debugging", handle_verbose },
	{ "preflight", 0, NULL,
	  "run PROGRAM several times without recording, its output unseen, and say whether equal "
	  "copies of it diverge and what makes them differ",
	  handle_preflight },
	{ "check-system", 0, NULL, "say what this system lacks to run mvx, and exit",
	  handle_check_system },
	{ "syscalls", 0, NULL, "list all system calls: who makes them, what is missing, and exit",
	  handle_syscalls },
	{ "completion", 0, "SHELL", "print a completion script for bash or zsh, and exit",
	  handle_completion, shell_choices },
	{ "man", 0, NULL, "print this as a manual page, in roff, and exit", handle_man },
	{ "help", 'h', NULL, "show this text and exit", handle_help },
	{ "version", 'V', NULL, "show the version and exit", handle_version },
};

#define GROUP(title, rows) { title, rows, sizeof(rows) / sizeof((rows)[0]) }
static const struct option_group option_groups[] = {
	GROUP("Variants", variant_rows),
	GROUP("Signals", signal_rows),
	GROUP("Trace", trace_rows),
	GROUP("Decisions", decision_rows),
	GROUP("Other", other_rows),
};
#define N_GROUPS (sizeof(option_groups) / sizeof(option_groups[0]))
/* clang-format on */

static const char *const usages[] = { "[OPTIONS] [--] PROGRAM [ARG...]",
				      "[OPTIONS] --variant='PROG ARG...' --variant='PROG ARG...'" };

static const char what_it_does[] =
	"Runs a program several times side by side as if it were one, compares what\n"
	"the variants do at every system call, and records it in a trace that\n"
	"mvx-replay reads.\n";

static const struct {
	const char *status, *text;
} exit_statuses[] = {
	{ "128 + N", "the program died of signal N" },
	{ "120", "the variants diverged" },
	{ "125", "mvx-monitor itself failed" },
	{ "126", "the program could not be run" },
	{ "127", "it was not found" },
	{ "else", "the program's own" },
};
#define N_STATUSES (sizeof(exit_statuses) / sizeof(exit_statuses[0]))

static const char examples[] =
	"mvx-monitor -o run.mvx.zst ls -l\n"
	"mvx-monitor --layout=leader-fixed -n 3 ./server --port 8080\n"
	"mvx-monitor -o new.mvx.zst --variant='./old/server' --variant='./new/server'\n"
	"mvx-monitor --preflight -- ./server --version\n";

static bool runs_program(const struct options *options);
static int parse_options(struct parse_state *state, int argc, char **argv, int *next,
			 struct error *err);
static int take_program(struct parse_state *state, int argc, char **argv, struct error *err);

int options_parse(struct options *options, int argc, char **argv, struct error *err)
{
	struct parse_state state = { .options = options };
	int next = 1, result;

	*options = (struct options){
		.n_variants = DEFAULT_VARIANTS,
		.payload = PAYLOAD_FULL,
		.timeout_ns = DEFAULT_TIMEOUT_NS,
		.signal_hold_ns = DEFAULT_HOLD_NS,
		.signal_wait = DEFAULT_WAIT,
		.verbosity = LOG_NORMAL,
	};
	result = parse_options(&state, argc, argv, &next, err);
	if (result || !runs_program(options))
		return result;
	return take_program(&state, argc - next, argv + next, err);
}

void options_finish(struct options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < LIMIT_VARIANTS; i++)
		option_command_finish(&options->commands[i]);
}

/* --- walking the command line --- */

static const struct option_row *row_find(const char *name, size_t length, char letter)
{
	for (size_t g = 0; g < N_GROUPS; g++) {
		for (size_t i = 0; i < option_groups[g].n_rows; i++) {
			const struct option_row *row = &option_groups[g].rows[i];

			if (letter && row->letter == letter)
				return row;
			if (name && row->name && strlen(row->name) == length &&
			    strncmp(row->name, name, length) == 0)
				return row;
		}
	}
	return NULL;
}

/* `word` is what follows the two dashes; *next is the word after it. */
static int parse_long(struct parse_state *state, const char *word, int argc, char **argv, int *next,
		      struct error *err)
{
	size_t length = strcspn(word, "=");
	const char *value = word[length] ? word + length + 1 : NULL;
	const struct option_row *row = row_find(word, length, 0);

	if (!row)
		return error_set(err, -EINVAL, "there is no option --%.*s" SEE_HELP, (int)length,
				 word);
	if (!row->argument && value)
		return error_set(err, -EINVAL, "--%s takes no value" SEE_HELP, row->name);
	if (row->argument && !value) {
		if (*next >= argc)
			return error_set(err, -EINVAL, "--%s needs a value: --%s=%s" SEE_HELP,
					 row->name, row->name, row->argument);
		value = argv[(*next)++];
	}
	return row->handle(state, value, err);
}

/* `letters` is what follows the one dash: -qv, -n3. */
static int parse_letters(struct parse_state *state, const char *letters, int argc, char **argv,
			 int *next, struct error *err)
{
	for (const char *at = letters; *at; at++) {
		const struct option_row *row = row_find(NULL, 0, *at);
		const char *value = NULL;
		int result;

		if (!row)
			return error_set(err, -EINVAL, "there is no option -%c" SEE_HELP,
					 isprint((unsigned char)*at) ? *at : '?');
		if (row->argument) {
			value = at[1] ? at + 1 : (*next < argc ? argv[(*next)++] : NULL);
			if (!value)
				return error_set(err, -EINVAL, "-%c needs a value: -%c %s" SEE_HELP,
						 *at, *at, row->argument);
		}
		result = row->handle(state, value, err);
		if (result || value)
			return result;
	}
	return 0;
}

static bool runs_program(const struct options *options)
{
	return options->action == ACTION_RUN || options->action == ACTION_PREFLIGHT;
}

static int parse_options(struct parse_state *state, int argc, char **argv, int *next,
			 struct error *err)
{
	while (*next < argc && argv[*next][0] == '-' && argv[*next][1] &&
	       runs_program(state->options)) {
		const char *word = argv[(*next)++];
		int result;

		if (strcmp(word, "--") == 0)
			break;
		if (word[1] == '-')
			result = parse_long(state, word + 2, argc, argv, next, err);
		else
			result = parse_letters(state, word + 1, argc, argv, next, err);
		if (result)
			return result;
	}
	return 0;
}

/* --- what is left: PROGRAM and its arguments --- */

static void command_copy(struct option_command *to, int argc, char **argv)
{
	to->argv = alloc_zeroed((size_t)argc + 1, sizeof(char *));
	for (to->argc = 0; to->argc < argc; to->argc++)
		to->argv[to->argc] = alloc_string(argv[to->argc]);
}

static int take_program(struct parse_state *state, int argc, char **argv, struct error *err)
{
	struct options *options = state->options;

	if (state->n_commands) {
		if (argc > 0)
			return error_set(err, -EINVAL,
					 "--variant and a program (%s) exclude each other" SEE_HELP,
					 argv[0]);
		if (state->n_given && options->n_variants != state->n_commands)
			return error_set(
				err, -EINVAL,
				"-n says %u variants, but --variant was given %u time%s" SEE_HELP,
				options->n_variants, state->n_commands,
				state->n_commands == 1 ? "" : "s");
		options->n_variants = state->n_commands;
		return 0;
	}
	if (argc < 1)
		return error_set(err, -EINVAL, "no program to run was named" SEE_HELP);
	if (!argv[0][0])
		return error_set(err, -EINVAL, "the program to run has an empty name" SEE_HELP);
	for (unsigned i = 0; i < options->n_variants; i++)
		command_copy(&options->commands[i], argc, argv);
	return 0;
}

/* --- values --- */

/* Decimal digits only: no sign, no blanks. Returns how many there were, 0 when none or too big. */
static size_t parse_digits(const char *text, uint64_t *value)
{
	size_t length = strspn(text, "0123456789");

	*value = 0;
	if (length > 18)
		return 0;
	for (size_t i = 0; i < length; i++)
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	return length;
}

static int parse_choice(const char *option, const struct choice *choices, const char *value,
			int *out, struct error *err)
{
	char words[128] = "";

	for (const struct choice *c = choices; c->word; c++) {
		if (strcmp(c->word, value) == 0) {
			if (c->not_yet)
				return error_set(err, -EINVAL,
						 "%s=%s is not supported yet" SEE_HELP, option,
						 value);
			*out = c->value;
			return 0;
		}
		if (c->not_yet)
			continue;
		if (words[0])
			strncat(words, ", ", sizeof(words) - strlen(words) - 1);
		strncat(words, c->word, sizeof(words) - strlen(words) - 1);
	}
	return error_set(err, -EINVAL, "%s=%s is not possible, only %s" SEE_HELP, option, value,
			 words);
}

static int handle_n(struct parse_state *state, const char *value, struct error *err)
{
	uint64_t n;
	size_t digits = parse_digits(value, &n);

	if (!digits || value[digits] || n < 1 || n > LIMIT_VARIANTS)
		return error_set(err, -EINVAL,
				 "-n %s is not a number of variants from 1 to %d" SEE_HELP, value,
				 LIMIT_VARIANTS);
	state->options->n_variants = (unsigned)n;
	state->n_given = true;
	return 0;
}

static int handle_variant(struct parse_state *state, const char *value, struct error *err)
{
	if (state->n_commands == LIMIT_VARIANTS)
		return error_set(err, -EINVAL, "--variant was given more than %d times" SEE_HELP,
				 LIMIT_VARIANTS);
	if (option_command_split(&state->options->commands[state->n_commands], value, err))
		return error_prefix(err, "--variant='%.200s': ", value);
	state->n_commands++;
	return 0;
}

static int handle_layout(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--layout", layout_choices, value, &chosen, err);

	state->options->layout = (enum option_layout)chosen;
	return result;
}

static int handle_threads(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--threads", threads_choices, value, &chosen, err);

	state->options->threads = (enum option_threads)chosen;
	return result;
}

static int handle_env(struct parse_state *state, const char *value, struct error *err)
{
	struct options *options = state->options;
	unsigned variant;
	int used = 0;

	if (sscanf(value, "%u:%n", &variant, &used) != 1 || !used || variant >= LIMIT_VARIANTS ||
	    value[used] == '=' || !strchr(value + used, '='))
		return error_set(
			err, -EINVAL,
			"--env-variant takes K:NAME=VALUE, such as 1:LANG=C, not '%s'" SEE_HELP,
			value);
	if (options->n_env == OPTION_ENV_MAX)
		return error_set(err, -EINVAL,
				 "--env-variant can be given %d times at most" SEE_HELP,
				 OPTION_ENV_MAX);
	options->env[options->n_env++] = (struct option_env){ .variant = variant,
							      .assignment = value + used };
	return 0;
}

static int handle_backend(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--backend", backend_choices, value, &chosen, err);

	state->options->backend = (enum option_backend)chosen;
	return result;
}

static int handle_cpuid(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--cpuid", cpuid_choices, value, &chosen, err);

	state->options->cpuid = (enum option_cpuid)chosen;
	return result;
}

static int handle_signals(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--signals", signals_choices, value, &chosen, err);

	state->options->signals = (enum option_signals)chosen;
	return result;
}

static int handle_cpu_timers(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0;
	int result = parse_choice("--cpu-timers", cpu_timers_choices, value, &chosen, err);

	state->options->cpu_timers = (enum option_cpu_timers)chosen;
	return result;
}

static int handle_signal_hold(struct parse_state *state, const char *value, struct error *err)
{
	uint64_t us;
	size_t digits = parse_digits(value, &us);

	if (!digits || value[digits] || us > HOLD_LIMIT_US)
		return error_set(
			err, -EINVAL,
			"--signal-hold=%s is not a number of microseconds up to %u" SEE_HELP, value,
			HOLD_LIMIT_US);
	state->options->signal_hold_ns = us * 1000;
	return 0;
}

static int handle_signal_wait(struct parse_state *state, const char *value, struct error *err)
{
	uint64_t n;
	size_t digits = parse_digits(value, &n);

	if (!digits || value[digits] || !n)
		return error_set(err, -EINVAL,
				 "--signal-wait=%s is not a number of iterations" SEE_HELP, value);
	state->options->signal_wait = n;
	return 0;
}

static int handle_divergence(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0;
	int result = parse_choice("--on-divergence", divergence_choices, value, &chosen, err);

	state->options->on_divergence = (enum option_on_divergence)chosen;
	return result;
}

static int handle_full_disk(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0;
	int result = parse_choice("--on-full-disk", full_disk_choices, value, &chosen, err);

	state->options->on_full_disk = (enum option_on_full_disk)chosen;
	return result;
}

static int handle_output(struct parse_state *state, const char *value, struct error *err)
{
	if (!value[0])
		return error_set(err, -EINVAL, "-o needs the name of a file, or none" SEE_HELP);
	if (strlen(value) >= LIMIT_PATH_BYTES)
		return error_set(err, -EINVAL,
				 "-o: the name of the file has over %d bytes" SEE_HELP,
				 LIMIT_PATH_BYTES - 1);
	state->options->trace_none = strcmp(value, "none") == 0;
	state->options->trace_path = state->options->trace_none ? NULL : value;
	return 0;
}

/* N, NK, NM or NG, at most `most`. */
static bool parse_bytes(const char *text, uint64_t most, uint64_t *bytes)
{
	static const char units[] = "KMG";
	size_t digits = parse_digits(text, bytes);
	const char *unit = text + digits;
	const char *known = *unit ? strchr(units, *unit) : NULL;
	unsigned shift = known ? 10 * (unsigned)(known - units + 1) : 0;

	if (!digits || *bytes > most >> shift)
		return false;
	unit += known != NULL;
	*bytes <<= shift;
	return !*unit && *bytes > 0;
}

static int handle_max_trace_size(struct parse_state *state, const char *value, struct error *err)
{
	if (parse_bytes(value, INT64_MAX, &state->options->max_trace_bytes))
		return 0;
	return error_set(err, -EINVAL, "--max-trace-size=%s is not a size such as 500M" SEE_HELP,
			 value);
}

static int handle_max_tasks(struct parse_state *state, const char *value, struct error *err)
{
	size_t digits = parse_digits(value, &state->options->max_tasks);

	if (digits && !value[digits] && state->options->max_tasks)
		return 0;
	return error_set(err, -EINVAL, "--max-tasks=%s is not a number of tasks" SEE_HELP, value);
}

static int handle_payload(struct parse_state *state, const char *value, struct error *err)
{
	struct options *options = state->options;

	options->payload_head_bytes = 0;
	if (strncmp(value, "head:", 5) == 0) {
		options->payload = PAYLOAD_HEAD;
		if (parse_bytes(value + 5, LIMIT_PAYLOAD_BYTES, &options->payload_head_bytes))
			return 0;
		return error_set(err, -EINVAL,
				 "--payload=%s is not possible, N goes from 1 to %uM" SEE_HELP,
				 value, LIMIT_PAYLOAD_BYTES >> 20);
	}
	for (const struct choice *c = payload_choices; c->word; c++) {
		if (strcmp(c->word, value) == 0) {
			options->payload = (enum trace_payload_mode)c->value;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "--payload=%s is not possible, only full, head:N, hash, none" SEE_HELP,
			 value);
}

/* SECONDS or SECONDS.FRACTION with at most nine places; independent of the locale. */
static int handle_timeout(struct parse_state *state, const char *value, struct error *err)
{
	uint64_t seconds, fraction = 0;
	size_t whole = parse_digits(value, &seconds), places = 0;
	const char *end = value + whole;

	if (*end == '.') {
		places = parse_digits(end + 1, &fraction);
		end += 1 + places;
	}
	if ((!whole && !places) || *end || places > 9 || seconds > LIMIT_SECONDS)
		return error_set(
			err, -EINVAL,
			"--timeout=%s is not a number of seconds such as 60 or 0.5" SEE_HELP,
			value);
	for (; places < 9; places++)
		fraction *= 10;
	state->options->timeout_ns = seconds * NS_PER_SECOND + fraction;
	return 0;
}

static int handle_quiet(struct parse_state *state, const char *value, struct error *err)
{
	state->options->verbosity = LOG_QUIET;
	return 0;
}

static int handle_verbose(struct parse_state *state, const char *value, struct error *err)
{
	enum log_level now = state->options->verbosity;

	state->options->verbosity = now >= LOG_VERBOSE ? LOG_DEBUG : LOG_VERBOSE;
	return 0;
}

static int handle_preflight(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_PREFLIGHT;
	return 0;
}

static int handle_check_system(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_CHECK_SYSTEM;
	return 0;
}

static int handle_syscalls(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_SYSCALLS;
	return 0;
}

static int handle_completion(struct parse_state *state, const char *value, struct error *err)
{
	int chosen = 0, result = parse_choice("--completion", shell_choices, value, &chosen, err);

	state->options->action = ACTION_COMPLETION;
	state->options->completion_shell = (enum completion_shell)chosen;
	return result;
}

static int handle_man(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_MAN;
	return 0;
}

static int handle_help(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_HELP;
	return 0;
}

static int handle_version(struct parse_state *state, const char *value, struct error *err)
{
	state->options->action = ACTION_VERSION;
	return 0;
}

const char *options_layout_name(enum option_layout layout)
{
	for (const struct choice *c = layout_choices; c->word; c++)
		if (c->value == (int)layout)
			return c->word;
	CHECK(!"a layout with a name");
	return NULL;
}

/* --- --help --- */

/* Prints text as paragraphs of words, starting at `column` and going on at HELP_INDENT. */
static void print_wrapped(FILE *out, const char *text, int column)
{
	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column > HELP_INDENT && column + 1 + length > HELP_COLUMNS) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		} else if (column > HELP_INDENT) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", length, text);
		column += length;
		text += length + strspn(text + length, " ");
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
	char text[80];
	int used;

	if (row->letter && row->name)
		used = snprintf(text, sizeof(text), "  -%c, --%s", row->letter, row->name);
	else if (row->letter)
		used = snprintf(text, sizeof(text), "  -%c", row->letter);
	else
		used = snprintf(text, sizeof(text), "      --%s", row->name);
	CHECK(used > 0 && (size_t)used < sizeof(text));
	if (row->argument)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%c%s",
				 row->name ? '=' : ' ', row->argument);
	fputs(text, out);
	if (used > HELP_INDENT - 2) {
		fputc('\n', out);
		used = 0;
	}
	fprintf(out, "%*s", HELP_INDENT - used, "");
	print_wrapped(out, row->help, HELP_INDENT);
}

void options_print_help(FILE *out)
{
	fprintf(out, "Usage: mvx-monitor %s\n       mvx-monitor %s\n\n%s", usages[0], usages[1],
		what_it_does);
	for (size_t g = 0; g < N_GROUPS; g++) {
		fprintf(out, "\n%s:\n", option_groups[g].title);
		for (size_t i = 0; i < option_groups[g].n_rows; i++)
			print_row(out, &option_groups[g].rows[i]);
	}
	fputs("\nExit status:\n", out);
	for (size_t i = 0; i < N_STATUSES; i++)
		fprintf(out, "  %-8s %s\n", exit_statuses[i].status, exit_statuses[i].text);
}

/* --- the manual page and completions --- */

#define ROWS_MOST    64
#define VALUES_BYTES 80

static void list_choices(const struct choice *choices, char values[VALUES_BYTES])
{
	size_t used = 0;

	for (const struct choice *c = choices; c->word; c++)
		if (!c->not_yet)
			used += (size_t)snprintf(values + used, VALUES_BYTES - used, "%s%s",
						 used ? " " : "", c->word);
	CHECK(used < VALUES_BYTES);
}

/* The rows as others see them; good for ever. */
static const struct cli_option *list_rows(size_t *count)
{
	static struct cli_option list[ROWS_MOST];
	static char values[ROWS_MOST][VALUES_BYTES];
	size_t n = 0;

	for (size_t g = 0; g < N_GROUPS; g++) {
		for (size_t i = 0; i < option_groups[g].n_rows; i++) {
			const struct option_row *row = &option_groups[g].rows[i];

			CHECK(n < ROWS_MOST);
			list[n] = (struct cli_option){ .letter = row->letter,
						       .name = row->name,
						       .argument = row->argument,
						       .text = row->help,
						       .group = option_groups[g].title };
			if (row->choices) {
				list_choices(row->choices, values[n]);
				list[n].values = values[n];
			}
			n++;
		}
	}
	*count = n;
	return list;
}

void options_print_manual(FILE *out)
{
	static const char *const pages[] = { "mvx-replay(1)", "mvx-trace(5)", NULL };
	size_t count;
	const struct cli_option *rows = list_rows(&count);

	manual_begin(out, "mvx-monitor", 1, "run a program as several variants, and record it");
	manual_section(out, "SYNOPSIS");
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
		manual_synopsis(out, "mvx-monitor", usages[i]);
	manual_section(out, "DESCRIPTION");
	manual_text(out, what_it_does);
	manual_text(out, "Options end where PROGRAM begins: whatever follows is its own.");
	manual_section(out, "OPTIONS");
	manual_options(out, rows, count);
	manual_section(out, "EXIT STATUS");
	for (size_t i = 0; i < N_STATUSES; i++)
		manual_item(out, exit_statuses[i].status, exit_statuses[i].text);
	manual_section(out, "ENVIRONMENT");
	manual_item(out, "MVX_TRACE_DIR", "the folder of traces without --output");
	manual_item(out, "XDG_STATE_HOME",
		    "else that folder is mvx in this one, or else ~/.local/state/mvx");
	manual_section(out, "EXAMPLES");
	manual_lines(out, examples);
	manual_see_also(out, pages);
}

void options_print_completion(FILE *out, enum completion_shell shell)
{
	struct cli_program program = { .name = "mvx-monitor" };

	program.self = (struct cli_command){ .name = "", .operand = CLI_PROGRAM };
	program.self.options = list_rows(&program.self.n_options);
	completion_print(out, shell, &program);
}
