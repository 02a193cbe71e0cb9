/* Runs of text; see strings.h. */
#include "analysis/strings.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/facts.h"

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

struct strings {
	const struct strings_options *options;
	struct source *source;
	FILE *stream;
	struct output *output; /* for rows */
	struct strings_result *result;
	struct text line, task, name;
	uint32_t task_number; /* of `task`; 0 for none yet */
};

enum {
	ROW_STEP,
	ROW_TASK,
	ROW_NAME,
	ROW_VARIANT,
	ROW_DIRECTION,
	ROW_ARG,
	ROW_OFFSET,
	ROW_LENGTH,
	ROW_TEXT,
	ROW_COLUMNS
};

static const char *const row_names[ROW_COLUMNS] = {
	[ROW_STEP] = "step",       [ROW_TASK] = "task",           [ROW_NAME] = "name",
	[ROW_VARIANT] = "variant", [ROW_DIRECTION] = "direction", [ROW_ARG] = "arg",
	[ROW_OFFSET] = "offset",   [ROW_LENGTH] = "length",       [ROW_TEXT] = "text",
};

/* As strings(1): ASCII that shows, blanks and tabs. */
static bool is_printable(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

static void name_step(struct strings *s, const struct trace_step *step)
{
	text_clear(&s->name);
	text_add_syscall(&s->name, s->source, step->nr);
	if (s->task_number == step->task)
		return;
	text_clear(&s->task);
	text_add_task(&s->task, s->source, step->task);
	s->task_number = step->task;
}

static struct cell integer_cell(uint64_t value)
{
	return (struct cell){ .type = CELL_INTEGER, .integer = (int64_t)value };
}

static struct cell text_cell(const char *text, size_t length)
{
	return (struct cell){ .type = CELL_TEXT, .data = text, .length = length };
}

static int put_row(struct strings *s, const struct trace_step *step, const struct trace_buf *buf,
		   size_t at, size_t length)
{
	const char *direction = buffer_where_names[buf->direction & WHERE_BOTH];
	struct cell cells[ROW_COLUMNS] = {
		[ROW_STEP] = integer_cell(step->step),
		[ROW_TASK] = text_cell(text_get(&s->task), s->task.length),
		[ROW_NAME] = text_cell(text_get(&s->name), s->name.length),
		[ROW_VARIANT] = integer_cell(buffer_variant(buf, step)),
		[ROW_DIRECTION] = text_cell(direction, strlen(direction)),
		[ROW_ARG] = integer_cell(buf->arg),
		[ROW_OFFSET] = integer_cell(at),
		[ROW_LENGTH] = integer_cell(length),
		[ROW_TEXT] = text_cell((const char *)buf->data.data + at, length),
	};

	return output_row(s->output, cells);
}

static int put_line(struct strings *s, const struct trace_step *step, const struct trace_buf *buf,
		    size_t at, size_t length)
{
	unsigned v = buffer_variant(buf, step);

	text_printf(&s->line, "#%" PRIu64, step->step);
	if (v)
		text_printf(&s->line, ".v%u", v);
	text_printf(&s->line, " %s %s a%u %s +%zu: ", text_get(&s->task), text_get(&s->name),
		    buf->arg, buffer_where_names[buf->direction & WHERE_BOTH], at);
	text_add(&s->line, s->options->output.color ? BOLD : "");
	text_add_escaped(&s->line, buf->data.data + at, length, ESCAPE_SCREEN);
	text_add(&s->line, s->options->output.color ? PLAIN "\n" : "\n");
	errno = 0;
	if (fwrite(s->line.at, 1, s->line.length, s->stream) != s->line.length)
		return errno ? -errno : -EIO;
	text_clear(&s->line);
	return 0;
}

static int look_into(struct strings *s, const struct trace_step *step, const struct trace_buf *buf)
{
	const uint8_t *data = buf->data.data;
	size_t length = buf->data.length;
	int ret = 0;

	for (size_t at = 0, end; ret == 0 && at < length; at = end + 1) {
		for (end = at; end < length && is_printable(data[end]);)
			end++;
		if (end - at < s->options->least)
			continue;
		s->result->runs++;
		name_step(s, step);
		ret = s->output ? put_row(s, step, buf, at, end - at) :
				  put_line(s, step, buf, at, end - at);
	}
	return ret;
}

static int look_at_step(struct strings *s, const struct trace_step *step)
{
	int variant, ret = 0;

	if (!selection_has(&s->options->selection, step, &variant))
		return 0;
	for (size_t i = 0; ret == 0 && i < step->n_bufs; i++)
		if (buffer_is_wanted(&step->bufs[i], s->options->where, variant, &s->result->cut))
			ret = look_into(s, step, &step->bufs[i]);
	return ret;
}

static int walk(struct strings *s, struct scan *scan, bool *stream_failed, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s->source, record);
		ret = record->kind == TRACE_STEP ? look_at_step(s, &record->step) : 0;
		if (ret < 0) {
			*stream_failed = true;
			return error_set(err, ret, "cannot write standard output: %s",
					 strerror(-ret));
		}
	}
	return ret;
}

static int look_at_all(struct strings *s, bool *stream_failed, struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	struct scan *scan;
	int ret = scan_create(&scan, s->source, err);

	if (ret < 0)
		return ret;
	selection_narrow(&s->options->selection, &filter);
	scan_start(scan, &filter);
	ret = walk(s, scan, stream_failed, err);
	scan_destroy(scan);
	return ret;
}

int strings_run(struct source *source, const struct strings_options *options, FILE *stream,
		struct strings_result *result, bool *stream_failed, struct error *err)
{
	struct strings s = {
		.options = options, .source = source, .stream = stream, .result = result
	};
	int ret;

	*stream_failed = false;
	*result = (struct strings_result){ 0 };
	if (options->rows)
		s.output = output_create(stream, &options->output, row_names, ROW_COLUMNS);
	ret = look_at_all(&s, stream_failed, err);
	if (ret == 0 && s.output) {
		ret = output_end(s.output);
		*stream_failed = ret < 0;
		if (ret < 0)
			error_set(err, ret, "cannot write standard output: %s", strerror(-ret));
	}
	output_destroy(s.output);
	text_finish(&s.line);
	text_finish(&s.task);
	text_finish(&s.name);
	return ret;
}
