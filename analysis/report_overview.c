/* The run at a glance: figures, timeline, calls, files, network, processes, signals. */
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/report_page.h"

/* tasks listed */
#define TASKS_SHOWN 100

/* ---- figures ---- */

static void open_figure(struct report_page *p)
{
	html_add(p->html, "<div class=\"figure\"><b>");
}

static void close_figure(struct report_page *p, const char *what)
{
	html_add(p->html, "</b> ");
	html_text(p->html, what);
	html_add(p->html, "</div>\n");
}

static void add_figure(struct report_page *p, uint64_t value, const char *one, const char *many)
{
	open_figure(p);
	html_printf(p->html, "%" PRIu64, value);
	close_figure(p, value == 1 ? one : many);
}

static void add_figures(struct report_page *p)
{
	const struct timeline *t = &p->timeline;
	const struct trace_end *end = source_end(p->source);
	const struct source_task *tasks;
	size_t count = 0;

	if (source_tasks(p->source, &tasks, &count, NULL) < 0)
		count = 0;
	html_add(p->html, "<div class=\"figures\">\n");
	open_figure(p);
	report_add_duration(p, end ? end->time_ns : t->last_ns);
	close_figure(p, "long");
	add_figure(p, source_variant_count(p->source), "variant", "variants");
	add_figure(p, p->watch->steps, "call", "calls");
	add_figure(p, t->failed, "failed", "failed");
	add_figure(p, count, "task", "tasks");
	add_figure(p, p->watch->n_signals, "signal", "signals");
	add_figure(p, p->watch->all_divergences, "divergence", "divergences");
	html_add(p->html, "</div>\n");
}

static void add_end(struct report_page *p)
{
	const struct trace_end *end = source_end(p->source);

	html_add(p->html, "<p>");
	for (unsigned v = 0; end && v < LIMIT_VARIANTS; v++) {
		cleanup_text struct text status = { 0 };

		if (!(end->variants & 1u << v))
			continue;
		text_add_status(&status, p->source, end->status[v]);
		html_printf(p->html, "Variant %u %s. ", v, text_get(&status));
	}
	if (end)
		html_printf(p->html, "mvx-monitor exited with %" PRId32 ".", end->exit_status);
	else
		html_add(p->html, "The trace has no end: how the run ended is not known.");
	html_add(p->html, "</p>\n<p>");
	for (size_t i = 0; i < VERDICT_NAMES; i++)
		if (p->watch->verdicts[i])
			html_printf(p->html, "%" PRIu64 " call%s: %s. ", p->watch->verdicts[i],
				    p->watch->verdicts[i] == 1 ? "" : "s",
				    verdict_names[i] ? verdict_names[i] : "verdict not known");
	html_add(p->html,
		 "<span class=\"note\">local is not compared: each variant makes it when it "
		 "comes to it.</span></p>\n");
}

/* ---- calls ---- */

static void add_group_row(struct report_page *p, const struct summary *s,
			  const struct summary_group *group, bool by_bytes)
{
	const struct summary_group *total = summary_total(s);
	double share = by_bytes ? (double)group->bytes / (double)(total->bytes ? total->bytes : 1) :
				  (double)group->total_ns /
					  (double)(total->total_ns ? total->total_ns : 1);

	html_add(p->html, "<tr><th scope=\"row\"><code>");
	html_text(p->html, group->name);
	html_add(p->html, "</code></th><td>");
	report_add_bar(p, share);
	html_add(p->html, "</td><td class=\"number\">");
	report_add_duration(p, group->total_ns);
	html_add(p->html, "</td><td class=\"number\">");
	report_add_duration(p, group->longest_ns);
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "%" PRIu64, group->calls);
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "%" PRIu64, group->errors);
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "%" PRIu64, group->bytes);
	html_add(p->html, "</td></tr>\n");
}

static void add_groups(struct report_page *p, const struct summary *s, const char *what,
		       bool by_bytes)
{
	const struct summary_group *group;
	size_t place = 0, left = 0;

	if (!summary_group_at(s, 0)) {
		html_add(p->html, "<p>None.</p>\n");
		return;
	}
	html_add(p->html, "<div class=\"wide\"><table class=\"groups\">\n<thead><tr><th>");
	html_text(p->html, what);
	html_add(p->html, by_bytes ? "</th><th>share of bytes" : "</th><th>share of time");
	html_add(p->html, "</th><th class=\"number\">time</th><th class=\"number\">longest</th>"
			  "<th class=\"number\">calls</th><th class=\"number\">failed</th>"
			  "<th class=\"number\">bytes</th></tr></thead>\n<tbody>\n");
	for (; (group = summary_group_at(s, place)); place++) {
		if (place < REPORT_ROWS)
			add_group_row(p, s, group, by_bytes);
		else
			left++;
	}
	if (summary_rest(s)->calls)
		add_group_row(p, s, summary_rest(s), by_bytes);
	html_add(p->html, "</tbody></table></div>\n");
	if (left)
		html_add_numbers(p->html, "<p class=\"note\">And %zu more.</p>\n", left);
}

static void add_slowest_row(struct report_page *p, const struct timeline_call *call)
{
	html_add(p->html, "<tr><td>");
	html_step(p->html, call->step);
	html_add(p->html, "</td><td>");
	html_text(p->html, call->label);
	html_add(p->html, "</td><td class=\"number\">");
	report_add_duration(p, call->duration_ns);
	html_add(p->html, "</td><td class=\"call\"><code>");
	html_text(p->html, call->text);
	html_add(p->html, "</code>");
	/* a tenth of the call, spent on waiting for another variant, is worth a word */
	if (call->first != call->last && call->skew_ns >= call->duration_ns / 10) {
		html_add(p->html, "<br/><span class=\"note\">");
		html_printf(p->html, "variant %u waited ", call->first);
		report_add_duration(p, call->skew_ns);
		html_printf(p->html, " for variant %u to come", call->last);
		html_add(p->html, "</span>");
	}
	html_add(p->html, "</td></tr>\n");
}

static void add_slowest(struct report_page *p)
{
	const struct timeline *t = &p->timeline;

	report_add_heading(p, 3, "slowest", "Slowest calls");
	html_add(p->html, t->n_longest ? "<div class=\"wide\"><table class=\"calls\">\n" :
					 "<p>No call came back.</p>\n");
	for (size_t i = 0; i < t->n_longest; i++)
		add_slowest_row(p, &t->longest[i]);
	html_add(p->html, t->n_longest ? "</table></div>\n" : "");
}

/* ---- lists of calls ---- */

/* What needs no look at first is folded away. */
static void add_noted(struct report_page *p, enum report_noted noted, const char *title,
		      bool folded)
{
	uint64_t count = p->watch->noted[noted].count;

	if (!count)
		return;
	html_add(p->html, folded ? "<details><summary>" : "<h3>");
	html_printf(p->html, "%s (%" PRIu64 ")", title, count);
	html_add(p->html, folded ? "</summary>\n" : "</h3>\n");
	report_add_steps(p, &p->watch->noted[noted], UINT64_MAX);
	html_add(p->html, folded ? "</details>\n" : "");
}

static void add_files(struct report_page *p)
{
	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "files", "Files");
	add_groups(p, p->files, "file", true);
	add_noted(p, NOTED_WRITTEN, "Opened to be written, and changes of names and attributes",
		  false);
	html_add(p->html, "</section>\n");
}

static void add_network(struct report_page *p)
{
	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "network", "Network");
	if (!report_add_steps(p, &p->watch->noted[NOTED_NETWORK], UINT64_MAX))
		html_add(p->html, "<p>Nobody was connected to, listened for or accepted.</p>\n");
	html_add(p->html, "</section>\n");
}

static void add_memory(struct report_page *p)
{
	if (!p->watch->noted[NOTED_REFUSED].count && !p->watch->noted[NOTED_CREDENTIALS].count &&
	    !p->watch->noted[NOTED_EXECUTABLE].count)
		return;
	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "sensitive", "Worth a look");
	add_noted(p, NOTED_EXECUTABLE, "Memory made executable, not by mapping a file", false);
	add_noted(p, NOTED_CREDENTIALS, "Credentials, capabilities and limits changed", false);
	add_noted(p, NOTED_REFUSED, "Answered or stopped by the monitor itself", true);
	html_add(p->html, "</section>\n");
}

/* ---- processes ---- */

/* A label is a position when it looks like one; a trace may bring others. */
static bool is_position(const char *label)
{
	return label && label[0] == 'P' && strlen(label) < POSITION_LABEL_BYTES &&
	       label[strspn(label, "PT.0123456789")] == '\0';
}

static void add_task_row(struct report_page *p, const struct source_task *task)
{
	cleanup_text struct text status = { 0 };

	html_add(p->html, "<tr><td");
	if (is_position(task->label)) {
		html_add(p->html, " id=\"");
		html_text(p->html, task->label);
		html_add(p->html, "\"");
	}
	html_add(p->html, ">");
	report_add_task(p, task->task);
	html_add(p->html, "</td><td>");
	if (task->parent)
		report_add_task(p, task->parent);
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "%" PRId32, task->pid[0]);
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "%" PRId32, task->tid[0]);
	html_add(p->html, "</td><td class=\"number\">");
	if (task->started)
		report_add_duration(p, task->start_ns);
	html_add(p->html, "</td><td class=\"number\">");
	if (task->started && task->ended && task->end_ns >= task->start_ns)
		report_add_duration(p, task->end_ns - task->start_ns);
	html_add(p->html, "</td><td>");
	if (task->ended && task->ended_variants & 1u)
		text_add_status(&status, p->source, task->status[0]);
	html_text(p->html, status.length ? text_get(&status) : "not known");
	html_add(p->html, "</td></tr>\n");
}

static void add_processes(struct report_page *p)
{
	const struct source_task *tasks;
	size_t count;

	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "processes", "Processes and threads");
	if (source_tasks(p->source, &tasks, &count, NULL) < 0)
		count = 0;
	if (count)
		html_add(p->html,
			 "<div class=\"wide\"><table class=\"calls\">\n<thead><tr><th>task"
			 "</th><th>made by</th><th class=\"number\">pid</th><th "
			 "class=\"number\">tid</th><th class=\"number\">start</th><th "
			 "class=\"number\">lived</th><th>end</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < count && i < TASKS_SHOWN; i++)
		add_task_row(p, &tasks[i]);
	html_add(p->html, count ? "</tbody></table></div>\n" : "<p>None are in the trace.</p>\n");
	if (count > TASKS_SHOWN)
		html_add_numbers(p->html, "<p class=\"note\">And %zu more.</p>\n",
				 count - TASKS_SHOWN);
	add_noted(p, NOTED_EXEC, "Programs started", false);
	html_add(p->html, "</section>\n");
}

/* ---- signals ---- */

static void add_signal_name(struct report_page *p, uint32_t signo)
{
	const char *name = source_signal_name(p->source, signo);

	if (name)
		html_text(p->html, name);
	else
		html_printf(p->html, "signal %" PRIu32, signo);
}

static void add_signal_kind(struct report_page *p, uint32_t signo,
			    const struct report_signal_kind *kind)
{
	html_add(p->html, "<div class=\"card\"><h3>");
	if (signo)
		add_signal_name(p, signo);
	else
		html_add(p->html, "others");
	html_add(p->html, "</h3>\n<p>");
	report_add_count(p, kind->count, "decision");
	html_printf(p->html, ", %" PRIu64 " delivered", kind->delivered);
	if (kind->delivered) {
		html_add(p->html, "; from arrival to handler ");
		report_add_duration(p, kind->total_ns / kind->delivered);
		html_add(p->html, " on average, ");
		report_add_duration(p, kind->longest_ns);
		html_add(p->html, " at most");
	}
	html_add(p->html, "</p>\n");
	if (kind->delivered)
		report_add_delays(p, kind->delays);
	html_add(p->html, "</div>\n");
}

static void add_signal_row(struct report_page *p, const struct report_signal *s)
{
	bool named = s->decision < SIGNAL_DECISION_NAMES && signal_decision_names[s->decision];

	html_add(p->html, "<tr><td>before ");
	html_printf(p->html, "#%" PRIu64, s->step);
	html_add(p->html, "</td><td>");
	report_add_task(p, s->task);
	html_add(p->html, "</td><td>");
	add_signal_name(p, s->signo);
	html_add(p->html, "</td><td>");
	html_text(p->html, named ? signal_decision_names[s->decision] : "not known");
	html_add(p->html, "</td><td class=\"number\">");
	if (s->delivered_ns && s->delivered_ns >= s->first_ns)
		report_add_duration(p, s->delivered_ns - s->first_ns);
	html_add(p->html, "</td><td class=\"number\">");
	if (s->sender_pid)
		html_printf(p->html, "from pid %" PRId32, s->sender_pid);
	html_add(p->html, "</td></tr>\n");
}

static void add_signals(struct report_page *p)
{
	const struct report_watch *w = p->watch;

	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "signals", "Signals");
	if (!w->n_signals) {
		html_add(p->html, "<p>None.</p>\n</section>\n");
		return;
	}
	html_add(p->html, "<div class=\"cards\">\n");
	for (uint32_t i = 0; i <= REPORT_SIGNALS_MAX; i++)
		if (w->signal_kinds[i].count)
			add_signal_kind(p, i, &w->signal_kinds[i]);
	html_add(p->html,
		 "</div>\n<details><summary>One by one</summary>\n<div class=\"wide\"><table "
		 "class=\"calls\">\n<thead><tr><th>when</th><th>task</th><th>signal</th>"
		 "<th>decision</th><th class=\"number\">delay</th><th></th></tr></thead>\n"
		 "<tbody>\n");
	for (size_t i = 0; i < REPORT_SIGNALS && i < w->n_signals; i++)
		add_signal_row(p, &w->signals[i]);
	html_add(p->html, "</tbody></table></div>\n");
	if (w->n_signals > REPORT_SIGNALS)
		html_add_numbers(p->html, "<p class=\"note\">And %" PRIu64 " more.</p>\n",
				 w->n_signals - REPORT_SIGNALS);
	html_add(p->html, "</details>\n</section>\n");
}

void report_add_overview(struct report_page *p)
{
	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "overview", "The run");
	add_figures(p);
	add_end(p);
	html_add(p->html, "</section>\n<section>\n");
	report_add_heading(p, 2, "timeline", "Timeline");
	report_add_timeline(p);
	html_add(p->html, "</section>\n<section>\n");
	report_add_heading(p, 2, "calls", "Calls");
	add_groups(p, p->calls, "call", false);
	add_slowest(p);
	html_add(p->html, "</section>\n");
	add_files(p);
	add_network(p);
	add_memory(p);
	add_processes(p);
	add_signals(p);
}
