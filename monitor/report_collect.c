/* What each variant came to, where in its code, and the bytes that differ. */
#include "monitor/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "monitor/step_record.h"
#include "monitor/symbols.h"
#include "schema/memory_maps.h"
#include "schema/syscall_decode.h"

/* bytes of a string or buffer that a decoded call shows */
#define SHOWN_BYTES 64

bool report_is_made(const struct report *report)
{
	return report->m->kind == DIVERGENCE_RESULT;
}

static void decode_call(struct report *report, unsigned v)
{
	struct decode_options options = { .string_bytes = SHOWN_BYTES };
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	struct trace_step step;

	options.no_result = !report_is_made(report);
	step_record_fill(&step, bufs, report->lane, report->r, 1u << v);
	if (!report_is_made(report))
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
	report_put_end(&t, status);
}

static void fill_fault(struct report *report, unsigned v, const struct slot *slot)
{
	struct trace_divergence_side *side = &report->sides[v];
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->faults |= 1u << v;
	side->arrived = ARRIVED_FAULT;
	side->signo = slot->signo;
	decode_put(&t, "fault: ");
	report_put_fault(&t, slot);
}

/* An instruction that is made to trap comes as a fault, and is told by its name. */
static void fill_trap(struct report *report, unsigned v, const struct slot *slot)
{
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->sides[v].arrived = ARRIVED_FAULT;
	report->sides[v].signo = SIGSEGV;
	report_put_trap(&t, slot);
}

static void fill_foreign(struct report *report, unsigned v, const struct slot *slot)
{
	struct trace_divergence_side *side = &report->sides[v];
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->foreign |= 1u << v;
	side->arrived = ARRIVED_FOREIGN;
	side->nr = (int32_t)slot->nr;
	report_put_foreign(&t, slot);
}

static void fill_signal(struct report *report, unsigned v, const struct slot *slot)
{
	struct decode_text t = decode_text_make(report->text[v], sizeof(report->text[v]));

	report->sides[v].arrived = ARRIVED_SIGNAL;
	report->sides[v].signo = slot->kind == ARRIVAL_PAUSE ? 0 : slot->signo;
	report_put_signal(&t, slot);
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
	report_put_timeout(&t, report);
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
	report_put_call_name(&t, nr);
}

/* Is its slot about something earlier than its end? */
static bool is_over(const struct report *report, unsigned v)
{
	uint32_t ended = atomic_load_explicit(&report->lane->ended, memory_order_acquire);
	const struct slot *slot = &report->r->slots[v];

	if (report_is_made(report) || !(ended & 1u << v))
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

const struct capture_buf *report_side_buffer(const struct report *report, unsigned v)
{
	const struct capture *in = &report->r->slots[v].in;

	if (report->buf < 0 || !(report->calls & 1u << v) || (unsigned)report->buf >= in->n_bufs)
		return NULL;
	return &in->bufs[report->buf];
}

struct trace_blob report_side_bytes(const struct report *report, unsigned v, uint64_t from,
				    size_t limit)
{
	const struct capture_buf *buf = report_side_buffer(report, v);
	struct trace_blob blob = { 0 };

	if (!buf || from >= buf->length)
		return blob;
	blob.data = capture_bytes(&report->r->slots[v].in, buf) + from;
	blob.length = buf->length - from < limit ? buf->length - from : limit;
	return blob;
}

bool report_differs_in_fault(const struct report *report)
{
	const struct capture_buf *x = report_side_buffer(report, LEADER);
	const struct capture_buf *y = report_side_buffer(report, report->m->variant);

	return x && y && x->faulted != y->faulted && x->length == y->length;
}

uint64_t report_excerpt_start(const struct report *report)
{
	uint64_t offset = report->m->offset;

	return offset > TRACE_EXCERPT_BEFORE_BYTES ? offset - TRACE_EXCERPT_BEFORE_BYTES : 0;
}

void report_collect(struct report *report, uint32_t arrived)
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
		report->sides[v].data = report_side_bytes(report, v, report_excerpt_start(report),
							  EXCERPT_BYTES);
}

void report_finish(struct report *report)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		free(report->maps[v]);
		symbols_close(report->symbols[v]);
	}
	free(report);
}
