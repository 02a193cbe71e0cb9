/* mvx-replay report */
#include <stdio.h>
#include <unistd.h>

#include "analysis/report.h"
#include "replay/common.h"
#include "replay/progress.h"
#include "replay/target.h"

static void show_progress(void *data, uint64_t done, uint64_t total)
{
	progress_show(data, "report", "steps", done, total);
}

static int report_to(const struct invocation *inv, struct source *source, struct target *target)
{
	struct report_options options = { 0 };
	struct progress progress;
	struct error err = { 0 };
	bool stream_failed;
	int ret;

	progress_init(&progress);
	options.progress = progress.enabled ? show_progress : NULL;
	options.data = &progress;
	ret = report_run(source, &options, target->stream, &stream_failed, &err);
	progress_finish(&progress);
	if (ret < 0)
		return stream_failed ? target_failed(target, err.code) : cannot(&err);
	ret = target_commit(target);
	return ret == EXIT_YES ? finish_answer(inv, source, EXIT_YES) : ret;
}

static int report_source(const struct invocation *inv, struct source *source)
{
	struct target target;
	struct error err = { 0 };
	int ret = target_open(&target, inv, &err) < 0 ? cannot(&err) :
							report_to(inv, source, &target);

	target_finish(&target);
	return ret;
}

int command_report(const struct invocation *inv)
{
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (!option_value(inv, OPTION_OUTPUT) && isatty(STDOUT_FILENO)) {
		say("report makes HTML: name a file with -o, or send it into one");
		return EXIT_CANNOT;
	}
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = report_source(inv, source);
	source_close(source);
	return ret;
}
