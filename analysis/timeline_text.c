/* The picture of a timeline, and its rows; see timeline.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/timeline.h"

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

#define LEVELS 8
/* columns between two times of the scale, at least */
#define TICK_COLUMNS 12

struct mark_def {
	enum timeline_mark mark;
	char letter;
	const char *name;
};

/* The first there is in a bucket is shown. */
static const struct mark_def mark_defs[] = {
	{ MARK_DIVERGENCE, 'D', "divergence" },
	{ MARK_EXIT, 'X', "exit" },
	{ MARK_SIGNAL, 'S', "signal" },
	{ MARK_EXEC, 'E', "exec" },
	{ MARK_FORK, 'F', "fork" },
};
#define N_MARKS (sizeof(mark_defs) / sizeof(mark_defs[0]))

/* How a picture is drawn: in blocks, or in ASCII. */
struct pen {
	const char *levels[LEVELS]; /* few calls to most */
	const char *in_call, *alive;
};

static const struct pen block_pen = {
	.levels = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	.in_call = "─",
	.alive = "·",
};
static const struct pen ascii_pen = {
	.levels = { "1", "2", "3", "4", "5", "6", "7", "8" },
	.in_call = "-",
	.alive = ".",
};

static void add_color(const struct timeline_options *o, struct text *out, const char *code)
{
	if (o->color)
		text_add(out, code);
}

uint64_t timeline_most_calls(const struct timeline *t)
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->n_lanes; i++)
		for (size_t at = 0; at < t->n_buckets; at++)
			if (t->lanes[i].buckets[at].calls > most)
				most = t->lanes[i].buckets[at].calls;
	return most;
}

/* ---- the scale ---- */

uint64_t timeline_tick_ns(uint64_t least)
{
	uint64_t unit = 1;

	while (least > 5 * unit && unit < UINT64_C(1000000000000000000))
		unit *= 10;
	return least <= unit ? unit : least <= 2 * unit ? 2 * unit : 5 * unit;
}

void timeline_add_tick(struct text *out, uint64_t ns, uint64_t tick_ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
	size_t i = 0;

	while (tick_ns < units[i].ns)
		i++;
	text_printf(out, "+%" PRIu64 "%s", ns / units[i].ns, units[i].name);
}

static void add_scale(const struct timeline *t, struct text *out)
{
	uint64_t tick_ns = timeline_tick_ns(t->bucket_ns * TICK_COLUMNS);
	uint64_t ns = (t->first_ns + tick_ns - 1) / tick_ns * tick_ns;
	size_t start = out->length;

	for (; ns <= t->last_ns && ns >= t->first_ns; ns += tick_ns) {
		size_t column = TIMELINE_LABEL_COLUMNS +
				(size_t)((ns - t->first_ns) / t->bucket_ns);
		cleanup_text struct text tick = { 0 };

		text_add_char(&tick, '|');
		timeline_add_tick(&tick, ns, tick_ns);
		if (column + tick.length > TIMELINE_LABEL_COLUMNS + t->n_buckets)
			break;
		if (column < out->length - start)
			break; /* the one before was longer than the distance */
		text_pad(out, ' ', column - (out->length - start));
		text_add(out, text_get(&tick));
	}
	text_add_char(out, '\n');
}

/* ---- lanes ---- */

static void end_line(struct text *out)
{
	while (out->length && out->at[out->length - 1] == ' ')
		out->length--;
	text_add_char(out, '\n');
}

/* The end of a label tells tasks apart, so the beginning goes. */
static void add_label(const struct timeline_lane *lane, const struct timeline_options *o,
		      struct text *out)
{
	cleanup_text struct text label = { 0 };
	size_t room = TIMELINE_LABEL_COLUMNS - 1, cut;

	text_add(&label, lane->label);
	if (!o->leader_only || lane->variant)
		text_printf(&label, " v%u", lane->variant);
	cut = label.length > room ? label.length - room + 1 : 0;
	text_add(out, cut ? "~" : "");
	text_add(out, text_get(&label) + cut);
	text_pad(out, ' ', cut ? 1 : TIMELINE_LABEL_COLUMNS - label.length);
}

static const char *bucket_look(const struct timeline *t, const struct timeline_lane *lane,
			       size_t at, const struct pen *pen, uint64_t most)
{
	const struct timeline_bucket *bucket = &lane->buckets[at];
	uint64_t start = t->first_ns + at * t->bucket_ns;

	if (bucket->calls)
		return pen->levels[(bucket->calls * LEVELS + most - 1) / most - 1];
	if (bucket->in_call_ns)
		return pen->in_call;
	return start <= lane->end_ns && start + t->bucket_ns > lane->start_ns &&
			       start <= t->last_ns ?
		       pen->alive :
		       " ";
}

static const struct mark_def *mark_of(unsigned marks)
{
	for (size_t i = 0; i < N_MARKS; i++)
		if (marks & mark_defs[i].mark)
			return &mark_defs[i];
	return NULL;
}

char timeline_mark_letter(unsigned marks, const char **name)
{
	const struct mark_def *def = mark_of(marks);

	*name = def ? def->name : NULL;
	return def ? def->letter : 0;
}

static void add_mark_line(const struct timeline *t, const struct timeline_lane *lane,
			  const struct timeline_options *o, struct text *out)
{
	unsigned marks = 0;

	for (size_t at = 0; at < t->n_buckets; at++)
		marks |= lane->buckets[at].marks;
	if (!marks)
		return;
	text_pad(out, ' ', TIMELINE_LABEL_COLUMNS);
	for (size_t at = 0; at < t->n_buckets; at++) {
		const struct mark_def *def = mark_of(lane->buckets[at].marks);
		bool bad = def && def->mark == MARK_DIVERGENCE;

		add_color(o, out, bad ? RED : "");
		text_add_char(out, def ? def->letter : ' ');
		add_color(o, out, bad ? PLAIN : "");
	}
	end_line(out);
}

static void add_lane(const struct timeline *t, const struct timeline_lane *lane,
		     const struct timeline_options *o, uint64_t most, struct text *out)
{
	const struct pen *pen = o->ascii ? &ascii_pen : &block_pen;

	add_label(lane, o, out);
	for (size_t at = 0; at < t->n_buckets; at++)
		text_add(out, bucket_look(t, lane, at, pen, most));
	end_line(out);
	add_mark_line(t, lane, o, out);
}

/* ---- around them ---- */

/* Milliseconds, exactly, as a position takes them. */
static void add_position(struct text *out, uint64_t ns)
{
	text_printf(out, "%" PRIu64 ".%06" PRIu64 "ms", ns / 1000000, ns % 1000000);
}

static void add_head(const struct timeline *t, const struct timeline_options *o, struct text *out)
{
	add_color(o, out, BOLD);
	text_printf(out, "%" PRIu64 " call%s (%" PRIu64 " failed), %" PRIu64 " divergence%s",
		    t->calls, t->calls == 1 ? "" : "s", t->failed, t->divergences,
		    t->divergences == 1 ? "" : "s");
	add_color(o, out, PLAIN);
	text_add(out, "\nfrom +");
	add_position(out, t->first_ns);
	text_add(out, " to +");
	add_position(out, t->last_ns);
	text_add(out, ": ");
	text_add_duration(out, t->last_ns - t->first_ns);
	text_add(out, ", ");
	text_add_duration(out, t->bucket_ns);
	text_add(out, " a column\n");
}

static void add_legend(const struct timeline *t, const struct timeline_options *o, uint64_t most,
		       struct text *out)
{
	const struct pen *pen = o->ascii ? &ascii_pen : &block_pen;
	unsigned marks = 0;

	if (most)
		text_printf(out, "%s %" PRIu64 " call%s, ", pen->levels[LEVELS - 1], most,
			    most == 1 ? "" : "s");
	text_printf(out, "%s in a call, %s between calls", pen->in_call, pen->alive);
	for (size_t i = 0; i < t->n_lanes; i++)
		for (size_t at = 0; at < t->n_buckets; at++)
			marks |= t->lanes[i].buckets[at].marks;
	for (size_t i = 0; i < N_MARKS; i++)
		if (marks & mark_defs[i].mark)
			text_printf(out, ", %c %s", mark_defs[i].letter, mark_defs[i].name);
	text_add_char(out, '\n');
	if (t->lanes_left)
		text_printf(out,
			    "There are more than %d lanes: choose tasks (P0.T3) to see others.\n",
			    TIMELINE_LANES_MAX);
}

/* Cut to the screen; what is decoded is ASCII, a byte a column. */
static void add_call_line(const struct timeline_call *call, const struct timeline_options *o,
			  struct text *out)
{
	cleanup_text struct text line = { 0 };

	text_printf(&line, "  #%" PRIu64, call->step);
	if (!o->leader_only || call->variant)
		text_printf(&line, ".v%u", call->variant);
	text_printf(&line, " %s ", call->label);
	text_add_duration(&line, call->duration_ns);
	text_add(&line, "  ");
	text_add(&line, call->text);
	if (line.length > o->width) {
		line.length = o->width - 3;
		text_add(&line, "...");
	}
	text_add(out, text_get(&line));
	text_add_char(out, '\n');
	/* a tenth of the call, spent on waiting for another variant, is worth a line */
	if (call->skew_ns < call->duration_ns / 10 || call->first == call->last)
		return;
	text_printf(out, "      v%u waited ", call->first);
	text_add_duration(out, call->skew_ns);
	text_printf(out, " for v%u to come\n", call->last);
}

static int put(struct text *t, FILE *stream)
{
	errno = 0;
	if (t->length && fwrite(t->at, 1, t->length, stream) != t->length)
		return errno ? -errno : -EIO;
	text_clear(t);
	return 0;
}

int timeline_draw(const struct timeline *t, const struct timeline_options *o, FILE *stream)
{
	cleanup_text struct text out = { 0 };
	uint64_t most = timeline_most_calls(t);
	int ret;

	add_head(t, o, &out);
	add_scale(t, &out);
	ret = put(&out, stream);
	for (size_t i = 0; ret == 0 && i < t->n_lanes; i++) {
		add_lane(t, &t->lanes[i], o, most, &out);
		ret = put(&out, stream);
	}
	if (ret < 0)
		return ret;
	add_legend(t, o, most, &out);
	if (t->n_longest)
		text_add(&out, "\nlongest calls\n");
	for (size_t i = 0; i < t->n_longest; i++)
		add_call_line(&t->longest[i], o, &out);
	return put(&out, stream);
}

/* ---- rows ---- */

enum {
	ROW_TASK,
	ROW_LABEL,
	ROW_VARIANT,
	ROW_START,
	ROW_END,
	ROW_CALLS,
	ROW_FAILED,
	ROW_IN_CALL,
	ROW_MARKS,
	ROW_COLUMNS
};

static const char *const row_names[ROW_COLUMNS] = {
	[ROW_TASK] = "task",      [ROW_LABEL] = "label",        [ROW_VARIANT] = "variant",
	[ROW_START] = "start_ns", [ROW_END] = "end_ns",         [ROW_CALLS] = "calls",
	[ROW_FAILED] = "failed",  [ROW_IN_CALL] = "in_call_ns", [ROW_MARKS] = "marks",
};

void timeline_add_marks(struct text *t, unsigned marks)
{
	const char *separator = "";

	for (size_t i = 0; i < N_MARKS; i++) {
		if (!(marks & mark_defs[i].mark))
			continue;
		text_add(t, separator);
		text_add(t, mark_defs[i].name);
		separator = ",";
	}
}

static struct cell integer(uint64_t value)
{
	return (struct cell){ .type = CELL_INTEGER, .integer = (int64_t)value };
}

static int put_row(const struct timeline *t, const struct timeline_lane *lane, size_t at,
		   struct output *output)
{
	const struct timeline_bucket *bucket = &lane->buckets[at];
	uint64_t start = t->first_ns + at * t->bucket_ns;
	cleanup_text struct text marks = { 0 };
	struct cell cells[ROW_COLUMNS] = {
		[ROW_TASK] = integer(lane->task),
		[ROW_LABEL] = { .type = CELL_TEXT,
				.data = lane->label,
				.length = strlen(lane->label) },
		[ROW_VARIANT] = integer(lane->variant),
		[ROW_START] = integer(start),
		[ROW_END] = integer(start + t->bucket_ns),
		[ROW_CALLS] = integer(bucket->calls),
		[ROW_FAILED] = integer(bucket->failed),
		[ROW_IN_CALL] = integer(bucket->in_call_ns),
	};

	timeline_add_marks(&marks, bucket->marks);
	cells[ROW_MARKS] = (struct cell){ .type = CELL_TEXT,
					  .data = text_get(&marks),
					  .length = marks.length };
	return output_row(output, cells);
}

int timeline_rows(const struct timeline *t, const struct output_options *options, FILE *stream,
		  uint64_t *rows)
{
	struct output *output = output_create(stream, options, row_names, ROW_COLUMNS);
	int ret = 0;

	*rows = 0;
	for (size_t i = 0; i < t->n_lanes; i++) {
		for (size_t at = 0; ret == 0 && at < t->n_buckets; at++) {
			const struct timeline_bucket *bucket = &t->lanes[i].buckets[at];

			if (!bucket->calls && !bucket->in_call_ns && !bucket->marks)
				continue;
			ret = put_row(t, &t->lanes[i], at, output);
			++*rows;
		}
	}
	if (ret == 0)
		ret = output_end(output);
	output_destroy(output);
	return ret;
}
