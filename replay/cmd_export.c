/* mvx-replay export */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/export.h"
#include "analysis/export_clickhouse.h"
#include "replay/common.h"
#include "replay/progress.h"
#include "replay/selected.h"
#include "replay/target.h"

static int get_format(const struct invocation *inv, enum export_format *format, struct error *err)
{
	const char *name = option_value(inv, OPTION_TO);

	if (!name)
		return error_set(err, -EINVAL, "export needs --to=FORMAT (mvx-replay help export)");
	return export_format_parse(format, name, err);
}

/* What would be passed over in silence is a mistake. */
static int check_options(const struct invocation *inv, enum export_format format, struct error *err)
{
	bool records = format == EXPORT_STRACE || format == EXPORT_CHROME;

	if (records && has_option(inv, OPTION_TABLE))
		return error_set(err, -EINVAL,
				 "--table is for ndjson, csv, tsv and clickhouse-ddl");
	if (!records && has_option(inv, OPTION_VARIANTS))
		return error_set(err, -EINVAL,
				 "--variants is for strace and chrome; --table=call has all");
	if (!records && has_option(inv, OPTION_STRING_BYTES))
		return error_set(err, -EINVAL, "--string-limit is for strace and chrome");
	if (!inv->n_operands && format != EXPORT_CLICKHOUSE_DDL)
		return error_set(err, -EINVAL, "export needs TRACE [POSITION...]");
	if (inv->n_operands && format == EXPORT_CLICKHOUSE_DDL)
		return error_set(err, -EINVAL,
				 "--to=clickhouse-ddl is the same for every trace: it takes none");
	return 0;
}

static int get_options(const struct invocation *inv, enum export_format format,
		       struct export_options *options, struct error *err)
{
	const char *variants = option_value(inv, OPTION_VARIANTS);
	unsigned long bytes;
	int ret = option_number(inv, OPTION_STRING_BYTES, EXPORT_STRING_BYTES_MAX, 0, &bytes, err);

	if (ret < 0)
		return ret;
	options->string_bytes = bytes;
	options->table = option_value(inv, OPTION_TABLE);
	options->leader_only = format == EXPORT_STRACE;
	if (!variants)
		return 0;
	if (strcmp(variants, "leader") != 0 && strcmp(variants, "all") != 0)
		return error_set(err, -EINVAL, "--variants: leader or all, not %s", variants);
	options->leader_only = variants[0] == 'l';
	return 0;
}

static void show_progress(void *data, uint64_t done, uint64_t total)
{
	progress_show(data, "export", "rows", done, total);
}

/* Rows on a terminal are progress enough, and a line among them would stand in their way. */
static void watch_progress(struct progress *progress, const struct target *target,
			   struct export_options *options)
{
	progress_init(progress);
	progress->enabled &= target->path || !isatty(STDOUT_FILENO);
	options->progress = progress->enabled ? show_progress : NULL;
	options->data = progress;
}

static int export_to(const struct invocation *inv, struct source *source, enum export_format format,
		     struct export_options *options)
{
	bool stream_failed = false, chosen = !selection_is_all(&options->selection);
	struct progress progress;
	struct target target;
	struct error err = { 0 };
	uint64_t count = 0;
	int ret = target_open(&target, inv, &err);

	if (ret == 0) {
		watch_progress(&progress, &target, options);
		ret = export_run(source, format, options, target.stream, &count, &stream_failed,
				 &err);
		progress_finish(&progress);
	}
	if (ret == 0 && source_failure(source)) {
		err = *source_failure(source);
		ret = err.code;
	}
	if (ret < 0)
		ret = stream_failed ? target_failed(&target, err.code) : cannot(&err);
	else
		ret = target_commit(&target);
	/* a table may be empty; a choice that meets nothing is a "no" */
	if (ret == EXIT_YES)
		ret = finish_answer(inv, source, count || !chosen ? EXIT_YES : EXIT_NO);
	target_finish(&target);
	return ret;
}

static int export_source(const struct invocation *inv, struct source *source,
			 enum export_format format, struct export_options *options)
{
	const char *table = options->table ? options->table : "step";
	struct error err = { 0 };
	int ret = selection_get(&options->selection, inv, source, 1, &err);

	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (export_format_has_rows(format) &&
	    export_table_check(table, &options->selection, &err) < 0)
		return cannot(&err);
	return export_to(inv, source, format, options);
}

static int export_ddl(const struct invocation *inv)
{
	cleanup_text struct text ddl = { 0 };
	struct target target;
	struct error err = { 0 };
	int ret;

	if (export_clickhouse_ddl(&ddl, option_value(inv, OPTION_TABLE), &err) < 0)
		return cannot(&err);
	if (target_open(&target, inv, &err) < 0) {
		ret = cannot(&err);
	} else {
		fputs(text_get(&ddl), target.stream);
		ret = target_commit(&target);
		if (ret == EXIT_YES)
			ret = finish_answer(inv, NULL, EXIT_YES);
	}
	target_finish(&target);
	return ret;
}

int command_export(const struct invocation *inv)
{
	struct export_options options = { 0 };
	enum export_format format = EXPORT_TSV;
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (get_format(inv, &format, &err) < 0 || check_options(inv, format, &err) < 0 ||
	    get_options(inv, format, &options, &err) < 0)
		return cannot(&err);
	if (format == EXPORT_CLICKHOUSE_DDL)
		return export_ddl(inv);
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = export_source(inv, source, format, &options);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
