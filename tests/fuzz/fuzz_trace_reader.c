/*
 * Fuzz target: the trace reader over arbitrary bytes. What starts like a trace
 * is taken as a file, its statistics hash put right so that the index behind
 * it is reached; anything else is taken as the content of one frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>
#include <zstd.h>

#include "base/check.h"
#include "schema/trace_encode.h"
#include "schema/trace_format.h"
#include "schema/trace_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touches every byte a record points to, by encoding it again. */
static void use_record(struct trace_encoder *e, const struct trace_record *record)
{
	struct error err;

	e->length = 0;
	trace_encode(e, record, &err);
}

static void use_all(struct trace_reader *r)
{
	struct trace_record *record = malloc(sizeof(*record));
	struct trace_encoder e;
	struct error err;
	size_t count;
	uint64_t records = 0;

	trace_encoder_init(&e);
	CHECK(record);
	while (trace_reader_next(r, record, &err) == 1 && records++ < 100000)
		use_record(&e, record);
	trace_reader_holes(r, &count);
	CHECK(count <= LIMIT_HOLES);
	free(record);
	trace_encoder_finish(&e);
}

static void read_trace(const uint8_t *data, size_t size)
{
	struct trace_reader *r;
	struct trace_encoder e;
	struct trace_record record = { .kind = TRACE_HEADER };
	struct error err = { 0 };
	size_t count;

	if (trace_reader_open_memory(&r, data, size, &err)) {
		CHECK(err.code && err.message[0]);
		return;
	}
	trace_encoder_init(&e);
	if (trace_reader_header(r)) {
		record.header = *trace_reader_header(r);
		use_record(&e, &record);
	}
	trace_encoder_finish(&e);
	CHECK((trace_reader_state(r) == TRACE_COMPLETE) == (trace_reader_end(r) != NULL));
	use_all(r);
	trace_reader_frames(r, &count);
	trace_reader_seek_step(r, 7, &err);
	use_all(r);
	if (count && !trace_reader_seek_frame(r, count - 1, &err))
		use_all(r);
	trace_reader_close(r);
}

/* The hash that a statistics frame in front of the seek table should have. */
static void mend_statistics(uint8_t *data, size_t size)
{
	uint32_t entries, stats_bytes;
	size_t table_bytes;

	if (size < SEEK_FOOTER_BYTES || trace_load_u32(data + size - 4) != SEEK_FOOTER_MAGIC)
		return;
	entries = trace_load_u32(data + size - SEEK_FOOTER_BYTES);
	table_bytes = SKIPPABLE_HEAD_BYTES + (size_t)entries * SEEK_ENTRY_BYTES + SEEK_FOOTER_BYTES;
	if (entries < 2 || table_bytes > size)
		return;
	stats_bytes = trace_load_u32(data + size - SEEK_FOOTER_BYTES - SEEK_ENTRY_BYTES);
	if (stats_bytes < TRACE_STAT_HEAD_BYTES + TRACE_STAT_TAIL_BYTES ||
	    stats_bytes > size - table_bytes)
		return;
	data += size - table_bytes - stats_bytes;
	for (unsigned shift = 0; shift < 64; shift += 8)
		data[stats_bytes - 8 + shift / 8] = (uint8_t)(XXH3_64bits(data, stats_bytes - 8) >>
							      shift);
}

static void read_content(const uint8_t *content, size_t size)
{
	size_t bound = TRACE_SIGNATURE_BYTES + ZSTD_compressBound(size);
	uint8_t *file = malloc(bound);
	size_t stored;

	CHECK(file);
	trace_signature_encode(file, (struct trace_features){ 0 });
	stored = ZSTD_compress(file + TRACE_SIGNATURE_BYTES, bound - TRACE_SIGNATURE_BYTES, content,
			       size, 1);
	CHECK(!ZSTD_isError(stored));
	read_trace(file, TRACE_SIGNATURE_BYTES + stored);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < 4 || trace_load_u32(data) != TRACE_OWN_MAGIC) {
		read_content(data, size);
		return 0;
	}
	read_trace(data, size);
	copy = malloc(size);
	CHECK(copy);
	memcpy(copy, data, size);
	mend_statistics(copy, size);
	read_trace(copy, size);
	free(copy);
	return 0;
}
