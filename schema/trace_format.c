/* The fixed parts of a trace file; see trace_format.h. */
#include "schema/trace_format.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"

static const char signature_magic[8] = { 'M', 'V', 'X', 'T', 'R', 'A', 'C', 'E' };
static const char stats_magic[8] = { 'M', 'V', 'X', 'S', 'T', 'A', 'T', 'S' };

uint32_t trace_load_u32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

uint64_t trace_load_u64(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}

static uint8_t *store_u32(uint8_t *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
	return to + sizeof(value);
}

static uint8_t *store_u64(uint8_t *to, uint64_t value)
{
	value = htole64(value);
	memcpy(to, &value, sizeof(value));
	return to + sizeof(value);
}

void trace_signature_encode(uint8_t out[TRACE_SIGNATURE_BYTES], struct trace_features features)
{
	uint8_t *at = out;

	at = store_u32(at, TRACE_OWN_MAGIC);
	at = store_u32(at, TRACE_SIGNATURE_BYTES - SKIPPABLE_HEAD_BYTES);
	memcpy(at, signature_magic, sizeof(signature_magic));
	at = store_u64(at + sizeof(signature_magic), features.compatible);
	at = store_u64(at, features.incompatible);
	store_u64(at, XXH3_64bits(out, (size_t)(at - out)));
}

bool trace_signature_decode(const uint8_t in[TRACE_SIGNATURE_BYTES],
			    struct trace_features *features)
{
	uint8_t expected[TRACE_SIGNATURE_BYTES];

	features->compatible = trace_load_u64(in + 16);
	features->incompatible = trace_load_u64(in + 24);
	trace_signature_encode(expected, *features);
	return !memcmp(in, expected, sizeof(expected));
}

int trace_features_check(struct trace_features features, struct error *err)
{
	uint64_t unknown = features.incompatible & ~TRACE_INCOMPATIBLE_KNOWN;

	if (unknown)
		return error_set(
			err, -ENOTSUP,
			"it uses feature %d, which this version does not know (a newer mvx wrote it)",
			__builtin_ctzll(unknown));
	return 0;
}

static void stat_encode(uint8_t *out, const struct trace_frame_stat *stat)
{
	const uint64_t fields[] = {
		stat->offset,      stat->stored_bytes, stat->raw_bytes,   stat->first_step,
		stat->last_step,   stat->first_ns,     stat->last_ns,     stat->records,
		stat->calls,       stat->divergences,  stat->signals,     stat->errors,
		stat->syscalls[0], stat->syscalls[1],  stat->syscalls[2], stat->syscalls[3],
		stat->syscalls[4], stat->syscalls[5],  stat->syscalls[6], stat->syscalls[7],
		stat->chain_hash,
	};

	_Static_assert(sizeof(fields) == TRACE_STAT_ENTRY_BYTES, "layout of a statistics entry");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		out = store_u64(out, fields[i]);
}

void trace_stat_decode(const uint8_t in[TRACE_STAT_ENTRY_BYTES], struct trace_frame_stat *stat)
{
	uint64_t *const fields[] = {
		&stat->offset,      &stat->stored_bytes, &stat->raw_bytes,   &stat->first_step,
		&stat->last_step,   &stat->first_ns,     &stat->last_ns,     &stat->records,
		&stat->calls,       &stat->divergences,  &stat->signals,     &stat->errors,
		&stat->syscalls[0], &stat->syscalls[1],  &stat->syscalls[2], &stat->syscalls[3],
		&stat->syscalls[4], &stat->syscalls[5],  &stat->syscalls[6], &stat->syscalls[7],
		&stat->chain_hash,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i] = trace_load_u64(in + 8 * i);
	stat->known = true;
}

int trace_stats_encode(const struct trace_frame_stat *stats, size_t count, uint8_t **out,
		       size_t *length, struct error *err)
{
	uint8_t *bytes, *at;

	if (count > LIMIT_FRAMES)
		return error_set(err, -EFBIG, "%zu frames are more than an index holds", count);
	*length = TRACE_STAT_HEAD_BYTES + count * TRACE_STAT_ENTRY_BYTES + TRACE_STAT_TAIL_BYTES;
	bytes = at = alloc_zeroed(*length, 1);
	at = store_u32(at, TRACE_OWN_MAGIC);
	at = store_u32(at, (uint32_t)(*length - SKIPPABLE_HEAD_BYTES));
	memcpy(at, stats_magic, sizeof(stats_magic));
	at = store_u32(at + sizeof(stats_magic), TRACE_STAT_ENTRY_BYTES);
	at = store_u32(at, (uint32_t)count);
	for (size_t i = 0; i < count; i++, at += TRACE_STAT_ENTRY_BYTES)
		stat_encode(at, &stats[i]);
	store_u64(at, XXH3_64bits(bytes, (size_t)(at - bytes)));
	*out = bytes;
	return 0;
}

bool trace_stats_head_decode(const uint8_t in[TRACE_STAT_HEAD_BYTES], uint32_t *payload_bytes,
			     uint32_t *entry_bytes, uint32_t *count)
{
	*payload_bytes = trace_load_u32(in + 4);
	*entry_bytes = trace_load_u32(in + 16);
	*count = trace_load_u32(in + 20);
	return trace_load_u32(in) == TRACE_OWN_MAGIC &&
	       !memcmp(in + SKIPPABLE_HEAD_BYTES, stats_magic, sizeof(stats_magic));
}

int trace_seek_table_encode(const struct trace_frame_stat *stats, size_t count, size_t stats_bytes,
			    uint8_t **out, size_t *length, struct error *err)
{
	size_t entries = count + 2;
	uint8_t *at;

	if (count > LIMIT_FRAMES)
		return error_set(err, -EFBIG, "%zu frames are more than a seek table holds", count);
	*length = SKIPPABLE_HEAD_BYTES + entries * SEEK_ENTRY_BYTES + SEEK_FOOTER_BYTES;
	*out = at = alloc_zeroed(*length, 1);
	at = store_u32(at, SEEK_TABLE_MAGIC);
	at = store_u32(at, (uint32_t)(*length - SKIPPABLE_HEAD_BYTES));
	at = store_u32(at, TRACE_SIGNATURE_BYTES);
	at = store_u32(at, 0);
	for (size_t i = 0; i < count; i++) {
		at = store_u32(at, (uint32_t)stats[i].stored_bytes);
		at = store_u32(at, (uint32_t)stats[i].raw_bytes);
	}
	at = store_u32(at, (uint32_t)stats_bytes);
	at = store_u32(at, 0);
	at = store_u32(at, (uint32_t)entries);
	*at++ = 0; /* descriptor: no checksums, the frames have their own */
	store_u32(at, SEEK_FOOTER_MAGIC);
	return 0;
}

uint64_t trace_chain_start(struct trace_features features)
{
	uint8_t signature[TRACE_SIGNATURE_BYTES];

	trace_signature_encode(signature, features);
	return XXH3_64bits(signature, sizeof(signature));
}

uint64_t trace_chain_next(uint64_t previous, const void *stored, size_t length)
{
	return XXH3_64bits_withSeed(stored, length, previous);
}

static void count_time(struct trace_frame_stat *stat, uint64_t time_ns)
{
	if (!time_ns)
		return;
	if (!stat->first_ns || time_ns < stat->first_ns)
		stat->first_ns = time_ns;
	if (time_ns > stat->last_ns)
		stat->last_ns = time_ns;
}

static void count_step(struct trace_frame_stat *stat, const struct trace_step *step)
{
	unsigned mask = step->variants;

	stat->calls++;
	if (!stat->first_step || step->step < stat->first_step)
		stat->first_step = step->step;
	if (step->step > stat->last_step)
		stat->last_step = step->step;
	if (step->nr >= 0 && step->nr < 512)
		stat->syscalls[step->nr / 64] |= UINT64_C(1) << (step->nr % 64);
	if (mask && !step->no_result) {
		int64_t result = step->result[__builtin_ctz(mask)];

		stat->errors += result < 0 && result >= -4095;
	}
	for (; mask; mask &= mask - 1) {
		unsigned variant = (unsigned)__builtin_ctz(mask);

		count_time(stat, step->entry_ns[variant]);
		count_time(stat, step->exit_ns[variant]);
	}
}

void trace_stat_count(struct trace_frame_stat *stat, const struct trace_record *record)
{
	stat->records++;
	switch (record->kind) {
	case TRACE_STEP: count_step(stat, &record->step); break;
	case TRACE_TASK_START: count_time(stat, record->task_start.time_ns); break;
	case TRACE_TASK_END: count_time(stat, record->task_end.time_ns); break;
	case TRACE_SIGNAL:
		stat->signals++;
		count_time(stat, record->signal.first_ns);
		count_time(stat, record->signal.delivered_ns);
		break;
	case TRACE_DIVERGENCE:
		stat->divergences++;
		count_time(stat, record->divergence.time_ns);
		break;
	case TRACE_TRAP: count_time(stat, record->trap.time_ns); break;
	case TRACE_MARK: count_time(stat, record->mark.time_ns); break;
	case TRACE_END: count_time(stat, record->end.time_ns); break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_FILE_IDENTITY: break;
	}
}
