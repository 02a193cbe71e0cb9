/* The table of commands and options; see command.h. */
#include "replay/command.h"

#include <string.h>

#include "analysis/saved.h"

#define BIT(id)      (UINT64_C(1) << (id))
#define ALL_COMMANDS BIT(OPTION_HELP)
#define ON_TRACES    (ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_COLOR))
#define WITH_ROWS    (ON_TRACES | BIT(OPTION_FORMAT) | BIT(OPTION_BYTES))
#define FILTERING                                                                                  \
	(BIT(OPTION_EXPRESSION) | BIT(OPTION_FAILED) | BIT(OPTION_PATH) | BIT(OPTION_SUCCESSFUL) | \
	 BIT(OPTION_WHERE))
#define SELECTING (FILTERING | BIT(OPTION_EXPLAIN))

const struct cli_option option_defs[OPTION_COUNT] = {
	[OPTION_FORMAT] = { 'F', "format", "FORMAT",
			    "table (on a terminal), tsv (in a pipe), csv, json, ndjson, line or markdown",
			    "table tsv csv json ndjson line markdown" },
	[OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never; NO_COLOR is heeded",
			   "auto always never" },
	[OPTION_BYTES] = { 0, "bytes", "HOW", "escaped, or raw: as they are, never to a terminal",
			   "escaped raw" },
	[OPTION_ALLOW_INCOMPLETE] = { 0, "allow-incomplete", NULL,
				      "exit with 0, not 3, when the trace has a hole or no end" },
	[OPTION_HELP] = { 'h', "help", NULL, "show this" },
	[OPTION_AFTER] = { 'A', "after", "N", "N steps after each match, too" },
	[OPTION_BEFORE] = { 'B', "before", "N", "N steps before each match, too" },
	[OPTION_CONTEXT] = { 'C', "context", "N", "-A N -B N" },
	[OPTION_NO_PAGER] = { 0, "no-pager", NULL,
			      "straight to the terminal, not through MVX_PAGER, PAGER or less" },
	[OPTION_FOLLOW] = { 0, "follow", NULL,
			    "wait for more while the trace is being recorded, to its end" },
	[OPTION_EXPRESSION] = { 'e', "expression", "EXPR",
				"trace=NAME,%CLASS,/REGEX (! before it negates), status=failed|successful",
				"trace= status=failed status=successful" },
	[OPTION_FAILED] = { 'Z', "failed-only", NULL, "only calls that failed" },
	[OPTION_PATH] = { 'P', "path", "PATH", "only calls with exactly this file name" },
	[OPTION_STRING_BYTES] = { 's', "string-limit", "N",
				  "show N bytes of a string or buffer (32)" },
	[OPTION_SUCCESSFUL] = { 'z', "successful-only", NULL, "only calls that did not fail" },
	[OPTION_VARIANTS] = { 0, "variants", "WHICH",
			      "leader (its part only), all, or diff (those that differ from it)",
			      "leader all diff" },
	[OPTION_EXPECT_EMPTY] = { 0, "expect-empty", NULL, "exit with 1 when there are rows" },
	[OPTION_EXPECT_ROWS] = { 0, "expect-rows", NULL, "exit with 1 when there are none" },
	[OPTION_TIMEOUT] = { 0, "timeout", "SECONDS", "stop a query that takes longer" },
	[OPTION_OUTPUT] = { 'o', "output", "FILE",
			    "the file to make; it gets its name when whole" },
	[OPTION_HASH] = { 0, "hash", NULL,
			  "only the final hash of the chain over all frames, to be kept elsewhere" },
	[OPTION_SALVAGE] = { 0, "salvage", NULL,
			     "keep the readable records of the torn last frame, too" },
	[OPTION_TO] = { 0, "to", "FORMAT", "ndjson, csv, tsv, strace, chrome or clickhouse-ddl",
			"ndjson csv tsv strace chrome clickhouse-ddl" },
	[OPTION_TABLE] = { 0, "table", "NAME", "of a table or view of mvx-replay schema (step)" },
	[OPTION_ASCII] = { 0, "ascii", NULL, "draw with ASCII; what a locale without UTF-8 gets" },
	[OPTION_LEVEL] = { 0, "level", "LEVEL",
			   "effects, calls (the default), args or all: how closely to look",
			   "effects calls args all" },
	[OPTION_CANON] = { 0, "canon", NULL,
			   "what diff compares: ids, descriptors and addresses by what they mean" },
	[OPTION_GOLDEN] = { 0, "golden", "FOLDER",
			    "where the goldens are: NAME.golden for NAME.mvx.zst" },
	[OPTION_UPDATE] = { 0, "update", NULL,
			    "write NAME.golden.new for what is new or not as its golden" },
	[OPTION_ACCEPT] = { 0, "accept", NULL,
			    "give what --update wrote the names of goldens; of all without TRACE" },
	[OPTION_CI] = { 0, "ci", NULL, "a trace without golden, or a golden without trace, fails" },
	[OPTION_REPORT] = { 0, "report", "FORM",
			    "text, json, markdown, junit, tap or github (annotations)",
			    "text json markdown junit tap github" },
	[OPTION_RULES] = { 0, "rules", "FILE",
			   "known differences: SQL predicates, what to do with them, and why" },
	[OPTION_PAYLOAD] = { 0, "payload", "WHAT",
			     "hash: of contents a keyed hash stays (the default); none: only the length",
			     "hash none" },
	[OPTION_PATHS] = { 0, "paths", "WHAT",
			   "pseudonyms for parts of paths (the default), or keep: paths stay",
			   "pseudonyms keep" },
	[OPTION_KEEP] = { 0, "keep", "REGEX",
			  "words and parts of paths that match it as a whole stay" },
	[OPTION_STRINGS] = { 0, "strings", "REGEX",
			     "words and parts of paths in which it matches never stay" },
	[OPTION_KEY] = { 0, "key", "WORDS",
			 "makes the same pseudonyms and hashes each time; keep it to yourself" },
	[OPTION_FORCE] = { 'f', "force", NULL, "replace the file when it is there" },
	[OPTION_NO_INDEX] = { 0, "no-index", NULL,
			      "no indices: sooner done, for programs that read all of it" },
	[OPTION_MAN] = { 0, "man", NULL, "as a manual page, in roff: for man -l -" },
	[OPTION_SAVED] = { 0, "saved", "QUERY", "a query of ours instead of SQL; list shows them",
			   saved_query_words },
	[OPTION_BY] = { 0, "by", "WHAT", "one row for each syscall, task, file, errno or variant",
			"syscall task file errno variant" },
	[OPTION_SORT] = { 0, "sort", "WHAT",
			  "by time, calls, errors, average, longest, bytes or name",
			  "time calls errors average longest bytes name" },
	[OPTION_REGEX] = { 'E', "extended-regexp", NULL,
			   "PATTERN is a POSIX extended regular expression" },
	[OPTION_IGNORE_CASE] = { 'i', "ignore-case", NULL, "a is A; ASCII only" },
	[OPTION_HEX] = { 'x', "hex", NULL,
			 "PATTERN is bytes in hex: 7f454c46, or with blanks or colons" },
	[OPTION_COUNT_ONLY] = { 'c', "count", NULL, "only how many matches there are" },
	[OPTION_LIST] = { 'l', "list", NULL, "only the positions of the steps, one a line" },
	[OPTION_QUIET] = { 'q', "quiet", NULL, "only the exit status; stops at the first match" },
	[OPTION_WHERE] = { 0, "where", "SQL",
			   "only calls for which this is true: an expression over the columns of v_step" },
	[OPTION_EXPLAIN] = { 0, "explain", NULL,
			     "print the SQL that positions and filters become, and run nothing" },
	[OPTION_HISTORY] = { 0, "history", "FILE",
			     "where lines typed are kept, or none ($XDG_STATE_HOME/mvx/history)" },
	[OPTION_SIDE] = { 0, "side", "SIDE",
			  "in: what calls were given, out: what they gave back, or both",
			  "in out both" },
	[OPTION_LEAST] = { 'n', "least", "N", "runs of at least N bytes (4)" },
	[OPTION_DIRECTION] = { 0, "direction", "WAY",
			       "in: what was read or received, out: what was written or sent, or both",
			       "in out both" },
};

/* clang-format off */
#define RULES_TEXT \
	"A file of rules has parts that begin with [NAME]. where is an SQL predicate over v_step\n" \
	"(mvx-replay schema v_step) that chooses calls; action is ignore, mask (only the call's name\n" \
	"counts), mask=PATTERN (what matches this extended regular expression does not), unorder\n" \
	"(its place among the task's calls does not) or severity=LEVEL; because says why, and is\n" \
	"required; expires=YYYY-MM-DD, if there, is the last day the rule applies. A line that\n" \
	"begins with a blank goes on with the one before, one that begins with # is a comment. How\n" \
	"often each applied is told, also that one is unused or expired. No rule hides ends,\n" \
	"signals and divergences.\n"
/* clang-format on */

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
	  "Around a position -A, -B and -C count steps; with a filter, lines around each match.\n"
	  "--where is an SQL expression over the columns of v_step (mvx-replay schema v_step), with\n"
	  "the functions and tables of mvx-replay query; --explain shows what words become.\n"
	  "With --follow a position may be one that is still to come, but a divergence or a task.\n",
	  "mvx-replay show run.mvx.zst '#700' -C 5\nmvx-replay show run.mvx.zst d1 -B 20 --variants=diff\n"
	  "mvx-replay show run.mvx.zst -e trace=%file -Z\nmvx-replay show --follow run.mvx.zst\n"
	  "mvx-replay show run.mvx.zst --where \"duration_ns > 1e6 AND task LIKE 'P0.1.%'\"\n",
	  ON_TRACES | SELECTING | BIT(OPTION_AFTER) | BIT(OPTION_BEFORE) | BIT(OPTION_CONTEXT) |
		  BIT(OPTION_STRING_BYTES) | BIT(OPTION_VARIANTS) | BIT(OPTION_CANON) |
		  BIT(OPTION_LEVEL) | BIT(OPTION_FOLLOW) | BIT(OPTION_NO_PAGER),
	  1, 1000, command_show },
	{ "grep", "PATTERN TRACE [POSITION...]", "bytes in what calls were given and gave back",
	  "PATTERN is a fixed string of bytes, with C's escapes (\\n, \\x00, \\\\). -E: ^ and $ match\n"
	  "at lines, . anything but a newline. Each match is shown with its call, argument (a1 is\n"
	  "the second, as in the table call), direction and offset in the buffer, and marked below.\n"
	  "What is read from or written to one open file in several calls is one stream: a match\n"
	  "that begins in one call and ends in a later one is found, at a negative offset, as long\n"
	  "as it has at most 4096 bytes and a few hundred streams are used at a time. What matched\n"
	  "once does not match again. With -F each match is a row.\n"
	  "Exit status: 0 found, 1 not, 3 when the recorder has kept less of a buffer (--payload).\n",
	  "mvx-replay grep passwd run.mvx.zst\nmvx-replay grep -E 'GET /[^ ]*' run.mvx.zst --side=out -C 2\n"
	  "mvx-replay grep -x '7f 45 4c 46' run.mvx.zst -e read -c\n",
	  WITH_ROWS | SELECTING | BIT(OPTION_AFTER) | BIT(OPTION_BEFORE) | BIT(OPTION_CONTEXT) |
		  BIT(OPTION_STRING_BYTES) | BIT(OPTION_REGEX) | BIT(OPTION_IGNORE_CASE) |
		  BIT(OPTION_HEX) | BIT(OPTION_COUNT_ONLY) | BIT(OPTION_LIST) | BIT(OPTION_QUIET) |
		  BIT(OPTION_SIDE),
	  2, 1000, command_grep },
	{ "stream", "TRACE TASK FD [STEP]",
	  "the bytes of one open file, socket or pipe put together",
	  "TASK is a task (P0.T0) or a process (P0), FD a descriptor of it, STEP a position at which\n"
	  "it is open, needed when FD was several files one after the other. Shown is what was\n"
	  "read (<) and written (>) from its opening to its close, in order, by whatever\n"
	  "descriptor and process: through dup, fork and exec. A line that begins with ! instead\n"
	  "tells of bytes that are not in the trace. Descriptors that came in a message\n"
	  "(SCM_RIGHTS) are files of their own here, though they may be known ones.\n"
	  "-F hex is a dump, --bytes=raw without -F the bytes themselves; other formats have one\n"
	  "row a call.\n"
	  "Exit status: 0 there are bytes, 1 none, 3 some are missing, 2 also when FD is ambiguous.\n",
	  "mvx-replay stream run.mvx.zst P0.T0 0\nmvx-replay stream run.mvx.zst P0 3 '#700' -F hex\n"
	  "mvx-replay stream run.mvx.zst P0.T0 4 d1 --direction=in --bytes=raw > request\n",
	  WITH_ROWS | BIT(OPTION_DIRECTION), 3, 4, command_stream },
	{ "strings", "TRACE [POSITION...]", "text in what calls were given and gave back",
	  "Runs of ASCII that shows, blanks and tabs, as strings(1); each with its position, call,\n"
	  "argument, direction and offset in the buffer. A run ends where its buffer does.\n",
	  "mvx-replay strings run.mvx.zst -n 8\nmvx-replay strings run.mvx.zst --side=out -e read -F csv\n",
	  WITH_ROWS | SELECTING | BIT(OPTION_SIDE) | BIT(OPTION_LEAST), 1, 1000, command_strings },
	{ "summary", "TRACE [POSITION...]",
	  "calls, errors, times and bytes in groups, as strace -c",
	  "Times are from a call's entry to its exit, in variant 0, waiting for the others\n"
	  "included; --variants=all counts each variant's part. Bytes are those that reads and\n"
	  "writes moved. With --by=file a call counts for each file it names, by its path or by a\n"
	  "descriptor, so the rows may be more than the total, which only a table has; its times\n"
	  "are in seconds and microseconds, those of other formats in nanoseconds.\n",
	  "mvx-replay summary run.mvx.zst\nmvx-replay summary run.mvx.zst --by=errno -Z\n"
	  "mvx-replay summary run.mvx.zst --by=file --sort=bytes -F json P0.T0\n",
	  WITH_ROWS | SELECTING | BIT(OPTION_BY) | BIT(OPTION_SORT) | BIT(OPTION_VARIANTS), 1, 1000,
	  command_summary },
	{ "diff", "A B", "what differs between two runs of one command, or two releases",
	  "Compares what the leaders did, task by task, with everything renamed that differs from\n"
	  "run to run anyway: process ids, descriptors, addresses, names of temporary files, the\n"
	  "pieces in which a stream came. --level says how closely: effects (what somebody outside\n"
	  "could tell), calls (with what they are about), args (also what they read) or all.\n"
	  "Equal differences are one finding; the worst come first: security, effect, behaviour,\n"
	  "extra, order, timing, cosmetic. show --canon prints what is compared.\n"
	  "\n" RULES_TEXT "With -F, what each rule did is a row whose change is rule.\n"
	  "Exit status: 0 same, 1 differs, 2 could not compare, 3 a trace has a hole.\n",
	  "mvx-replay diff old.mvx.zst new.mvx.zst\n"
	  "mvx-replay diff --level=effects old.mvx.zst new.mvx.zst\n"
	  "mvx-replay diff -e trace=%file -F json old.mvx.zst new.mvx.zst\n"
	  "mvx-replay diff --rules known.rules old.mvx.zst new.mvx.zst\n",
	  WITH_ROWS | BIT(OPTION_NO_PAGER) | BIT(OPTION_LEVEL) | BIT(OPTION_RULES) | FILTERING, 2,
	  2, command_diff },
	{ "check", "--golden FOLDER TRACE...",
	  "do runs still have the effects they are known to have",
	  "A golden is the text of what show --canon --level=effects prints of a run that was\n"
	  "right, task by task: review and keep it as code. check never writes one; --update writes\n"
	  "new ones beside them, and --accept gives these their names. A trace without golden is\n"
	  "skipped, with --ci it fails.\n"
	  "\n" RULES_TEXT
	  "Goldens are written as the rules make them, and say so: when the rules change, look at\n"
	  "new goldens. What rules say of severity means nothing here.\n"
	  "Exit status: 0 all passed, 1 one failed, 2 could not check, 3 a trace has a hole.\n",
	  "mvx-replay check --golden goldens runs/*.mvx.zst\n"
	  "mvx-replay check --golden goldens --update runs/*.mvx.zst\n"
	  "mvx-replay check --golden goldens --accept\n"
	  "mvx-replay check --golden goldens --ci --report=junit runs/*.mvx.zst > report.xml\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_GOLDEN) | BIT(OPTION_UPDATE) |
		  BIT(OPTION_ACCEPT) | BIT(OPTION_CI) | BIT(OPTION_REPORT) | BIT(OPTION_RULES),
	  0, 100000, command_check },
	{ "query", "TRACE SQL", "answer a question in SQL, in place",
	  "SQL is one or more SELECT statements; - reads them from standard input. The tables\n"
	  "are listed by mvx-replay schema. Nothing can be written, attached or loaded.\n"
	  "With --saved no SQL is given; --saved=list needs no trace either.\n",
	  "mvx-replay query run.mvx.zst 'SELECT name, count(*) FROM step GROUP BY name'\n"
	  "mvx-replay query run.mvx.zst --expect-empty 'SELECT * FROM divergence'\n"
	  "mvx-replay query --saved slowest-calls run.mvx.zst\n",
	  WITH_ROWS | BIT(OPTION_NO_PAGER) | BIT(OPTION_EXPECT_EMPTY) | BIT(OPTION_EXPECT_ROWS) |
		  BIT(OPTION_TIMEOUT) | BIT(OPTION_SAVED),
	  0, 2, command_query },
	{ "shell", "TRACE", "SQL typed at a terminal, with history and completion",
	  "Statements end with a ; and may have many lines. Tab completes tables, columns,\n"
	  "functions, keywords and the commands of the shell itself: .tables, .schema, .mode, .saved,\n"
	  ".help, .quit. Ctrl-C stops what runs, or throws the statement typed away. What\n"
	  "mvx-replay query may not do the shell may not either.\n"
	  "When standard input is no terminal, it is a script: it ends at the first error, with\n"
	  "exit status 2.\n",
	  "mvx-replay shell run.mvx.zst\n"
	  "mvx-replay shell -F csv run.mvx.zst < questions.sql\n",
	  WITH_ROWS | BIT(OPTION_TIMEOUT) | BIT(OPTION_HISTORY), 1, 1, command_shell },
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
	{ "slice", "-o NEW TRACE [POSITION...]", "a part of a trace that is a trace",
	  "The steps chosen by POSITION and filters (mvx-replay help show), with their numbers, and\n"
	  "before them those that opened what was open, mapped what was mapped and entered the\n"
	  "directories then, so that descriptors, paths, tasks and addresses have their names.\n"
	  "-A, -B and -C take steps around positions along. A step on which the variants diverged\n"
	  "passes every filter. The header says what it is a slice of; info shows it. Divergences\n"
	  "are counted anew: the first one in the slice is d1.\n"
	  "Exit status: 0 made, 1 nothing is there, 2 could not make it, 3 the trace has a hole.\n",
	  "mvx-replay slice -o part.mvx.zst run.mvx.zst 690..710\n"
	  "mvx-replay slice -o part.mvx.zst run.mvx.zst d1 -B 100 -A 5\n"
	  "mvx-replay slice -o files.mvx.zst run.mvx.zst -e trace=%file P0.T0 P0.1.T0\n",
	  ALL_COMMANDS | SELECTING | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_OUTPUT) |
		  BIT(OPTION_FORCE) | BIT(OPTION_AFTER) | BIT(OPTION_BEFORE) | BIT(OPTION_CONTEXT),
	  1, 1000, command_slice },
	{ "redact", "-o NEW TRACE", "a trace that can be shown to others",
	  "Removed: contents of buffers (read, written, sent, received, xattr values, directory\n"
	  "entries ...), the environment but for HOME and TMPDIR, which become paths as below, the\n"
	  "start's random bytes, registers, excerpts and sentences of divergences, symbol names,\n"
	  "what signals carried. Of contents a keyed hash and the length stay.\n"
	  "\n"
	  "Replaced by pseudonyms, the same one wherever a word stands: parts of paths (also of\n"
	  "sockets, working directory, memory maps), arguments of programs, other strings, host\n"
	  "name, internet addresses, notes, words of the monitor's own command line. Parts of paths\n"
	  "that every system has (usr, lib, libc.so.6) stay, and so do the loopback addresses.\n"
	  "The key is random unless --key gives one: with the same key traces can be compared.\n"
	  "\n"
	  "Not removed: which calls were made, by which task, when and with what result; numbers in\n"
	  "arguments (sizes, flags, ports, process and user ids, addresses in memory); structures of\n"
	  "numbers (file status, times, limits); sizes of buffers and lengths of file names do not\n"
	  "show, but the number of their parts does; kernel, CPU, build ids, times. Numbers can be\n"
	  "telling: look at the result before it leaves the house.\n"
	  "Exit status: 0 made, 2 could not make it, 3 the trace has a hole.\n",
	  "mvx-replay redact -o public.mvx.zst run.mvx.zst\n"
	  "mvx-replay redact --paths=keep --strings='[Cc]ustomer' -o public.mvx.zst run.mvx.zst\n"
	  "mvx-replay redact --keep='gcc|[a-z]+\\.[ch]' -o public.mvx.zst run.mvx.zst\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE) |
		  BIT(OPTION_PAYLOAD) | BIT(OPTION_PATHS) | BIT(OPTION_KEEP) | BIT(OPTION_STRINGS) |
		  BIT(OPTION_KEY),
	  1, 1, command_redact },
	{ "load", "-o DB TRACE", "the same tables as a real SQLite file",
	  "The tables and views of mvx-replay schema, with the same columns, for any program\n"
	  "that reads SQLite. The functions (printable, decode ...) are this program's own.\n",
	  "mvx-replay load -o run.db run.mvx.zst && sqlite3 run.db 'SELECT * FROM v_divergence'\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE) |
		  BIT(OPTION_NO_INDEX),
	  1, 1, command_load },
	{ "export", "--to=FORMAT TRACE [POSITION...]",
	  "the trace in the form another program reads",
	  "ndjson, csv and tsv have one row for each step, or for each row of another --table;\n"
	  "mvx-replay schema tells the columns. JSON integers beyond 2^53 are strings, addresses\n"
	  "\"0x...\"; TSV is as PostgreSQL's COPY and ClickHouse read it.\n"
	  "strace is text as strace -f -ttt -T -o writes it, of the leader, or --variants=all; a\n"
	  "call is one line, never unfinished and resumed.\n"
	  "chrome is JSON for ui.perfetto.dev and chrome://tracing: a process for each variant, a\n"
	  "thread for each task, an arrow from each step to the same step of the next variant.\n"
	  "clickhouse-ddl is SQL that makes the tables and fills them from tsv exports; it needs no\n"
	  "TRACE, and tells how ClickHouse reads the trace as it is.\n"
	  "POSITION and filters are those of mvx-replay help show. The exit status is 1 when they\n"
	  "choose nothing.\n",
	  "mvx-replay export --to=chrome -o run.json run.mvx.zst\n"
	  "mvx-replay export --to=strace -e trace=%file run.mvx.zst '#100..#200'\n"
	  "mvx-replay export --to=tsv --table=call run.mvx.zst | clickhouse-local --query='...'\n"
	  "mvx-replay export --to=ndjson run.mvx.zst d1 | jq -r .text\n",
	  ALL_COMMANDS | SELECTING | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_TO) |
		  BIT(OPTION_TABLE) | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE) |
		  BIT(OPTION_STRING_BYTES) | BIT(OPTION_VARIANTS),
	  0, 1000, command_export },
	{ "timeline", "TRACE [POSITION...]", "the run at a glance: which task made calls when",
	  "A lane for each task, with --variants=all one for each variant of it, from left to right\n"
	  "over the width of the screen (COLUMNS; 80 in a pipe): how many calls it made, and below\n"
	  "that where it forked, executed a program, got a signal, ended or diverged. Then the\n"
	  "longest calls, and which variant waited there for which. -F gives the columns as rows.\n"
	  "POSITION and filters are those of mvx-replay help show; times on the scale are such\n"
	  "positions.\n",
	  "mvx-replay timeline run.mvx.zst\nmvx-replay timeline run.mvx.zst +20ms..+40ms --variants=all\n"
	  "mvx-replay timeline run.mvx.zst -e trace=%network -F csv\n",
	  WITH_ROWS | SELECTING | BIT(OPTION_VARIANTS) | BIT(OPTION_ASCII), 1, 1000,
	  command_timeline },
	{ "report", "-o FILE.html TRACE", "a page for people: what happened, and why it may have",
	  "One file of HTML without scripts, which loads nothing from anywhere. With a divergence it\n"
	  "begins with that: what each variant asked for and whether the kernel saw it, the variants\n"
	  "side by side, the input before it, the steps around it, places in the code, and causes that\n"
	  "mean no harm, each looked for in the trace. Then the run at a glance: a timeline of each\n"
	  "task and variant, calls, files, network, processes, signals and their delays. Steps,\n"
	  "divergences and tasks are places in the page by the same words as elsewhere:\n"
	  "file.html#700, #d1, #P0.T0. Without -o the page goes to standard output.\n",
	  "mvx-replay report -o run.html run.mvx.zst\nmvx-replay report run.mvx.zst > run.html\n",
	  ALL_COMMANDS | BIT(OPTION_ALLOW_INCOMPLETE) | BIT(OPTION_OUTPUT) | BIT(OPTION_FORCE), 1,
	  1, command_report },
	{ "schema", "[TABLE]", "every table, column and function there is to query", "",
	  "mvx-replay schema step\nmvx-replay schema --man | man -l -\n",
	  ALL_COMMANDS | BIT(OPTION_MAN) | BIT(OPTION_NO_PAGER), 0, 1, command_schema },
	{ "completion", "bash|zsh", "what a shell needs to complete command lines",
	  "Prints a script to be sourced, or to be put where the shell looks for it.\n",
	  "source <(mvx-replay completion bash)\n"
	  "mvx-replay completion zsh > ~/.zfunc/_mvx-replay\n",
	  ALL_COMMANDS, 1, 1, command_completion },
	{ "help", "[COMMAND]", "this list, or all about one command", "",
	  "mvx-replay help show\nmvx-replay help --man show | man -l -\n",
	  ALL_COMMANDS | BIT(OPTION_MAN) | BIT(OPTION_NO_PAGER), 0, 1, command_help },
	{ NULL },
};

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
