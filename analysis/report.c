/* Order and frame of a report; see report.h. */
#include "analysis/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report_page.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"

/* records between two looks at the clock */
#define PROGRESS_RECORDS 4096
/* buckets of the timeline */
#define TIMELINE_BUCKETS 240
/* bytes of a command line in a title; all of it stands in the provenance */
#define TITLE_BYTES 160
/* bytes of a sentence about holes */
#define GAP_BYTES 1024

/* ---- pieces ---- */

const struct trace_step *report_step_find(struct report_page *p, uint64_t step)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	const struct trace_record *record;
	int ret;

	if (!step || p->error)
		return NULL;
	filter.first_step = step;
	filter.last_step = step;
	scan_start(p->lookup, &filter);
	ret = scan_next(p->lookup, &record, p->err);
	if (ret < 0)
		p->error = ret;
	return ret > 0 ? &record->step : NULL;
}

const struct trace_divergence *report_divergence_find(struct report_page *p, struct scan *scan,
						      uint64_t number)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_DIVERGENCE));
	const struct trace_record *record;
	uint64_t seen;
	int ret = 0;

	if (p->error)
		return NULL;
	scan_start(scan, &filter);
	for (seen = scan_divergences_before(scan); seen < number; seen++) {
		ret = scan_next(scan, &record, p->err);
		if (ret <= 0)
			break;
	}
	if (ret < 0)
		p->error = ret;
	return ret > 0 ? &record->divergence : NULL;
}

void report_add_call(struct report_page *p, const struct trace_step *step, unsigned variant)
{
	struct decode_options options = { .string_bytes = REPORT_STRING_BYTES };

	html_add(p->html, "<code>");
	if (variant < LIMIT_VARIANTS && step->variants & 1u << variant) {
		syscall_decode(step, variant, &options, p->decoded, sizeof(p->decoded));
		html_text(p->html, p->decoded);
	} else {
		html_add(p->html, "(took no part)");
	}
	html_add(p->html, "</code>");
}

void report_add_task(struct report_page *p, uint32_t task)
{
	cleanup_text struct text label = { 0 };

	text_add_task(&label, p->source, task);
	html_text(p->html, text_get(&label));
}

void report_add_duration(struct report_page *p, uint64_t ns)
{
	cleanup_text struct text duration = { 0 };

	text_add_duration(&duration, ns);
	html_text(p->html, text_get(&duration));
}

void report_add_count(struct report_page *p, uint64_t count, const char *what)
{
	html_printf(p->html, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}

void report_add_heading(struct report_page *p, unsigned level, const char *id, const char *text)
{
	html_add_numbers(p->html, "<h%u id=\"", level);
	html_text(p->html, id);
	html_add(p->html, "\">");
	html_text(p->html, text);
	html_add_numbers(p->html, "</h%u>\n", level);
}

static void add_step_row(struct report_page *p, const struct trace_step *step)
{
	unsigned v = mask_variant(step->variants, 0);

	html_add(p->html, "<tr><td>");
	html_step(p->html, step->step);
	html_add(p->html, "</td><td>");
	report_add_task(p, step->task);
	html_add(p->html, "</td><td class=\"call\">");
	report_add_call(p, step, v);
	html_add(p->html, "</td></tr>\n");
}

bool report_add_steps(struct report_page *p, const struct report_steps *steps, uint64_t until)
{
	uint64_t number, gap;
	bool any = false;

	for (size_t i = 0; (number = report_steps_at(steps, i, &gap)); i++) {
		const struct trace_step *step = number <= until ? report_step_find(p, number) :
								  NULL;

		if (!step)
			continue;
		if (!any)
			html_add(p->html, "<div class=\"wide\"><table class=\"calls\">\n");
		any = true;
		if (gap)
			html_add_numbers(p->html,
					 "<tr><td colspan=\"3\" class=\"gap\">%" PRIu64
					 " more</td></tr>\n",
					 gap);
		add_step_row(p, step);
	}
	if (any)
		html_add(p->html, "</table></div>\n");
	return any;
}

bool report_task_is_alive(const struct source_task *task, uint64_t time_ns)
{
	return task->started && task->start_ns <= time_ns &&
	       (!task->ended || task->end_ns >= time_ns);
}

/* ---- the walk ---- */

static int walk_records(struct report_page *p, struct timeline_gatherer *g, struct scan *scan,
			const struct report_options *options)
{
	const struct trace_record *record;
	uint64_t records = 0, total = source_steps_estimate(p->source);
	int ret;

	while ((ret = scan_next(scan, &record, p->err)) > 0) {
		source_learn(p->source, record);
		timeline_take(g, record);
		summary_take(p->calls, record);
		summary_take(p->files, record);
		report_watch_take(p->watch, record, summary_descriptors(p->files));
		if (++records % PROGRESS_RECORDS == 0 && options->progress)
			options->progress(options->data, p->watch->steps, total);
	}
	return ret;
}

static int walk(struct report_page *p, const struct report_options *options)
{
	const struct timeline_options timeline = {
		.width = TIMELINE_BUCKETS + TIMELINE_LABEL_COLUMNS, .longest = TIMELINE_LONGEST_MAX
	};
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);
	struct timeline_gatherer g;
	struct scan *scan;
	int ret = timeline_begin(&g, &p->timeline, p->source, &timeline, p->err);

	if (ret < 0)
		return ret;
	ret = scan_create(&scan, p->source, p->err);
	if (ret < 0)
		return ret;
	scan_start(scan, &filter);
	ret = walk_records(p, &g, scan, options);
	timeline_end(&g);
	scan_destroy(scan);
	summary_order(p->calls);
	summary_order(p->files);
	return ret;
}

/* ---- the page ---- */

static void add_title(struct report_page *p)
{
	const struct source_variant *variants;
	bool known = source_variants(p->source, &variants, NULL) == 0 && variants[0].known;
	const char *command = known ? variants[0].command_line : "(program not known)";
	cleanup_text struct text title = { 0 };

	text_add_bytes(&title, command, strnlen(command, TITLE_BYTES));
	html_text(p->html, text_get(&title));
	html_add(p->html, title.length < strlen(command) ? "..." : "");
}

static void add_head(struct report_page *p)
{
	html_add(p->html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
			  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			  "'none'; base-uri 'none'; form-action 'none'; style-src ");
	html_add(p->html, report_style_hash);
	html_add(p->html,
		 "\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
		 "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n"
		 "<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>");
	html_text(p->html, p->watch->all_divergences ? "Divergence: " : "Run: ");
	add_title(p);
	html_add(p->html, "</title>\n<style>");
	html_add(p->html, report_style);
	html_add(p->html, "</style>\n</head>\n<body>\n");
}

static void add_link(struct report_page *p, const char *id, const char *text)
{
	html_add(p->html, "<a href=\"#");
	html_text(p->html, id);
	html_add(p->html, "\">");
	html_text(p->html, text);
	html_add(p->html, "</a>\n");
}

static void add_navigation(struct report_page *p)
{
	static const char *const sections[][2] = {
		{ "overview", "Overview" },     { "timeline", "Timeline" },
		{ "calls", "Calls" },           { "files", "Files" },
		{ "network", "Network" },       { "processes", "Processes" },
		{ "signals", "Signals" },       { "completeness", "Completeness" },
		{ "provenance", "Provenance" },
	};

	html_add(p->html, "<nav>\n");
	for (size_t i = 0; i < p->watch->n_divergences; i++) {
		char id[24];

		snprintf(id, sizeof(id), "d%" PRIu64, p->watch->divergences[i].number);
		add_link(p, id, id);
	}
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		add_link(p, sections[i][0], sections[i][1]);
	html_add(p->html, "</nav>\n");
}

/* Above the fold when something is missing. */
static void add_gap(struct report_page *p, bool has_gap, const char *gap)
{
	if (!has_gap)
		return;
	html_add(p->html, "<p class=\"warning\"><strong>This trace is not whole.</strong> ");
	html_text(p->html, gap);
	html_add(p->html, " What is said below covers what can be read.</p>\n");
}

static void add_completeness(struct report_page *p, bool has_gap, const char *gap)
{
	const char *payload = facts_find(&p->facts, "payload");

	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "completeness", "Completeness");
	html_add(p->html, "<p>");
	if (has_gap)
		html_text(p->html, gap);
	else
		html_add(p->html,
			 "The trace is whole: every part of it could be read, its checksums "
			 "are right, and it has its end.");
	html_add(p->html, "</p>\n<p>Bytes that calls moved were recorded ");
	if (payload && strcmp(payload, "full") == 0)
		html_add(p->html, "in full.");
	else if (payload && strcmp(payload, "head") == 0)
		html_printf(p->html, "up to %s bytes of each buffer.",
			    facts_find(&p->facts, "payload_head_bytes"));
	else if (payload && strcmp(payload, "hash") == 0)
		html_add(p->html, "as hashes only.");
	else
		html_add(p->html, "not at all, or it is not known how.");
	html_add(p->html, "</p>\n</section>\n");
}

static void add_verdict_without(struct report_page *p)
{
	unsigned variants = source_variant_count(p->source);

	html_add(p->html, "<section class=\"verdict good\">\n<h1>");
	if (variants < 2)
		html_add(p->html, "One variant: there was nothing to compare.");
	else
		html_printf(p->html, "No divergence: %u variants agreed in %" PRIu64 " calls.",
			    variants, p->watch->steps);
	html_add(p->html, "</h1>\n</section>\n");
}

static void add_divergences(struct report_page *p)
{
	uint64_t left = p->watch->all_divergences - p->watch->n_divergences;

	for (size_t i = 0; i < p->watch->n_divergences; i++)
		report_add_divergence(p, &p->watch->divergences[i]);
	if (left) {
		html_add(p->html, "<p class=\"warning\">There ");
		html_printf(p->html,
			    left == 1 ? "is %" PRIu64 " more divergence" :
					"are %" PRIu64 " more divergences",
			    left);
		html_add(p->html, ": <code>mvx-replay query --saved divergences</code> lists "
				  "all.</p>\n");
	}
}

static void write_page(struct report_page *p)
{
	char gap[GAP_BYTES];
	bool has_gap = source_gap_describe(p->source, gap, sizeof(gap));

	add_head(p);
	html_add(p->html, "<header>\n<p class=\"program\"><code>");
	add_title(p);
	html_add(p->html, "</code></p>\n");
	add_navigation(p);
	html_add(p->html, "</header>\n<main>\n");
	add_gap(p, has_gap, gap);
	if (p->watch->all_divergences)
		add_divergences(p);
	else
		add_verdict_without(p);
	/* what a verdict rests on stands beside it; of a run without, the run comes first */
	if (!p->watch->all_divergences)
		report_add_overview(p);
	add_completeness(p, has_gap, gap);
	report_add_provenance(p);
	if (p->watch->all_divergences)
		report_add_overview(p);
	html_add(p->html, "</main>\n<footer><p>Made by mvx-replay report " MVX_VERSION
			  " from the trace alone. No scripts; nothing is loaded from anywhere."
			  "</p></footer>\n</body>\n</html>\n");
}

/* ---- */

static int make(struct report_page *p, const struct report_options *options, bool *stream_failed)
{
	int ret = scan_create(&p->lookup, p->source, p->err);

	if (ret == 0)
		ret = walk(p, options);
	if (ret < 0)
		return ret;
	facts_collect(&p->facts, p->source, false);
	write_page(p);
	if (p->error)
		return p->error;
	ret = html_flush(p->html);
	*stream_failed = ret < 0;
	return ret < 0 ? error_set(p->err, ret, "cannot write: %s", strerror(-ret)) : 0;
}

int report_run(struct source *source, const struct report_options *options, FILE *stream,
	       bool *stream_failed, struct error *err)
{
	const struct summary_options by_call = { .by = SUMMARY_SYSCALL }, by_file = {
		.by = SUMMARY_FILE,
		.sort = SUMMARY_BYTES,
	};
	struct report_page *p = alloc_zeroed(1, sizeof(*p));
	struct html html;
	int ret;

	*stream_failed = false;
	html_init(&html, stream);
	p->source = source;
	p->html = &html;
	p->err = err;
	p->watch = alloc_zeroed(1, sizeof(*p->watch));
	p->calls = summary_create(source, &by_call);
	p->files = summary_create(source, &by_file);
	ret = make(p, options, stream_failed);
	facts_finish(&p->facts);
	timeline_finish(&p->timeline);
	summary_destroy(p->calls);
	summary_destroy(p->files);
	report_watch_finish(p->watch);
	free(p->watch);
	scan_destroy(p->lookup);
	html_finish(&html);
	free(p);
	return ret;
}
