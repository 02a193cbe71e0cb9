/* One open file's bytes; see stream.h. */
#include "analysis/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/descriptors.h"
#include "analysis/facts.h"
#include "analysis/schema.h"
#include "analysis/transfer.h"
#include "base/alloc.h"

#define HEX_COLUMNS 16

#define GREEN "\033[32m"
#define CYAN  "\033[36m"
#define PLAIN "\033[0m"

static int start_walk(struct scan **scan, struct source *source, struct error *err)
{
	struct scan_filter filter = scan_filter_all(
		SCAN_KIND(TRACE_STEP) | SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END));
	int ret = scan_create(scan, source, err);

	if (ret == 0)
		scan_start(*scan, &filter);
	return ret;
}

/* ---- which file ---- */

struct search {
	struct source *source;
	struct descriptors *descriptors;
	uint32_t *tasks; /* owned, ascending: those the label means */
	size_t n_tasks;
	int32_t fd;
	const struct position *where;
	struct stream_candidates *out;
	uint64_t step; /* the last one read */
};

/* P0.T3 is itself, P0 all of P0.T0, P0.T1 ...; not P0.1.T0, which is another process. */
static bool label_means(const char *label, const char *task)
{
	size_t length = strlen(label);

	if (!task || strncmp(task, label, length) != 0)
		return false;
	return !task[length] || strncmp(task + length, ".T", 2) == 0;
}

static int find_tasks(struct search *s, const char *label, struct error *err)
{
	const struct source_task *tasks;
	size_t count;
	int ret = source_tasks(s->source, &tasks, &count, err);

	if (ret < 0)
		return ret;
	s->tasks = alloc_zeroed(count, sizeof(*s->tasks));
	for (size_t i = 0; i < count; i++)
		if (label_means(label, tasks[i].label))
			s->tasks[s->n_tasks++] = tasks[i].task;
	return s->n_tasks > 0;
}

static int compare_tasks(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

static bool is_meant(const struct search *s, uint32_t task)
{
	return bsearch(&task, s->tasks, s->n_tasks, sizeof(task), compare_tasks);
}

static void add_candidate(struct search *s, const struct open_file *file)
{
	struct stream_candidates *out = s->out;

	for (size_t i = 0; i < out->count; i++)
		if (out->at[i].file == file->number)
			return;
	if (out->count == STREAM_CANDIDATES) {
		out->more = true;
		return;
	}
	out->at[out->count++] = (struct stream_candidate){
		.file = file->number,
		.step = file->step ? file->step : s->step,
		.name = file->name ? alloc_string(file->name) : NULL,
		.opened = file->step,
		.inherited = file->inherited,
		.is_received = file->is_received,
	};
}

/* Whatever one of the tasks has there now. */
static const struct open_file *file_now(struct search *s)
{
	const struct open_file *file = NULL;

	for (size_t i = 0; !file && i < s->n_tasks; i++)
		file = descriptors_find(s->descriptors, s->tasks[i], s->fd);
	return file;
}

/* True when the place was reached. */
static bool look_at_place(struct search *s, const struct trace_record *record)
{
	const struct open_file *file;

	if (record->kind != TRACE_STEP || !position_has_step(s->where, &record->step, 0, 0)) {
		descriptors_learn(s->descriptors, record);
		return false;
	}
	file = file_now(s);
	if (file)
		add_candidate(s, file);
	descriptors_learn(s->descriptors, record);
	file = file_now(s);
	if (file && s->out->count && s->out->at[0].file != file->number)
		stream_candidates_finish(s->out);
	if (file)
		add_candidate(s, file);
	return true;
}

static void look_at_any(struct search *s, const struct trace_record *record)
{
	const struct open_file *file;
	uint32_t task = record->kind == TRACE_STEP       ? record->step.task :
			record->kind == TRACE_TASK_START ? record->task_start.task :
							   0;

	descriptors_learn(s->descriptors, record);
	if (!task || !is_meant(s, task))
		return;
	file = descriptors_find(s->descriptors, task, s->fd);
	if (file)
		add_candidate(s, file);
}

static int search_walk(struct search *s, struct error *err)
{
	const struct trace_record *record;
	struct scan *scan;
	bool reached = false;
	int ret = start_walk(&scan, s->source, err);

	if (ret < 0)
		return ret;
	while (!reached && (ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s->source, record);
		if (record->kind == TRACE_STEP)
			s->step = record->step.step;
		if (s->where)
			reached = look_at_place(s, record);
		else
			look_at_any(s, record);
	}
	scan_destroy(scan);
	return ret < 0 ? ret : 1;
}

int stream_find(struct source *source, const char *label, int32_t fd, const struct position *where,
		struct stream_candidates *out, struct error *err)
{
	struct search s = { .source = source, .fd = fd, .where = where, .out = out };
	int ret;

	*out = (struct stream_candidates){ 0 };
	ret = find_tasks(&s, label, err);
	if (ret > 0) {
		s.descriptors = descriptors_create(source);
		ret = search_walk(&s, err);
		out->incomplete = !descriptors_complete(s.descriptors);
	}
	descriptors_destroy(s.descriptors);
	free(s.tasks);
	return ret;
}

void stream_candidates_finish(struct stream_candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		free(candidates->at[i].name);
	candidates->count = 0;
}

/* ---- its bytes ---- */

struct stream {
	const struct stream_options *options;
	const struct stream_candidate *file;
	struct source *source;
	FILE *stream;
	struct output *output; /* ROWS */
	struct descriptors *descriptors;
	struct stream_result *result;
	uint64_t offset[2]; /* by direction: bytes moved so far */
	uint64_t step;      /* the last one read */
	bool by_exit;       /* the last record was a task's end */
	struct text line, prefix;
};

static int put(struct stream *s, struct text *t)
{
	errno = 0;
	if (t->length && fwrite(t->at, 1, t->length, s->stream) != t->length)
		return errno ? -errno : -EIO;
	text_clear(t);
	return 0;
}

/* A line of ours between those of the file, which all begin with a position. */
static int put_frame(struct stream *s, bool end)
{
	const struct stream_candidate *file = s->file;

	if (s->options->form != STREAM_TEXT && s->options->form != STREAM_HEX)
		return 0;
	text_add(&s->line, "=== ");
	if (end) {
		if (descriptors_watched_ended(s->descriptors))
			text_printf(&s->line, "closed %s #%" PRIu64,
				    s->by_exit ? "by an exit after" : "at", s->step);
		else
			text_add(&s->line, "open to the end");
	} else {
		text_add_foreign(&s->line, file->name ? file->name : "a file without a name");
		if (file->is_received)
			text_add(&s->line, ", received as a message: what it is, and who else has "
					   "it, is not known");
		if (file->inherited)
			text_add(&s->line, ", open from the start");
		else if (file->opened)
			text_printf(&s->line, ", opened at #%" PRIu64, file->step);
		else
			text_add(&s->line, ", opened before the trace tells");
	}
	text_add(&s->line, " ===\n");
	return put(s, &s->line);
}

static void add_color(struct stream *s, enum transfer_direction direction)
{
	if (s->options->output.color)
		text_add(&s->line, direction == TRANSFER_READ ? GREEN : CYAN);
}

static void end_line(struct stream *s)
{
	text_add(&s->line, s->options->output.color ? PLAIN "\n" : "\n");
}

/* A line for each line of the bytes. Its newline is shown, and where none is, none was. */
static int put_text(struct stream *s, const struct transfer *t)
{
	const uint8_t *at = t->data.data;
	size_t left = t->data.length;
	int ret = 0;

	while (ret == 0 && left) {
		const uint8_t *newline = memchr(at, '\n', left);
		size_t length = newline ? (size_t)(newline + 1 - at) : left;

		add_color(s, t->direction);
		text_add_bytes(&s->line, text_get(&s->prefix), s->prefix.length);
		text_add_escaped(&s->line, at, length, ESCAPE_BACKSLASH);
		end_line(s);
		ret = put(s, &s->line);
		at += length;
		left -= length;
	}
	return ret;
}

static void add_hex_line(struct stream *s, const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < HEX_COLUMNS; i++) {
		text_add(&s->line, i % 8 ? " " : "  ");
		if (i < length)
			text_printf(&s->line, "%02x", at[i]);
		else
			text_add(&s->line, "  ");
	}
	text_add(&s->line, "  |");
	for (size_t i = 0; i < length; i++)
		text_add_char(&s->line, at[i] >= 0x20 && at[i] < 0x7f ? (char)at[i] : '.');
	text_add_char(&s->line, '|');
}

/* Offsets count what was moved in that direction, as hexdump -C would in a file. */
static int put_hex(struct stream *s, const struct transfer *t)
{
	int ret = 0;

	for (size_t at = 0; ret == 0 && at < t->data.length; at += HEX_COLUMNS) {
		size_t left = t->data.length - at;

		add_color(s, t->direction);
		text_add_bytes(&s->line, text_get(&s->prefix), s->prefix.length);
		text_printf(&s->line, "%08" PRIx64, s->offset[t->direction] + at);
		add_hex_line(s, t->data.data + at, left < HEX_COLUMNS ? left : HEX_COLUMNS);
		end_line(s);
		ret = put(s, &s->line);
	}
	return ret;
}

enum {
	ROW_STEP,
	ROW_TASK,
	ROW_NAME,
	ROW_DIRECTION,
	ROW_OFFSET,
	ROW_LENGTH,
	ROW_MISSING,
	ROW_DATA,
	ROW_COLUMNS
};

static const char *const row_names[ROW_COLUMNS] = {
	[ROW_STEP] = "step",           [ROW_TASK] = "task",     [ROW_NAME] = "name",
	[ROW_DIRECTION] = "direction", [ROW_OFFSET] = "offset", [ROW_LENGTH] = "length",
	[ROW_MISSING] = "missing",     [ROW_DATA] = "data",
};

static struct cell integer_cell(uint64_t value)
{
	return (struct cell){ .type = CELL_INTEGER, .integer = (int64_t)value };
}

static struct cell text_cell(const char *text)
{
	return (struct cell){ .type = CELL_TEXT, .data = text, .length = strlen(text) };
}

static int put_row(struct stream *s, const struct trace_step *step, const struct transfer *t)
{
	cleanup_text struct text task = { 0 }, name = { 0 };
	struct cell cells[ROW_COLUMNS] = {
		[ROW_STEP] = integer_cell(step->step),
		[ROW_DIRECTION] = text_cell(t->direction == TRANSFER_READ ? "read" : "written"),
		[ROW_OFFSET] = integer_cell(s->offset[t->direction]),
		[ROW_LENGTH] = integer_cell(t->bytes),
		[ROW_MISSING] = integer_cell(t->bytes - t->data.length),
		[ROW_DATA] = { .type = CELL_BLOB, .data = t->data.data, .length = t->data.length },
	};

	text_add_task(&task, s->source, step->task);
	text_add_syscall(&name, s->source, step->nr);
	cells[ROW_TASK] = text_cell(text_get(&task));
	cells[ROW_NAME] = text_cell(text_get(&name));
	return output_row(s->output, cells);
}

static int put_missing(struct stream *s, const struct trace_step *step, const struct transfer *t)
{
	text_printf(&s->line, "#%" PRIu64 " ", step->step);
	text_add_task(&s->line, s->source, step->task);
	text_printf(&s->line, " ! %" PRIu64 " bytes %s here are not in the trace%s\n",
		    t->bytes - t->data.length, t->direction == TRANSFER_READ ? "read" : "written",
		    t->buf ? "" : ": the kernel moved them, or no buffer was kept");
	return put(s, &s->line);
}

static int put_lines(struct stream *s, const struct trace_step *step, const struct transfer *t)
{
	int ret;

	text_clear(&s->prefix);
	text_printf(&s->prefix, "#%" PRIu64 " ", step->step);
	text_add_task(&s->prefix, s->source, step->task);
	text_add(&s->prefix, t->direction == TRANSFER_READ ? " < " : " > ");
	ret = s->options->form == STREAM_TEXT ? put_text(s, t) : put_hex(s, t);
	return ret == 0 && t->data.length < t->bytes ? put_missing(s, step, t) : ret;
}

static int put_raw(struct stream *s, const struct transfer *t)
{
	errno = 0;
	if (t->data.length && fwrite(t->data.data, 1, t->data.length, s->stream) != t->data.length)
		return errno ? -errno : -EIO;
	return 0;
}

static int put_transfer(struct stream *s, const struct trace_step *step, const struct transfer *t)
{
	int ret = 0;

	s->result->bytes += t->bytes;
	*(t->buf ? &s->result->cut_bytes : &s->result->passed_bytes) += t->bytes - t->data.length;
	switch (s->options->form) {
	case STREAM_TEXT:
	case STREAM_HEX: ret = put_lines(s, step, t); break;
	case STREAM_RAW: ret = put_raw(s, t); break;
	case STREAM_ROWS: ret = put_row(s, step, t); break;
	}
	s->offset[t->direction] += t->bytes;
	return ret;
}

static int put_step(struct stream *s, const struct trace_step *step)
{
	struct transfer transfers[TRANSFERS_MAX];
	unsigned v = mask_variant(step->variants, 0);
	size_t count = v < LIMIT_VARIANTS ? transfers_get(step, v, transfers) : 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct transfer *t = &transfers[i];
		const struct open_file *file;

		if (t->direction == TRANSFER_READ ? !s->options->read : !s->options->written)
			continue;
		file = descriptors_find(s->descriptors, step->task, t->fd);
		if (file && file->number == s->file->file)
			ret = put_transfer(s, step, t);
	}
	return ret;
}

static int walk(struct stream *s, struct scan *scan, int *put_error, struct error *err)
{
	const struct trace_record *record;
	int ret = 0;

	*put_error = put_frame(s, false);
	while (*put_error == 0 && !descriptors_watched_ended(s->descriptors) &&
	       (ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s->source, record);
		descriptors_learn(s->descriptors, record);
		s->by_exit = record->kind == TRACE_TASK_END;
		if (record->kind != TRACE_STEP)
			continue;
		s->step = record->step.step;
		*put_error = put_step(s, &record->step);
	}
	if (ret >= 0 && *put_error == 0)
		*put_error = put_frame(s, true);
	if (ret >= 0 && *put_error == 0 && s->output)
		*put_error = output_end(s->output);
	return ret < 0 ? ret : 0;
}

int stream_run(struct source *source, const struct stream_candidate *file,
	       const struct stream_options *options, FILE *stream, struct stream_result *result,
	       bool *stream_failed, struct error *err)
{
	struct stream s = { .options = options,
			    .file = file,
			    .source = source,
			    .stream = stream,
			    .result = result };
	struct scan *scan;
	int put_error, ret = start_walk(&scan, source, err);

	*stream_failed = false;
	*result = (struct stream_result){ 0 };
	if (ret < 0)
		return ret;
	s.descriptors = descriptors_create(source);
	descriptors_watch(s.descriptors, file->file);
	if (options->form == STREAM_ROWS)
		s.output = output_create(stream, &options->output, row_names, ROW_COLUMNS);
	ret = walk(&s, scan, &put_error, err);
	if (put_error < 0) {
		*stream_failed = true;
		ret = error_set(err, put_error, "cannot write standard output: %s",
				strerror(-put_error));
	}
	scan_destroy(scan);
	output_destroy(s.output);
	descriptors_destroy(s.descriptors);
	text_finish(&s.line);
	text_finish(&s.prefix);
	return ret;
}
