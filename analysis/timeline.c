/* From records to lanes of buckets; see timeline.h. How they look is in timeline_text.c. */
#include "analysis/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/schema.h"
#include "base/alloc.h"
#include "base/lower_bound.h"
#include "schema/syscall_decode.h"

/* bytes of a longest call's text */
#define CALL_TEXT_BYTES 400

/* What one walk does with each record chosen; variants: of a step, those asked for. */
typedef void visitor(struct timeline_gatherer *g, const struct trace_record *record,
		     uint32_t variants);

static uint32_t variants_shown(const struct timeline_gatherer *g, uint32_t variants)
{
	const uint32_t all = (1u << LIMIT_VARIANTS) - 1;

	return variants & (g->options->leader_only ? 1u : all);
}

static void visit_step(struct timeline_gatherer *g, const struct trace_record *record,
		       visitor *visit)
{
	const struct selection *selection = &g->options->selection;
	const struct trace_step *step = &record->step;
	uint32_t variants;
	int variant;

	if (!selection_has_place(selection, step, &variant) ||
	    !call_filter_matches(&selection->filter, step))
		return;
	variants = variant < 0 ? variants_shown(g, step->variants) : step->variants & 1u << variant;
	if (variants)
		visit(g, record, variants);
}

/* The start of a task is shown in its parent's lane, so it belongs there. */
static bool has_event(const struct timeline_gatherer *g, const struct trace_record *record,
		      uint64_t step)
{
	struct trace_record start;

	if (record->kind != TRACE_TASK_START)
		return selection_has_event(&g->options->selection, record, step);
	start = *record;
	start.task_start.task = start.task_start.parent;
	return selection_has_event(&g->options->selection, &start, step);
}

static void take(struct timeline_gatherer *g, const struct trace_record *record, visitor *visit)
{
	if (record->kind == TRACE_STEP) {
		g->step = record->step.step;
		visit_step(g, record, visit);
	} else if (has_event(g, record, g->step)) {
		visit(g, record, 0);
	}
}

static int walk(struct timeline_gatherer *g, visitor *visit, struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);
	const struct trace_record *record;
	struct scan *scan;
	int ret = scan_create(&scan, g->source, err);

	if (ret < 0)
		return ret;
	g->step = 0;
	selection_narrow(&g->options->selection, &filter);
	scan_start(scan, &filter);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(g->source, record);
		take(g, record, visit);
	}
	scan_destroy(scan);
	return ret;
}

/* ---- bounds ---- */

static void widen(struct timeline *t, uint64_t ns)
{
	if (!ns)
		return; /* a moment that never came */
	if (!t->first_ns || ns < t->first_ns)
		t->first_ns = ns;
	if (ns > t->last_ns)
		t->last_ns = ns;
}

static void visit_bounds(struct timeline_gatherer *g, const struct trace_record *record,
			 uint32_t variants)
{
	struct timeline *t = g->timeline;

	switch (record->kind) {
	case TRACE_STEP:
		for (; variants; variants &= variants - 1) {
			unsigned v = (unsigned)__builtin_ctz(variants);

			widen(t, record->step.entry_ns[v]);
			widen(t, record->step.exit_ns[v]);
		}
		break;
	case TRACE_SIGNAL:
		widen(t, record->signal.first_ns);
		widen(t, record->signal.delivered_ns);
		break;
	case TRACE_DIVERGENCE: widen(t, record->divergence.time_ns); break;
	case TRACE_TASK_START: widen(t, record->task_start.time_ns); break;
	case TRACE_TASK_END: widen(t, record->task_end.time_ns); break;
	case TRACE_TRAP:
	case TRACE_MARK:
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
}

/* Of all of a trace with statistics they are known; of a part, or without, one looks. */
static int find_bounds(struct timeline_gatherer *g, struct error *err)
{
	const struct trace_frame_stat *frames;
	struct timeline *t = g->timeline;
	size_t count;
	int ret = 0;

	frames = source_frames(g->source, &count);
	if (!selection_is_all(&g->options->selection) || !source_frames_known(g->source))
		ret = walk(g, visit_bounds, err);
	else
		for (size_t i = 0; i < count; i++) {
			widen(t, frames[i].first_ns);
			widen(t, frames[i].last_ns);
		}
	t->n_buckets = g->options->width - TIMELINE_LABEL_COLUMNS;
	t->bucket_ns = (t->last_ns - t->first_ns) / t->n_buckets + 1;
	return ret;
}

/* ---- lanes ---- */

static size_t lane_place(const struct timeline *t, uint32_t task, unsigned variant)
{
	return lower_bound(t->n_lanes, i,
			   t->lanes[i].task < task ||
				   (t->lanes[i].task == task && t->lanes[i].variant < variant));
}

static char *make_label(struct timeline_gatherer *g, uint32_t number)
{
	const struct source_task *task = source_task_find(g->source, number, NULL);
	cleanup_text struct text label = { 0 };

	if (task && task->label && task->label[0])
		text_add_escaped(&label, task->label, strlen(task->label), ESCAPE_HIGH);
	else
		text_printf(&label, "T?%" PRIu32, number);
	return alloc_string(text_get(&label));
}

static void lane_init(struct timeline_gatherer *g, struct timeline_lane *lane, uint32_t number,
		      unsigned variant)
{
	const struct source_task *task = source_task_find(g->source, number, NULL);

	*lane = (struct timeline_lane){
		.task = number,
		.variant = variant,
		.start_ns = task && task->started ? task->start_ns : 0,
		.end_ns = task && task->ended ? task->end_ns : UINT64_MAX,
		.label = make_label(g, number),
		.buckets = alloc_zeroed(g->timeline->n_buckets, sizeof(*lane->buckets)),
	};
}

/* NULL when there are as many lanes as there may be. Valid until the next call. */
static struct timeline_lane *lane_get(struct timeline_gatherer *g, uint32_t task, unsigned variant)
{
	struct timeline *t = g->timeline;
	size_t at = lane_place(t, task, variant);

	if (at < t->n_lanes && t->lanes[at].task == task && t->lanes[at].variant == variant)
		return &t->lanes[at];
	if (t->n_lanes >= TIMELINE_LANES_MAX) {
		t->lanes_left = true;
		return NULL;
	}
	alloc_grow(&t->lanes, &t->lanes_capacity, t->n_lanes + 1);
	memmove(&t->lanes[at + 1], &t->lanes[at], (t->n_lanes - at) * sizeof(*t->lanes));
	t->n_lanes++;
	lane_init(g, &t->lanes[at], task, variant);
	return &t->lanes[at];
}

static size_t bucket_at(const struct timeline *t, uint64_t ns)
{
	uint64_t at = ns < t->first_ns ? 0 : (ns - t->first_ns) / t->bucket_ns;

	return at < t->n_buckets ? (size_t)at : t->n_buckets - 1;
}

static void add_mark(struct timeline_gatherer *g, uint32_t task, uint32_t variants, uint64_t ns,
		     enum timeline_mark mark)
{
	for (variants = variants_shown(g, variants); variants; variants &= variants - 1) {
		struct timeline_lane *lane = lane_get(g, task, (unsigned)__builtin_ctz(variants));

		if (lane)
			lane->buckets[bucket_at(g->timeline, ns)].marks |= mark;
	}
}

/* ---- calls ---- */

static void call_finish(struct timeline_call *call)
{
	free(call->label);
	free(call->text);
	*call = (struct timeline_call){ 0 };
}

/* Who came first and who last, of all that took part. */
static void find_skew(const struct trace_step *step, struct timeline_call *call)
{
	call->first = call->last = call->variant;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(step->variants & 1u << v))
			continue;
		if (step->entry_ns[v] < step->entry_ns[call->first])
			call->first = v;
		if (step->entry_ns[v] > step->entry_ns[call->last])
			call->last = v;
	}
	call->skew_ns = step->entry_ns[call->last] - step->entry_ns[call->first];
}

static void keep_longest(struct timeline_gatherer *g, const struct trace_step *step, unsigned v,
			 uint64_t ns)
{
	struct timeline *t = g->timeline;
	struct decode_options options = { 0 };
	char text[CALL_TEXT_BYTES];
	size_t at = t->n_longest;

	while (at && t->longest[at - 1].duration_ns < ns)
		at--;
	if (at == g->options->longest)
		return;
	if (t->n_longest == g->options->longest)
		call_finish(&t->longest[--t->n_longest]);
	memmove(&t->longest[at + 1], &t->longest[at], (t->n_longest - at) * sizeof(t->longest[0]));
	t->n_longest++;
	syscall_decode(step, v, &options, text, sizeof(text));
	t->longest[at] = (struct timeline_call){ .step = step->step,
						 .entry_ns = step->entry_ns[v],
						 .duration_ns = ns,
						 .variant = v,
						 .label = make_label(g, step->task),
						 .text = alloc_string(text) };
	find_skew(step, &t->longest[at]);
}

/* The time from entry to exit, to the buckets it falls into. */
static void spread(const struct timeline *t, struct timeline_lane *lane, uint64_t entry_ns,
		   uint64_t exit_ns)
{
	uint64_t from = entry_ns < t->first_ns ? t->first_ns : entry_ns;

	for (size_t at = bucket_at(t, from); at < t->n_buckets && from < exit_ns; at++) {
		uint64_t start = t->first_ns + at * t->bucket_ns;
		bool ends_here = at + 1 == t->n_buckets || exit_ns - start <= t->bucket_ns;
		uint64_t end = ends_here ? exit_ns : start + t->bucket_ns;

		lane->buckets[at].in_call_ns += end - from;
		from = end;
	}
}

static void add_call(struct timeline_gatherer *g, const struct trace_step *step, unsigned v)
{
	struct timeline *t = g->timeline;
	struct timeline_lane *lane = lane_get(g, step->task, v);
	bool failed = !step->no_result && result_errno(step->result[v]);
	struct timeline_bucket *bucket;

	if (!lane)
		return;
	bucket = &lane->buckets[bucket_at(t, step->entry_ns[v])];
	bucket->calls++;
	bucket->failed += failed;
	if (step->no_result || step->exit_ns[v] <= step->entry_ns[v])
		return;
	spread(t, lane, step->entry_ns[v], step->exit_ns[v]);
}

/* Once a step: as the variant had it that stayed longest. */
static void judge_length(struct timeline_gatherer *g, const struct trace_step *step,
			 uint32_t variants)
{
	uint64_t longest_ns = 0;
	unsigned longest = 0;

	for (; variants; variants &= variants - 1) {
		unsigned v = (unsigned)__builtin_ctz(variants);
		uint64_t entry = step->entry_ns[v], exit = step->exit_ns[v];

		if (exit > entry && exit - entry > longest_ns) {
			longest_ns = exit - entry;
			longest = v;
		}
	}
	if (longest_ns && !step->no_result)
		keep_longest(g, step, longest, longest_ns);
}

static void add_step(struct timeline_gatherer *g, const struct trace_step *step, uint32_t variants)
{
	const struct syscall_row *row = syscall_row_find(step->nr);
	unsigned leader = (unsigned)__builtin_ctz(variants);
	bool failed = !step->no_result && result_errno(step->result[leader]);

	g->timeline->calls++;
	g->timeline->failed += failed;
	for (uint32_t left = variants; left; left &= left - 1)
		add_call(g, step, (unsigned)__builtin_ctz(left));
	judge_length(g, step, variants);
	if (row && row->family == FAMILY_EXEC && !failed)
		add_mark(g, step->task, variants, step->entry_ns[leader], MARK_EXEC);
}

/* ---- beside the calls ---- */

static void add_signal(struct timeline_gatherer *g, const struct trace_signal *s)
{
	const struct source_task *task = source_task_find(g->source, s->task, NULL);
	uint64_t ns = s->delivered_ns ? s->delivered_ns : s->first_ns;

	/* what came to the program; not what it still waits for, and not the copies of others */
	if (s->decision == SIGNAL_DELIVERED || s->decision == SIGNAL_FATAL ||
	    s->decision == SIGNAL_FAULT || s->decision == SIGNAL_STOPPED)
		add_mark(g, s->task, task ? task->variants : s->had_it | s->sent, ns, MARK_SIGNAL);
}

static void add_divergence(struct timeline_gatherer *g, const struct trace_divergence *d)
{
	uint32_t variants = 1; /* the leader's lane shows it, too */

	for (size_t i = 0; i < d->n_sides; i++)
		if (d->sides[i].variant < LIMIT_VARIANTS)
			variants |= 1u << d->sides[i].variant;
	g->timeline->divergences++;
	add_mark(g, d->task, variants, d->time_ns, MARK_DIVERGENCE);
}

static void visit_fill(struct timeline_gatherer *g, const struct trace_record *record,
		       uint32_t variants)
{
	const struct trace_task_start *start = &record->task_start;

	switch (record->kind) {
	case TRACE_STEP: add_step(g, &record->step, variants); break;
	case TRACE_SIGNAL: add_signal(g, &record->signal); break;
	case TRACE_DIVERGENCE: add_divergence(g, &record->divergence); break;
	case TRACE_TASK_START:
		if (start->parent)
			add_mark(g, start->parent, start->variants, start->time_ns, MARK_FORK);
		break;
	case TRACE_TASK_END:
		add_mark(g, record->task_end.task, record->task_end.variants,
			 record->task_end.time_ns, MARK_EXIT);
		break;
	case TRACE_TRAP:
	case TRACE_MARK:
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
}

/* A walk met the ends of tasks after their lanes began. */
static void learn_ends(struct timeline_gatherer *g)
{
	struct timeline *t = g->timeline;

	for (size_t i = 0; i < t->n_lanes; i++) {
		const struct source_task *task = source_task_find(g->source, t->lanes[i].task,
								  NULL);

		if (task && task->ended)
			t->lanes[i].end_ns = task->end_ns;
	}
}

int timeline_begin(struct timeline_gatherer *g, struct timeline *out, struct source *source,
		   const struct timeline_options *options, struct error *err)
{
	int ret;

	*out = (struct timeline){ 0 };
	*g = (struct timeline_gatherer){ .timeline = out, .source = source, .options = options };
	ret = find_bounds(g, err);
	g->step = 0;
	return ret;
}

void timeline_take(struct timeline_gatherer *g, const struct trace_record *record)
{
	take(g, record, visit_fill);
}

void timeline_end(struct timeline_gatherer *g)
{
	learn_ends(g);
}

int timeline_gather(struct timeline *out, struct source *source,
		    const struct timeline_options *options, struct error *err)
{
	struct timeline_gatherer g;
	int ret = timeline_begin(&g, out, source, options, err);

	if (ret == 0)
		ret = walk(&g, visit_fill, err);
	timeline_end(&g);
	return ret;
}

void timeline_finish(struct timeline *t)
{
	for (size_t i = 0; i < t->n_lanes; i++) {
		free(t->lanes[i].label);
		free(t->lanes[i].buckets);
	}
	free(t->lanes);
	for (size_t i = 0; i < t->n_longest; i++)
		call_finish(&t->longest[i]);
	*t = (struct timeline){ 0 };
}
