/* mvx-replay summary */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/summary.h"
#include "replay/common.h"
#include "replay/selected.h"

static int get_choices(const struct invocation *inv, struct summary_options *options,
		       struct error *err)
{
	static const char *const variants[] = { "leader", "all" };
	int by, sort, which;

	by = option_choice(inv, OPTION_BY, summary_by_names, SUMMARY_BY_COUNT, SUMMARY_SYSCALL,
			   err);
	sort = option_choice(inv, OPTION_SORT, summary_sort_names, SUMMARY_SORT_COUNT, SUMMARY_TIME,
			     err);
	/* by variant, the leader's alone would be one row */
	which = option_choice(inv, OPTION_VARIANTS, variants, 2, by == SUMMARY_VARIANT, err);
	if (by < 0 || sort < 0 || which < 0)
		return -EINVAL;
	options->by = (enum summary_by)by;
	options->sort = (enum summary_sort)sort;
	options->all_variants = which;
	return 0;
}

static int summarize(const struct invocation *inv, struct source *source,
		     struct summary_options *options)
{
	struct error err = { 0 };
	uint64_t calls, unnamed;
	bool stream_failed;
	int ret;

	ret = selection_get(&options->selection, inv, source, 1, &err);
	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (summary_run(source, options, stdout, &calls, &unnamed, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
	if (unnamed)
		say("more than %d groups: %" PRIu64 " calls are in the row (others)",
		    LIMIT_SUMMARY_GROUPS, unnamed);
	return finish_answer(inv, source, calls ? EXIT_YES : EXIT_NO);
}

int command_summary(const struct invocation *inv)
{
	struct summary_options options = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (output_options_get(&options.output, inv, &err) < 0 ||
	    get_choices(inv, &options, &err) < 0)
		return cannot(&err);
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = summarize(inv, source, &options);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
