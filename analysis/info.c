/* What info says; see info.h. */
#include "analysis/info.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/scan.h"
#include "base/alloc.h"

/* What a pass over as few frames as possible found out. */
struct run_counts {
	uint64_t steps, signals, divergences, tasks, last_ns;
	bool exact;             /* nothing was missing */
	uint64_t diverged_step; /* of the first divergence */
	struct text summary;
};

static void count_from_frames(struct source *source, struct run_counts *counts)
{
	size_t n;
	const struct trace_frame_stat *frames = source_frames(source, &n);

	for (size_t i = 0; i < n; i++) {
		counts->steps += frames[i].calls;
		counts->signals += frames[i].signals;
		counts->divergences += frames[i].divergences;
		if (frames[i].last_ns > counts->last_ns)
			counts->last_ns = frames[i].last_ns;
	}
}

static void note_divergence(struct run_counts *counts, const struct trace_divergence *d)
{
	if (counts->diverged_step || counts->summary.length)
		return;
	counts->diverged_step = d->step;
	text_add_foreign(&counts->summary, d->summary);
}

static void count_step(struct run_counts *counts, const struct trace_step *step)
{
	counts->steps++;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (step->variants & 1u << v && step->exit_ns[v] > counts->last_ns)
			counts->last_ns = step->exit_ns[v];
}

/* Without statistics every record counts; with them, only the first divergence is looked up. */
static int count_by_scan(struct source *source, struct run_counts *counts, bool known,
			 struct error *err)
{
	struct scan_filter filter = scan_filter_all(known ? SCAN_KIND(TRACE_DIVERGENCE) :
							    SCAN_ALL_KINDS);
	const struct trace_record *record;
	struct scan *scan;
	int ret = scan_create(&scan, source, err);

	if (ret < 0)
		return ret;
	scan_start(scan, &filter);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(source, record);
		if (record->kind == TRACE_DIVERGENCE)
			note_divergence(counts, &record->divergence);
		if (known)
			break;
		if (record->kind == TRACE_STEP)
			count_step(counts, &record->step);
		counts->signals += record->kind == TRACE_SIGNAL;
		counts->divergences += record->kind == TRACE_DIVERGENCE;
		counts->tasks += record->kind == TRACE_TASK_START;
	}
	scan_destroy(scan);
	return ret < 0 ? ret : 0;
}

static int count_run(struct source *source, struct run_counts *counts, struct error *err)
{
	bool known = source_frames_known(source);
	const struct trace_end *end = source_end(source);
	char gap[512];
	int ret = 0;

	if (known)
		count_from_frames(source, counts);
	if (!known || counts->divergences)
		ret = count_by_scan(source, counts, known, err);
	if (end) {
		counts->tasks = end->tasks;
		counts->last_ns = end->time_ns;
		if (end->divergences > counts->divergences)
			counts->divergences = end->divergences;
	}
	counts->exact = !source_gap_describe(source, gap, sizeof(gap));
	return ret;
}

static void add_verdict(struct text *t, const struct run_counts *counts, unsigned variants)
{
	if (counts->divergences) {
		text_add(t, "diverged");
		if (counts->diverged_step)
			text_printf(t, " at #%" PRIu64, counts->diverged_step);
		if (counts->summary.length) {
			text_add(t, ": ");
			text_add_bytes(t, counts->summary.at, counts->summary.length);
		}
		if (counts->divergences > 1)
			text_printf(t, " (the first of %" PRIu64 ")", counts->divergences);
	} else {
		text_add(t, variants > 1 ? "no divergence" : "one variant: nothing to compare");
	}
	text_add(t, counts->exact ? "" : " in the part that can be read");
}

/* ---- for eyes ---- */

static void add_line(struct text *t, const char *key)
{
	text_add(t, key);
	text_pad(t, ' ', 12 - strlen(key));
}

static void add_programs(struct text *t, struct source *source)
{
	const struct source_variant *variants;
	unsigned count = source_variant_count(source);
	bool same = true;

	if (source_variants(source, &variants, NULL) < 0)
		return;
	for (unsigned v = 1; v < count; v++)
		same = same && (!variants[v].known ||
				(variants[v].hash == variants[0].hash && variants[0].command_line &&
				 strcmp(variants[v].command_line, variants[0].command_line) == 0));
	for (unsigned v = 0; v < (same ? 1 : count); v++) {
		add_line(t, v ? "" : "program");
		if (!same)
			text_printf(t, "v%u: ", v);
		if (variants[v].known) {
			text_add_foreign(t, variants[v].command_line);
			text_add(t, "  (");
			text_add_foreign(t, variants[v].path);
			text_add(t, ")");
		} else {
			text_add(t, "not known");
		}
		text_add_char(t, '\n');
	}
	add_line(t, "variants");
	text_printf(t, "%u", count);
	if (variants[count - 1].known && variants[count - 1].layout[0]) {
		text_add(t, ", layout ");
		text_add_foreign(t, variants[count - 1].layout);
	}
	text_add_char(t, '\n');
}

static void add_recording(struct text *t, const struct facts *facts,
			  const struct trace_header *header, const struct run_counts *counts)
{
	static const struct {
		const char *key, *fact;
	} lines[] = {
		{ "options", "options" },
		{ "monitor", "monitor_version" },
		{ "trace id", "trace_id" },
	};

	add_line(t, "recorded");
	text_add_wall_time(t, header->start_wall_ns);
	text_add(t, " on ");
	text_add_foreign(t, header->hostname);
	text_add(t, ", took ");
	text_add_duration(t, counts->last_ns);
	text_add_char(t, '\n');
	add_line(t, "host");
	text_add(t, "Linux ");
	text_add_foreign(t, header->kernel_release);
	text_add_char(t, ' ');
	text_add_foreign(t, header->machine);
	text_printf(t, ", %" PRIu32 " x ", header->cpu_count);
	text_add_foreign(t, header->cpu_model);
	text_add_char(t, '\n');
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *value = facts_find(facts, lines[i].fact);

		if (!value || !value[0])
			continue;
		add_line(t, lines[i].key);
		text_add_foreign(t, value);
		text_add_char(t, '\n');
	}
}

/* A trace that is not as it was recorded says so before anything else. */
static void add_derivations(struct text *t, const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (strncmp(facts->at[i].key, "derived.", 8) != 0)
			continue;
		add_line(t, "made by");
		text_add_foreign(t, facts->at[i].value);
		text_add_char(t, '\n');
	}
}

static void add_ends(struct text *t, struct source *source)
{
	const struct trace_end *end = source_end(source);
	bool same = true;
	int first = -1;

	for (unsigned v = 0; end && v < LIMIT_VARIANTS; v++) {
		if (!(end->variants & 1u << v))
			continue;
		if (first < 0)
			first = (int)v;
		same = same && end->status[v] == end->status[first];
	}
	if (first < 0)
		return;
	add_line(t, "end");
	for (unsigned v = (unsigned)first; v < LIMIT_VARIANTS; v++) {
		if (!(end->variants & 1u << v))
			continue;
		if (!same)
			text_printf(t, "%sv%u ", (int)v == first ? "" : ", ", v);
		text_add_status(t, source, end->status[v]);
		if (same)
			break;
	}
	text_printf(t, "; mvx-monitor exited with %" PRId32 "\n", end->exit_status);
}

static void add_completeness(struct text *t, struct source *source)
{
	char gap[1024];

	add_line(t, "complete");
	if (source_gap_describe(source, gap, sizeof(gap))) {
		text_add(t, "no: ");
		text_add_foreign(t, gap);
	} else {
		text_add(t, "yes");
	}
	text_add_char(t, '\n');
}

static void add_size(struct text *t, struct source *source)
{
	size_t n;
	const struct trace_frame_stat *frames = source_frames(source, &n);
	uint64_t raw = 0;

	for (size_t i = 0; i < n; i++)
		raw += frames[i].raw_bytes;
	add_line(t, "size");
	text_printf(t, "%" PRIu64 " bytes, %" PRIu64 " unpacked, %zu frame%s\n",
		    source_file_bytes(source), raw, n, n == 1 ? "" : "s");
}

static int info_lines(struct source *source, const struct facts *facts,
		      const struct run_counts *counts, const struct output_options *options,
		      FILE *stream)
{
	const struct trace_header *header = source_header(source);
	cleanup_text struct text t = { 0 };

	add_programs(&t, source);
	add_derivations(&t, facts);
	add_line(&t, "verdict");
	if (options->color)
		text_add(&t, counts->divergences ? "\033[1;31m" : "\033[1m");
	add_verdict(&t, counts, source_variant_count(source));
	text_add(&t, options->color ? "\033[0m\n" : "\n");
	add_line(&t, "steps");
	text_printf(&t,
		    "%" PRIu64 " (%" PRIu64 " task%s, %" PRIu64 " signal%s, %" PRIu64
		    " divergence%s)\n",
		    counts->steps, counts->tasks, counts->tasks == 1 ? "" : "s", counts->signals,
		    counts->signals == 1 ? "" : "s", counts->divergences,
		    counts->divergences == 1 ? "" : "s");
	add_ends(&t, source);
	add_completeness(&t, source);
	if (header)
		add_recording(&t, facts, header, counts);
	add_size(&t, source);
	errno = 0;
	if (fwrite(t.at, 1, t.length, stream) != t.length)
		return errno ? -errno : -EIO;
	return 0;
}

/* ---- for programs ---- */

#define INFO_EXTRA 12

struct info_row {
	const char **names;
	struct cell *cells;
	size_t count;
};

static void add_text_cell(struct info_row *row, const char *name, const char *value)
{
	row->names[row->count] = name;
	row->cells[row->count++] =
		value ? (struct cell){ .type = CELL_TEXT, .data = value, .length = strlen(value) } :
			(struct cell){ .type = CELL_NULL };
}

static void add_number_cell(struct info_row *row, const char *name, uint64_t value)
{
	for (size_t i = 0; i < row->count; i++)
		if (strcmp(row->names[i], name) == 0)
			return; /* the end has said it */
	row->names[row->count] = name;
	row->cells[row->count++] = (struct cell){ .type = CELL_INTEGER, .integer = (int64_t)value };
}

static int info_machine(struct source *source, const struct facts *facts,
			const struct run_counts *counts, const struct output_options *options,
			FILE *stream)
{
	struct output_options one_object = *options;
	const struct source_variant *variants;
	cleanup_text struct text verdict = { 0 };
	struct info_row row;
	struct output *output;
	int ret;

	if (options->format == OUTPUT_JSON)
		one_object.format = OUTPUT_NDJSON;
	row = (struct info_row){ .names = alloc_zeroed(facts->count + INFO_EXTRA, sizeof(char *)),
				 .cells = alloc_zeroed(facts->count + INFO_EXTRA,
						       sizeof(struct cell)) };
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->at[i].number && facts->at[i].value)
			add_number_cell(&row, facts->at[i].key,
					strtoull(facts->at[i].value, NULL, 10));
		else
			add_text_cell(&row, facts->at[i].key, facts->at[i].value);
	}
	if (source_variants(source, &variants, NULL) == 0)
		add_text_cell(&row, "program", variants[0].known ? variants[0].command_line : NULL);
	add_number_cell(&row, "duration_ns", counts->last_ns);
	add_number_cell(&row, "steps", counts->steps);
	add_number_cell(&row, "signals", counts->signals);
	add_number_cell(&row, "divergences", counts->divergences);
	add_number_cell(&row, "tasks", counts->tasks);
	add_verdict(&verdict, counts, source_variant_count(source));
	add_text_cell(&row, "verdict", text_get(&verdict));
	if (counts->diverged_step)
		add_number_cell(&row, "diverged_step", counts->diverged_step);
	add_number_cell(&row, "complete", counts->exact);
	output = output_create(stream, &one_object, row.names, row.count);
	ret = output_row(output, row.cells);
	if (ret == 0)
		ret = output_end(output);
	output_destroy(output);
	free(row.names);
	free(row.cells);
	return ret;
}

int info_run(struct source *source, FILE *stream, const struct output_options *options,
	     bool *stream_failed, struct error *err)
{
	struct run_counts counts = { 0 };
	cleanup_facts struct facts facts = { 0 };
	int ret = count_run(source, &counts, err);

	*stream_failed = false;
	if (ret == 0) {
		facts_collect(&facts, source, false);
		if (options->format == OUTPUT_TABLE)
			ret = info_lines(source, &facts, &counts, options, stream);
		else
			ret = info_machine(source, &facts, &counts, options, stream);
		if (ret < 0) {
			*stream_failed = true;
			error_set(err, ret, "cannot write standard output: %s", strerror(-ret));
		}
	}
	text_finish(&counts.summary);
	return ret;
}
