/*
 * export --to=strace: lines as `strace -f -ttt -T -o FILE` writes them:
 *
 *	1234  1700000000.000012 close(3)        = 0 <0.000004>
 *	1234  1700000000.000020 --- SIGALRM {si_signo=SIGALRM, ...} ---
 *	1234  1700000000.000030 +++ exited with 0 +++
 *
 * A call is one line, at its place in the trace, where strace may write
 * "<unfinished ...>" and "resumed". What strace does not know (divergences,
 * traps, notes) is left out.
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/export_style.h"
#include "analysis/facts.h"
#include "analysis/schema.h"
#include "analysis/show_text.h"

/* strace's column of results (-a) */
#define RESULT_COLUMN 40

static int begin(struct export_walk *w, struct error *err)
{
	return 0;
}

static void end(struct export_walk *w)
{
}

/* "1234  1700000000.000012 " of a task in a variant. */
static void add_head(struct export_walk *w, uint32_t number, unsigned v, uint64_t time_ns)
{
	const struct trace_header *header = source_header(w->source);
	const struct source_task *task = source_task_find(w->source, number, NULL);
	uint64_t wall_ns = (header ? header->start_wall_ns : 0) + time_ns;
	bool known = task && task->variants & 1u << v;

	text_printf(&w->out, "%-5" PRId32 " %" PRIu64 ".%06" PRIu64 " ", known ? task->tid[v] : 0,
		    wall_ns / 1000000000, wall_ns / 1000 % 1000000);
}

/* The last " = " behind a closing parenthesis: strings before it may hold one, too. */
static const char *find_result(const char *decoded)
{
	static const char mark[] = ") = ";
	const char *found = NULL;

	for (const char *at = decoded; (at = strstr(at, mark)); at++)
		found = at + 1;
	return found;
}

/* Of a call too long for the decoder's room, which ended in "..." before its result. */
static void add_plain_result(struct export_walk *w, const struct trace_step *step, unsigned v)
{
	int number = result_errno(step->result[v]);
	const char *name = number ? source_errno_name(w->source, number) : NULL;

	text_add(&w->out, ")");
	if (step->no_result) {
		text_add(&w->out, " = ?");
	} else if (number) {
		text_add(&w->out, " = -1 ");
		text_add_foreign(&w->out, name ? name : "E?");
	} else {
		text_printf(&w->out, " = %" PRId64, step->result[v]);
	}
}

static void add_call(struct export_walk *w, const struct trace_step *step, unsigned v)
{
	const char *decoded = export_decode(w, step, v), *result = find_result(decoded);
	size_t line = w->out.length, width;
	uint64_t ns;

	add_head(w, step->task, v, step->entry_ns[v]);
	if (result) {
		text_add_bytes(&w->out, decoded, (size_t)(result - decoded));
		width = w->out.length - line;
		text_pad(&w->out, ' ', width < RESULT_COLUMN - 1 ? RESULT_COLUMN - 1 - width : 0);
		text_add(&w->out, result);
	} else {
		text_add(&w->out, decoded);
		add_plain_result(w, step, v);
	}
	if (export_duration(step, v, &ns))
		text_printf(&w->out, " <%" PRIu64 ".%06" PRIu64 ">", ns / 1000000000,
			    ns / 1000 % 1000000);
	text_add_char(&w->out, '\n');
	w->count++;
}

static void add_step(struct export_walk *w, const struct trace_step *step, uint32_t variants)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (variants & 1u << v)
			add_call(w, step, v);
}

/* ---- signals ---- */

static void add_signal_line(struct export_walk *w, const struct trace_signal *g, unsigned v)
{
	const char *known = source_signal_name(w->source, g->signo);
	char number[24];

	snprintf(number, sizeof(number), "SIG_%" PRIu32, g->signo);
	add_head(w, g->task, v, g->delivered_ns ? g->delivered_ns : g->first_ns);
	text_add(&w->out, "--- ");
	text_add_foreign(&w->out, known ? known : number);
	text_add_char(&w->out, ' ');
	show_text_siginfo(g, known ? known : number, &w->out);
	text_add(&w->out, " ---\n");
	w->count++;
}

/* strace tells of a signal when it comes to the program, so not while it is held. */
static void add_signal(struct export_walk *w, const struct trace_signal *g)
{
	const struct source_task *task = source_task_find(w->source, g->task, NULL);
	bool of_some = g->decision == SIGNAL_IGNORED || !task;
	uint32_t variants;

	if (g->decision == SIGNAL_MERGED || g->decision == SIGNAL_HELD)
		return;
	variants = export_variants(w, of_some ? g->had_it | g->sent : task->variants);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (variants & 1u << v)
			add_signal_line(w, g, v);
}

static void add_task_end(struct export_walk *w, const struct trace_task_end *t)
{
	uint32_t variants = export_variants(w, t->variants);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(variants & 1u << v))
			continue;
		add_head(w, t->task, v, t->time_ns);
		text_add(&w->out, "+++ ");
		text_add_status(&w->out, w->source, t->status[v]);
		text_add(&w->out, " +++\n");
		w->count++;
	}
}

static void add_event(struct export_walk *w, const struct trace_record *record)
{
	if (record->kind == TRACE_SIGNAL)
		add_signal(w, &record->signal);
	else if (record->kind == TRACE_TASK_END)
		add_task_end(w, &record->task_end);
}

const struct export_style export_strace = {
	.begin = begin,
	.step = add_step,
	.event = add_event,
	.end = end,
};
