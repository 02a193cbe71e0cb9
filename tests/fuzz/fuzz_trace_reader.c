/*
 * Fuzz target: the trace reader over arbitrary bytes (trace_input.h), once as
 * they are and once with the statistics' hash put right, so that the index
 * behind it is reached.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "schema/trace_encode.h"
#include "schema/trace_reader.h"
#include "tests/fuzz/trace_input.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;
	uint8_t *file = trace_input_make(data, size, &length);

	read_trace(file, length);
	trace_input_mend(file, length);
	read_trace(file, length);
	free(file);
	return 0;
}
