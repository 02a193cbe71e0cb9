/* mvx-replay show */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/show.h"
#include "replay/common.h"
#include "replay/selected.h"

/* bytes of a string -s may ask for: what a trace keeps of one buffer */
#define STRING_BYTES_MAX LIMIT_PAYLOAD_BYTES

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
	unsigned long context = 0, before = 0, after = 0, bytes = 0;
	int ret = option_number(inv, OPTION_CONTEXT, LIMIT_CONTEXT_LINES, 0, &context, err);

	if (ret == 0)
		ret = option_number(inv, OPTION_BEFORE, LIMIT_CONTEXT_LINES, context, &before, err);
	if (ret == 0)
		ret = option_number(inv, OPTION_AFTER, LIMIT_CONTEXT_LINES, context, &after, err);
	if (ret == 0)
		ret = option_number(inv, OPTION_STRING_BYTES, STRING_BYTES_MAX, 0, &bytes, err);
	if (ret < 0)
		return ret;
	options->selection.before = before;
	options->selection.after = after;
	options->string_bytes = bytes;
	return 0;
}

static int show_source(const struct invocation *inv, struct source *source,
		       struct show_options *options)
{
	struct error err = { 0 };
	bool stream_failed = false;
	uint64_t lines = 0;
	int ret;

	ret = selection_get(&options->selection, inv, source, 1, &err);
	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (show_run(source, options, stdout, &lines, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
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
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = show_source(inv, source, &options);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
