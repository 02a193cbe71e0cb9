/* Which records are shown, in which order; how they look is in show_text.c. */
#include "analysis/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/schema.h"
#include "analysis/show_text.h"
#include "base/alloc.h"

struct show {
	const struct show_options *options;
	struct show_text *text;
	struct source *source;
	FILE *stream;
	uint64_t step;        /* the last one read */
	uint64_t divergences; /* read so far, for their numbers */
	uint64_t lines;
	/* context around matches of a filter */
	struct text *held; /* a ring of the last `before` steps not shown */
	size_t held_next, held_count;
	uint64_t after_left;
	bool step_shown;
	uint64_t unshown_gap; /* steps dropped since the last line */
	struct text line;
};

static int put(struct show *s, struct text *t)
{
	errno = 0;
	if (t->length && fwrite(t->at, 1, t->length, s->stream) != t->length)
		return errno ? -errno : -EIO;
	s->lines += t->length > 0;
	text_clear(t);
	return 0;
}

/* ---- steps ---- */

static void hold_step(struct show *s, const struct trace_step *step)
{
	const uint64_t before = s->options->selection.before;
	struct text *slot;

	if (!before) {
		s->unshown_gap++;
		return;
	}
	slot = &s->held[s->held_next];
	s->unshown_gap += slot->length > 0;
	text_clear(slot);
	show_text_step(s->text, step, -1, slot);
	s->held_next = (s->held_next + 1) % before;
	if (s->held_count < before)
		s->held_count++;
}

static int put_held(struct show *s)
{
	const size_t before = s->options->selection.before;
	size_t at = s->held_count < before ? 0 : s->held_next;
	int ret = 0;

	if (s->step_shown && s->unshown_gap) {
		text_add(&s->line, "--\n");
		ret = put(s, &s->line);
	}
	for (size_t i = 0; ret == 0 && i < s->held_count; i++, at++)
		ret = put(s, &s->held[at < before ? at : at - before]);
	s->held_count = 0;
	s->held_next = 0;
	s->unshown_gap = 0;
	return ret;
}

static int show_step(struct show *s, const struct trace_step *step)
{
	bool context = !s->options->selection.n_positions &&
		       (s->options->selection.before || s->options->selection.after);
	int variant, ret = 0;

	if (!selection_has_place(&s->options->selection, step, &variant))
		return 0;
	if (call_filter_matches(&s->options->selection.filter, step)) {
		if (context && !call_filter_is_empty(&s->options->selection.filter))
			ret = put_held(s);
		s->after_left = s->options->selection.after;
	} else if (context && s->after_left) {
		s->after_left--;
	} else {
		if (context)
			hold_step(s, step);
		return 0;
	}
	if (ret < 0)
		return ret;
	show_text_step(s->text, step, variant, &s->line);
	s->step_shown = true;
	return put(s, &s->line);
}

/* ---- records ---- */

static int show_event(struct show *s, const struct trace_record *record)
{
	if (!selection_has_event(&s->options->selection, record, s->step))
		return 0;
	show_text_event(s->text, record, s->divergences, &s->line);
	return put(s, &s->line);
}

/* Waits at the end of what there is, if asked to. */
static int next_record(struct show *s, struct scan *scan, const struct trace_record **record,
		       struct error *err)
{
	int ret;

	while ((ret = scan_next(scan, record, err)) == 0 && s->options->wait &&
	       !scan_is_past(scan)) {
		ret = s->options->wait(s->options->data, err);
		if (ret <= 0)
			break;
		scan_extend(scan);
	}
	return ret;
}

static int walk(struct show *s, struct scan *scan, bool *stream_failed, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = next_record(s, scan, &record, err)) > 0) {
		source_learn(s->source, record);
		s->divergences += record->kind == TRACE_DIVERGENCE;
		if (record->kind == TRACE_STEP) {
			s->step = record->step.step;
			ret = show_step(s, &record->step);
		} else {
			ret = show_event(s, record);
		}
		if (ret < 0) {
			*stream_failed = true;
			return error_set(err, ret, "cannot write standard output: %s",
					 strerror(-ret));
		}
	}
	return ret;
}

int show_run(struct source *source, const struct show_options *options, FILE *stream,
	     uint64_t *lines, bool *stream_failed, struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);
	struct show s = { .options = options, .source = source, .stream = stream };
	struct scan *scan;
	int ret = scan_create(&scan, source, err);

	if (ret < 0)
		return ret;
	*stream_failed = false;
	selection_narrow(&options->selection, &filter);
	s.text = show_text_create(source, options);
	s.held = alloc_zeroed(options->selection.before, sizeof(*s.held));
	scan_start(scan, &filter);
	s.divergences = scan_divergences_before(scan);
	ret = walk(&s, scan, stream_failed, err);
	*lines = s.lines;
	scan_destroy(scan);
	show_text_destroy(s.text);
	for (size_t i = 0; i < options->selection.before; i++)
		text_finish(&s.held[i]);
	free(s.held);
	text_finish(&s.line);
	return ret;
}
