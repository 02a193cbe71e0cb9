/* Records as bytes in a ring, without their empty variants, and back. */
#include <string.h>

#include "base/check.h"
#include "monitor/payload.h"
#include "monitor/recorder_queue.h"

static uint8_t *pack_variants(uint8_t *at, const struct trace_step *step)
{
	struct packed_variant *to = (struct packed_variant *)at;

	for (uint32_t mask = step->variants; mask; mask &= mask - 1) {
		unsigned v = (unsigned)__builtin_ctz(mask);

		to->entry_ns = step->entry_ns[v];
		to->exit_ns = step->exit_ns[v];
		memcpy(to->args, step->args[v], sizeof(to->args));
		to->result = step->result[v];
		to++;
	}
	return (uint8_t *)to;
}

/* Takes the buffers as they will be stored; `bytes` is what their data needs. */
static void cut_bufs(const struct recorder *r, const struct trace_step *step,
		     struct trace_buf *bufs, size_t *bytes)
{
	static const struct options keep_all = { .payload = PAYLOAD_FULL };
	const struct syscall_row *row = NULL;

	*bytes = 0;
	if (r->options->payload != PAYLOAD_FULL)
		row = syscall_row_find(step->nr);
	for (size_t i = 0; i < step->n_bufs; i++) {
		bufs[i] = step->bufs[i];
		payload_apply(payload_is_meant(row, &bufs[i]) ? r->options : &keep_all, &bufs[i]);
		*bytes += round_up(bufs[i].data.length, DATA_ALIGN);
	}
}

static void pack_bufs(uint8_t *at, const struct trace_buf *bufs, size_t n_bufs)
{
	uint8_t *data = at + n_bufs * sizeof(*bufs);

	memcpy(at, bufs, n_bufs * sizeof(*bufs));
	for (size_t i = 0; i < n_bufs; i++) {
		size_t length = bufs[i].data.length;

		if (!length)
			continue;
		memcpy(data, bufs[i].data.data, length);
		data += round_up(length, DATA_ALIGN);
	}
}

void pack_step(struct recorder *r, struct ring *ring, const struct trace_step *step)
{
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	size_t n_variants = (size_t)__builtin_popcount(step->variants);
	size_t data_bytes = 0;
	struct entry_step *to;
	struct place place;
	uint8_t *at;

	CHECK(step->n_bufs <= LIMIT_STEP_BUFS && !(step->variants >> LIMIT_VARIANTS));
	if (step->n_bufs)
		cut_bufs(r, step, bufs, &data_bytes);
	place_open(&place, r, ring,
		   sizeof(*to) + n_variants * sizeof(struct packed_variant) +
			   step->n_bufs * sizeof(*bufs) + data_bytes,
		   TRACE_STEP);
	to = (struct entry_step *)place.entry;
	to->n_bufs = (uint32_t)step->n_bufs;
	to->task = step->task;
	to->ticket = step->ticket;
	to->task_seq = step->task_seq;
	to->abi = step->abi;
	to->variants = step->variants;
	to->nr = step->nr;
	to->executed = step->executed;
	to->verdict = step->verdict;
	to->policy = step->policy;
	to->no_result = step->no_result;
	at = pack_variants((uint8_t *)(to + 1), step);
	if (step->n_bufs)
		pack_bufs(at, bufs, step->n_bufs);
	place_commit(&place, r, ring);
}

void unpack_step(struct trace_step *step, struct entry_step *from)
{
	struct packed_variant *variant = (struct packed_variant *)(from + 1);
	uint8_t *data;

	step->ticket = from->ticket;
	step->task_seq = from->task_seq;
	step->task = from->task;
	step->abi = from->abi;
	step->variants = from->variants;
	step->nr = from->nr;
	step->executed = from->executed;
	step->verdict = from->verdict;
	step->policy = from->policy;
	step->no_result = from->no_result;
	for (uint32_t mask = from->variants; mask; mask &= mask - 1) {
		unsigned v = (unsigned)__builtin_ctz(mask);

		step->entry_ns[v] = variant->entry_ns;
		step->exit_ns[v] = variant->exit_ns;
		memcpy(step->args[v], variant->args, sizeof(variant->args));
		step->result[v] = variant->result;
		variant++;
	}
	step->bufs = (struct trace_buf *)variant;
	step->n_bufs = from->n_bufs;
	data = (uint8_t *)(step->bufs + step->n_bufs);
	for (size_t i = 0; i < step->n_bufs; i++) {
		step->bufs[i].data.data = data;
		data += round_up(step->bufs[i].data.length, DATA_ALIGN);
	}
}

/* The other copied kinds: a flat struct, perhaps with one string or blob. */

size_t pack_flat_bytes(enum trace_record_kind kind)
{
	switch (kind) {
	case TRACE_TASK_START: return sizeof(struct trace_task_start);
	case TRACE_TASK_END: return sizeof(struct trace_task_end);
	case TRACE_SIGNAL: return sizeof(struct trace_signal);
	case TRACE_TRAP: return sizeof(struct trace_trap);
	case TRACE_FILE_IDENTITY: return sizeof(struct trace_file_identity);
	case TRACE_MARK: return sizeof(struct trace_mark);
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_STEP:
	case TRACE_DIVERGENCE:
	case TRACE_END: break;
	}
	return 0;
}

/* The string of a record, if its kind has one. */
static const char **flat_string(struct trace_record *record)
{
	if (record->kind == TRACE_TASK_START)
		return &record->task_start.label;
	if (record->kind == TRACE_FILE_IDENTITY)
		return &record->file_identity.path;
	if (record->kind == TRACE_MARK)
		return &record->mark.text;
	return NULL;
}

/* The bytes to copy beside the struct: a blob, or a string with its NUL. data is NULL for none. */
static struct trace_blob flat_attachment(const struct trace_record *record)
{
	/* Only read: the cast spares a second table. */
	const char **string = flat_string((struct trace_record *)(uintptr_t)record);

	if (record->kind == TRACE_SIGNAL)
		return record->signal.siginfo.length ? record->signal.siginfo :
						       (struct trace_blob){ 0 };
	if (!string || !*string)
		return (struct trace_blob){ 0 };
	return (struct trace_blob){ .data = (const uint8_t *)*string,
				    .length = strlen(*string) + 1 };
}

void pack_flat(struct recorder *r, struct ring *ring, const struct trace_record *record)
{
	size_t bytes = round_up(pack_flat_bytes(record->kind), DATA_ALIGN);
	struct trace_blob attachment = flat_attachment(record);
	struct entry_flat *to;
	struct place place;
	uint8_t *at;

	CHECK(bytes && attachment.length <= LIMIT_RECORD_BYTES);
	place_open(&place, r, ring, sizeof(*to) + bytes + attachment.length, record->kind);
	to = (struct entry_flat *)place.entry;
	to->has_attachment = attachment.data != NULL;
	to->attachment_bytes = (uint32_t)attachment.length;
	at = (uint8_t *)(to + 1);
	/* All members of the union begin where it begins. */
	memcpy(at, &record->header, pack_flat_bytes(record->kind));
	if (attachment.data)
		memcpy(at + bytes, attachment.data, attachment.length);
	place_commit(&place, r, ring);
}

void unpack_flat(struct trace_record *record, const struct entry_flat *from)
{
	size_t bytes = pack_flat_bytes(record->kind);
	const uint8_t *at = (const uint8_t *)(from + 1);
	const uint8_t *attachment = from->has_attachment ? at + round_up(bytes, DATA_ALIGN) : NULL;
	const char **string = flat_string(record);

	memcpy(&record->header, at, bytes);
	if (string)
		*string = (const char *)attachment;
	if (record->kind == TRACE_SIGNAL)
		record->signal.siginfo = (struct trace_blob){ .data = attachment,
							      .length = from->attachment_bytes };
}
