/* mvx-replay verify */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/text.h"
#include "replay/common.h"
#include "replay/progress.h"
#include "schema/trace_verify.h"

/* A hostile trace has as many faults as it likes. */
#define FINDINGS_SHOWN 100

struct verify_run {
	const char *path;
	struct progress progress;
	uint64_t findings;
};

static void print_line(const char *path, const char *sentence)
{
	cleanup_text struct text line = { 0 };

	text_add_foreign(&line, path);
	text_add(&line, ": ");
	text_add_foreign(&line, sentence);
	text_add_char(&line, '\n');
	fputs(text_get(&line), stdout);
}

static void report(void *data, enum trace_finding finding, const char *sentence)
{
	struct verify_run *run = data;

	progress_finish(&run->progress);
	if (run->findings++ < FINDINGS_SHOWN)
		print_line(run->path, sentence);
}

static void show_progress(void *data, uint64_t frames, uint64_t frames_total)
{
	progress_show(&((struct verify_run *)data)->progress, "verify", "frames", frames,
		      frames_total);
}

static void print_verdict(const struct verify_run *run, const struct trace_verification *v)
{
	cleanup_text struct text line = { 0 };

	if (run->findings > FINDINGS_SHOWN)
		text_printf(&line, "and %" PRIu64 " findings more; ",
			    run->findings - FINDINGS_SHOWN);
	text_add(&line, v->damages ? "damaged" : v->missing ? "incomplete" : "valid");
	text_printf(&line, ", %" PRIu64 " frame%s and %" PRIu64 " record%s read", v->frames,
		    v->frames == 1 ? "" : "s", v->records, v->records == 1 ? "" : "s");
	/* over what is left of a damaged one it would say nothing */
	if (!v->damages)
		text_printf(&line, ", chain hash %016" PRIx64, v->chain_hash);
	print_line(run->path, text_get(&line));
}

static int verify_one(const struct invocation *inv, const char *path)
{
	struct verify_run run = { .path = path };
	struct trace_verification v = { .report = report, .progress = show_progress, .data = &run };
	struct trace_reader *reader;
	struct error err = { 0 };
	int ret;

	if (trace_reader_open(&reader, path, &err) < 0)
		return cannot(&err);
	progress_init(&run.progress);
	ret = trace_verify(reader, &v, &err);
	progress_finish(&run.progress);
	trace_reader_close(reader);
	if (ret < 0)
		return cannot(&err);
	print_verdict(&run, &v);
	if (v.damages)
		return EXIT_NO;
	return v.missing && !has_option(inv, OPTION_ALLOW_INCOMPLETE) ? EXIT_GAP : EXIT_YES;
}

/* Of several traces the worst decides: unreadable, damaged, incomplete, valid. */
static int worse(int a, int b)
{
	static const int rank[] = {
		[EXIT_YES] = 0, [EXIT_GAP] = 1, [EXIT_NO] = 2, [EXIT_CANNOT] = 3
	};

	return rank[a] > rank[b] ? a : b;
}

int command_verify(const struct invocation *inv)
{
	int ret = EXIT_YES, finished;

	for (size_t i = 0; i < inv->n_operands; i++)
		ret = worse(ret, verify_one(inv, inv->operands[i]));
	finished = finish_answer(inv, NULL, EXIT_YES);
	return finished == EXIT_YES ? ret : finished;
}
