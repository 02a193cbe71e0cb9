/* One divergence: verdict, effect, what came before and after; the other parts have files of their own. */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/report_page.h"
#include "analysis/show_text.h"
#include "schema/syscall_args.h"
#include "schema/syscall_numbers.h"

/* steps shown around it */
#define STEPS_BEFORE 20
#define STEPS_AFTER  5

/* ---- the verdict ---- */

static bool any_arrived(const struct trace_divergence *d, enum trace_arrival arrival)
{
	for (size_t i = 0; i < d->n_sides; i++)
		if (d->sides[i].arrived == arrival)
			return true;
	return false;
}

/* Did the kernel see it? By what the record of the step says, not by what ought to be. */
static const char *stopped_words(const struct trace_divergence *d, const struct trace_step *step)
{
	if (!any_arrived(d, ARRIVED_CALL) && !any_arrived(d, ARRIVED_FOREIGN))
		return "No variant stood before a call: there was nothing for the kernel to do.";
	if (d->kind == DIVERGENCE_RESULT)
		return "Not stopped: each variant had made the call already when the outcomes were "
		       "seen to differ.";
	if (!step)
		return "The step itself is not in the trace: whether the kernel saw the call is "
		       "not known.";
	if (step->verdict == VERDICT_DIVERGED && step->no_result)
		return "Stopped before the kernel saw the call: it had no effect.";
	return "The record of the step has a result: the kernel may have carried out the call.";
}

static void add_verdict(struct report_page *p, const struct report_divergence *at,
			const struct trace_divergence *d, const struct trace_step *step)
{
	cleanup_text struct text sentence = { 0 };
	const char *stopped = stopped_words(d, step);
	const char *kind = d->kind < DIVERGENCE_KIND_NAMES ? divergence_kind_names[d->kind] : NULL;

	text_add(&sentence, d->summary && d->summary[0] ? d->summary : "the variants disagree");
	sentence.at[0] = (char)toupper((unsigned char)sentence.at[0]);
	html_add(p->html, "<p class=\"kicker\">Divergence ");
	html_printf(p->html, "d%" PRIu64 "%s%s", at->number, kind ? " · " : "", kind ? kind : "");
	html_add(p->html, "</p>\n<h1>");
	html_text(p->html, text_get(&sentence));
	html_add(p->html, "</h1>\n<p class=\"lead\">At step ");
	html_step_link(p->html, d->step);
	html_add(p->html, ", ");
	if (step)
		html_printf(p->html, "call %" PRIu64 " of ", step->task_seq);
	html_add(p->html, "task <strong>");
	report_add_task(p, d->task);
	html_add(p->html, "</strong>, ");
	report_add_duration(p, d->time_ns);
	html_add(p->html, " into the run. <strong>");
	html_add(p->html, stopped);
	html_add(p->html, "</strong>");
	if (d->action && strcmp(d->action, "killed") == 0) {
		html_add(p->html, " All variants were killed.");
	} else if (d->action && d->action[0]) {
		html_add(p->html, " What the monitor did: ");
		html_text(p->html, d->action);
		html_add(p->html, ".");
	}
	html_add(p->html, "</p>\n");
}

/* ---- the effect ---- */

struct phrase {
	int family;           /* -1 for any */
	unsigned effects;     /* all of these */
	int level;            /* -1 for any */
	const char *would_be; /* "It would have ..." */
};

/* The first that fits. */
static const struct phrase phrases[] = {
	{ FAMILY_EXEC, 0, -1, "replaced the program of this process by another" },
	{ FAMILY_CLONE, 0, -1, "made a new process or thread" },
	{ FAMILY_EXIT, 0, -1, "ended the thread or the process" },
	{ FAMILY_KILL, 0, -1, "sent a signal" },
	{ FAMILY_REMOTE, 0, -1, "reached into another process" },
	{ FAMILY_PTRACE, 0, -1, "taken control of another process" },
	{ -1, EFFECT_CRED, -1, "changed credentials, capabilities or limits" },
	{ FAMILY_OPEN, 0, -1, "opened a file" },
	{ -1, EFFECT_OUTSIDE, LEVEL_WRITE, "written to an open file, socket or pipe" },
	{ -1, EFFECT_OUTSIDE, LEVEL_NETWORK, "acted on a socket, for others to see" },
	{ -1, EFFECT_OUTSIDE, LEVEL_FILE, "changed names, contents or attributes of files" },
	{ -1, EFFECT_OUTSIDE, LEVEL_READ, "read from an open file, socket or pipe" },
	{ -1, EFFECT_MAP, -1, "changed what is mapped in memory, or what memory may be used for" },
	{ -1, EFFECT_CWD, -1, "changed the working directory, the root or the umask" },
	{ -1, EFFECT_PROCESS, -1, "waited for processes or changed what becomes of them" },
	{ -1, EFFECT_SIGNAL, -1, "changed how signals are dealt with" },
	{ -1, EFFECT_FD, -1, "opened, closed or moved descriptors" },
	{ -1, EFFECT_OUTSIDE, -1, "done something that can be seen from outside" },
	{ -1, 0, LEVEL_NETWORK, "asked about a socket" },
	{ -1, 0, -1, "asked the kernel something, and changed nothing" },
};

static const char *effect_words(const struct syscall_row *row)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		const struct phrase *phrase = &phrases[i];

		if ((phrase->family < 0 || row->family == phrase->family) &&
		    (row->effects & phrase->effects) == phrase->effects &&
		    (phrase->level < 0 || row->level == phrase->level))
			return phrase->would_be;
	}
	return phrases[sizeof(phrases) / sizeof(phrases[0]) - 1].would_be;
}

/* "descriptor 1 is pipe:[4711]" for each it names. */
static void add_descriptors(struct report_page *p, const struct report_divergence *at,
			    const struct syscall_row *row, const uint64_t *args)
{
	for (unsigned i = 0; i < row->argc && i < SYSCALL_ARGS; i++) {
		if (row->args[i].kind != ARG_FD)
			continue;
		for (size_t k = 0; k < at->n_files; k++) {
			if (at->files[k].fd != (int32_t)args[i])
				continue;
			html_printf(p->html, " Descriptor %" PRId32 " is ", at->files[k].fd);
			html_add(p->html, "<code>");
			html_text(p->html, at->files[k].name[0] ? at->files[k].name : "not known");
			html_add(p->html, "</code>");
			html_add(p->html, at->files[k].inherited ? ", open since the start." : ".");
		}
	}
}

static void add_bytes_given(struct report_page *p, const struct syscall_row *row,
			    const uint64_t *args)
{
	for (unsigned i = 0; i < row->argc && i < SYSCALL_ARGS; i++) {
		int64_t bytes = row->args[i].kind == ARG_IN ? arg_input_bytes(row, i, args) : -1;

		if (bytes > 0)
			html_printf(p->html, " It was given %" PRId64 " byte%s.", bytes,
				    bytes == 1 ? "" : "s");
	}
}

static void add_effect(struct report_page *p, const struct report_divergence *at,
		       const struct trace_divergence *d, const struct trace_divergence_side *side)
{
	const struct syscall_row *row = syscall_row_find(side->nr);

	html_printf(p->html, "Variant %" PRIu32 "%s asked for ", side->variant,
		    side->variant ? "" : ", the leader,");
	html_add(p->html, "<code>");
	if (side->text && side->text[0])
		html_text(p->html, side->text);
	else
		html_printf(p->html, "call %" PRId32, side->nr);
	html_add(p->html, "</code>. ");
	if (!row) {
		html_add(p->html, "What that does is not known here.");
		return;
	}
	html_add(p->html, d->kind == DIVERGENCE_RESULT ? "It has " : "It would have ");
	html_add(p->html, effect_words(row));
	html_add(p->html, ".");
	add_bytes_given(p, row, side->args);
	add_descriptors(p, at, row, side->args);
}

/* Once for each that asks for something else than those before it. */
static bool is_told(const struct trace_divergence *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->sides[k].arrived == ARRIVED_CALL && d->sides[k].nr == d->sides[i].nr &&
		    strcmp(d->sides[k].text, d->sides[i].text) == 0)
			return true;
	return false;
}

static void add_difference_place(struct report_page *p, const struct trace_divergence *d)
{
	const char *name = NULL;

	for (size_t i = 0; i < d->n_sides && !name; i++)
		if (d->sides[i].arrived == ARRIVED_CALL)
			name = source_syscall_name(p->source, d->sides[i].nr);
	if (d->arg < 0)
		return;
	html_printf(p->html, "They differ in argument %d%s%s", d->arg + 1, name ? " of " : "",
		    name ? name : "");
	if (d->kind == DIVERGENCE_BUFFER)
		html_printf(p->html, ", first at byte %" PRIu64 " of what it points to", d->offset);
	html_add(p->html, ".");
}

static void add_effects(struct report_page *p, const struct report_divergence *at,
			const struct trace_divergence *d)
{
	bool calls = any_arrived(d, ARRIVED_CALL);

	html_add(p->html, "<section>\n<h2>What was asked for, and what it would have done</h2>\n");
	if (!calls)
		html_add(p->html, "<p>No variant asked for a system call.</p>\n");
	for (size_t i = 0; i < d->n_sides; i++) {
		if (d->sides[i].arrived != ARRIVED_CALL || is_told(d, i))
			continue;
		html_add(p->html, "<p>");
		add_effect(p, at, d, &d->sides[i]);
		html_add(p->html, "</p>\n");
	}
	if (calls && d->arg >= 0) {
		html_add(p->html, "<p>");
		add_difference_place(p, d);
		html_add(p->html, "</p>\n");
	}
	html_add(p->html, "</section>\n");
}

/* ---- around it ---- */

struct around {
	struct report_page *page;
	const struct report_divergence *at;
	struct selection selection;
	struct show_text *show;
	uint64_t steps;
};

static void add_step_row(struct around *a, const struct trace_step *step)
{
	struct html *h = a->page->html;
	unsigned v = mask_variant(step->variants, 0);
	bool here = step->step == a->at->step;

	html_add(h, here                      ? "<tr class=\"here\"><td>" :
		    step->task == a->at->task ? "<tr><td>" :
						"<tr class=\"other\"><td>");
	html_step(h, step->step);
	html_add(h, "</td><td>");
	report_add_task(a->page, step->task);
	html_add(h, "</td><td class=\"call\">");
	if (here)
		html_add(h, "<span class=\"flag\">d</span> ");
	report_add_call(a->page, step, v);
	html_add(h, "</td><td class=\"number\">");
	if (!step->no_result && v < LIMIT_VARIANTS && step->exit_ns[v] > step->entry_ns[v])
		report_add_duration(a->page, step->exit_ns[v] - step->entry_ns[v]);
	html_add(h, "</td></tr>\n");
	a->steps++;
}

/* What happened beside the calls, as show prints it. */
static void add_event_row(struct around *a, const struct trace_record *record)
{
	cleanup_text struct text line = { 0 };

	if (record->kind == TRACE_DIVERGENCE)
		return;
	show_text_event(a->show, record, 0, &line);
	if (!line.length)
		return;
	line.at[line.length - 1] = '\0'; /* its newline */
	html_add(a->page->html, "<tr class=\"event\"><td></td><td colspan=\"3\">");
	html_text(a->page->html, line.at);
	html_add(a->page->html, "</td></tr>\n");
}

static int walk_around(struct around *a, struct scan *scan)
{
	const struct trace_record *record;
	uint64_t step = 0;
	int ret, variant;

	while ((ret = scan_next(scan, &record, a->page->err)) > 0) {
		if (record->kind == TRACE_STEP) {
			step = record->step.step;
			if (selection_has_place(&a->selection, &record->step, &variant))
				add_step_row(a, &record->step);
		} else if (selection_has_event(&a->selection, record, step)) {
			add_event_row(a, record);
		}
	}
	return ret;
}

static void add_steps_around(struct report_page *p, const struct report_divergence *at)
{
	struct position here = {
		.kind = POSITION_STEPS, .first = at->step, .last = at->step, .variant = -1
	};
	struct around a = { .page = p,
			    .at = at,
			    .selection = { .positions = &here,
					   .n_positions = 1,
					   .before = STEPS_BEFORE,
					   .after = STEPS_AFTER } };
	const struct show_options options = { .variants = SHOW_LEADER };
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);

	html_add_numbers(p->html,
			 "<section>\n<h2>%d steps before, %d after</h2>\n<div class=\"wide\">"
			 "<table class=\"calls\">\n",
			 STEPS_BEFORE, STEPS_AFTER);
	a.show = show_text_create(p->source, &options);
	selection_narrow(&a.selection, &filter);
	scan_start(p->lookup, &filter);
	if (!p->error)
		p->error = walk_around(&a, p->lookup);
	show_text_destroy(a.show);
	html_add(p->html, "</table></div>\n");
	if (!a.steps)
		html_add(p->html, "<p>None of these steps is in the trace.</p>\n");
	html_add(p->html,
		 "<p class=\"note\">Steps of other tasks are set back. Times are from entry "
		 "to exit, waiting for the other variants included.</p>\n</section>\n");
}

/* ---- */

static void add_all(struct report_page *p, const struct report_divergence *at,
		    const struct trace_divergence *d)
{
	struct report_inputs *inputs = report_inputs_read(p, at, d);

	add_verdict(p, at, d, report_step_find(p, d->step));
	report_add_input_hint(p, inputs);
	html_add(p->html, "</section>\n");
	add_effects(p, at, d);
	report_add_sides(p, d);
	report_add_inputs(p, inputs);
	report_inputs_destroy(inputs);
	add_steps_around(p, at);
	report_add_places(p, d);
	report_add_causes(p, at, d);
	report_add_surroundings(p, at, d);
}

void report_add_divergence(struct report_page *p, const struct report_divergence *at)
{
	const struct trace_divergence *d;
	struct scan *scan; /* stands still while the page tells of what it found */
	int ret;

	if (p->error)
		return;
	ret = scan_create(&scan, p->source, p->err);
	if (ret < 0) {
		p->error = ret;
		return;
	}
	html_add_numbers(p->html, "<section class=\"verdict bad\" id=\"d%" PRIu64 "\">\n",
			 at->number);
	d = report_divergence_find(p, scan, at->number);
	if (d)
		add_all(p, at, d);
	else
		html_add(p->html, "<p>Its record is not in the trace any more.</p></section>\n");
	scan_destroy(scan);
}
