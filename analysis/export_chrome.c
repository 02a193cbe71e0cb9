/*
 * export --to=chrome: the Trace Event Format that chrome://tracing and
 * ui.perfetto.dev read ("Trace Event Format", Google, 2016). A variant is a
 * process, a task a thread, a call a complete event; a flow joins the same
 * step in all variants, from the one that came first to the one that came last.
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/export_style.h"
#include "analysis/facts.h"
#include "analysis/schema.h"

/* Process 0 is the idle one to viewers; so variant 0 is process 1. */
static unsigned process_of(unsigned variant)
{
	return variant + 1;
}

static void add_string(struct export_walk *w, const char *foreign)
{
	text_add_json(&w->out, foreign ? foreign : "", foreign ? strlen(foreign) : 0, false);
}

/* Microseconds with three digits: ns, exactly. */
static void add_time(struct export_walk *w, const char *key, uint64_t ns)
{
	text_printf(&w->out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000, ns % 1000);
}

/* An integer as output.c has them: beyond 2^53 a string. */
static void add_integer(struct export_walk *w, const char *key, int64_t value)
{
	bool large = value > INT64_C(1) << 53 || value < -(INT64_C(1) << 53);

	text_printf(&w->out, large ? "\"%s\":\"%" PRId64 "\"" : "\"%s\":%" PRId64, key, value);
}

/* {"ph":"X","pid":1,"tid":1 */
static void open_event(struct export_walk *w, const char *phase, unsigned variant, uint32_t task)
{
	text_printf(&w->out, "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%" PRIu32, w->separator, phase,
		    process_of(variant), task);
	w->separator = ",\n";
}

static void add_name(struct export_walk *w, const char *category, const char *name)
{
	text_printf(&w->out, ",\"cat\":\"%s\",\"name\":", category);
	add_string(w, name);
}

/* ---- who there is ---- */

static void add_process_names(struct export_walk *w, const struct source_variant *variants)
{
	for (unsigned v = 0; v < source_variant_count(w->source); v++) {
		cleanup_text struct text name = { 0 };

		text_printf(&name, "variant %u%s", v, v ? "" : " (leader)");
		if (variants[v].known && variants[v].path) {
			text_add(&name, ": ");
			text_add(&name, variants[v].path);
		}
		open_event(w, "M", v, 0);
		text_add(&w->out, ",\"name\":\"process_name\",\"args\":{\"name\":");
		add_string(w, text_get(&name));
		text_add(&w->out, "}}");
		open_event(w, "M", v, 0);
		text_printf(&w->out,
			    ",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":%u}}", v);
	}
}

static void add_thread_names(struct export_walk *w, const struct source_task *task)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(task->variants & 1u << v))
			continue;
		open_event(w, "M", v, task->task);
		text_add(&w->out, ",\"name\":\"thread_name\",\"args\":{\"name\":");
		add_string(w, task->label);
		text_add(&w->out, "}}");
	}
}

static int begin(struct export_walk *w, struct error *err)
{
	const struct source_variant *variants;
	const struct source_task *tasks;
	size_t count;
	int ret = source_variants(w->source, &variants, err);

	if (ret == 0)
		ret = source_tasks(w->source, &tasks, &count, err);
	if (ret < 0)
		return ret;
	text_add(&w->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	w->separator = "";
	add_process_names(w, variants);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		add_thread_names(w, &tasks[i]);
		ret = export_put(w, err);
	}
	return ret;
}

static void end(struct export_walk *w)
{
	text_add(&w->out, "\n]}\n");
}

/* ---- calls ---- */

static const char *call_name(const struct export_walk *w, int32_t nr, char *room, size_t capacity)
{
	const char *name = source_syscall_name(w->source, nr);

	if (name)
		return name;
	snprintf(room, capacity, "syscall_%" PRId32, nr);
	return room;
}

/* Text is the same in all variants, addresses aside; a follower's is shown where they disagree. */
static void add_call_args(struct export_walk *w, const struct trace_step *step, unsigned v,
			  bool with_text)
{
	text_add(&w->out, ",\"args\":{");
	add_integer(w, "step", (int64_t)step->step);
	if (with_text) {
		text_add(&w->out, ",\"text\":");
		add_string(w, export_decode(w, step, v));
	}
	if (!step->no_result) {
		text_add(&w->out, ",");
		add_integer(w, "result", step->result[v]);
	}
	if (step->verdict != VERDICT_SAME && step->verdict < VERDICT_NAMES &&
	    verdict_names[step->verdict])
		text_printf(&w->out, ",\"verdict\":\"%s\"", verdict_names[step->verdict]);
	text_add(&w->out, "}}");
}

static void add_call(struct export_walk *w, const struct trace_step *step, unsigned v,
		     bool with_text)
{
	char room[32];
	uint64_t ns = 0;

	open_event(w, "X", v, step->task);
	add_name(w, "call", call_name(w, step->nr, room, sizeof(room)));
	add_time(w, "ts", step->entry_ns[v]);
	export_duration(step, v, &ns);
	add_time(w, "dur", ns);
	add_call_args(w, step, v, with_text);
	w->count++;
}

/* By arrival: viewers drop a flow that comes before its start. */
static size_t sort_variants(const struct trace_step *step, uint32_t variants,
			    unsigned order[LIMIT_VARIANTS])
{
	size_t n = 0;

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		size_t at = n;

		if (!(variants & 1u << v))
			continue;
		for (; at && step->entry_ns[order[at - 1]] > step->entry_ns[v]; at--)
			order[at] = order[at - 1];
		order[at] = v;
		n++;
	}
	return n;
}

static void add_flow(struct export_walk *w, const struct trace_step *step, uint32_t variants)
{
	unsigned order[LIMIT_VARIANTS];
	size_t n = sort_variants(step, variants, order);

	for (size_t i = 0; n > 1 && i < n; i++) {
		open_event(w, i == 0 ? "s" : i + 1 < n ? "t" : "f", order[i], step->task);
		text_printf(&w->out, ",\"cat\":\"step\",\"name\":\"step\",\"id\":\"0x%" PRIx64 "\"",
			    step->step);
		add_time(w, "ts", step->entry_ns[order[i]]);
		text_add(&w->out, i + 1 == n ? ",\"bp\":\"e\"}" : "}");
	}
}

static void add_step(struct export_walk *w, const struct trace_step *step, uint32_t variants)
{
	bool disagree = step->verdict == VERDICT_DIVERGED;

	for (unsigned v = 0, first = 1; v < LIMIT_VARIANTS; v++) {
		if (!(variants & 1u << v))
			continue;
		add_call(w, step, v, first || disagree);
		first = 0;
	}
	add_flow(w, step, variants);
}

/* ---- the rest, as instants ---- */

/* Scope t is a thread, p a process, g everything. */
static void open_instant(struct export_walk *w, const char *scope, unsigned v, uint32_t task,
			 uint64_t time_ns)
{
	open_event(w, "i", v, task);
	text_printf(&w->out, ",\"s\":\"%s\"", scope);
	add_time(w, "ts", time_ns);
	w->count++;
}

static void add_signal_part(struct export_walk *w, const struct trace_signal *g, unsigned v)
{
	const char *known = source_signal_name(w->source, g->signo);
	bool named = g->decision < SIGNAL_DECISION_NAMES && signal_decision_names[g->decision];
	char number[24];

	snprintf(number, sizeof(number), "signal %" PRIu32, g->signo);
	open_instant(w, "t", v, g->task,
		     g->delivered_ns ? g->delivered_ns :
		     g->had_ns[v]    ? g->had_ns[v] :
				       g->first_ns);
	add_name(w, "signal", known ? known : number);
	text_printf(&w->out,
		    ",\"args\":{\"decision\":\"%s\",\"code\":%" PRId32 ",\"sender_pid\":%" PRId32,
		    named ? signal_decision_names[g->decision] : "unknown", g->code, g->sender_pid);
	if (g->delivered_ns >= g->first_ns && g->delivered_ns) {
		text_add(&w->out, ",");
		add_integer(w, "delay_ns", (int64_t)(g->delivered_ns - g->first_ns));
	}
	text_add(&w->out, "}}");
}

static void add_signal(struct export_walk *w, const struct trace_signal *g)
{
	uint32_t variants = export_variants(w, g->had_it | g->sent);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (variants & 1u << v)
			add_signal_part(w, g, v);
}

static void add_divergence(struct export_walk *w, const struct trace_divergence *d)
{
	cleanup_text struct text name = { 0 };

	text_printf(&name, "divergence d%" PRIu64, w->divergences);
	open_instant(w, "g", 0, d->task, d->time_ns);
	add_name(w, "divergence", text_get(&name));
	text_add(&w->out, ",\"args\":{");
	add_integer(w, "step", (int64_t)d->step);
	text_add(&w->out, ",\"summary\":");
	add_string(w, d->summary);
	text_add(&w->out, ",\"action\":");
	add_string(w, d->action);
	for (size_t i = 0; i < d->n_sides; i++) {
		text_printf(&w->out, ",\"v%" PRIu32 ".%zu\":", d->sides[i].variant, i);
		add_string(w, d->sides[i].text);
	}
	text_add(&w->out, "}}");
}

static void add_trap(struct export_walk *w, const struct trace_trap *t)
{
	bool named = t->kind < TRAP_KIND_NAMES && trap_kind_names[t->kind];

	open_instant(w, "t", 0, t->task, t->time_ns);
	add_name(w, "trap", named ? trap_kind_names[t->kind] : "trap");
	text_printf(&w->out, ",\"args\":{\"value\":\"0x%" PRIx64 "\",\"ip\":\"0x%" PRIx64 "\"}}",
		    t->value, t->ip);
}

static void add_mark(struct export_walk *w, const struct trace_mark *m)
{
	open_instant(w, m->task ? "t" : "g", 0, m->task, m->time_ns);
	add_name(w, "mark", m->text);
	text_add(&w->out, "}");
}

static void add_task_start(struct export_walk *w, const struct trace_task_start *t)
{
	uint32_t variants = export_variants(w, t->variants);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(variants & 1u << v))
			continue;
		open_instant(w, "t", v, t->task, t->time_ns);
		add_name(w, "task", "start");
		text_printf(&w->out, ",\"args\":{\"pid\":%" PRId32 ",\"tid\":%" PRId32 "}}",
			    t->pid[v], t->tid[v]);
	}
}

static void add_task_end(struct export_walk *w, const struct trace_task_end *t)
{
	uint32_t variants = export_variants(w, t->variants);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		cleanup_text struct text status = { 0 };

		if (!(variants & 1u << v))
			continue;
		text_add_status(&status, w->source, t->status[v]);
		open_instant(w, "t", v, t->task, t->time_ns);
		add_name(w, "task", text_get(&status));
		text_add(&w->out, "}");
	}
}

static void add_event(struct export_walk *w, const struct trace_record *record)
{
	switch (record->kind) {
	case TRACE_SIGNAL: add_signal(w, &record->signal); break;
	case TRACE_DIVERGENCE: add_divergence(w, &record->divergence); break;
	case TRACE_TRAP: add_trap(w, &record->trap); break;
	case TRACE_TASK_START: add_task_start(w, &record->task_start); break;
	case TRACE_TASK_END: add_task_end(w, &record->task_end); break;
	case TRACE_MARK: add_mark(w, &record->mark); break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_STEP:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
}

const struct export_style export_chrome = {
	.begin = begin,
	.step = add_step,
	.event = add_event,
	.end = end,
};
