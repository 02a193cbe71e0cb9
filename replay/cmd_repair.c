/* mvx-replay repair */
#include <errno.h>
#include <inttypes.h>

#include "analysis/text.h"
#include "replay/common.h"
#include "replay/derived.h"
#include "replay/progress.h"
#include "schema/trace_repair.h"

static void show_progress(void *data, uint64_t frames, uint64_t frames_total)
{
	progress_show(data, "repair", "frames", frames, frames_total);
}

static void tell(const char *path, const struct trace_repair *repair)
{
	cleanup_text struct text line = { 0 };

	text_printf(&line, "%" PRIu64 " frame%s and %" PRIu64 " record%s kept", repair->frames_kept,
		    repair->frames_kept == 1 ? "" : "s", repair->records,
		    repair->records == 1 ? "" : "s");
	if (repair->records_salvaged)
		text_printf(&line, " (%" PRIu64 " of the torn last frame)",
			    repair->records_salvaged);
	if (repair->end_kept)
		text_add(&line, ", nothing lost");
	else
		text_printf(&line, ", %" PRIu64 " bytes and %" PRIu64 " single records lost",
			    repair->bytes_lost, repair->records_lost);
	if (repair->steps_missing)
		text_printf(&line, ", %" PRIu64 " steps missing", repair->steps_missing);
	if (repair->header_made)
		text_add(&line, ", the header lost");
	say("%s: %s", path, text_get(&line));
}

/* The copy is written and closed, whatever comes of it. */
static int write_copy(struct trace_reader *reader, const struct derived *derived,
		      struct trace_repair *repair, struct error *err)
{
	struct trace_features features;
	struct trace_writer *writer;
	int ret;

	trace_reader_features(reader, &features);
	ret = trace_writer_open_copy(&writer, derived->fd, derived->path, features, err);
	if (ret < 0)
		return ret;
	ret = trace_repair(reader, writer, repair, err);
	if (ret == 0)
		return trace_writer_close(writer, err);
	trace_writer_abandon(writer);
	return ret;
}

static int repair_reader(const struct invocation *inv, struct trace_reader *reader,
			 const char *path)
{
	cleanup_derived struct derived derived = { .fd = -1 };
	struct progress progress;
	struct trace_repair repair = { .salvage = has_option(inv, OPTION_SALVAGE),
				       .progress = show_progress,
				       .data = &progress };
	const char *trace_path = inv->operands[0];
	struct error err = { 0 };
	int ret;

	if (trace_reader_state(reader) == TRACE_RECORDING) {
		error_set(&err, -EBUSY, "%s is still being recorded", trace_path);
		return cannot(&err);
	}
	if (derived_open(&derived, path, trace_path, has_option(inv, OPTION_FORCE), &err) < 0)
		return cannot(&err);
	progress_init(&progress);
	ret = write_copy(reader, &derived, &repair, &err);
	progress_finish(&progress);
	if (ret < 0) {
		error_prefix(&err, "cannot repair %s: ", trace_path);
		return cannot(&err);
	}
	if (derived_commit(&derived, &err) < 0)
		return cannot(&err);
	tell(path, &repair);
	return EXIT_YES;
}

int command_repair(const struct invocation *inv)
{
	const char *path = option_value(inv, OPTION_OUTPUT);
	struct trace_reader *reader;
	struct error err = { 0 };
	int ret;

	if (!path) {
		error_set(&err, -EINVAL, "repair needs -o NEW (mvx-replay help repair)");
		return cannot(&err);
	}
	if (trace_reader_open(&reader, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = repair_reader(inv, reader, path);
	trace_reader_close(reader);
	return ret;
}
