/* SQL functions; see functions.h. */
#include "analysis/functions.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/address.h"
#include "analysis/expression.h"
#include "analysis/functions_steps.h"
#include "analysis/schema.h"
#include "base/alloc.h"

/* bytes of a blob hexdump shows; it says what it left out */
#define HEXDUMP_BYTES 65536

void function_result(sqlite3_context *context, const struct text *t)
{
	sqlite3_result_text64(context, text_get(t), t->length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static struct source *context_source(sqlite3_context *context)
{
	return function_state_source(sqlite3_user_data(context));
}

static void run_syscall_name(sqlite3_context *context, int argc, sqlite3_value **values)
{
	value_text(context,
		   source_syscall_name(context_source(context), sqlite3_value_int64(values[0])));
}

static void run_errno_name(sqlite3_context *context, int argc, sqlite3_value **values)
{
	sqlite3_int64 number = sqlite3_value_int64(values[0]);

	if (number < 0 && number >= -4095)
		number = -number;
	value_text(context, source_errno_name(context_source(context), number));
}

static void run_signal_name(sqlite3_context *context, int argc, sqlite3_value **values)
{
	value_text(context,
		   source_signal_name(context_source(context), sqlite3_value_int64(values[0])));
}

static void run_hex64(sqlite3_context *context, int argc, sqlite3_value **values)
{
	char text[24];

	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)sqlite3_value_int64(values[0]));
	value_text(context, text);
}

static void add_dump_line(struct text *t, const uint8_t *at, size_t offset, size_t length)
{
	text_printf(t, "%s%08zx ", offset ? "\n" : "", offset);
	for (size_t i = 0; i < 16; i++) {
		if (i % 8 == 0)
			text_add_char(t, ' ');
		if (i < length)
			text_printf(t, "%02x ", at[i]);
		else
			text_add(t, "   ");
	}
	text_add(t, " |");
	for (size_t i = 0; i < length; i++)
		text_add_char(t, at[i] >= 0x20 && at[i] < 0x7f ? (char)at[i] : '.');
	text_add(t, "|");
}

static void run_hexdump(sqlite3_context *context, int argc, sqlite3_value **values)
{
	const uint8_t *at = sqlite3_value_blob(values[0]);
	size_t length = (size_t)sqlite3_value_bytes(values[0]);
	size_t shown = length < HEXDUMP_BYTES ? length : HEXDUMP_BYTES;
	cleanup_text struct text t = { 0 };

	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	for (size_t i = 0; i < shown; i += 16)
		add_dump_line(&t, at + i, i, shown - i < 16 ? shown - i : 16);
	if (shown < length)
		text_printf(&t, "\n... %zu more bytes", length - shown);
	function_result(context, &t);
}

static void run_printable(sqlite3_context *context, int argc, sqlite3_value **values)
{
	const void *at = sqlite3_value_blob(values[0]);
	size_t length = (size_t)sqlite3_value_bytes(values[0]);
	sqlite3_int64 limit = argc > 1 ? sqlite3_value_int64(values[1]) : INT64_MAX;
	size_t shown = limit < 0 ? 0 : (uint64_t)limit < length ? (size_t)limit : length;
	cleanup_text struct text t = { 0 };

	if (argc > 2) {
		sqlite3_result_error(context, "printable() takes a blob and a length", -1);
		return;
	}
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	text_add_escaped(&t, at, shown, ESCAPE_BACKSLASH | ESCAPE_HIGH);
	text_add(&t, shown < length ? "..." : "");
	function_result(context, &t);
}

static void run_first_diff(sqlite3_context *context, int argc, sqlite3_value **values)
{
	const uint8_t *a = sqlite3_value_blob(values[0]), *b = sqlite3_value_blob(values[1]);
	int a_length = sqlite3_value_bytes(values[0]), b_length = sqlite3_value_bytes(values[1]);
	int at = 0;

	if (sqlite3_value_type(values[0]) == SQLITE_NULL ||
	    sqlite3_value_type(values[1]) == SQLITE_NULL)
		return;
	while (at < a_length && at < b_length && a[at] == b[at])
		at++;
	if (at < a_length || at < b_length)
		sqlite3_result_int(context, at);
}

static void free_regex(void *regex)
{
	regfree(regex);
	free(regex);
}

static regex_t *compile_regex(sqlite3_context *context, sqlite3_value *pattern)
{
	regex_t *regex = alloc_zeroed(1, sizeof(*regex));
	const char *text = (const char *)sqlite3_value_text(pattern);
	char message[192];
	struct error err = { 0 };

	if (expression_compile(regex, text ? text : "", REG_NOSUB, &err) == 0)
		return regex;
	snprintf(message, sizeof(message), "regular expression: %.150s", err.message);
	sqlite3_result_error(context, message, -1);
	free(regex);
	return NULL;
}

static void run_sockaddr(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct trace_blob blob = { .data = sqlite3_value_blob(values[0]),
				   .length = (size_t)sqlite3_value_bytes(values[0]) };
	cleanup_text struct text t = { 0 };

	text_add_address(&t, &blob);
	if (t.length)
		function_result(context, &t);
}

/* X REGEXP Y is regexp(Y, X): POSIX extended expressions, anywhere in the text. */
static void run_regexp(sqlite3_context *context, int argc, sqlite3_value **values)
{
	regex_t *regex = sqlite3_get_auxdata(context, 0);
	const char *text = (const char *)sqlite3_value_text(values[1]);
	bool fresh = !regex;

	if (sqlite3_value_type(values[0]) == SQLITE_NULL || !text)
		return;
	if (fresh)
		regex = compile_regex(context, values[0]);
	if (!regex)
		return;
	sqlite3_result_int(context, regexec(regex, text, 0, NULL, 0) == 0);
	/* last: SQLite may free it at once */
	if (fresh)
		sqlite3_set_auxdata(context, 0, regex, free_regex);
}

const struct function_def sql_functions[] = {
	{ "syscall_name(nr)", "name of a system call", "syscall_name", 1, run_syscall_name },
	{ "errno_name(n)", "name of an error number, or of a result that is one", "errno_name", 1,
	  run_errno_name },
	{ "signal_name(n)", "name of a signal", "signal_name", 1, run_signal_name },
	{ "hex64(n)", "an integer as 0x...", "hex64", 1, run_hex64 },
	{ "hexdump(blob)", "16 bytes a line, in hex and as text", "hexdump", 1, run_hexdump },
	{ "printable(blob [, n])", "at most n bytes, \\xNN for what is not printable ASCII",
	  "printable", -1, run_printable },
	{ "sockaddr(blob)", "a socket's address: 127.0.0.1:80, [::1]:80, unix:/path", "sockaddr", 1,
	  run_sockaddr },
	{ "decode(step [, variant])", "a step as strace would print it", "decode", -1, run_decode },
	{ "canon(step [, variant])", "a step as diff compares it; cheap for steps in order",
	  "canon", -1, run_canon },
	{ "has_path(step, path)", "1 when the step has exactly this file name, as -P asks",
	  "has_path", 2, run_has_path },
	{ "path_of(proc, fd, step)",
	  "what the descriptor of a process (P0), task (P0.T0) or task number is when it makes the step",
	  "path_of", 3, run_path_of },
	{ "region(variant, addr, step)",
	  "what lies at the address in the process that makes the step: path+0x1f0", "region", 3,
	  run_region },
	{ "first_diff(a, b)", "offset of the first differing byte, NULL when equal", "first_diff",
	  2, run_first_diff },
	{ "text REGEXP pattern", "POSIX extended regular expression", "regexp", 2, run_regexp },
	{ NULL, NULL, NULL, 0, NULL },
};

static bool has_regexp(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	bool has = sqlite3_prepare_v2(db, "SELECT 'a' REGEXP 'a'", -1, &stmt, NULL) == SQLITE_OK;

	sqlite3_finalize(stmt);
	return has;
}

int functions_register(sqlite3 *db, struct source *source, bool keep_regexp)
{
	struct function_state *state = function_state_create(source);
	int ret = SQLITE_OK;

	keep_regexp = keep_regexp && has_regexp(db);
	for (size_t i = 0; ret == SQLITE_OK && sql_functions[i].name; i++) {
		const struct function_def *def = &sql_functions[i];
		int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC;

		if (keep_regexp && def->run == run_regexp)
			continue;
		/* frees its reference when it fails, too */
		ret = sqlite3_create_function_v2(db, def->name, def->argc, flags,
						 function_state_share(state), def->run, NULL, NULL,
						 function_state_release);
	}
	function_state_release(state);
	return ret;
}
