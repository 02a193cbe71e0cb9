/*
 * Pictures of a report. The number of elements does not grow with the trace:
 * a lane is one path for its calls, one for those that failed and one line of
 * letters for what happened beside them.
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/report_page.h"

/* user units: what a screen of 960 pixels shows one to one */
#define PICTURE_WIDTH 960
#define LABEL_WIDTH   130
#define LANE_HEIGHT   34
#define BAR_HEIGHT    18
#define BAR_LEAST     1.5 /* one call is to be seen */
#define SCALE_HEIGHT  20
#define BUCKET_UNITS  3.4
#define TICK_BUCKETS  30
/* a letter is as wide as that */
#define LETTER_BUCKETS 2
/* lanes drawn at first, and when asked for: a page, not a wall */
#define LANES_AT_FIRST 16
#define LANES_SHOWN    120
/* of a label: its end tells tasks apart */
#define LABEL_CHARS 16

static double bucket_x(size_t at)
{
	return LABEL_WIDTH + (double)at * BUCKET_UNITS;
}

/* ---- a lane ---- */

/* Bars as one path; runs of equal height are one bar. */
static void add_bars(struct html *h, const struct timeline *t, const struct timeline_lane *lane,
		     double base, uint64_t most, bool failed)
{
	html_add(h, failed ? "<path class=\"failed\" d=\"" : "<path class=\"bars\" d=\"");
	for (size_t at = 0, run; at < t->n_buckets; at += run) {
		const struct timeline_bucket *bucket = &lane->buckets[at];
		uint64_t value = failed ? bucket->failed : bucket->calls;
		double height;

		for (run = 1; at + run < t->n_buckets; run++) {
			const struct timeline_bucket *next = &lane->buckets[at + run];

			if ((failed ? next->failed : next->calls) != value)
				break;
		}
		if (!value)
			continue;
		height = BAR_HEIGHT * (double)value / (double)most;
		if (!failed && height < BAR_LEAST)
			height = BAR_LEAST;
		html_add_numbers(h, "M%.1f %.1fv%.1fh%.1fv%.1fz", bucket_x(at), base, -height,
				 (double)run * BUCKET_UNITS, height);
	}
	html_add(h, "\"/>");
}

/* Time in calls where none began: a thin line. */
static void add_waiting(struct html *h, const struct timeline *t, const struct timeline_lane *lane,
			double base)
{
	html_add(h, "<path class=\"waiting\" d=\"");
	for (size_t at = 0, run; at < t->n_buckets; at += run) {
		for (run = 0; at + run < t->n_buckets; run++)
			if (lane->buckets[at + run].calls || !lane->buckets[at + run].in_call_ns)
				break;
		if (run)
			html_add_numbers(h, "M%.1f %.1fh%.1f", bucket_x(at), base - 4,
					 (double)run * BUCKET_UNITS);
		else
			run = 1;
	}
	html_add(h, "\"/>");
}

static void add_life(struct html *h, const struct timeline *t, const struct timeline_lane *lane,
		     double base)
{
	uint64_t end = lane->end_ns < t->last_ns ? lane->end_ns : t->last_ns;
	uint64_t start = lane->start_ns > t->first_ns ? lane->start_ns : t->first_ns;
	double from = (double)(start - t->first_ns) / (double)t->bucket_ns;
	double to = end > start ? (double)(end - t->first_ns) / (double)t->bucket_ns : from;

	html_add_numbers(h, "<path class=\"life\" d=\"M%.1f %.1fH%.1f\"/>",
			 LABEL_WIDTH + from * BUCKET_UNITS, base + 0.5,
			 LABEL_WIDTH + to * BUCKET_UNITS);
}

/* Of the buckets that a letter has room over: all that happened, or nothing of what is not asked for. */
static unsigned marks_at(const struct timeline *t, const struct timeline_lane *lane, size_t at,
			 bool divergences)
{
	unsigned marks = 0;

	for (size_t i = at; i < at + LETTER_BUCKETS && i < t->n_buckets; i++)
		marks |= lane->buckets[i].marks;
	return !(marks & MARK_DIVERGENCE) == divergences ? 0 : marks;
}

/* One text for all letters: each gets its own x. Divergences stand out, in a text of their own. */
static void add_letters(struct html *h, const struct timeline *t, const struct timeline_lane *lane,
			double y, bool divergences)
{
	const char *name;
	bool any = false;

	for (size_t at = 0; at < t->n_buckets; at += LETTER_BUCKETS) {
		if (!marks_at(t, lane, at, divergences))
			continue;
		if (!any) {
			html_add(h,
				 divergences ? "<text class=\"mark bad\"" : "<text class=\"mark\"");
			html_add_numbers(h, " y=\"%.1f\" x=\"", y);
		}
		html_add_numbers(h, any ? " %.1f" : "%.1f",
				 bucket_x(at) + BUCKET_UNITS * LETTER_BUCKETS / 2);
		any = true;
	}
	if (!any)
		return;
	html_add(h, "\">");
	for (size_t at = 0; at < t->n_buckets; at += LETTER_BUCKETS) {
		unsigned marks = marks_at(t, lane, at, divergences);

		if (marks)
			html_printf(h, "%c", timeline_mark_letter(marks, &name));
	}
	html_add(h, "</text>");
}

/* What a pointer that rests on the lane is told. */
static void add_lane_title(struct html *h, const struct timeline *t,
			   const struct timeline_lane *lane)
{
	uint64_t calls = 0, failed = 0;

	for (size_t at = 0; at < t->n_buckets; at++) {
		calls += lane->buckets[at].calls;
		failed += lane->buckets[at].failed;
	}
	html_add(h, "<title>");
	html_printf(h, "%s, variant %u: %" PRIu64 " calls, %" PRIu64 " failed", lane->label,
		    lane->variant, calls, failed);
	html_add(h, "</title>");
}

static void add_lane_label(struct html *h, const struct timeline_lane *lane, double y)
{
	size_t length = strlen(lane->label);
	const char *label = length > LABEL_CHARS ? lane->label + length - LABEL_CHARS + 1 :
						   lane->label;

	html_add_numbers(h, "<text class=\"label\" x=\"0\" y=\"%.1f\">", y);
	html_printf(h, "%s%s v%u", length > LABEL_CHARS ? "…" : "", label, lane->variant);
	html_add(h, "</text>");
}

static void add_lane(struct html *h, const struct timeline *t, const struct timeline_lane *lane,
		     size_t place, uint64_t most)
{
	double base = SCALE_HEIGHT + (double)place * LANE_HEIGHT + BAR_HEIGHT;

	html_add(h, "<g>");
	add_lane_title(h, t, lane);
	add_lane_label(h, lane, base - 3);
	add_life(h, t, lane, base);
	add_waiting(h, t, lane, base);
	add_bars(h, t, lane, base, most, false);
	add_bars(h, t, lane, base, most, true);
	add_letters(h, t, lane, base + 10, false);
	add_letters(h, t, lane, base + 10, true);
	html_add(h, "</g>\n");
}

/* ---- around the lanes ---- */

static void add_scale(struct html *h, const struct timeline *t, double height)
{
	uint64_t tick = timeline_tick_ns(t->bucket_ns * TICK_BUCKETS);
	uint64_t ns = (t->first_ns + tick - 1) / tick * tick;

	for (; ns <= t->last_ns && ns >= t->first_ns; ns += tick) {
		double x = LABEL_WIDTH +
			   (double)(ns - t->first_ns) / (double)t->bucket_ns * BUCKET_UNITS;
		cleanup_text struct text words = { 0 };

		timeline_add_tick(&words, ns, tick);
		html_add_numbers(h,
				 "<path class=\"grid\" d=\"M%.1f 14V%.1f\"/><text class=\"tick\" "
				 "x=\"%.1f\" y=\"10\">",
				 x, height, x);
		html_text(h, text_get(&words));
		html_add(h, "</text>");
	}
	html_add(h, "\n");
}

static void add_legend(struct report_page *p, uint64_t most)
{
	const struct timeline *t = &p->timeline;
	unsigned marks = 0;

	html_add(p->html, "<p class=\"note\">");
	html_printf(p->html, "The tallest bar is %" PRIu64 " call%s in ", most,
		    most == 1 ? "" : "s");
	report_add_duration(p, t->bucket_ns);
	html_add(p->html,
		 "; hatched from below: those that failed; a thin line: in a call, waiting.");
	for (size_t i = 0; i < t->n_lanes; i++)
		for (size_t at = 0; at < t->n_buckets; at++)
			marks |= t->lanes[i].buckets[at].marks;
	for (unsigned bit = 1; bit <= MARK_DIVERGENCE; bit <<= 1) {
		const char *name;
		char letter = timeline_mark_letter(marks & bit, &name);

		if (letter)
			html_printf(p->html, " %c %s.", letter, name);
	}
	if (t->lanes_left)
		html_printf(p->html, " There are more lanes: these are the first %d.", LANES_SHOWN);
	else if (t->n_lanes > LANES_SHOWN)
		html_printf(p->html, " The first %d of %zu lanes.", LANES_SHOWN, t->n_lanes);
	html_add(p->html,
		 " Times are positions: <code>mvx-replay timeline TRACE +20ms..+40ms</code> "
		 "looks closer.</p>\n");
}

static void add_picture(struct html *h, const struct timeline *t, size_t first, size_t end)
{
	double height = SCALE_HEIGHT + (double)(end - first) * LANE_HEIGHT;
	uint64_t most = timeline_most_calls(t);

	html_add_numbers(
		h,
		"<div class=\"wide\"><svg class=\"timeline\" role=\"img\" aria-label=\"calls of "
		"each task over time\" viewBox=\"0 0 %d %.0f\">\n",
		PICTURE_WIDTH, height);
	if (!first)
		html_add(h, "<defs><pattern id=\"hatch\" width=\"3\" height=\"3\" "
			    "patternUnits=\"userSpaceOnUse\"><path class=\"hatch\" d=\"M0 3L3 "
			    "0\"/></pattern></defs>\n");
	add_scale(h, t, height);
	for (size_t i = first; i < end; i++)
		add_lane(h, t, &t->lanes[i], i - first, most);
	html_add(h, "</svg></div>\n");
}

void report_add_timeline(struct report_page *p)
{
	const struct timeline *t = &p->timeline;
	size_t lanes = t->n_lanes < LANES_SHOWN ? t->n_lanes : LANES_SHOWN;
	size_t first = lanes < LANES_AT_FIRST ? lanes : LANES_AT_FIRST;
	uint64_t most = timeline_most_calls(t);

	if (!lanes || !most) {
		html_add(p->html, "<p>There are no calls to draw.</p>\n");
		return;
	}
	add_picture(p->html, t, 0, first);
	if (lanes > first) {
		html_add_numbers(p->html, "<details><summary>%zu more lanes</summary>\n",
				 lanes - first);
		add_picture(p->html, t, first, lanes);
		html_add(p->html, "</details>\n");
	}
	add_legend(p, most);
}

/* ---- small ones ---- */

void report_add_bar(struct report_page *p, double share)
{
	if (!(share >= 0))
		share = 0;
	if (share > 1)
		share = 1;
	html_add_numbers(
		p->html,
		"<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect class=\"bars\" width=\"%.1f\" height=\"10\"/></svg>",
		share * 100);
}

void report_add_delays(struct report_page *p, const uint64_t delays[REPORT_DELAYS])
{
	static const char *const bounds[REPORT_DELAYS] = { "<1us", "<10us", "<100us",
							   "<1ms", "<10ms", "<100ms",
							   "<1s",  "<10s",  "longer" };
	uint64_t most = 1;

	for (size_t i = 0; i < REPORT_DELAYS; i++)
		if (delays[i] > most)
			most = delays[i];
	html_add(p->html, "<svg class=\"delays\" role=\"img\" aria-label=\"delays of signals\" "
			  "viewBox=\"0 0 540 110\">");
	for (size_t i = 0; i < REPORT_DELAYS; i++) {
		double height = 70.0 * (double)delays[i] / (double)most;
		double x = 60.0 * (double)i;

		html_add_numbers(p->html,
				 "<rect class=\"bars\" x=\"%.0f\" y=\"%.1f\" width=\"44\" "
				 "height=\"%.1f\"/><text class=\"tick\" x=\"%.0f\" y=\"%.1f\">",
				 x + 8, 88 - height, height, x + 30, 84 - height);
		if (delays[i])
			html_printf(p->html, "%" PRIu64, delays[i]);
		html_add_numbers(p->html, "</text><text class=\"tick\" x=\"%.0f\" y=\"102\">",
				 x + 30);
		html_text(p->html, bounds[i]);
		html_add(p->html, "</text>");
	}
	html_add(p->html, "</svg>\n");
}
