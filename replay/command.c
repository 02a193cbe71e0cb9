/* The table of commands and options; see command.h. */
#include "replay/command.h"

#include <string.h>

#define BIT(id)      (UINT64_C(1) << (id))
#define ALL_COMMANDS BIT(OPTION_HELP)
#define ON_TRACES    (ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_COLOR))
#define WITH_ROWS    (ON_TRACES | BIT(OPTION_FORMAT) | BIT(OPTION_BYTES))

const struct option_def option_defs[OPTION_COUNT] = {
	[OPTION_FORMAT] = { 'F', "format", "FORMAT",
			    "table (on a terminal), tsv (in a pipe), csv, json, ndjson, line or markdown" },
	[OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never; NO_COLOR is heeded" },
	[OPTION_BYTES] = { 0, "bytes", "HOW", "escaped, or raw: as they are, never to a terminal" },
	[OPTION_ALLOW_INCOMPLETE] = { 0, "allow-incomplete", NULL,
				      "exit with 0, not 3, when the trace has a hole or no end" },
	[OPTION_HELP] = { 'h', "help", NULL, "show this" },
	[OPTION_AFTER] = { 'A', "after", "N", "N steps after each match, too" },
	[OPTION_BEFORE] = { 'B', "before", "N", "N steps before each match, too" },
	[OPTION_CONTEXT] = { 'C', "context", "N", "-A N -B N" },
	[OPTION_EXPRESSION] = { 'e', "expression", "EXPR",
				"trace=NAME,%CLASS,/REGEX (! before it negates), status=failed|successful" },
	[OPTION_FAILED] = { 'Z', "failed-only", NULL, "only calls that failed" },
	[OPTION_PATH] = { 'P', "path", "PATH", "only calls with exactly this file name" },
	[OPTION_STRING_BYTES] = { 's', "string-limit", "N",
				  "show N bytes of a string or buffer (32)" },
	[OPTION_SUCCESSFUL] = { 'z', "successful-only", NULL, "only calls that did not fail" },
	[OPTION_VARIANTS] = { 0, "variants", "WHICH",
			      "leader (its part only), all, or diff (those that differ from it)" },
	[OPTION_EXPECT_EMPTY] = { 0, "expect-empty", NULL, "exit with 1 when there are rows" },
	[OPTION_EXPECT_ROWS] = { 0, "expect-rows", NULL, "exit with 1 when there are none" },
	[OPTION_TIMEOUT] = { 0, "timeout", "SECONDS", "stop a query that takes longer" },
	[OPTION_OUTPUT] = { 'o', "output", "FILE",
			    "the file to make; it gets its name when whole" },
	[OPTION_HASH] = { 0, "hash", NULL,
			  "only the final hash of the chain over all frames, to be kept elsewhere" },
	[OPTION_SALVAGE] = { 0, "salvage", NULL,
			     "keep the readable records of the torn last frame, too" },
	[OPTION_LEVEL] = { 0, "level", "LEVEL",
			   "effects, calls (the default), args or all: how closely to look" },
	[OPTION_CANON] = { 0, "canon", NULL,
			   "what diff compares: ids, descriptors and addresses by what they mean" },
	[OPTION_GOLDEN] = { 0, "golden", "FOLDER",
			    "where the goldens are: NAME.golden for NAME.mvx.zst" },
	[OPTION_UPDATE] = { 0, "update", NULL,
			    "write NAME.golden.new for what is new or not as its golden" },
	[OPTION_ACCEPT] = { 0, "accept", NULL,
			    "give what --update wrote the names of goldens; of all without TRACE" },
	[OPTION_CI] = { 0, "ci", NULL, "a trace without golden, or a golden without trace, fails" },
	[OPTION_REPORT] = { 0, "report", "FORM", "text, junit, tap or github (annotations)" },
	[OPTION_FORCE] = { 'f', "force", NULL, "replace the file when it is there" },
};

const struct command commands[] = {
	{ "info", "TRACE", "what was run, whether it diverged, whether the trace is whole",
	  "Reads the header, the statistics and the end only, so it is quick on any trace;\n"
	  "--hash reads all of it.\n",
	  "mvx-replay run.mvx.zst\nmvx-replay info -F json run.mvx.zst\n",
	  WITH_ROWS | BIT(OPTION_HASH), 1, 1, command_info },
	{ "show", "TRACE [POSITION...]", "the steps as text, decoded as strace does",
	  "POSITION is one of #700 (a step), 690..710 (steps), 700.v1 (one variant's part),\n"
	  "d1 (a divergence), P0.T0:454 (a call of a task), P0.T0 (all of a task) and\n"
	  "+1.5s..+2s (time since the start). Without one, everything is shown.\n"
	  "Around a position -A, -B and -C count steps; with a filter, lines around each match.\n",
	  "mvx-replay show run.mvx.zst '#700' -C 5\nmvx-replay show run.mvx.zst d1 -B 20 --variants=diff\n"
	  "mvx-replay show run.mvx.zst -e trace=%file -Z\n",
	  ON_TRACES | BIT(OPTION_AFTER) | BIT(OPTION_BEFORE) | BIT(OPTION_CONTEXT) |
		  BIT(OPTION_EXPRESSION) | BIT(OPTION_FAILED) | BIT(OPTION_PATH) |
		  BIT(OPTION_STRING_BYTES) | BIT(OPTION_SUCCESSFUL) | BIT(OPTION_VARIANTS) |
		  BIT(OPTION_CANON) | BIT(OPTION_LEVEL),
	  1, 1000, command_show },
	{ "diff", "A B", "what differs between two runs of one command, or two releases",
	  "Compares what the leaders did, task by task, with everything renamed that differs from\n"
	  "run to run anyway: process ids, descriptors, addresses, names of temporary files, the\n"
	  "pieces in which a stream came. --level says how closely: effects (what somebody outside\n"
	  "could tell), calls (with what they are about), args (also what they read) or all.\n"
	  "Equal differences are one finding; the worst come first: security, effect, behaviour,\n"
	  "extra, order, timing, cosmetic. show --canon prints what is compared.\n"
	  "Exit status: 0 same, 1 differs, 2 could not compare, 3 a trace has a hole.\n",
	  "mvx-replay diff old.mvx.zst new.mvx.zst\n"
	  "mvx-replay diff --level=effects old.mvx.zst new.mvx.zst\n"
	  "mvx-replay diff -e trace=%file -F json old.mvx.zst new.mvx.zst\n",
	  WITH_ROWS | BIT(OPTION_LEVEL) | BIT(OPTION_EXPRESSION) | BIT(OPTION_FAILED) |
		  BIT(OPTION_PATH) | BIT(OPTION_SUCCESSFUL),
	  2, 2, command_diff },
	{ "check", "--golden FOLDER TRACE...",
	  "do runs still have the effects they are known to have",
	  "A golden is the text of what show --canon --level=effects prints of a run that was\n"
	  "right, task by task: review and keep it as code. check never writes one; --update writes\n"
	  "new ones beside them, and --accept gives these their names. A trace without golden is\n"
	  "skipped, with --ci it fails.\n"
	  "Exit status: 0 all passed, 1 one failed, 2 could not check, 3 a trace has a hole.\n",
	  "mvx-replay check --golden goldens runs/*.mvx.zst\n"
	  "mvx-replay check --golden goldens --update runs/*.mvx.zst\n"
	  "mvx-replay check --golden goldens --accept\n"
	  "mvx-replay check --golden goldens --ci --report=junit runs/*.mvx.zst > report.xml\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_GOLDEN) | BIT(OPTION_UPDATE) |
		  BIT(OPTION_ACCEPT) | BIT(OPTION_CI) | BIT(OPTION_REPORT),
	  0, 100000, command_check },
	{ "query", "TRACE SQL", "answer a question in SQL, in place",
	  "SQL is one or more SELECT statements; - reads them from standard input. The tables\n"
	  "are listed by mvx-replay schema. Nothing can be written, attached or loaded.\n",
	  "mvx-replay query run.mvx.zst 'SELECT name, count(*) FROM step GROUP BY name'\n"
	  "mvx-replay query run.mvx.zst --expect-empty 'SELECT * FROM divergence'\n",
	  WITH_ROWS | BIT(OPTION_EXPECT_EMPTY) | BIT(OPTION_EXPECT_ROWS) | BIT(OPTION_TIMEOUT), 2,
	  2, command_query },
	{ "verify", "TRACE...", "is every byte as it was recorded, is the end there",
	  "Reads all of it: each frame's checksum, the chain of hashes, statistics and totals\n"
	  "against the content, the order of steps. One line for each finding, then a verdict.\n"
	  "Exit status: 0 valid, 1 damaged, 3 right as far as it goes but not complete, 2 not\n"
	  "readable. Whoever changes a trace can make its hashes anew: keep info --hash elsewhere.\n",
	  "mvx-replay verify *.mvx.zst\n", ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE), 1, 100000,
	  command_verify },
	{ "repair", "-o NEW TRACE", "a complete trace from one that was cut or damaged",
	  "Keeps what can be read, numbers included, and writes a new index. When anything is\n"
	  "missing, the new trace says so: a note, and an end that is not clean. The old one\n"
	  "stays as it is.\n",
	  "mvx-replay repair -o whole.mvx.zst cut.mvx.zst\n",
	  ALL_COMMANDS | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE) | BIT(OPTION_SALVAGE), 1, 1,
	  command_repair },
	{ "load", "-o DB TRACE", "the same tables as a real SQLite file",
	  "The tables and views of mvx-replay schema, with the same columns, for any program\n"
	  "that reads SQLite. The functions (printable, decode ...) are this program's own.\n",
	  "mvx-replay load -o run.db run.mvx.zst && sqlite3 run.db 'SELECT * FROM v_divergence'\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE), 1,
	  1, command_load },
	{ "schema", "[TABLE]", "every table, column and function there is to query", "",
	  "mvx-replay schema step\n", ALL_COMMANDS, 0, 1, command_schema },
	{ "help", "[COMMAND]", "this list, or all about one command", "", "mvx-replay help show\n",
	  ALL_COMMANDS, 0, 1, command_help },
	{ NULL },
};

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
