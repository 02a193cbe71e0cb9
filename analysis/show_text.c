/* Lines of show; see show_text.h. */
#include "analysis/show_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/schema.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"
#include "schema/syscall_signals.h"

/* bytes of a decoded siginfo: a dozen words */
#define SIGINFO_BYTES 1024
/* bytes of a decoded call beside its strings: six arguments, structures included */
#define DECODED_EXTRA_BYTES 8192

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

struct show_text {
	struct source *source;
	const struct show_options *options;
	char *decoded; /* owned */
	size_t capacity;
};

struct show_text *show_text_create(struct source *source, const struct show_options *options)
{
	struct show_text *s = alloc_zeroed(1, sizeof(*s));

	s->source = source;
	s->options = options;
	/* each byte shown may take four: \x00 or \ooo */
	s->capacity = DECODED_EXTRA_BYTES + 8 * options->string_bytes;
	s->decoded = alloc_zeroed(s->capacity, 1);
	return s;
}

void show_text_destroy(struct show_text *s)
{
	if (!s)
		return;
	free(s->decoded);
	free(s);
}

static void add_color(const struct show_text *s, struct text *out, const char *code)
{
	if (s->options->color)
		text_add(out, code);
}

static void add_label(struct show_text *s, uint32_t number, struct text *out)
{
	text_add_task(out, s->source, number);
}

/* ---- steps ---- */

static const char *decode(struct show_text *s, const struct trace_step *step, unsigned v)
{
	struct decode_options options = { .string_bytes = s->options->string_bytes };

	syscall_decode(step, v, &options, s->decoded, s->capacity);
	return s->decoded;
}

/* Kinds of arguments that are the variant's own addresses: only NULL or not is compared. */
static bool is_own_address(unsigned kind)
{
	return kind >= ARG_ADDRESS && kind < ARG_IRREGULAR;
}

static bool bytes_differ(const struct trace_step *step, unsigned leader, unsigned v)
{
	for (size_t i = 0; i < step->n_bufs; i++) {
		bool of_leader = step->bufs[i].variants & 1u << leader;
		bool of_variant = step->bufs[i].variants & 1u << v;

		/* what all share is stored once, for all */
		if (of_leader != of_variant && step->bufs[i].direction == DIRECTION_IN)
			return true;
	}
	return false;
}

/* Did this variant ask for, or get, something else than the leader? Addresses of its own aside. */
static bool variant_differs(const struct trace_step *step, unsigned leader, unsigned v)
{
	const struct syscall_row *row = syscall_row_find(step->nr);

	for (unsigned i = 0; i < SYSCALL_ARGS; i++) {
		unsigned kind = row ? row->args[i].kind : ARG_LONG;
		uint64_t a = step->args[leader][i], b = step->args[v][i];

		if (kind == ARG_UNUSED)
			continue;
		if (is_own_address(kind) ? !a != !b : a != b)
			return true;
	}
	if (bytes_differ(step, leader, v))
		return true;
	if (step->no_result ||
	    (row && row->result == RESULT_ADDRESS && !result_errno(step->result[leader]) &&
	     !result_errno(step->result[v])))
		return false;
	return step->result[leader] != step->result[v];
}

static void add_step_line(struct show_text *s, const struct trace_step *step, unsigned v,
			  bool name_variant, struct text *out)
{
	bool bad = step->verdict == VERDICT_DIVERGED || step->verdict == VERDICT_UNSUPPORTED;

	text_printf(out, "#%" PRIu64, step->step);
	if (name_variant)
		text_printf(out, ".v%u", v);
	text_add_char(out, ' ');
	add_label(s, step->task, out);
	text_add_char(out, ' ');
	if (bad)
		add_color(s, out, RED);
	text_add_foreign(out, decode(s, step, v));
	if (bad)
		add_color(s, out, PLAIN);
	if (step->verdict != VERDICT_SAME && step->verdict != VERDICT_LOCAL) {
		text_add(out, " <");
		if (step->verdict < VERDICT_NAMES && verdict_names[step->verdict])
			text_add(out, verdict_names[step->verdict]);
		else
			text_printf(out, "verdict %u", step->verdict);
		text_add_char(out, '>');
	}
	text_add_char(out, '\n');
}

void show_text_step(struct show_text *s, const struct trace_step *step, int variant,
		    struct text *out)
{
	unsigned leader = mask_variant(step->variants, 0);
	bool follower_alone = leader != 0 && source_variant_count(s->source) > 1;

	if (leader >= LIMIT_VARIANTS) {
		text_printf(out, "#%" PRIu64 " (no variant took part)\n", step->step);
		return;
	}
	if (variant >= 0) {
		if (step->variants & 1u << variant)
			add_step_line(s, step, (unsigned)variant, true, out);
		return;
	}
	add_step_line(s, step, leader, follower_alone || s->options->variants == SHOW_ALL, out);
	if (s->options->variants == SHOW_LEADER)
		return;
	for (unsigned v = leader + 1; v < LIMIT_VARIANTS; v++)
		if (step->variants & 1u << v &&
		    (s->options->variants == SHOW_ALL || variant_differs(step, leader, v)))
			add_step_line(s, step, v, true, out);
}

/* ---- divergences ---- */

void show_text_side(const struct source *source, const struct trace_divergence_side *side,
		    struct text *out)
{
	const char *name;

	if (side->text && side->text[0]) {
		text_add_foreign(out, side->text);
		return;
	}
	switch ((enum trace_arrival)side->arrived) {
	case ARRIVED_CALL:
		name = source_syscall_name(source, side->nr);
		if (name)
			text_add_foreign(out, name);
		else
			text_printf(out, "syscall_%d", side->nr);
		text_add(out, "(...)");
		return;
	case ARRIVED_FAULT:
		name = source_signal_name(source, side->signo);
		text_add(out, "fault: ");
		text_add_foreign(out, name ? name : "unknown signal");
		return;
	case ARRIVED_END: text_add_status(out, source, side->status); return;
	case ARRIVED_NOT: text_add(out, "did not come"); return;
	case ARRIVED_SIGNAL:
		name = side->signo ? source_signal_name(source, side->signo) : NULL;
		text_add(out, "stopped for a signal");
		if (name) {
			text_add(out, ": ");
			text_add_foreign(out, name);
		}
		return;
	case ARRIVED_FOREIGN: text_printf(out, "call %d of another ABI", side->nr); return;
	}
	text_add(out, "(unknown)");
}

static void add_marked(const struct show_text *s, const char *text, size_t first, size_t end,
		       struct text *out)
{
	text_add_bytes(out, text, first);
	add_color(s, out, RED);
	text_add_bytes(out, text + first, end - first);
	add_color(s, out, PLAIN);
	text_add(out, text + end);
	text_add_char(out, '\n');
}

static void add_side(const struct show_text *s, const struct trace_divergence_side *side,
		     const char *leader_text, struct text *out)
{
	cleanup_text struct text text = { 0 }, indent = { 0 };
	size_t first = 0, end = 0;

	show_text_side(s->source, side, &text);
	text_printf(&indent, "    v%u: ", side->variant);
	if (leader_text)
		text_find_difference(text_get(&text), leader_text, &first, &end);
	text_add(out, text_get(&indent));
	add_marked(s, text_get(&text), first, end, out);
	if (end > first) {
		text_pad(out, ' ', indent.length + text_width(text_get(&text), first));
		text_pad(out, '^', text_width(text_get(&text) + first, end - first));
		text_add_char(out, '\n');
	}
	if (side->location && side->location[0]) {
		text_pad(out, ' ', indent.length);
		text_add(out, "at ");
		text_add_foreign(out, side->location);
		text_add_char(out, '\n');
	}
}

static void add_divergence(struct show_text *s, const struct trace_divergence *d, uint64_t number,
			   struct text *out)
{
	cleanup_text struct text leader = { 0 };

	add_color(s, out, BOLD RED);
	text_printf(out, "=== divergence d%" PRIu64 " at #%" PRIu64 " ", number, d->step);
	add_label(s, d->task, out);
	text_add(out, ": ");
	if (d->summary && d->summary[0])
		text_add_foreign(out, d->summary);
	else if (d->kind < DIVERGENCE_KIND_NAMES && divergence_kind_names[d->kind])
		text_add(out, divergence_kind_names[d->kind]);
	text_add(out, " ===");
	add_color(s, out, PLAIN);
	text_add_char(out, '\n');
	for (size_t i = 0; i < d->n_sides; i++) {
		add_side(s, &d->sides[i], i ? text_get(&leader) : NULL, out);
		if (i == 0)
			show_text_side(s->source, &d->sides[0], &leader);
	}
	if (d->action && d->action[0]) {
		text_add(out, "=== ");
		text_add_foreign(out, d->action);
		text_add(out, " ===\n");
	}
}

/* ---- the rest ---- */

/* "v0,v2"; nothing for nobody. */
static void add_variants(const char *before, uint32_t mask, struct text *out)
{
	for (; mask; mask &= mask - 1) {
		text_printf(out, "%sv%d", before, __builtin_ctz(mask));
		before = ",";
	}
}

void show_text_siginfo(const struct trace_signal *signal, const char *name, struct text *out)
{
	const struct trace_blob *info = &signal->siginfo;
	struct decode_view view = { info->data, info->length, info->length };
	char decoded[SIGINFO_BYTES];
	struct decode_text text = decode_text_make(decoded, sizeof(decoded));

	if (info->data && decode_put_siginfo(&text, &view)) {
		decode_text_finish(&text);
		text_add(out, decoded);
		return;
	}
	text_add(out, "{si_signo=");
	text_add_foreign(out, name);
	text_printf(out, ", si_code=%" PRId32 ", si_pid=%" PRId32 ", si_uid=%" PRIu32 "}",
		    signal->code, signal->sender_pid, signal->sender_uid);
}

static void add_signal(struct show_text *s, const struct trace_signal *g, struct text *out)
{
	const char *known = source_signal_name(s->source, g->signo);
	char number[24];

	snprintf(number, sizeof(number), "signal %" PRIu32, g->signo);
	text_add(out, "--- ");
	add_label(s, g->task, out);
	text_add_char(out, ' ');
	text_add_foreign(out, known ? known : number);
	text_add_char(out, ' ');
	show_text_siginfo(g, known ? known : number, out);
	text_add_char(out, ' ');
	if (g->decision < SIGNAL_DECISION_NAMES && signal_decision_names[g->decision])
		text_add(out, signal_decision_names[g->decision]);
	else
		text_printf(out, "decision %u", g->decision);
	if (g->delivered_ns && g->delivered_ns >= g->first_ns) {
		text_add(out, " after ");
		text_add_duration(out, g->delivered_ns - g->first_ns);
	}
	add_variants(", calls skipped for it in ", g->skipped, out);
	add_variants(", sent again to ", g->listed & g->sent, out);
	if (g->wait_iterations)
		text_printf(out, ", %" PRIu64 " rounds of waiting", g->wait_iterations);
	text_add(out, " ---\n");
}

static void add_task_start(struct show_text *s, const struct trace_task_start *t, struct text *out)
{
	unsigned v = mask_variant(t->variants, 0);

	text_add(out, "+++ ");
	text_add_foreign(out, t->label);
	text_add(out, t->parent ? " started by " : " started");
	if (t->parent)
		add_label(s, t->parent, out);
	if (v < LIMIT_VARIANTS)
		text_printf(out, ", pid %" PRId32 " tid %" PRId32, t->pid[v], t->tid[v]);
	text_add(out, " +++\n");
}

static void add_task_end(struct show_text *s, const struct trace_task_end *t, struct text *out)
{
	unsigned leader = mask_variant(t->variants, 0);

	text_add(out, "+++ ");
	add_label(s, t->task, out);
	text_add_char(out, ' ');
	if (leader < LIMIT_VARIANTS)
		text_add_status(out, s->source, t->status[leader]);
	else
		text_add(out, "ended");
	for (unsigned v = leader + 1; v < LIMIT_VARIANTS; v++) {
		if (!(t->variants & 1u << v) || t->status[v] == t->status[leader])
			continue;
		text_printf(out, ", v%u ", v);
		text_add_status(out, s->source, t->status[v]);
	}
	text_add(out, " +++\n");
}

static void add_cpuid(const struct trace_trap *t, struct text *out)
{
	text_printf(out, "(0x%x, 0x%x) = eax 0x%x, ebx 0x%x, ecx 0x%x, edx 0x%x", t->leaf,
		    t->subleaf, (uint32_t)t->value, (uint32_t)(t->value >> 32), (uint32_t)t->extra,
		    (uint32_t)(t->extra >> 32));
}

static void add_trap(struct show_text *s, const struct trace_trap *t, struct text *out)
{
	text_add(out, "~~~ ");
	add_label(s, t->task, out);
	text_add_char(out, ' ');
	if (t->kind < TRAP_KIND_NAMES && trap_kind_names[t->kind])
		text_add(out, trap_kind_names[t->kind]);
	else
		text_printf(out, "trap %u", t->kind);
	if (t->kind == TRAP_CPUID)
		add_cpuid(t, out);
	else
		text_printf(out, " = 0x%" PRIx64, t->value);
	if (t->kind == TRAP_RDTSCP)
		text_printf(out, ", 0x%" PRIx64, t->extra);
	text_printf(out, " at 0x%" PRIx64 " ~~~\n", t->ip);
}

static void add_mark(struct show_text *s, const struct trace_mark *m, struct text *out)
{
	text_add(out, "*** ");
	if (m->task) {
		add_label(s, m->task, out);
		text_add_char(out, ' ');
	}
	text_add_foreign(out, m->text);
	text_add(out, " ***\n");
}

void show_text_event(struct show_text *s, const struct trace_record *record, uint64_t number,
		     struct text *out)
{
	switch (record->kind) {
	case TRACE_SIGNAL: add_signal(s, &record->signal, out); break;
	case TRACE_DIVERGENCE: add_divergence(s, &record->divergence, number, out); break;
	case TRACE_TRAP: add_trap(s, &record->trap, out); break;
	case TRACE_TASK_START: add_task_start(s, &record->task_start, out); break;
	case TRACE_TASK_END: add_task_end(s, &record->task_end, out); break;
	case TRACE_MARK: add_mark(s, &record->mark, out); break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_STEP:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
}
