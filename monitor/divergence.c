/*
 * Says what the variants disagree on. First everything is collected into one
 * struct report: what each variant came to, as text, where in its code, and
 * the bytes that differ. Then that is recorded, and then told in a few lines.
 * Programs choose their bytes and file names: both are escaped here or by the
 * decoder before they come near a terminal.
 */
#include "monitor/divergence.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "monitor/location.h"
#include "monitor/recorder.h"
#include "monitor/session.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/step_record.h"
#include "monitor/symbols.h"
#include "monitor/tracee/cpuid.h"
#include "schema/decode_text.h"
#include "schema/memory_maps.h"
#include "schema/syscall_args.h"
#include "schema/syscall_decode.h"
#include "schema/syscall_names.h"

/* bytes of a decoded call, a sentence, a location */
#define SIDE_TEXT_BYTES     1024
#define SENTENCE_BYTES      2048
#define LOCATION_TEXT_BYTES 320
/* bytes of a string or buffer that a decoded call shows */
#define SHOWN_BYTES 64
/* bytes recorded around the first difference */
#define EXCERPT_BYTES 64
/* bytes shown of what differs */
#define SHOWN_DIFFERENCE_BYTES 24

struct report {
	struct session *session;
	struct lane *lane;
	const struct rendezvous *r;
	const struct mismatch *m;
	uint64_t task_seq;
	uint32_t calls;   /* mask: stand before a call */
	uint32_t faults;  /* mask: raised a signal */
	uint32_t ends;    /* mask: gone */
	uint32_t foreign; /* mask: stand before a call of another ABI */
	uint32_t absent;  /* mask: did not come */
	int buf;          /* BUFFER: which of the captured ones; -1 for none */
	struct trace_divergence_side sides[LIMIT_VARIANTS];
	char text[LIMIT_VARIANTS][SIDE_TEXT_BYTES];
	char location[LIMIT_VARIANTS][LOCATION_TEXT_BYTES];
	struct symbols *symbols[LIMIT_VARIANTS];
	char *maps[LIMIT_VARIANTS];
	uint64_t frames[LIMIT_VARIANTS][LOCATION_FRAMES];
};

/* --- words --- */

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

static void put_call_name(struct decode_text *t, int64_t nr)
{
	const struct syscall_row *row = syscall_row_find(nr);

	if (row)
		decode_put(t, row->name);
	else
		decode_putf(t, "system call %lld", (long long)nr);
}

static void put_signal_name(struct decode_text *t, int signo)
{
	const char *name = signal_name_find(signo);

	if (name)
		decode_put(t, name);
	else
		decode_putf(t, "signal %d", signo);
}

/* "variant 1", "variants 0, 2" */
static void put_variants(struct decode_text *t, uint32_t mask)
{
	const char *before = mask & (mask - 1) ? "variants " : "variant ";

	for (; mask; mask &= mask - 1) {
		decode_putf(t, "%s%d", before, __builtin_ctz(mask));
		before = ", ";
	}
}

/* File names may hold any byte. */
static void put_escaped(struct decode_text *t, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f && c != '\\')
			decode_put_bytes(t, text, 1);
		else
			decode_putf(t, "\\x%02x", c);
	}
}

static void put_quoted(struct decode_text *t, const uint8_t *data, size_t length)
{
	char quoted[4 * EXCERPT_BYTES + 8];

	decode_quoted(data, length, length, length ? length : 1, quoted, sizeof(quoted));
	decode_put(t, quoted);
}

static void put_timeout(struct decode_text *t, const struct report *report)
{
	uint64_t timeout_ns = report->session->options->timeout_ns;

	decode_putf(t, "did not come within %g s", (double)timeout_ns / 1e9);
}

static void put_end(struct decode_text *t, int status)
{
	if (WIFEXITED(status)) {
		decode_putf(t, "exited with %d", WEXITSTATUS(status));
		return;
	}
	decode_put(t, "killed by ");
	put_signal_name(t, WTERMSIG(status));
}

static bool has_fault_address(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE;
}

static void put_fault(struct decode_text *t, const struct slot *slot)
{
	put_signal_name(t, slot->signo);
	if (has_fault_address(slot->signo))
		decode_putf(t, " at 0x%llx", (unsigned long long)slot->siginfo.si_addr);
}

static const char *trap_word(const struct slot *slot)
{
	switch ((enum trace_trap_kind)slot->trap) {
	case TRAP_RDTSC: return "rdtsc";
	case TRAP_RDTSCP: return "rdtscp";
	case TRAP_CPUID: return "cpuid";
	}
	return "trap";
}

static void put_trap(struct decode_text *t, const struct slot *slot)
{
	uint32_t leaf, subleaf;

	decode_put(t, trap_word(slot));
	if (slot->trap != TRAP_CPUID)
		return;
	cpuid_question(&slot->regs, &leaf, &subleaf);
	decode_putf(t, "(0x%x, 0x%x)", leaf, subleaf);
}

static void put_foreign(struct decode_text *t, const struct slot *slot)
{
	if (slot->arch == AUDIT_ARCH_I386)
		decode_putf(t, "system call %d of the 32-bit ABI (int 0x80)", (int)slot->nr);
	else
		decode_putf(t, "system call %d of the x32 ABI", (int)(slot->nr & ~SYSCALL_X32_BIT));
}

/* --- collecting --- */

/* With its result, where each variant has made the call. */
static bool is_made(const struct report *report)
{
	return report->m->kind == DIVERGENCE_RESULT;
}

static void decode_call(struct report *report, unsigned v)
{
	struct decode_options options = { .string_bytes = SHOWN_BYTES };
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	struct trace_step step;

	options.no_result = !is_made(report);
	step_record_fill(&step, bufs, report->lane, report->r, 1u << v);
	if (!is_made(report))
		while (step.n_bufs && bufs[step.n_bufs - 1].direction == DIRECTION_OUT)
			step.n_bufs--;
	syscall_decode(&step, v, &options, report->text[v], sizeof(report->text[v]));
}

static void fill_call(struct report *report, unsigned v, const struct slot *slot)
{
	struct trace_divergence_side *side = &report->sides[v];

	report->calls |= 1u << v;
	side->arrived = ARRIVED_CALL;
	side->nr = (int32_t)slot->nr;
	memcpy(side->args, slot->args, sizeof(side->args));
	decode_call(report, v);
}

static void fill_end(struct report *report, unsigned v, int status)
{
	struct trace_divergence_side *side = &report->sides[v];
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->ends |= 1u << v;
	side->arrived = ARRIVED_END;
	side->status = status;
	side->signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	put_end(&t, status);
}

static void fill_fault(struct report *report, unsigned v, const struct slot *slot)
{
	struct trace_divergence_side *side = &report->sides[v];
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->faults |= 1u << v;
	side->arrived = ARRIVED_FAULT;
	side->signo = slot->signo;
	decode_put(&t, "fault: ");
	put_fault(&t, slot);
}

/* An instruction that is made to trap comes as a fault, and is told by its name. */
static void fill_trap(struct report *report, unsigned v, const struct slot *slot)
{
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->sides[v].arrived = ARRIVED_FAULT;
	report->sides[v].signo = SIGSEGV;
	put_trap(&t, slot);
}

static void fill_foreign(struct report *report, unsigned v, const struct slot *slot)
{
	struct trace_divergence_side *side = &report->sides[v];
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->foreign |= 1u << v;
	side->arrived = ARRIVED_FOREIGN;
	side->nr = (int32_t)slot->nr;
	put_foreign(&t, slot);
}

static bool is_for_signal(const struct slot *slot)
{
	return slot->kind == ARRIVAL_SIGNAL || slot->kind == ARRIVAL_PAUSE ||
	       slot->kind == ARRIVAL_VAIN;
}

static void put_signal(struct decode_text *t, const struct slot *slot)
{
	const char *name = signal_name_find(slot->signo);

	decode_put(t, slot->kind == ARRIVAL_SIGNAL ? "gets " :
		      slot->kind == ARRIVAL_VAIN   ? "does not get " :
						     "computes");
	if (slot->kind != ARRIVAL_PAUSE)
		decode_put(t, name ? name : "a signal");
}

static void fill_signal(struct report *report, unsigned v, const struct slot *slot)
{
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->sides[v].arrived = ARRIVED_SIGNAL;
	report->sides[v].signo = slot->kind == ARRIVAL_PAUSE ? 0 : slot->signo;
	put_signal(&t, slot);
}

/* What the kernel says of a task that is not stopped: "running", or "NR ARGS SP PC" (proc(5)). */
static void fill_absent(struct report *report, unsigned v)
{
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));
	struct trace_divergence_side *side = &report->sides[v];
	cleanup_file FILE *file = NULL;
	unsigned long long sp, ip;
	char path[48];
	long nr;

	report->absent |= 1u << v;
	side->arrived = ARRIVED_NOT;
	put_timeout(&t, report);
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)report->lane->tasks[v].tid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld %*x %*x %*x %*x %*x %*x %llx %llx", &nr, &sp, &ip) != 3)
		return;
	side->sp = sp;
	side->ip = ip;
	if (nr < 0)
		return;
	side->nr = (int32_t)nr;
	decode_put(&t, ": it is in ");
	put_call_name(&t, nr);
}

/* Is its slot about something earlier than its end? */
static bool is_over(const struct report *report, unsigned v)
{
	uint32_t ended = atomic_load_explicit(&report->lane->ended, memory_order_acquire);
	const struct slot *slot = &report->r->slots[v];

	if (is_made(report) || !(ended & 1u << v))
		return false;
	return ended == report->session->all_variants ||
	       atomic_load_explicit(&slot->phase, memory_order_acquire) != SLOT_ARRIVED;
}

static void fill_arrival(struct report *report, unsigned v, uint32_t arrived)
{
	const struct slot *slot = &report->r->slots[v];

	if (is_over(report, v)) {
		fill_end(report, v, report->lane->status[v]);
		return;
	}
	if (!(arrived & 1u << v)) {
		fill_absent(report, v);
		return;
	}
	switch (slot->kind) {
	case ARRIVAL_CALL: fill_call(report, v, slot); break;
	case ARRIVAL_FAULT: fill_fault(report, v, slot); break;
	case ARRIVAL_TRAP: fill_trap(report, v, slot); break;
	case ARRIVAL_FOREIGN: fill_foreign(report, v, slot); break;
	case ARRIVAL_SIGNAL:
	case ARRIVAL_PAUSE:
	case ARRIVAL_VAIN: fill_signal(report, v, slot); break;
	case ARRIVAL_END: fill_end(report, v, slot->status); break;
	}
}

/* The maps of all sides must fit into one record, with room for the rest. */
static void cut_maps(char *maps, unsigned n_sides)
{
	size_t room = LIMIT_RECORD_BYTES / 2 / n_sides;
	char *last;

	if (strlen(maps) <= room)
		return;
	last = memrchr(maps, '\n', room);
	maps[last ? last + 1 - maps : 0] = '\0';
}

/* Where a variant stands. One that did not come may be running: then only its maps can be had. */
static void fill_place(struct report *report, unsigned v)
{
	struct trace_divergence_side *side = &report->sides[v];
	const struct slot *slot = &report->r->slots[v];
	pid_t tid = report->lane->tasks[v].tid;

	if (report->ends & 1u << v || tid <= 0)
		return;
	report->maps[v] = location_maps(tid);
	if (report->maps[v])
		cut_maps(report->maps[v], report->session->n_variants);
	side->maps = report->maps[v];
	if (!(report->absent & 1u << v)) {
		side->ip = slot->ip;
		side->sp = slot->sp;
		side->registers.data = (const uint8_t *)&slot->regs;
		side->registers.length = sizeof(slot->regs);
	}
	if (!side->ip)
		return;
	memory_maps_locate(side->maps, side->ip, report->location[v], sizeof(report->location[v]));
	report->symbols[v] = symbols_open(tid);
	symbols_append(report->symbols[v], side->ip, report->location[v],
		       sizeof(report->location[v]));
	side->location = report->location[v];
	if (side->maps && side->registers.length)
		side->n_frames = location_frames(tid, &slot->regs, report->frames[v],
						 LOCATION_FRAMES);
	side->frames = report->frames[v];
}

/* The captured buffer the mismatch speaks of: of several of one part the first that differs. */
static int find_buffer(const struct report *report)
{
	const struct capture *a = &report->r->slots[LEADER].in;
	const struct capture *b = &report->r->slots[report->m->variant].in;
	int found = -1;

	for (unsigned i = 0; i < a->n_bufs && i < b->n_bufs; i++) {
		const struct capture_buf *x = &a->bufs[i], *y = &b->bufs[i];

		if (x->arg != report->m->arg || x->part != report->m->part)
			continue;
		if (found < 0)
			found = (int)i;
		if (x->length != y->length || x->faulted != y->faulted ||
		    (x->length && memcmp(capture_bytes(a, x), capture_bytes(b, y), x->length) != 0))
			return (int)i;
	}
	return found;
}

/* A variant's own of the buffers that differ, or NULL. */
static const struct capture_buf *side_buffer(const struct report *report, unsigned v)
{
	const struct capture *in = &report->r->slots[v].in;

	if (report->buf < 0 || !(report->calls & 1u << v) || (unsigned)report->buf >= in->n_bufs)
		return NULL;
	return &in->bufs[report->buf];
}

/* At most `limit` of a variant's bytes, from `from` on. */
static struct trace_blob side_bytes(const struct report *report, unsigned v, uint64_t from,
				    size_t limit)
{
	const struct capture_buf *buf = side_buffer(report, v);
	struct trace_blob blob = { 0 };

	if (!buf || from >= buf->length)
		return blob;
	blob.data = capture_bytes(&report->r->slots[v].in, buf) + from;
	blob.length = buf->length - from < limit ? buf->length - from : limit;
	return blob;
}

/* Do they differ in nothing but that one variant's memory ends where its bytes do? */
static bool differs_in_fault(const struct report *report)
{
	const struct capture_buf *x = side_buffer(report, LEADER);
	const struct capture_buf *y = side_buffer(report, report->m->variant);

	return x && y && x->faulted != y->faulted && x->length == y->length;
}

static uint64_t excerpt_start(const struct report *report)
{
	uint64_t offset = report->m->offset;

	return offset > TRACE_EXCERPT_BEFORE_BYTES ? offset - TRACE_EXCERPT_BEFORE_BYTES : 0;
}

static void report_collect(struct report *report, uint32_t arrived)
{
	for (unsigned v = 0; v < report->session->n_variants; v++) {
		report->sides[v].variant = v;
		report->sides[v].nr = -1;
		report->sides[v].text = report->text[v];
		fill_arrival(report, v, arrived);
		fill_place(report, v);
	}
	if (report->m->kind != DIVERGENCE_BUFFER)
		return;
	report->buf = find_buffer(report);
	for (unsigned v = 0; v < report->session->n_variants; v++)
		report->sides[v].data = side_bytes(report, v, excerpt_start(report), EXCERPT_BYTES);
}

static void report_finish(struct report *report)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		free(report->maps[v]);
		symbols_close(report->symbols[v]);
	}
	free(report);
}

/* --- sentences --- */

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
	put_call_name(t, report->r->slots[LEADER].nr);
}

/* What a variant does, in the third person. */
static void put_doing(struct decode_text *t, const struct report *report, unsigned v)
{
	const struct slot *slot = &report->r->slots[v];
	uint32_t bit = 1u << v;

	if (report->calls & bit) {
		decode_put(t, "calls ");
		put_call_name(t, slot->nr);
		if (slot->nr == SYS_exit || slot->nr == SYS_exit_group)
			decode_putf(t, " with %d", (int)slot->args[0]);
	} else if (report->ends & bit) {
		put_end(t, report->sides[v].status);
	} else if (report->absent & bit) {
		put_timeout(t, report);
	} else if (report->foreign & bit) {
		decode_put(t, "makes ");
		put_foreign(t, slot);
	} else if (report->faults & bit) {
		decode_put(t, "raises ");
		put_fault(t, slot);
	} else if (is_for_signal(slot)) {
		put_signal(t, slot);
	} else {
		decode_put(t, "executes ");
		put_trap(t, slot);
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

/* One sentence for the record. */
static void put_summary(struct decode_text *t, const struct report *report)
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
		if (differs_in_fault(report))
			decode_put(t, ", which is readable in one of them only");
		else
			decode_putf(t, " at byte %llu", (unsigned long long)m->offset);
		break;
	case DIVERGENCE_RESULT:
		decode_put(t, "got ");
		put_result(t, report->r->slots[v].result);
		decode_put(t, " from ");
		put_call_name(t, report->r->slots[v].nr);
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

/* The order of system calls is the leader's for all; that of locks in memory is each variant's own. */
#define RACE_TEXT                                                                            \
	"a race between threads, whose locks each variant takes in an order of its own (or " \
	"an attack on one of them)"

/* A fault or an end is no matter of order. */
static bool may_be_race(const struct report *report)
{
	/* In turns there is none, unless one thread was too long at it. */
	if (!atomic_load(&report->lane->process->threaded) ||
	    (report->session->options->threads == OPTION_THREADS_TURNS &&
	     !report->session->turns_missed))
		return false;
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
	put_variants(t, report->faults);
	decode_put(t, " only: ");
	put_fault(t, &report->r->slots[first]);
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
		put_call_name(t, report->r->slots[LEADER].nr);
		decode_putf(t, ", %s: ", arg_kind_name((enum arg_kind)spec->kind));
		put_value(t, spec, report->r->slots[LEADER].args[report->m->arg]);
		decode_put(t, " / ");
		put_value(t, spec, report->r->slots[report->m->variant].args[report->m->arg]);
	} else {
		decode_put(t, "shape of the arguments of ");
		put_call_name(t, report->r->slots[LEADER].nr);
	}
	decode_put(t, ")");
}

static void put_cause_result(struct decode_text *t, const struct report *report)
{
	decode_put(t, "the variants got different results (result of ");
	put_call_name(t, report->r->slots[LEADER].nr);
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
	put_call_name(t, report->r->slots[LEADER].nr);
	if (differs_in_fault(report))
		decode_put(t, ", readable in only some variants)");
	else
		decode_putf(t, ", first difference at byte %llu)",
			    (unsigned long long)report->m->offset);
}

static void put_cause_missing(struct decode_text *t, const struct report *report)
{
	uint32_t gone = report->ends ? report->ends : report->m->odd;

	put_variants(t, gone);
	decode_put(t, " ended where others went on (missing: ");
	put_doing(t, report, (unsigned)__builtin_ctz(gone));
	decode_put(t, ")");
}

static void put_cause_timeout(struct decode_text *t, const struct report *report)
{
	put_variants(t, report->absent ? report->absent : report->m->odd);
	decode_put(t, " ");
	put_timeout(t, report);
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
	put_variants(t, report->m->odd);
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
	put_variants(t, report->foreign);
	decode_putf(t, " make%s ", report->foreign & (report->foreign - 1) ? "" : "s");
	put_foreign(t, &report->r->slots[__builtin_ctz(report->foreign)]);
	decode_put(t, ")");
}

/* Why the run ends, for the first line. */
static void put_cause(struct decode_text *t, const struct report *report)
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

/* --- recording --- */

/* The call that was not made has neither outcome nor output; what the rendezvous still holds is older. */
static void step_forget_outcome(struct trace_step *step)
{
	step->executed = EXECUTED_NOBODY;
	step->ticket = 0;
	step->no_result = true;
	for (uint32_t rest = step->variants; rest; rest &= rest - 1) {
		unsigned v = (unsigned)__builtin_ctz(rest);

		step->result[v] = 0;
		step->exit_ns[v] = step->entry_ns[v];
	}
	while (step->n_bufs && step->bufs[step->n_bufs - 1].direction == DIRECTION_OUT)
		step->n_bufs--;
}

static void record_step(const struct report *report)
{
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_buf bufs[LIMIT_STEP_BUFS];

	step_record_fill(&record.step, bufs, report->lane, report->r, report->calls);
	record.step.task_seq = report->task_seq;
	record.step.verdict = VERDICT_DIVERGED;
	if (!is_made(report))
		step_forget_outcome(&record.step);
	recorder_add(report->session->recorder, LEADER, &record);
}

static void record_divergence(struct report *report)
{
	struct trace_record record = { .kind = TRACE_DIVERGENCE };
	struct trace_divergence *d = &record.divergence;
	char summary[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(summary, sizeof(summary));

	put_summary(&t, report);
	if (may_be_race(report))
		decode_put(&t, "; likely cause: " RACE_TEXT);
	decode_text_finish(&t);
	d->task = report->lane->id;
	d->kind = (uint8_t)report->m->kind;
	d->arg = (int8_t)report->m->arg;
	d->time_ns = session_now_ns(report->session);
	d->offset = report->m->offset;
	d->odd = report->m->odd;
	d->action = "killed";
	d->summary = summary;
	d->sides = report->sides;
	d->n_sides = report->session->n_variants;
	recorder_add(report->session->recorder, LEADER, &record);
}

/* --- telling --- */

/* Do they come in one line? Those like the leader do, whatever their addresses. */
static bool is_same_side(const struct report *report, unsigned a, unsigned b)
{
	const struct trace_divergence_side *x = &report->sides[a], *y = &report->sides[b];
	bool odd = report->m->odd & 1u << a;

	if (x->arrived != y->arrived || odd != !!(report->m->odd & 1u << b))
		return false;
	if (!odd && x->arrived != ARRIVED_SIGNAL)
		return true;
	return strcmp(x->text, y->text) == 0 && x->data.length == y->data.length &&
	       (!x->data.length || memcmp(x->data.data, y->data.data, x->data.length) == 0);
}

/* The mask of those that are told together with v; 0 when an earlier variant's line has it. */
static uint32_t side_group(const struct report *report, unsigned v)
{
	uint32_t mask = 0;

	for (unsigned other = 0; other < report->session->n_variants; other++)
		if (is_same_side(report, v, other))
			mask |= 1u << other;
	return mask & ((1u << v) - 1) ? 0 : mask;
}

/* The image of a location is what stands before its offset. */
static bool is_same_image(const char *a, const char *b)
{
	const char *end_a = strstr(a, "+0x"), *end_b = strstr(b, "+0x");

	return end_a && end_b && end_a - a == end_b - b && memcmp(a, b, (size_t)(end_a - a)) == 0;
}

/* Where it stands, and where in another image that came from: seldom is libc to blame. */
static void put_place(struct decode_text *t, const struct report *report, unsigned v)
{
	const struct trace_divergence_side *side = &report->sides[v];

	if (!side->location || !side->location[0])
		return;
	decode_put(t, "   at ");
	put_escaped(t, side->location);
	for (size_t i = 1; i < side->n_frames; i++) {
		char from[LOCATION_TEXT_BYTES];

		memory_maps_locate(side->maps, side->frames[i], from, sizeof(from));
		if (is_same_image(from, side->location))
			continue;
		/* A return address: the call is before it. */
		symbols_append(report->symbols[v], side->frames[i] - 1, from, sizeof(from));
		decode_put(t, ", from ");
		put_escaped(t, from);
		return;
	}
}

static void log_side(const struct report *report, unsigned v, uint32_t group)
{
	char line[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(line, sizeof(line));

	decode_put(&t, "  ");
	put_variants(&t, group);
	decode_put(&t, ": ");
	decode_put(&t, report->sides[v].text);
	put_place(&t, report, v);
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "%s", line);
}

/* Variant 0 and the first that differs, from the first differing byte on. */
static void log_bytes(const struct report *report)
{
	uint64_t offset = report->m->offset, start = excerpt_start(report);
	char line[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(line, sizeof(line));

	decode_put(&t, "             first differing bytes:");
	for (unsigned v = 0; v < report->session->n_variants; v++) {
		struct trace_blob bytes = side_bytes(report, v, offset, SHOWN_DIFFERENCE_BYTES);
		const struct capture_buf *buf = side_buffer(report, v);

		if (!buf || !side_group(report, v))
			continue;
		decode_putf(&t, "%s %u ", v ? " /" : "", v);
		if (!bytes.length)
			decode_put(&t, buf->faulted ? "unreadable" : "ended");
		else
			put_quoted(&t, bytes.data, bytes.length);
		if (buf->length > offset + bytes.length)
			decode_put(&t, "...");
	}
	if (offset > 0) {
		struct trace_blob before = side_bytes(report, LEADER, start,
						      (size_t)(offset - start));

		decode_put(&t, ", after ");
		decode_put(&t, start ? "..." : "");
		put_quoted(&t, before.data, before.length);
	}
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "%s", line);
}

static void log_end(const struct report *report)
{
	if (is_made(report))
		log_line(LOG_NORMAL, "  the call was made; all variants were stopped");
	else if (report->calls | report->foreign)
		log_line(LOG_NORMAL, "  the call was not made; all variants were stopped");
	else
		log_line(LOG_NORMAL, "  all variants were stopped");
	if (may_be_race(report))
		log_line(LOG_NORMAL, "  likely cause: " RACE_TEXT);
}

static void report_tell(const struct report *report)
{
	char cause[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(cause, sizeof(cause));

	put_cause(&t, report);
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "divergence in %s at step-in-task %llu: %s", report->lane->label,
		 (unsigned long long)report->task_seq, cause);
	for (unsigned v = 0; v < report->session->n_variants; v++) {
		uint32_t group = side_group(report, v);

		if (group)
			log_side(report, v, group);
	}
	if (report->buf >= 0 && !differs_in_fault(report))
		log_bytes(report);
	log_end(report);
}

/* A call that was made already has its number; the rendezvous is not to be recorded once more. */
static uint64_t take_task_seq(struct lane *lane, struct rendezvous *r, bool made)
{
	uint64_t seq;

	if (!made || !r->unrecorded || !r->task_seq)
		return ++lane->task_seq;
	seq = r->task_seq;
	r->unrecorded = false;
	return seq;
}

void divergence_report(struct session *s, struct lane *lane, const struct mismatch *mismatch,
		       uint32_t arrived)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	struct report *report = alloc_zeroed(1, sizeof(*report));

	*report = (struct report){
		.session = s,
		.lane = lane,
		.r = r,
		.m = mismatch,
		.buf = -1,
	};
	report_collect(report, arrived);
	report->task_seq = lane->task_seq;
	if (report->calls) {
		report->task_seq = take_task_seq(lane, r, is_made(report));
		record_step(report);
		s->n_steps++;
	}
	record_divergence(report);
	s->n_divergences++;
	recorder_sync(s->recorder);
	report_tell(report);
	report_finish(report);
}
