/* Turns a rendezvous into a Step record: numbers copied, equal buffers folded into one. */
#include "monitor/step_record.h"

#include <string.h>

static bool buf_matches(const struct trace_buf *have, const struct capture_buf *buf,
			const uint8_t *data, uint32_t bit)
{
	return have->arg == buf->arg && have->part == buf->part && !(have->variants & bit) &&
	       have->data.length == buf->length &&
	       (!buf->length || memcmp(have->data.data, data, buf->length) == 0);
}

/* Where equal bytes of the same argument are already, from `start` on; where they usually are first. */
static size_t buf_find(const struct trace_step *step, const struct capture_buf *buf,
		       const uint8_t *data, uint32_t bit, size_t start, size_t usual)
{
	if (usual >= start && usual < step->n_bufs &&
	    buf_matches(&step->bufs[usual], buf, data, bit))
		return usual;
	for (size_t at = start; at < step->n_bufs; at++)
		if (buf_matches(&step->bufs[at], buf, data, bit))
			return at;
	return step->n_bufs;
}

static void buf_add(struct trace_step *step, const struct capture_buf *buf, const uint8_t *data,
		    uint8_t direction, uint32_t variants)
{
	step->bufs[step->n_bufs++] = (struct trace_buf){
		.arg = buf->arg,
		.direction = direction,
		.part = buf->part,
		.variants = variants,
		.full_length = buf->length,
		.data = { .data = data, .length = buf->length },
	};
}

static bool buf_unread(const struct capture_buf *buf)
{
	return buf->faulted && !buf->length;
}

static void add_inputs(struct trace_step *step, const struct capture *in, uint32_t bit, size_t room)
{
	bool first = step->n_bufs == 0;
	size_t at = 0;

	for (unsigned i = 0; i < in->n_bufs; i++) {
		const struct capture_buf *buf = &in->bufs[i];
		const uint8_t *data = capture_bytes(in, buf);
		/* Several buffers of one part keep their order in every variant. */
		bool next = i && buf[-1].arg == buf->arg && buf[-1].part == buf->part;

		if (buf_unread(buf))
			continue;
		at = first ? step->n_bufs : buf_find(step, buf, data, bit, next ? at + 1 : 0, i);
		if (at < step->n_bufs)
			step->bufs[at].variants |= bit;
		else if (step->n_bufs < room)
			buf_add(step, buf, data, DIRECTION_IN, bit);
	}
}

/* Whose bytes the leader's output is: a variant that made the call itself may have its own. */
static uint32_t output_variants(const struct trace_step *step, const struct rendezvous *r)
{
	uint32_t mask = step->variants;

	if (step->executed != EXECUTED_EACH)
		return mask;
	for (uint32_t rest = mask & ~1u; rest; rest &= rest - 1) {
		unsigned v = (unsigned)__builtin_ctz(rest);

		if (!r->slots[v].order.write_output)
			mask &= ~(1u << v);
	}
	return mask;
}

static void add_outputs(struct trace_step *step, const struct rendezvous *r)
{
	const struct capture *out = &r->out;
	uint32_t mask = out->n_bufs ? output_variants(step, r) : 0;

	for (unsigned i = 0; i < out->n_bufs; i++)
		if (!buf_unread(&out->bufs[i]))
			buf_add(step, &out->bufs[i], capture_bytes(out, &out->bufs[i]),
				DIRECTION_OUT, mask);
}

static void add_slot(struct trace_step *step, const struct slot *slot, unsigned v)
{
	memcpy(step->args[v], slot->args, sizeof(step->args[v]));
	step->entry_ns[v] = slot->entry_ns;
	/* A call that does not return leaves the times of an earlier one behind. */
	step->exit_ns[v] = slot->exit_ns > slot->entry_ns ? slot->exit_ns : slot->entry_ns;
	step->result[v] = step->no_result ? 0 : slot->result;
}

void step_record_fill(struct trace_step *step, struct trace_buf *bufs, struct lane *lane,
		      const struct rendezvous *r, uint32_t variants)
{
	size_t room = LIMIT_STEP_BUFS - r->out.n_bufs;

	step->step = 0;
	step->ticket = r->ticket;
	step->task_seq = r->task_seq;
	step->task = lane->id;
	step->abi = 0;
	step->variants = 0;
	step->nr = -1;
	step->executed = r->executed;
	step->verdict = r->verdict;
	step->policy = 0;
	step->no_result = r->no_result;
	step->bufs = bufs;
	step->n_bufs = 0;
	for (uint32_t rest = variants; rest; rest &= rest - 1) {
		unsigned v = (unsigned)__builtin_ctz(rest);
		const struct slot *slot = &r->slots[v];

		if (slot->kind != ARRIVAL_CALL || (step->variants && slot->nr != step->nr))
			continue;
		step->nr = (int32_t)slot->nr;
		step->variants |= 1u << v;
		add_slot(step, slot, v);
		add_inputs(step, &slot->in, 1u << v, room);
	}
	add_outputs(step, r);
}
