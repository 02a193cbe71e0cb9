/* mvx-replay query */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/query.h"
#include "analysis/saved.h"
#include "analysis/text.h"
#include "base/limits.h"
#include "replay/common.h"

static int read_sql(struct text *sql, struct error *err)
{
	char buffer[4096];
	size_t got;

	while ((got = fread(buffer, 1, sizeof(buffer), stdin)) > 0) {
		text_add_bytes(sql, buffer, got);
		if (sql->length > LIMIT_SQL_BYTES)
			return error_set(err, -E2BIG,
					 "the SQL on standard input is longer than %d bytes",
					 LIMIT_SQL_BYTES);
	}
	if (ferror(stdin))
		return error_set(err, -EIO, "cannot read SQL from standard input: %s",
				 strerror(errno));
	return 0;
}

static int judge(const struct invocation *inv, uint64_t rows)
{
	if (has_option(inv, OPTION_EXPECT_EMPTY) && rows) {
		say("expected no rows, got %llu", (unsigned long long)rows);
		return EXIT_NO;
	}
	if (has_option(inv, OPTION_EXPECT_ROWS) && !rows) {
		say("expected rows, got none");
		return EXIT_NO;
	}
	return EXIT_YES;
}

static int query_source(const struct invocation *inv, struct source *source, const char *sql,
			const struct output_options *options, const struct query_limits *limits)
{
	struct query *query;
	struct error err = { 0 };
	bool stream_failed;
	uint64_t rows;
	int ret = query_open(&query, source, limits, &err);

	if (ret < 0)
		return cannot(&err);
	ret = query_run(query, sql, stdout, options, &rows, &stream_failed, &err);
	if (ret < 0 && !stream_failed)
		fflush(stdout); /* rows before the trouble come before its sentence */
	ret = ret < 0 ? finish_failed(&err, stream_failed) :
			finish_answer(inv, source, judge(inv, rows));
	query_close(query);
	return ret;
}

/* ---- saved queries ---- */

static int list_saved(const struct invocation *inv, const struct output_options *options)
{
	struct error err = { 0 };
	int ret = saved_queries_put(stdout, options);

	if (ret == 0)
		return finish_answer(inv, NULL, EXIT_YES);
	error_set(&err, ret, "cannot write standard output: %s", strerror(-ret));
	return finish_failed(&err, true);
}

/* What to ask: the operand behind the trace, standard input, or a saved query. */
static int get_sql(const struct invocation *inv, struct text *sql, struct error *err)
{
	const char *name = option_value(inv, OPTION_SAVED);
	const struct saved_query *saved = name ? saved_query_find(name) : NULL;

	if (name && !saved)
		return error_set(
			err, -EINVAL,
			"there is no saved query %s; mvx-replay query --saved=list lists them",
			name);
	if (name && inv->n_operands != 1)
		return error_set(err, -EINVAL, "query --saved=%s needs TRACE, and no SQL", name);
	if (!name && inv->n_operands != 2)
		return error_set(err, -EINVAL, "query needs %s", inv->command->arguments);
	if (saved)
		text_add(sql, saved->sql);
	else if (strcmp(inv->operands[1], "-") != 0)
		text_add(sql, inv->operands[1]);
	else
		return read_sql(sql, err);
	return 0;
}

static bool wants_list(const struct invocation *inv)
{
	const char *name = option_value(inv, OPTION_SAVED);

	return name && strcmp(name, "list") == 0;
}

int command_query(const struct invocation *inv)
{
	struct output_options options;
	struct query_limits limits = { 0 };
	cleanup_text struct text sql = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (output_options_get(&options, inv, &err) < 0 ||
	    timeout_get(inv, &limits.timeout_s, &err) < 0)
		return cannot(&err);
	if (has_option(inv, OPTION_EXPECT_EMPTY) && has_option(inv, OPTION_EXPECT_ROWS)) {
		error_set(&err, -EINVAL, "--expect-empty and --expect-rows exclude each other");
		return cannot(&err);
	}
	if (wants_list(inv))
		return list_saved(inv, &options);
	if (get_sql(inv, &sql, &err) < 0 || source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = query_source(inv, source, text_get(&sql), &options, &limits);
	source_close(source);
	return ret;
}
