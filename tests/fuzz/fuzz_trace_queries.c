/*
 * Fuzz target: a trace of somebody's making, asked everything: each table and
 * view, each function over what the tables give, and the commands that print
 * records. Nothing that comes out may harm a terminal.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/export.h"
#include "analysis/info.h"
#include "analysis/query.h"
#include "analysis/schema.h"
#include "analysis/show.h"
#include "analysis/summary.h"
#include "base/check.h"
#include "tests/fuzz/trace_input.h"

/* A view may join all with all. */
#define TIMEOUT_S 0.5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sink {
	FILE *stream;
	char *text;
	size_t length;
};

static void check(struct sink *to)
{
	trace_input_check_output(to->stream, &to->text, &to->length);
}

static void ask(struct query *query, const char *sql, enum output_format format, struct sink *to)
{
	struct output_options options = { .format = format };
	struct error err = { 0 };
	bool stream_failed = false;
	uint64_t rows;
	int ret = query_run(query, sql, to->stream, &options, &rows, &stream_failed, &err);

	/* Bad SQL would be ours: the one thing that must not be wrong here. A trace may be nonsense. */
	CHECK(!stream_failed);
	CHECK(ret != -EINVAL || strstr(err.message, "was not written by mvx-monitor"));
	check(to);
}

static const char *const questions[] = {
	"SELECT decode(step), decode(step, 1), decode(step, variant) FROM call LIMIT 50",
	"SELECT syscall_name(nr), errno_name(result), hex64(result), signal_name(nr) FROM call LIMIT 50",
	"SELECT hexdump(data), printable(data), printable(data, 3), first_diff(data, 'ab') FROM buf LIMIT 50",
	"SELECT text REGEXP '^[a-z]+\\(', count(*) FROM step GROUP BY 1 LIMIT 50",
	"SELECT * FROM step WHERE step BETWEEN 2 AND 9 OR name = 'read' OR errno = 'ENOENT' ORDER BY step DESC LIMIT 50",
	"SELECT * FROM call JOIN step USING (step) JOIN task ON task.task = step.task LIMIT 50",
	"SELECT * FROM signal JOIN signal_def USING (signo) LIMIT 50",
};

static void ask_everything(struct source *source, struct sink *to)
{
	const struct query_limits limits = { .timeout_s = TIMEOUT_S };
	struct error err = { 0 };
	struct query *query;
	char sql[128];
	unsigned format = 0;

	CHECK(query_open(&query, source, &limits, &err) == 0);
	for (size_t i = 0; schema_tables[i]; i++) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s LIMIT 50", schema_tables[i]->name);
		ask(query, sql, format++ % (OUTPUT_MARKDOWN + 1), to);
	}
	for (size_t i = 0; schema_views[i].name; i++) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s LIMIT 50", schema_views[i].name);
		ask(query, sql, format++ % (OUTPUT_MARKDOWN + 1), to);
	}
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		ask(query, questions[i], format++ % (OUTPUT_MARKDOWN + 1), to);
	query_close(query);
}

static void print_records(struct source *source, struct sink *to)
{
	static const enum export_format formats[] = { EXPORT_STRACE, EXPORT_CHROME };
	struct show_options show = { .variants = SHOW_ALL };
	struct export_options export = { 0 };
	struct summary_options summary = { .all_variants = true };
	struct output_options output = { .format = OUTPUT_TABLE };
	struct error err = { 0 };
	uint64_t count, unnamed;
	bool stream_failed;

	show_run(source, &show, to->stream, &count, &stream_failed, &err);
	check(to);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		export_run(source, formats[i], &export, to->stream, &count, &stream_failed, &err);
		check(to);
	}
	for (unsigned by = 0; by < SUMMARY_BY_COUNT; by++) {
		summary.by = by;
		summary_run(source, &summary, to->stream, &count, &unnamed, &stream_failed, &err);
		check(to);
	}
	info_run(source, to->stream, &output, &stream_failed, &err);
	check(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = trace_input_open(data, size);
	struct sink to = { 0 };

	if (!source)
		return 0;
	to.stream = open_memstream(&to.text, &to.length);
	CHECK(to.stream);
	ask_everything(source, &to);
	print_records(source, &to);
	fclose(to.stream);
	free(to.text);
	trace_input_close(source);
	return 0;
}
