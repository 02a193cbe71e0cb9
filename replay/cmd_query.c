/* mvx-replay query */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/query.h"
#include "analysis/text.h"
#include "base/limits.h"
#include "replay/common.h"

static int get_timeout(const struct invocation *inv, double *seconds, struct error *err)
{
	const char *value = option_value(inv, OPTION_TIMEOUT);
	char *end;

	*seconds = 0;
	if (!value)
		return 0;
	*seconds = strtod(value, &end);
	if (end == value || *end || !(*seconds > 0) || *seconds > 1e9)
		return error_set(err, -EINVAL, "--timeout: %s is no number of seconds", value);
	return 0;
}

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

int command_query(const struct invocation *inv)
{
	struct output_options options;
	struct query_limits limits = { 0 };
	cleanup_text struct text sql = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (output_options_get(&options, inv, &err) < 0 ||
	    get_timeout(inv, &limits.timeout_s, &err) < 0)
		return cannot(&err);
	if (has_option(inv, OPTION_EXPECT_EMPTY) && has_option(inv, OPTION_EXPECT_ROWS)) {
		error_set(&err, -EINVAL, "--expect-empty and --expect-rows exclude each other");
		return cannot(&err);
	}
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	if (strcmp(inv->operands[1], "-") != 0)
		text_add(&sql, inv->operands[1]);
	else if (read_sql(&sql, &err) < 0) {
		source_close(source);
		return cannot(&err);
	}
	ret = query_source(inv, source, text_get(&sql), &options, &limits);
	source_close(source);
	return ret;
}
