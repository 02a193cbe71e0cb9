/* Whole sentences: what one variant does and another does not, and why the run ends. */
#include "monitor/report.h"

#include <string.h>
#include <sys/syscall.h>

#include "monitor/options.h"
#include "monitor/tracee/pid_map.h"
#include "schema/syscall_args.h"
#include "schema/syscall_names.h"

/* How its value reads best: hexadecimal, octal, unsigned; the rest is signed. */
static const char arg_styles[ARG_KIND_COUNT] = {
	[ARG_FLAGS] = 'x', [ARG_FLAGS64] = 'x', [ARG_MODE] = 'o',      [ARG_DEV] = 'x',
	[ARG_UINT] = 'u',  [ARG_SIZE] = 'u',    [ARG_IRREGULAR] = 'x',
};

static void put_value(struct decode_text *t, const struct syscall_arg *spec, uint64_t raw)
{
	unsigned long long value = arg_value(spec, raw);

	if (arg_is_pointer((enum arg_kind)spec->kind)) {
		decode_put_address(t, value);
		return;
	}
	switch (arg_styles[spec->kind]) {
	case 'x': decode_putf(t, "0x%llx", value); break;
	case 'o': decode_putf(t, "0%llo", value); break;
	case 'u': decode_putf(t, "%llu", value); break;
	default: decode_putf(t, "%lld", (long long)value); break;
	}
}

static void put_result(struct decode_text *t, int64_t result)
{
	const char *name = result_is_error(result) ? errno_name_find((int)-result) : NULL;

	if (name)
		decode_put(t, name);
	else
		decode_putf(t, "%lld", (long long)result);
}

static const struct syscall_arg *mismatch_arg(const struct report *report)
{
	const struct syscall_row *row = syscall_row_find(report->r->slots[LEADER].nr);

	if (!row || report->m->arg < 0 || report->m->arg >= SYSCALL_ARGS)
		return NULL;
	return &row->args[report->m->arg];
}

/* "argument 2 (buffer) of write" */
static void put_argument(struct decode_text *t, const struct report *report)
{
	const struct syscall_arg *spec = mismatch_arg(report);

	if (spec)
		decode_putf(t, "argument %d (%s) of ", report->m->arg + 1,
			    arg_kind_name((enum arg_kind)spec->kind));
	else
		decode_put(t, "what it is given: ");
	report_put_call_name(t, report->r->slots[LEADER].nr);
}

/* What a variant does, in the third person. */
static void put_doing(struct decode_text *t, const struct report *report, unsigned v)
{
	const struct slot *slot = &report->r->slots[v];
	uint32_t bit = 1u << v;

	if (report->calls & bit) {
		decode_put(t, "calls ");
		report_put_call_name(t, slot->nr);
		if (slot->nr == SYS_exit || slot->nr == SYS_exit_group)
			decode_putf(t, " with %d", (int)slot->args[0]);
	} else if (report->ends & bit) {
		report_put_end(t, report->sides[v].status);
	} else if (report->absent & bit) {
		report_put_timeout(t, report);
	} else if (report->foreign & bit) {
		decode_put(t, "makes ");
		report_put_foreign(t, slot);
	} else if (report->faults & bit) {
		decode_put(t, "raises ");
		report_put_fault(t, slot);
	} else if (report_is_for_signal(slot)) {
		report_put_signal(t, slot);
	} else {
		decode_put(t, "executes ");
		report_put_trap(t, slot);
	}
}

/* Whose doing is to be told beside variant v's: the leader's, or of the one that is not like it. */
static unsigned other_than(const struct report *report, unsigned v)
{
	if (v != LEADER)
		return LEADER;
	for (unsigned other = 1; other < report->session->n_variants; other++)
		if (strcmp(report->text[other], report->text[v]) != 0)
			return other;
	return report->session->n_variants > 1 ? 1 : 0;
}

static void put_two_values(struct decode_text *t, const struct report *report, const char *between)
{
	const struct syscall_arg *spec = mismatch_arg(report);

	if (!spec)
		return;
	put_value(t, spec, report->r->slots[report->m->variant].args[report->m->arg]);
	decode_put(t, between);
	put_value(t, spec, report->r->slots[LEADER].args[report->m->arg]);
}

void report_put_summary(struct decode_text *t, const struct report *report)
{
	const struct mismatch *m = report->m;
	unsigned v = m->kind == DIVERGENCE_ABI ? (unsigned)__builtin_ctz(report->foreign) :
						 m->variant;

	decode_putf(t, "variant %u ", v);
	switch (m->kind) {
	case DIVERGENCE_ARGUMENT:
		decode_put(t, "differs from the leader in ");
		put_argument(t, report);
		decode_put(t, mismatch_arg(report) ? ": " : "");
		put_two_values(t, report, " instead of ");
		break;
	case DIVERGENCE_BUFFER:
		decode_put(t, "differs from the leader in ");
		put_argument(t, report);
		if (report_differs_in_fault(report))
			decode_put(t, ", which is readable in one of them only");
		else
			decode_putf(t, " at byte %llu", (unsigned long long)m->offset);
		break;
	case DIVERGENCE_RESULT:
		decode_put(t, "got ");
		put_result(t, report->r->slots[v].result);
		decode_put(t, " from ");
		report_put_call_name(t, report->r->slots[v].nr);
		decode_put(t, " where the leader got ");
		put_result(t, report->r->slots[LEADER].result);
		break;
	case DIVERGENCE_ABI:
		put_doing(t, report, v);
		decode_put(t, ", as an attack would");
		break;
	case DIVERGENCE_NUMBER:
	case DIVERGENCE_SIGNAL:
	case DIVERGENCE_FAULT:
	case DIVERGENCE_EXIT:
	case DIVERGENCE_MISSING:
	case DIVERGENCE_TIMEOUT:
		put_doing(t, report, v);
		decode_putf(t, " where variant %u ", other_than(report, v));
		put_doing(t, report, other_than(report, v));
		break;
	}
}

/* "variant 1 calls read, variant 0 calls write" with the leader first */
static void put_both(struct decode_text *t, const struct report *report)
{
	unsigned v = report->m->variant, other = other_than(report, v);

	decode_putf(t, "variant %u ", other < v ? other : v);
	put_doing(t, report, other < v ? other : v);
	decode_putf(t, ", variant %u ", other < v ? v : other);
	put_doing(t, report, other < v ? v : other);
}

bool report_may_be_benign(const struct report *report)
{
	switch (report->m->kind) {
	case DIVERGENCE_NUMBER:
	case DIVERGENCE_ARGUMENT:
	case DIVERGENCE_BUFFER:
	case DIVERGENCE_RESULT:
	case DIVERGENCE_TIMEOUT:
	case DIVERGENCE_MISSING: return true;
	case DIVERGENCE_SIGNAL:
	case DIVERGENCE_FAULT:
	case DIVERGENCE_EXIT:
	case DIVERGENCE_ABI: return false;
	}
	return false;
}

bool report_may_be_race(const struct report *report)
{
	/* In turns there is none, unless one thread was too long at it. */
	if (!atomic_load(&report->lane->process->threaded) ||
	    (report->session->options->threads == OPTION_THREADS_TURNS &&
	     !report->session->turns_missed))
		return false;
	return report_may_be_benign(report);
}

static void put_cause_fault(struct decode_text *t, const struct report *report)
{
	unsigned first;

	if (!report->faults || report->faults == report->session->all_variants) {
		decode_put(t, "the variants fault differently (fault: ");
		put_both(t, report);
		decode_put(t, ")");
		return;
	}
	first = (unsigned)__builtin_ctz(report->faults);
	decode_put(t, "a fault in ");
	report_put_variants(t, report->faults);
	decode_put(t, " only: ");
	report_put_fault(t, &report->r->slots[first]);
}

static void put_cause_exit(struct decode_text *t, const struct report *report)
{
	const struct slot *a = &report->r->slots[LEADER],
			  *b = &report->r->slots[report->m->variant];
	bool calls = report->calls & 1u << LEADER && report->calls & 1u << report->m->variant;

	if (calls && a->nr == b->nr)
		decode_put(t, "the variants exit with different statuses (exit: ");
	else if (calls)
		decode_put(t, "not all variants exit (exit: ");
	else
		decode_put(t, "the variants ended in different ways (exit: ");
	put_both(t, report);
	decode_put(t, ")");
}

static void put_cause_argument(struct decode_text *t, const struct report *report)
{
	const struct syscall_arg *spec = mismatch_arg(report);

	decode_put(t, "the variants pass different arguments (");
	if (spec) {
		decode_putf(t, "argument %d of ", report->m->arg + 1);
		report_put_call_name(t, report->r->slots[LEADER].nr);
		decode_putf(t, ", %s: ", arg_kind_name((enum arg_kind)spec->kind));
		put_value(t, spec, report->r->slots[LEADER].args[report->m->arg]);
		decode_put(t, " / ");
		put_value(t, spec, report->r->slots[report->m->variant].args[report->m->arg]);
	} else {
		decode_put(t, "shape of the arguments of ");
		report_put_call_name(t, report->r->slots[LEADER].nr);
	}
	decode_put(t, ")");
}

static void put_cause_result(struct decode_text *t, const struct report *report)
{
	decode_put(t, "the variants got different results (result of ");
	report_put_call_name(t, report->r->slots[LEADER].nr);
	decode_put(t, ": ");
	put_result(t, report->r->slots[LEADER].result);
	decode_put(t, " / ");
	put_result(t, report->r->slots[report->m->variant].result);
	decode_put(t, ")");
}

static void put_cause_buffer(struct decode_text *t, const struct report *report)
{
	decode_putf(t, "the variants ask for different bytes (buffer, argument %d of ",
		    report->m->arg + 1);
	report_put_call_name(t, report->r->slots[LEADER].nr);
	if (report_differs_in_fault(report))
		decode_put(t, ", readable in only some variants)");
	else
		decode_putf(t, ", first difference at byte %llu)",
			    (unsigned long long)report->m->offset);
}

static void put_cause_missing(struct decode_text *t, const struct report *report)
{
	uint32_t gone = report->ends ? report->ends : report->m->odd;

	report_put_variants(t, gone);
	decode_put(t, " ended where others went on (missing: ");
	put_doing(t, report, (unsigned)__builtin_ctz(gone));
	decode_put(t, ")");
}

static void put_cause_timeout(struct decode_text *t, const struct report *report)
{
	report_put_variants(t, report->absent ? report->absent : report->m->odd);
	decode_put(t, " ");
	report_put_timeout(t, report);
	decode_put(t, " (timeout)");
}

static void put_cause_signal(struct decode_text *t, const struct report *report)
{
	const struct slot *odd = &report->r->slots[report->m->variant];
	const char *name = signal_name_find(odd->signo);

	if (odd->kind != ARRIVAL_VAIN) {
		decode_put(t, "the variants get different signals (signal: ");
		put_both(t, report);
		decode_put(t, ")");
		return;
	}
	report_put_variants(t, report->m->odd);
	decode_putf(t, " do%s not comply: ", report->m->odd & (report->m->odd - 1) ? "" : "es");
	if (odd->waited)
		decode_putf(t, "%s, which the others have, did not come in %llu rounds of waiting",
			    name ? name : "a signal", (unsigned long long)odd->waited);
	else
		decode_putf(t, "%s, which the others get, is blocked there",
			    name ? name : "a signal");
	decode_put(t, " (signal)");
}

/* In some variants or in all: nobody but an attacker calls so. */
static void put_cause_abi(struct decode_text *t, const struct report *report)
{
	decode_put(t, "a call of another ABI, as an attack would make it (abi: ");
	report_put_variants(t, report->foreign);
	decode_putf(t, " make%s ", report->foreign & (report->foreign - 1) ? "" : "s");
	report_put_foreign(t, &report->r->slots[__builtin_ctz(report->foreign)]);
	decode_put(t, ")");
}

void report_put_cause(struct decode_text *t, const struct report *report)
{
	switch (report->m->kind) {
	case DIVERGENCE_NUMBER:
		decode_put(t, "the variants make different calls (number: ");
		put_both(t, report);
		decode_put(t, ")");
		break;
	case DIVERGENCE_SIGNAL: put_cause_signal(t, report); break;
	case DIVERGENCE_ARGUMENT: put_cause_argument(t, report); break;
	case DIVERGENCE_BUFFER: put_cause_buffer(t, report); break;
	case DIVERGENCE_RESULT: put_cause_result(t, report); break;
	case DIVERGENCE_FAULT: put_cause_fault(t, report); break;
	case DIVERGENCE_EXIT: put_cause_exit(t, report); break;
	case DIVERGENCE_MISSING: put_cause_missing(t, report); break;
	case DIVERGENCE_TIMEOUT: put_cause_timeout(t, report); break;
	case DIVERGENCE_ABI: put_cause_abi(t, report); break;
	}
}
