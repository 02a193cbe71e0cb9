/* Where a pattern is; see grep.h. */
#include "analysis/grep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/schema.h"
#include "analysis/seam.h"
#include "analysis/show_text.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"
#include "schema/syscall_numbers.h"

/* bytes shown before and behind a match, and of a long match in a line */
#define AROUND_BYTES 24
#define SHOWN_BYTES  160
/* bytes of a decoded call in a row */
#define DECODED_BYTES 8192

#define BOLD_RED "\033[1;31m"
#define PLAIN    "\033[0m"

struct match {
	const struct trace_step *step;
	const struct trace_buf *buf;
	const uint8_t *data; /* all that is at hand around it */
	size_t length, at, bytes;
	int64_t offset;      /* in the buffer; negative when it begins in an earlier one */
	uint64_t first_step; /* in which it begins */
};

struct grep {
	const struct grep_options *options;
	struct source *source;
	FILE *stream;
	struct output *output; /* ROWS */
	struct show_options show;
	struct show_text *text; /* LINES */
	struct descriptors *descriptors;
	struct seams *seams;
	struct grep_result *result;
	struct text line;
	int shown_variant; /* whose call of this step is printed already; -1 for none */
	bool found;        /* in this step */
	/* steps around */
	struct text *held; /* a ring of the last `before` steps not shown */
	size_t held_next, held_count;
	uint64_t after_left;
	bool any_shown, has_gap;
};

static int put(struct grep *g, struct text *t)
{
	errno = 0;
	if (t->length && fwrite(t->at, 1, t->length, g->stream) != t->length)
		return errno ? -errno : -EIO;
	text_clear(t);
	return 0;
}

/* ---- a match as lines ---- */

static void hold_step(struct grep *g, const struct trace_step *step)
{
	struct text *slot;

	if (!g->options->before) {
		g->has_gap = true;
		return;
	}
	slot = &g->held[g->held_next];
	g->has_gap |= slot->length > 0;
	text_clear(slot);
	show_text_step(g->text, step, -1, slot);
	g->held_next = (g->held_next + 1) % g->options->before;
	if (g->held_count < g->options->before)
		g->held_count++;
}

static void add_held(struct grep *g)
{
	size_t before = g->options->before, at = g->held_count < before ? 0 : g->held_next;
	bool context = before || g->options->after;

	if (context && g->any_shown && g->has_gap)
		text_add(&g->line, "--\n");
	for (size_t i = 0; i < g->held_count; i++, at++) {
		struct text *slot = &g->held[at < before ? at : at - before];

		text_add_bytes(&g->line, text_get(slot), slot->length);
		text_clear(slot);
	}
	g->held_count = 0;
	g->held_next = 0;
	g->has_gap = false;
}

static void add_color(struct grep *g, const char *code)
{
	if (g->options->output.color)
		text_add(&g->line, code);
}

/* Foreign bytes for a line: what is not printable ASCII escaped, so that a mark below fits. */
static size_t add_shown(struct grep *g, const uint8_t *data, size_t length)
{
	size_t start = g->line.length;

	text_add_escaped(&g->line, data, length, ESCAPE_BACKSLASH | ESCAPE_HIGH);
	return g->line.length - start;
}

static void add_place(struct grep *g, const struct match *m)
{
	text_printf(&g->line, "    a%u %s %s%" PRId64, m->buf->arg,
		    buffer_where_names[m->buf->direction & WHERE_BOTH], m->offset < 0 ? "" : "+",
		    m->offset);
	if (m->offset < 0)
		text_printf(&g->line, " (begins in #%" PRIu64 ")", m->first_step);
	text_add(&g->line, ": ");
}

/* The bytes, and a line below that marks them: colour never carries meaning alone. */
static void add_match(struct grep *g, const struct match *m)
{
	size_t start = m->at > AROUND_BYTES ? m->at - AROUND_BYTES : 0, end = m->at + m->bytes;
	size_t shown = m->bytes < SHOWN_BYTES ? m->bytes : SHOWN_BYTES, line = g->line.length;
	size_t left = m->length - end < AROUND_BYTES ? m->length - end : AROUND_BYTES;
	size_t indent, width;

	add_place(g, m);
	text_add(&g->line, start ? "..." : "");
	add_shown(g, m->data + start, m->at - start);
	indent = g->line.length - line;
	add_color(g, BOLD_RED);
	width = add_shown(g, m->data + m->at, shown);
	if (shown < m->bytes) {
		text_add(&g->line, "...");
		width += 3;
	}
	add_color(g, PLAIN);
	if (shown == m->bytes)
		add_shown(g, m->data + end, left);
	text_add(&g->line, shown < m->bytes || left == m->length - end ? "\n" : "...\n");
	text_pad(&g->line, ' ', indent);
	add_color(g, BOLD_RED);
	text_pad(&g->line, '^', width);
	add_color(g, PLAIN);
	text_add_char(&g->line, '\n');
}

static int put_lines(struct grep *g, const struct match *m)
{
	unsigned v = buffer_variant(m->buf, m->step);
	bool leader = v == mask_variant(m->step->variants, 0);

	if (!g->found)
		add_held(g);
	if (g->shown_variant != (int)v)
		show_text_step(g->text, m->step, leader ? -1 : (int)v, &g->line);
	g->shown_variant = (int)v;
	g->any_shown = true;
	g->after_left = g->options->after;
	add_match(g, m);
	return put(g, &g->line);
}

/* ---- a match as a row ---- */

enum {
	ROW_STEP,
	ROW_TASK,
	ROW_NAME,
	ROW_VARIANT,
	ROW_DIRECTION,
	ROW_ARG,
	ROW_OFFSET,
	ROW_FIRST_STEP,
	ROW_LENGTH,
	ROW_BEFORE,
	ROW_MATCH,
	ROW_AFTER,
	ROW_TEXT,
	ROW_COLUMNS
};

static const char *const row_names[ROW_COLUMNS] = {
	[ROW_STEP] = "step",           [ROW_TASK] = "task",
	[ROW_NAME] = "name",           [ROW_VARIANT] = "variant",
	[ROW_DIRECTION] = "direction", [ROW_ARG] = "arg",
	[ROW_OFFSET] = "offset",       [ROW_FIRST_STEP] = "first_step",
	[ROW_LENGTH] = "length",       [ROW_BEFORE] = "before",
	[ROW_MATCH] = "match",         [ROW_AFTER] = "after",
	[ROW_TEXT] = "text",
};

static struct cell integer_cell(int64_t value)
{
	return (struct cell){ .type = CELL_INTEGER, .integer = value };
}

static struct cell text_cell(const char *text)
{
	return (struct cell){ .type = CELL_TEXT, .data = text, .length = strlen(text) };
}

static struct cell blob_cell(const uint8_t *data, size_t length)
{
	return (struct cell){ .type = CELL_BLOB, .data = data, .length = length };
}

static int put_row(struct grep *g, const struct match *m)
{
	struct decode_options decode = { .string_bytes = g->options->string_bytes };
	size_t start = m->at > AROUND_BYTES ? m->at - AROUND_BYTES : 0, end = m->at + m->bytes;
	size_t left = m->length - end < AROUND_BYTES ? m->length - end : AROUND_BYTES;
	unsigned v = buffer_variant(m->buf, m->step);
	cleanup_text struct text task = { 0 }, name = { 0 };
	struct cell cells[ROW_COLUMNS];
	char decoded[DECODED_BYTES];

	text_add_task(&task, g->source, m->step->task);
	text_add_syscall(&name, g->source, m->step->nr);
	syscall_decode(m->step, v, &decode, decoded, sizeof(decoded));
	cells[ROW_STEP] = integer_cell((int64_t)m->step->step);
	cells[ROW_TASK] = text_cell(text_get(&task));
	cells[ROW_NAME] = text_cell(text_get(&name));
	cells[ROW_VARIANT] = integer_cell(v);
	cells[ROW_DIRECTION] = text_cell(buffer_where_names[m->buf->direction & WHERE_BOTH]);
	cells[ROW_ARG] = integer_cell(m->buf->arg);
	cells[ROW_OFFSET] = integer_cell(m->offset);
	cells[ROW_FIRST_STEP] = integer_cell((int64_t)m->first_step);
	cells[ROW_LENGTH] = integer_cell((int64_t)m->bytes);
	cells[ROW_BEFORE] = blob_cell(m->data + start, m->at - start);
	cells[ROW_MATCH] = blob_cell(m->data + m->at, m->bytes);
	cells[ROW_AFTER] = blob_cell(m->data + end, left);
	cells[ROW_TEXT] = text_cell(decoded);
	return output_row(g->output, cells);
}

static int report(struct grep *g, const struct match *m)
{
	int ret = 0;

	g->result->matches++;
	switch (g->options->answer) {
	case GREP_LINES: ret = put_lines(g, m); break;
	case GREP_ROWS: ret = put_row(g, m); break;
	case GREP_POSITIONS:
		if (!g->found) {
			text_printf(&g->line, "#%" PRIu64 "\n", m->step->step);
			ret = put(g, &g->line);
		}
		break;
	case GREP_COUNT:
	case GREP_NOTHING: break;
	}
	g->found = true;
	return ret;
}

/* ---- search ---- */

/* A match that begins in the tail and ends in the buffer. *end is where, 0 for none. */
static int search_seam(struct grep *g, const struct trace_step *step, const struct transfer *t,
		       struct seam_tail *tail, size_t *end)
{
	struct match m = { .step = step, .buf = t->buf, .data = tail->bytes };
	size_t start = 0;
	int ret = 0;

	*end = 0;
	m.length = tail->length + seam_peek(g->seams, tail, t->data.data, t->data.length);
	while (ret == 0 && start < tail->length) {
		pattern_find(g->options->pattern, m.data, m.length, start, &m.at, &m.bytes);
		if (!m.bytes || m.at >= tail->length)
			break;
		start = m.at + m.bytes;
		if (start <= tail->length)
			continue; /* found when it came */
		m.offset = (int64_t)m.at - (int64_t)tail->length;
		m.first_step = tail->steps[m.at];
		*end = start - tail->length;
		ret = report(g, &m);
	}
	return ret;
}

/* The matches within a buffer, from `start` on; *end is where the last one ends. */
static int search_buffer(struct grep *g, const struct trace_step *step, const struct trace_buf *buf,
			 size_t start, size_t *end)
{
	struct match m = { .step = step,
			   .buf = buf,
			   .data = buf->data.data,
			   .length = buf->data.length,
			   .first_step = step->step };
	int ret = 0;

	*end = start;
	while (ret == 0) {
		pattern_find(g->options->pattern, m.data, m.length, *end, &m.at, &m.bytes);
		if (!m.bytes)
			break;
		m.offset = (int64_t)m.at;
		*end = m.at + m.bytes;
		ret = report(g, &m);
		if (g->options->answer == GREP_NOTHING)
			break;
	}
	return ret;
}

/* Reads and writes at a place of their own are no part of a stream. */
static bool is_positioned(const struct trace_step *step)
{
	const struct syscall_row *row = syscall_row_find(step->nr);

	for (unsigned i = 0; row && i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == ARG_OFFSET)
			return true;
	return false;
}

static struct seam_tail *tail_find(struct grep *g, const struct trace_step *step,
				   const struct transfer *t)
{
	const struct open_file *file = is_positioned(step) ?
					       NULL :
					       descriptors_find(g->descriptors, step->task, t->fd);

	return file ? seams_get(g->seams, file->number, t->direction) : NULL;
}

/*
 * What follows the tail now. Bytes that have matched do not match again with
 * what comes; behind bytes the trace does not have, a new tail begins.
 */
static void advance_tail(struct grep *g, const struct trace_step *step, const struct transfer *t,
			 struct seam_tail *tail, size_t matched)
{
	if (matched > t->data.length)
		matched = t->data.length;
	if (matched)
		tail->length = 0;
	if (t->data.length > matched)
		seam_add(g->seams, tail, step->step, t->data.data + matched,
			 t->data.length - matched);
	if (t->data.length < t->bytes)
		tail->length = 0;
}

static const struct transfer *transfer_of(const struct transfer *transfers, size_t count,
					  const struct trace_buf *buf)
{
	for (size_t i = 0; i < count; i++)
		if (transfers[i].buf == buf)
			return &transfers[i];
	return NULL;
}

static int search_bufs(struct grep *g, const struct trace_step *step, int variant,
		       const struct transfer *transfers, size_t n_transfers, size_t *matched)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];
		const struct transfer *t = transfer_of(transfers, n_transfers, buf);
		struct seam_tail *tail = t ? tail_find(g, step, t) : NULL;
		size_t end = 0;

		if (!buffer_is_wanted(buf, g->options->where, variant, &g->result->cut))
			continue;
		if (tail)
			ret = search_seam(g, step, t, tail, &end);
		if (ret == 0)
			ret = search_buffer(g, step, buf, end, &end);
		if (t)
			*matched = end;
	}
	return ret;
}

/* lseek: what is read or written next does not follow what was. */
static void forget_position(struct grep *g, const struct trace_step *step, unsigned v)
{
	const struct open_file *file;

	if (step->nr != __NR_lseek || step->no_result || step->result[v] < 0)
		return;
	/* only asks where it is */
	if (!step->args[v][1] && (int)step->args[v][2] == SEEK_CUR)
		return;
	file = descriptors_find(g->descriptors, step->task, (int32_t)step->args[v][0]);
	if (!file)
		return;
	seams_get(g->seams, file->number, TRANSFER_READ)->length = 0;
	seams_get(g->seams, file->number, TRANSFER_WRITTEN)->length = 0;
}

static int search_step(struct grep *g, const struct trace_step *step)
{
	struct transfer transfers[TRANSFERS_MAX];
	unsigned leader = mask_variant(step->variants, 0);
	size_t count, matched = 0;
	int variant, ret = 0;

	if (leader >= LIMIT_VARIANTS)
		return 0;
	count = transfers_get(step, leader, transfers);
	g->found = false;
	g->shown_variant = -1;
	if (selection_has(&g->options->selection, step, &variant))
		ret = search_bufs(g, step, variant, transfers, count, &matched);
	for (size_t i = 0; i < count; i++) {
		struct seam_tail *tail = tail_find(g, step, &transfers[i]);

		if (tail)
			advance_tail(g, step, &transfers[i], tail, matched);
	}
	forget_position(g, step, leader);
	if (ret < 0 || g->found || g->options->answer != GREP_LINES)
		return ret;
	if (!g->after_left) {
		hold_step(g, step);
		return 0;
	}
	g->after_left--;
	show_text_step(g->text, step, -1, &g->line);
	return put(g, &g->line);
}

static int walk(struct grep *g, struct scan *scan, bool *stream_failed, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(g->source, record);
		descriptors_learn(g->descriptors, record);
		if (record->kind != TRACE_STEP)
			continue;
		ret = search_step(g, &record->step);
		if (ret < 0) {
			*stream_failed = true;
			return error_set(err, ret, "cannot write standard output: %s",
					 strerror(-ret));
		}
		if (g->options->answer == GREP_NOTHING && g->result->matches)
			break;
	}
	return ret < 0 ? ret : 0;
}

static int search_all(struct grep *g, bool *stream_failed, struct error *err)
{
	const struct grep_options *options = g->options;
	struct scan_filter filter = scan_filter_all(
		SCAN_KIND(TRACE_STEP) | SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END));
	struct scan *scan;
	int ret = scan_create(&scan, g->source, err);

	if (ret < 0)
		return ret;
	positions_narrow(options->selection.positions, options->selection.n_positions,
			 options->before, options->after, &filter);
	scan_start(scan, &filter);
	ret = walk(g, scan, stream_failed, err);
	scan_destroy(scan);
	return ret;
}

/* What comes after the last match. */
static int conclude(struct grep *g)
{
	if (g->options->answer == GREP_COUNT) {
		text_printf(&g->line, "%" PRIu64 "\n", g->result->matches);
		return put(g, &g->line);
	}
	return g->output ? output_end(g->output) : 0;
}

int grep_run(struct source *source, const struct grep_options *options, FILE *stream,
	     struct grep_result *result, bool *stream_failed, struct error *err)
{
	struct grep g = { .options = options,
			  .source = source,
			  .stream = stream,
			  .result = result,
			  .show = { .string_bytes = options->string_bytes,
				    .color = options->output.color } };
	int ret;

	*stream_failed = false;
	*result = (struct grep_result){ 0 };
	g.text = show_text_create(source, &g.show);
	g.descriptors = descriptors_create(source);
	g.seams = seams_create(pattern_reach(options->pattern));
	g.held = alloc_zeroed(options->before, sizeof(*g.held));
	if (options->answer == GREP_ROWS)
		g.output = output_create(stream, &options->output, row_names, ROW_COLUMNS);
	ret = search_all(&g, stream_failed, err);
	if (ret == 0) {
		ret = conclude(&g);
		*stream_failed = ret < 0;
		if (ret < 0)
			error_set(err, ret, "cannot write standard output: %s", strerror(-ret));
	}
	output_destroy(g.output);
	show_text_destroy(g.text);
	descriptors_destroy(g.descriptors);
	seams_destroy(g.seams);
	for (size_t i = 0; i < options->before; i++)
		text_finish(&g.held[i]);
	free(g.held);
	text_finish(&g.line);
	return ret;
}
