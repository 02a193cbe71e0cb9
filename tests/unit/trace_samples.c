/* Random records; see trace_samples.h. */
#include "trace_samples.h"

#include <string.h>

#define LIST 5

static uint8_t pool[1 << 16];
static char texts[64][24];

uint64_t random_next(struct random *r)
{
	/* splitmix64 */
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
	return random_next(r) % limit;
}

static void fill(struct random *r, void *to, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((uint8_t *)to)[i] = (uint8_t)random_next(r);
}

static struct trace_blob blob(struct random *r, size_t most)
{
	size_t length = random_below(r, most + 1);

	return (struct trace_blob){ pool + random_below(r, sizeof(pool) - length + 1), length };
}

static struct trace_blob *blobs(struct random *r)
{
	static struct trace_blob lists[4][LIST];
	static unsigned turn;
	struct trace_blob *list = lists[turn++ % 4];

	for (size_t i = 0; i < LIST; i++)
		list[i] = blob(r, 40);
	return list;
}

static const char *text(struct random *r)
{
	static unsigned turn;
	char *to = texts[turn++ % 64];
	size_t length = 1 + random_below(r, sizeof(texts[0]) - 1);

	for (size_t i = 0; i + 1 < length; i++)
		to[i] = (char)('!' + random_below(r, 90));
	to[length - 1] = 0;
	return to;
}

static struct trace_name *names(struct random *r)
{
	static struct trace_name lists[3][LIST];
	static unsigned turn;
	struct trace_name *list = lists[turn++ % 3];

	for (size_t i = 0; i < LIST; i++)
		list[i] = (struct trace_name){ (int64_t)random_next(r) >> random_below(r, 64),
					       text(r) };
	return list;
}

static uint32_t mask(struct random *r)
{
	return (uint32_t)random_next(r) & ((1u << LIMIT_VARIANTS) - 1) & ~0u >> random_below(r, 31);
}

static void sample_header(struct trace_header *h, struct random *r)
{
	static struct trace_rlimit rlimits[LIST];
	static struct trace_inherited_fd fds[LIST];
	static struct trace_derivation derived[LIST];
	static uint32_t groups[LIST];

	fill(r, rlimits, sizeof(rlimits));
	fill(r, groups, sizeof(groups));
	for (size_t i = 0; i < LIST; i++)
		fds[i] = (struct trace_inherited_fd){ (int32_t)random_next(r),
						      (uint32_t)random_next(r),
						      (uint32_t)random_next(r),
						      text(r),
						      text(r),
						      (int64_t)random_next(r) };
	for (size_t i = 0; i < LIST; i++)
		derived[i] = (struct trace_derivation){ text(r), text(r), random_next(r),
							random_next(r), random_next(r) };
	h->trace_id = blob(r, 16);
	h->descriptor_set = (struct trace_blob){ pool, 1 + random_below(r, 20) };
	h->monitor_version = text(r);
	h->options = blobs(r);
	h->variants = (uint32_t)random_below(r, LIMIT_VARIANTS + 1);
	h->payload_mode &= 255;
	h->kernel_release = text(r);
	h->kernel_version = text(r);
	h->machine = text(r);
	h->hostname = text(r);
	h->cpu_model = text(r);
	h->syscalls = names(r);
	h->errnos = names(r);
	h->signals = names(r);
	h->cwd = text(r);
	h->groups = groups;
	h->rlimits = rlimits;
	h->fds = fds;
	h->environment = blobs(r);
	h->derived = derived;
	h->n_options = random_below(r, LIST + 1);
	h->n_syscalls = random_below(r, LIST + 1);
	h->n_errnos = random_below(r, LIST + 1);
	h->n_signals = random_below(r, LIST + 1);
	h->n_groups = random_below(r, LIST + 1);
	h->n_rlimits = random_below(r, LIST + 1);
	h->n_fds = random_below(r, LIST + 1);
	h->n_environment = random_below(r, LIST + 1);
	h->n_derived = random_below(r, LIST + 1);
}

static void sample_step(struct trace_step *s, struct random *r, size_t payload)
{
	static struct trace_buf bufs[LIST];

	s->variants = mask(r);
	for (size_t v = 0; v < LIMIT_VARIANTS; v++) {
		s->result[v] >>= random_below(r, 64);
		for (size_t i = 0; i < 6; i++)
			s->args[v][i] >>= random_below(r, 64);
	}
	/* Half of them agree, in some of the four. */
	for (size_t v = 1; v < LIMIT_VARIANTS && random_below(r, 2); v++) {
		memcpy(s->args[v], s->args[0], sizeof(s->args[0]));
		s->result[v] = s->result[0];
	}
	if (!random_below(r, 3))
		for (size_t v = 0; v < LIMIT_VARIANTS; v++) {
			memset(s->args[v], 0, sizeof(s->args[v]));
			s->exit_ns[v] = 0;
			s->entry_ns[v] = 77;
			s->result[v] = -2;
		}
	s->no_result &= 1;
	s->bufs = bufs;
	s->n_bufs = random_below(r, LIST + 1);
	for (size_t i = 0; i < LIST; i++) {
		fill(r, &bufs[i], sizeof(bufs[i]));
		bufs[i].arg = (uint8_t)random_below(r, 6);
		bufs[i].truncated &= 1;
		bufs[i].variants = mask(r);
		bufs[i].data = blob(r, payload);
	}
}

static void sample_divergence(struct trace_divergence *d, struct random *r)
{
	static struct trace_divergence_side sides[LIST];
	static uint64_t counters[LIST];

	fill(r, counters, sizeof(counters));
	fill(r, sides, sizeof(sides));
	d->arg = (int8_t)((int)random_below(r, 7) - 1);
	d->odd = mask(r);
	d->action = text(r);
	d->summary = text(r);
	d->sides = sides;
	d->n_sides = random_below(r, LIST + 1);
	for (size_t i = 0; i < LIST; i++) {
		sides[i].variant = (uint32_t)random_below(r, LIMIT_VARIANTS);
		sides[i].location = text(r);
		sides[i].text = text(r);
		sides[i].registers = blob(r, 216);
		sides[i].data = blob(r, 64);
		sides[i].maps = text(r);
		sides[i].frames = counters;
		sides[i].n_frames = random_below(r, LIST + 1);
	}
}

static void sample_variant_start(struct trace_variant_start *v, struct random *r)
{
	v->variant = (uint32_t)random_below(r, LIMIT_VARIANTS);
	v->argv = blobs(r);
	v->n_argv = random_below(r, LIST + 1);
	v->path = text(r);
	v->build_id = blob(r, 20);
	v->layout = text(r);
	v->auxv = blob(r, 300);
	v->at_random = blob(r, 16);
}

static void same_for_all(int32_t *values, struct random *r)
{
	if (random_below(r, 2))
		for (size_t v = 1; v < LIMIT_VARIANTS; v++)
			values[v] = values[0];
}

void sample_record(struct trace_record *record, enum trace_record_kind kind, struct random *r,
		   size_t payload)
{
	fill(r, pool, 4096);
	fill(r, record, sizeof(*record));
	record->kind = kind;
	switch (kind) {
	case TRACE_HEADER: sample_header(&record->header, r); break;
	case TRACE_VARIANT_START: sample_variant_start(&record->variant_start, r); break;
	case TRACE_TASK_START:
		record->task_start.label = text(r);
		record->task_start.variants = mask(r);
		same_for_all(record->task_start.tid, r);
		break;
	case TRACE_TASK_END:
		record->task_end.variants = mask(r);
		same_for_all(record->task_end.status, r);
		break;
	case TRACE_STEP: sample_step(&record->step, r, payload); break;
	case TRACE_SIGNAL:
		record->signal.had_it = mask(r);
		record->signal.listed = mask(r);
		record->signal.skipped = mask(r);
		record->signal.sent = mask(r);
		for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
			if (!(record->signal.had_it & 1u << v))
				record->signal.had_ns[v] = 0;
		record->signal.shared &= 1;
		record->signal.siginfo = blob(r, 128);
		break;
	case TRACE_DIVERGENCE: sample_divergence(&record->divergence, r); break;
	case TRACE_TRAP: break;
	case TRACE_FILE_IDENTITY: record->file_identity.path = text(r); break;
	case TRACE_MARK: record->mark.text = text(r); break;
	case TRACE_END:
		record->end.clean = random_below(r, 2);
		record->end.variants = mask(r);
		same_for_all(record->end.status, r);
		break;
	}
}

void sample_plain_step(struct trace_step *step, uint64_t number)
{
	step->step = number;
	step->ticket = number / 3;
	step->task_seq = number;
	step->task = 1 + number % 2;
	step->abi = 0;
	step->variants = 3;
	step->nr = (int32_t)(number % 7);
	step->executed = EXECUTED_LEADER;
	step->verdict = VERDICT_SAME;
	step->policy = 0;
	step->no_result = 0;
	step->bufs = NULL;
	step->n_bufs = 0;
	for (unsigned v = 0; v < 2; v++) {
		step->entry_ns[v] = 1000000 + number * 2311 + v * 400;
		step->exit_ns[v] = step->entry_ns[v] + 900 + number % 50;
		step->result[v] = number % 11 ? (int64_t)(number % 4096) : -2;
		step->args[v][0] = number % 5;
		step->args[v][1] = 0x7f0000001000 + (v << 24) + (number % 64) * 16;
		step->args[v][2] = 4096;
		step->args[v][3] = step->args[v][4] = step->args[v][5] = 0;
	}
}
