/* mvx-replay grep and strings: what is in the buffers. */
#include <errno.h>
#include <stdio.h>

#include "analysis/grep.h"
#include "analysis/strings.h"
#include "replay/common.h"
#include "replay/selected.h"

/* bytes of the shortest run, as strings(1) */
#define STRINGS_LEAST 4

/* Lines for eyes even in a pipe, as grep's; a program asks for a format. */
static int get_output(const struct invocation *inv, struct output_options *output, bool *rows,
		      struct error *err)
{
	*rows = option_value(inv, OPTION_FORMAT);
	if (!*rows && option_value(inv, OPTION_BYTES))
		return error_set(err, -EINVAL, "--bytes goes with --format");
	return output_options_get(output, inv, err);
}

static int get_where(const struct invocation *inv, enum buffer_where *where, struct error *err)
{
	int choice = option_choice(inv, OPTION_SIDE, buffer_where_names + WHERE_IN, WHERE_BOTH,
				   WHERE_BOTH - WHERE_IN, err);

	if (choice >= 0)
		*where = (enum buffer_where)(choice + WHERE_IN);
	return choice < 0 ? choice : 0;
}

/* Filters, and the positions from operand `first` on. EXIT_YES, or what to exit with. */
static int get_selection(const struct invocation *inv, struct source *source, size_t first,
			 struct selection *selection)
{
	struct error err = { 0 };
	int ret;

	ret = selection_get(selection, inv, source, first, &err);
	return ret == EXIT_NO ? finish_answer(inv, source, ret) : ret;
}

/* ---- grep ---- */

static int get_pattern(const struct invocation *inv, struct grep_options *options,
		       struct error *err)
{
	bool hex = has_option(inv, OPTION_HEX), regex = has_option(inv, OPTION_REGEX);

	if (hex && regex)
		return error_set(err, -EINVAL, "--hex and --extended-regexp exclude each other");
	return pattern_create(&options->pattern, inv->operands[0],
			      hex   ? PATTERN_HEX :
			      regex ? PATTERN_REGEX :
				      PATTERN_FIXED,
			      has_option(inv, OPTION_IGNORE_CASE), err);
}

static int get_answer(const struct invocation *inv, struct grep_options *options, struct error *err)
{
	bool rows;
	int ret = get_output(inv, &options->output, &rows, err);

	if (ret < 0)
		return ret;
	options->answer = has_option(inv, OPTION_QUIET)      ? GREP_NOTHING :
			  has_option(inv, OPTION_COUNT_ONLY) ? GREP_COUNT :
			  has_option(inv, OPTION_LIST)       ? GREP_POSITIONS :
			  rows                               ? GREP_ROWS :
							       GREP_LINES;
	return 0;
}

static int get_context(const struct invocation *inv, struct grep_options *options,
		       struct error *err)
{
	struct context context;
	int ret = context_get(&context, inv, err);

	if (ret < 0)
		return ret;
	if ((context.before || context.after) && options->answer != GREP_LINES)
		return error_set(err, -EINVAL, "-A, -B and -C go with lines only");
	options->before = context.before;
	options->after = context.after;
	options->string_bytes = context.string_bytes;
	return 0;
}

static int grep_source(const struct invocation *inv, struct source *source,
		       struct grep_options *options)
{
	struct grep_result result;
	struct error err = { 0 };
	bool stream_failed;
	int ret = get_selection(inv, source, 2, &options->selection);

	if (ret != EXIT_YES)
		return ret;
	if (grep_run(source, options, stdout, &result, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
	return finish_cut(inv, source, result.matches ? EXIT_YES : EXIT_NO, result.cut.buffers,
			  result.cut.bytes);
}

int command_grep(const struct invocation *inv)
{
	struct grep_options options = { 0 };
	struct source *source = NULL;
	struct error err = { 0 };
	int ret;

	ret = get_answer(inv, &options, &err);
	if (ret == 0)
		ret = get_context(inv, &options, &err);
	if (ret == 0)
		ret = get_where(inv, &options.where, &err);
	if (ret == 0)
		ret = get_pattern(inv, &options, &err);
	if (ret == 0)
		ret = source_open(&source, inv->operands[1], &err);
	ret = ret < 0 ? cannot(&err) : grep_source(inv, source, &options);
	selection_finish(&options.selection);
	source_close(source);
	pattern_destroy(options.pattern);
	return ret;
}

/* ---- strings ---- */

static int strings_source(const struct invocation *inv, struct source *source,
			  struct strings_options *options)
{
	struct strings_result result;
	struct error err = { 0 };
	bool stream_failed;
	int ret = get_selection(inv, source, 1, &options->selection);

	if (ret != EXIT_YES)
		return ret;
	if (strings_run(source, options, stdout, &result, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
	return finish_cut(inv, source, result.runs ? EXIT_YES : EXIT_NO, result.cut.buffers,
			  result.cut.bytes);
}

int command_strings(const struct invocation *inv)
{
	struct strings_options options = { 0 };
	struct source *source = NULL;
	struct error err = { 0 };
	unsigned long least;
	int ret;

	ret = get_output(inv, &options.output, &options.rows, &err);
	if (ret == 0)
		ret = get_where(inv, &options.where, &err);
	if (ret == 0)
		ret = option_number(inv, OPTION_LEAST, LIMIT_PAYLOAD_BYTES, STRINGS_LEAST, &least,
				    &err);
	if (ret == 0 && !least)
		ret = error_set(&err, -EINVAL, "--least: a run has at least one byte");
	if (ret == 0)
		options.least = least;
	if (ret == 0)
		ret = source_open(&source, inv->operands[0], &err);
	ret = ret < 0 ? cannot(&err) : strings_source(inv, source, &options);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
