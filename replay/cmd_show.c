/* mvx-replay show */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/canon.h"
#include "analysis/show.h"
#include "replay/canon_options.h"
#include "replay/common.h"
#include "replay/follow.h"
#include "replay/selected.h"

static int get_variants(const struct invocation *inv, struct show_options *options,
			struct error *err)
{
	static const char *const names[] = {
		[SHOW_LEADER] = "leader", [SHOW_ALL] = "all", [SHOW_DIFF] = "diff"
	};
	const char *value = option_value(inv, OPTION_VARIANTS);

	for (size_t i = 0; value && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			options->variants = (enum show_variants)i;
			return 0;
		}
	}
	return value ? error_set(err, -EINVAL, "--variants: leader, all or diff, not %s", value) :
		       0;
}

static int get_numbers(const struct invocation *inv, struct show_options *options,
		       struct error *err)
{
	struct context context;
	int ret = context_get(&context, inv, err);

	if (ret < 0)
		return ret;
	options->selection.before = context.before;
	options->selection.after = context.after;
	options->string_bytes = context.string_bytes;
	return 0;
}

struct canon_output {
	uint64_t lines;
	bool failed;
};

static int print_canon(void *data, const struct canon_record *record)
{
	struct canon_output *output = data;
	cleanup_text struct text line = { 0 };

	text_printf(&line, "#%" PRIu64 " %s ", record->step, record->label);
	canon_text_put(&line, record->text);
	text_add_char(&line, '\n');
	errno = 0;
	if (fwrite(text_get(&line), 1, line.length, stdout) != line.length) {
		output->failed = true;
		return errno ? -errno : -EIO;
	}
	output->lines++;
	return 0;
}

static int show_canon(const struct invocation *inv, struct source *source,
		      const struct call_filter *filter)
{
	struct canon_output output = { 0 };
	struct error err = { 0 };
	enum canon_level level;
	int ret;

	if (canon_level_get(&level, inv, &err) < 0)
		return cannot(&err);
	ret = canon_run(source, level, filter, print_canon, &output, &err);
	if (ret < 0 && output.failed)
		error_set(&err, ret, "cannot write standard output: %s", strerror(-ret));
	if (ret < 0)
		return finish_failed(&err, output.failed);
	return finish_answer(inv, source, output.lines ? EXIT_YES : EXIT_NO);
}

static int show_source(const struct invocation *inv, struct source *source,
		       struct show_options *options)
{
	struct error err = { 0 };
	bool stream_failed = false;
	enum trace_state before = source_state(source);
	uint64_t lines = 0;
	int ret;

	ret = selection_get(&options->selection, inv, source, 1, &err);
	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (has_option(inv, OPTION_FOLLOW)) {
		options->wait = follow_wait;
		options->data = source;
	}
	if (has_option(inv, OPTION_CANON))
		return show_canon(inv, source, &options->selection.filter);
	if (show_run(source, options, stdout, &lines, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
	if (options->wait && before == TRACE_RECORDING && source_state(source) == TRACE_INCOMPLETE)
		say("%s: its writer is gone and has written no end", source_path(source));
	if (!lines && options->selection.n_positions)
		say("%s has nothing at %s", source_path(source), inv->operands[1]);
	return finish_answer(inv, source, lines ? EXIT_YES : EXIT_NO);
}

int command_show(const struct invocation *inv)
{
	struct show_options options = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (color_get(&options.color, inv, &err) < 0 || get_variants(inv, &options, &err) < 0 ||
	    get_numbers(inv, &options, &err) < 0)
		return cannot(&err);
	if (has_option(inv, OPTION_FOLLOW) && has_option(inv, OPTION_CANON)) {
		error_set(&err, -EINVAL, "--canon needs a whole trace: no --follow");
		return cannot(&err);
	}
	if (has_option(inv, OPTION_LEVEL) && !has_option(inv, OPTION_CANON)) {
		error_set(&err, -EINVAL, "--level says how closely --canon looks");
		return cannot(&err);
	}
	/* a record may stand for many steps, and its numbers depend on all before */
	if (has_option(inv, OPTION_CANON) && inv->n_operands > 1) {
		error_set(&err, -EINVAL, "--canon shows all of a trace: no positions");
		return cannot(&err);
	}
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = show_source(inv, source, &options);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
