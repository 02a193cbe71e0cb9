/* One open file's bytes; see stream.h. */
#include "analysis/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"

#define HEX_COLUMNS 16

#define GREEN "\033[32m"
#define CYAN  "\033[36m"
#define PLAIN "\033[0m"

/* ---- its bytes ---- */

struct stream {
	const struct stream_options *options;
	const struct stream_candidate *file;
	struct source *source;
	FILE *stream;
	struct output *output; /* ROWS */
	struct stream_walk *walk;
	struct stream_result *result;
	uint64_t offset; /* of the piece at hand */
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
	uint64_t step;
	bool by_exit;

	if (s->options->form != STREAM_TEXT && s->options->form != STREAM_HEX)
		return 0;
	text_add(&s->line, "=== ");
	if (end) {
		if (stream_walk_closed(s->walk, &by_exit, &step))
			text_printf(&s->line, "closed %s #%" PRIu64,
				    by_exit ? "by an exit after" : "at", step);
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
		text_printf(&s->line, "%08" PRIx64, s->offset + at);
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
		[ROW_OFFSET] = integer_cell(s->offset),
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
	s->result->bytes += t->bytes;
	*(t->buf ? &s->result->cut_bytes : &s->result->passed_bytes) += t->bytes - t->data.length;
	switch (s->options->form) {
	case STREAM_TEXT:
	case STREAM_HEX: return put_lines(s, step, t);
	case STREAM_RAW: return put_raw(s, t);
	case STREAM_ROWS: return put_row(s, step, t);
	}
	return 0;
}

static bool is_wanted(const struct stream *s, const struct transfer *t)
{
	return t->direction == TRANSFER_READ ? s->options->read : s->options->written;
}

static int walk(struct stream *s, int *put_error, struct error *err)
{
	struct stream_piece piece;
	int ret = 0;

	*put_error = put_frame(s, false);
	while (*put_error == 0 && (ret = stream_walk_next(s->walk, &piece, err)) > 0) {
		s->offset = piece.offset;
		if (is_wanted(s, piece.transfer))
			*put_error = put_transfer(s, piece.step, piece.transfer);
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
	int put_error, ret = stream_walk_create(&s.walk, source, file, err);

	*stream_failed = false;
	*result = (struct stream_result){ 0 };
	if (ret < 0)
		return ret;
	if (options->form == STREAM_ROWS)
		s.output = output_create(stream, &options->output, row_names, ROW_COLUMNS);
	ret = walk(&s, &put_error, err);
	if (put_error < 0) {
		*stream_failed = true;
		ret = error_set(err, put_error, "cannot write standard output: %s",
				strerror(-put_error));
	}
	stream_walk_destroy(s.walk);
	output_destroy(s.output);
	text_finish(&s.line);
	text_finish(&s.prefix);
	return ret;
}
