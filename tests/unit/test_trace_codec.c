/*
 * Records to bytes and back: every kind, every field, and the hand-written
 * coding of steps against protobuf-c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xxhash.h>

#include "schema/trace.pb-c.h"
#include "schema/trace_decode.h"
#include "schema/trace_encode.h"
#include "trace_samples.h"

#define ROUNDS 400

static void encode_one(struct trace_encoder *e, const struct trace_record *record)
{
	struct error err;

	e->length = 0;
	assert_int_equal(trace_encode(e, record, &err), 0);
}

/* The encoded record as protobuf-c reads it. */
static Mvx__Record *unpack(const struct trace_encoder *e)
{
	struct bytes b = bytes_make(e->data, e->length);
	uint64_t length = bytes_varint(&b);
	Mvx__Record *record;

	assert_int_equal(length, b.left);
	record = mvx__record__unpack(NULL, length, b.at);
	assert_non_null(record);
	return record;
}

static int decode_one(struct trace_decoder *d, const uint8_t *data, size_t length,
		      struct trace_record *out, struct error *err)
{
	struct bytes content = bytes_make(data, length);
	struct bytes body;
	int kind;
	int status = trace_decode_split(&content, &body, &kind, err);

	if (status != 1)
		return status ? status : -ENODATA;
	assert_int_equal(content.left, 0);
	return trace_decode_body(d, kind, body, out, err);
}

/* decode, encode again: the same bytes. So whatever is encoded is also decoded. */
static void bytes_survive_decoding(void **state)
{
	struct trace_decoder *d = calloc(1, sizeof(*d));
	struct random r = { 1 };
	struct trace_encoder first, second;
	struct trace_record record, back;
	struct error err;

	trace_decoder_init(d);
	trace_encoder_init(&first);
	trace_encoder_init(&second);
	for (int kind = TRACE_HEADER; kind <= TRACE_END; kind++) {
		for (int round = 0; round < ROUNDS; round++) {
			sample_record(&record, kind, &r, 300);
			encode_one(&first, &record);
			memset(&back, 0xa5, sizeof(back));
			assert_int_equal(decode_one(d, first.data, first.length, &back, &err), 0);
			assert_int_equal(back.kind, kind);
			encode_one(&second, &back);
			assert_int_equal(first.length, second.length);
			assert_memory_equal(first.data, second.data, first.length);
		}
	}
	trace_encoder_finish(&first);
	trace_encoder_finish(&second);
	trace_decoder_finish(d);
	free(d);
}

/* What protobuf-c makes of a step is what we meant, and it packs it to the same bytes. */
static void steps_are_what_protobuf_c_writes(void **state)
{
	struct random r = { 2 };
	struct trace_encoder e;
	struct trace_record record;

	trace_encoder_init(&e);
	for (int round = 0; round < 20 * ROUNDS; round++) {
		const struct trace_step *s = &record.step;
		unsigned v;
		Mvx__Record *m;
		uint8_t *packed;

		sample_record(&record, TRACE_STEP, &r, 300);
		encode_one(&e, &record);
		m = unpack(&e);
		assert_int_equal(m->body_case, MVX__RECORD__BODY_STEP);
		assert_int_equal(m->step->step, s->step);
		assert_int_equal(m->step->nr, s->nr);
		assert_int_equal(m->step->variants, s->variants);
		assert_int_equal(m->step->n_bufs, s->n_bufs);
		if (s->variants && m->step->n_args) {
			v = (unsigned)__builtin_ctz(s->variants);
			assert_memory_equal(m->step->args, s->args[v], sizeof(s->args[v]));
			v = 31 - (unsigned)__builtin_clz(s->variants);
			assert_memory_equal(m->step->args + m->step->n_args - 6, s->args[v],
					    sizeof(s->args[v]));
		}
		packed = malloc(mvx__record__get_packed_size(m));
		assert_int_equal(mvx__record__pack(m, packed), mvx__record__get_packed_size(m));
		assert_memory_equal(packed, e.data + e.length - mvx__record__get_packed_size(m),
				    mvx__record__get_packed_size(m));
		free(packed);
		mvx__record__free_unpacked(m, NULL);
	}
	trace_encoder_finish(&e);
}

/* Our reading of a step is protobuf-c's, for any bytes that protobuf-c would write. */
static void random_step(Mvx__Step *m, struct random *r, uint64_t *numbers)
{
	size_t variants;

	mvx__step__init(m);
	m->step = random_next(r) >> random_below(r, 64);
	m->ticket = random_next(r) >> random_below(r, 64);
	m->task_seq = random_next(r) >> random_below(r, 64);
	m->task = (uint32_t)random_next(r);
	m->abi = (uint32_t)random_below(r, 2);
	m->variants = (uint32_t)random_next(r) & 0xffff;
	m->nr = (int32_t)random_next(r) >> random_below(r, 32);
	m->executed = (Mvx__Executed)random_below(r, 5);
	m->verdict = (Mvx__Verdict)random_below(r, 6);
	m->policy = (uint32_t)random_below(r, 256);
	m->no_result = random_below(r, 2) != 0;
	for (size_t i = 0; i < 96; i++)
		numbers[i] = random_next(r) >> random_below(r, 64);
	variants = (size_t)__builtin_popcount(m->variants);
	m->entry_ns = m->exit_ns = m->args = numbers;
	m->result = (int64_t *)numbers;
	m->n_entry_ns = random_below(r, 2) ? variants : random_below(r, 2);
	m->n_exit_ns = random_below(r, 2) ? variants : random_below(r, 2);
	m->n_args = 6 * (random_below(r, 2) ? variants : random_below(r, 2));
	m->n_result = random_below(r, 2) ? variants : random_below(r, 2);
}

static uint64_t each_u64(const uint64_t *values, size_t count, size_t rank)
{
	return count ? values[count > 1 ? rank : 0] : 0;
}

static void check_step(const struct trace_step *s, const Mvx__Step *m)
{
	size_t rank = 0;

	assert_int_equal(s->step, m->step);
	assert_int_equal(s->ticket, m->ticket);
	assert_int_equal(s->task_seq, m->task_seq);
	assert_int_equal(s->task, m->task);
	assert_int_equal(s->abi, m->abi);
	assert_int_equal(s->variants, m->variants);
	assert_int_equal(s->nr, m->nr);
	assert_int_equal(s->executed, m->executed);
	assert_int_equal(s->verdict, m->verdict);
	assert_int_equal(s->policy, m->policy);
	assert_int_equal(s->no_result, m->no_result);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(m->variants >> v & 1))
			continue;
		assert_int_equal(s->entry_ns[v], each_u64(m->entry_ns, m->n_entry_ns, rank));
		assert_int_equal(s->exit_ns[v], each_u64(m->exit_ns, m->n_exit_ns, rank));
		assert_int_equal(s->result[v], each_u64((uint64_t *)m->result, m->n_result, rank));
		for (size_t i = 0; i < 6; i++)
			assert_int_equal(s->args[v][i],
					 m->n_args ? m->args[m->n_args > 6 ? rank * 6 + i : i] : 0);
		rank++;
	}
}

static void steps_are_read_as_protobuf_c_reads_them(void **state)
{
	struct trace_decoder *d = calloc(1, sizeof(*d));
	struct trace_record *back = calloc(1, sizeof(*back));
	struct random r = { 3 };
	uint64_t numbers[96];
	uint8_t packed[4096];
	struct error err;
	Mvx__Step m;

	trace_decoder_init(d);
	for (int round = 0; round < 20 * ROUNDS; round++) {
		size_t length;

		random_step(&m, &r, numbers);
		length = mvx__step__pack(&m, packed);
		assert_true(length <= sizeof(packed));
		memset(&back->step, 0xa5, sizeof(back->step));
		assert_int_equal(trace_decode_body(d, TRACE_STEP, bytes_make(packed, length), back,
						   &err),
				 0);
		check_step(&back->step, &m);
	}
	trace_decoder_finish(d);
	free(back);
	free(d);
}

/* No field of the schema is forgotten: each one appears in some sample. */

struct seen {
	const ProtobufCFieldDescriptor *field[256];
	size_t count;
};

static void see(struct seen *seen, const ProtobufCFieldDescriptor *field)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->field[i] == field)
			return;
	assert_true(seen->count < 256);
	seen->field[seen->count++] = field;
}

static bool is_seen(const struct seen *seen, const ProtobufCFieldDescriptor *field)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->field[i] == field)
			return true;
	return false;
}

/* Notes the fields present in the wire bytes of one message. */
static void see_message(struct seen *seen, const ProtobufCMessageDescriptor *d, struct bytes b)
{
	while (b.left) {
		uint64_t tag = bytes_varint(&b);
		const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
			d, (unsigned)(tag >> 3));
		uint64_t length;

		assert_non_null(field);
		see(seen, field);
		switch (tag & 7) {
		case 0: bytes_varint(&b); break;
		case 1: bytes_u64(&b); break;
		case 2:
			length = bytes_varint(&b);
			if (field->type == PROTOBUF_C_TYPE_MESSAGE)
				see_message(seen, field->descriptor,
					    bytes_make(b.at, length <= b.left ? length : 0));
			bytes_take(&b, length);
			break;
		default: fail();
		}
		assert_false(b.failed);
	}
}

static void all_seen(const struct seen *seen, const ProtobufCMessageDescriptor *d)
{
	for (unsigned i = 0; i < d->n_fields; i++) {
		if (!is_seen(seen, &d->fields[i]))
			fail_msg("%s.%s is never written", d->name, d->fields[i].name);
		if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			all_seen(seen, d->fields[i].descriptor);
	}
}

static void every_field_is_written(void **state)
{
	struct random r = { 4 };
	struct seen seen = { 0 };
	struct trace_encoder e;
	struct trace_record record;

	trace_encoder_init(&e);
	for (int kind = TRACE_HEADER; kind <= TRACE_END; kind++)
		for (int round = 0; round < 50; round++) {
			struct bytes b;

			sample_record(&record, kind, &r, 300);
			encode_one(&e, &record);
			b = bytes_make(e.data, e.length);
			bytes_varint(&b);
			see_message(&seen, &mvx__record__descriptor, b);
		}
	all_seen(&seen, &mvx__record__descriptor);
	trace_encoder_finish(&e);
}

/* What no reader would take is not written. */
static void nonsense_is_refused(void **state)
{
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_buf buf = { .arg = 6 };
	struct trace_encoder e;
	struct error err;

	trace_encoder_init(&e);
	record.step.variants = 1u << LIMIT_VARIANTS;
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	record.step.variants = 1;
	record.step.n_bufs = LIMIT_STEP_BUFS + 1;
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	record.step.n_bufs = 1;
	record.step.bufs = &buf;
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	record = (struct trace_record){ .kind = TRACE_DIVERGENCE, .divergence.arg = 6 };
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	record = (struct trace_record){ .kind = TRACE_VARIANT_START,
					.variant_start.variant = LIMIT_VARIANTS };
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	record = (struct trace_record){ .kind = 99 };
	assert_int_equal(trace_encode(&e, &record, &err), -EINVAL);
	assert_int_equal(e.length, 0);
	trace_encoder_finish(&e);
}

/* A payload too large for a record is cut; its length and hash are those of the whole. */
static void large_payload_is_cut(void **state)
{
	size_t length = (size_t)20 << 20;
	uint8_t *data = calloc(1, length);
	struct trace_buf bufs[4];
	struct trace_record record = { .kind = TRACE_STEP }, *back = calloc(1, sizeof(*back));
	struct trace_decoder *d = calloc(1, sizeof(*d));
	struct trace_encoder e;
	struct error err;
	size_t kept = 0;

	memset(data, 'x', length);
	for (size_t i = 0; i < 4; i++)
		bufs[i] = (struct trace_buf){ .direction = DIRECTION_IN,
					      .variants = 1,
					      .full_length = length,
					      .data = { data, length } };
	record.step = (struct trace_step){ .variants = 1, .bufs = bufs, .n_bufs = 4 };
	trace_encoder_init(&e);
	trace_decoder_init(d);
	encode_one(&e, &record);
	assert_int_equal(decode_one(d, e.data, e.length, back, &err), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_true(back->step.bufs[i].truncated);
		assert_int_equal(back->step.bufs[i].full_length, length);
		assert_int_equal(back->step.bufs[i].hash, XXH3_64bits(data, length));
		assert_true(back->step.bufs[i].data.length <= LIMIT_PAYLOAD_BYTES);
		kept += back->step.bufs[i].data.length;
	}
	assert_int_equal(back->step.bufs[0].data.length, LIMIT_PAYLOAD_BYTES);
	assert_true(e.length < LIMIT_RECORD_BYTES);
	assert_true(kept > LIMIT_RECORD_BYTES - (2u << 20));
	trace_decoder_finish(d);
	trace_encoder_finish(&e);
	free(d);
	free(back);
	free(data);
}

/* Strings of the schema must be UTF-8 for other readers; ours may be NULL. */
static void words_are_ascii_and_texts_any_bytes(void **state)
{
	struct trace_record record = { .kind = TRACE_DIVERGENCE }, *back = calloc(1, sizeof(*back));
	struct trace_decoder *d = calloc(1, sizeof(*d));
	struct trace_encoder e;
	struct error err;

	record.divergence.action = "k\xffll";
	record.divergence.summary = "a\xff\xfe";
	trace_encoder_init(&e);
	trace_decoder_init(d);
	encode_one(&e, &record);
	assert_int_equal(decode_one(d, e.data, e.length, back, &err), 0);
	assert_string_equal(back->divergence.action, "k?ll");
	assert_string_equal(back->divergence.summary, "a\xff\xfe");
	record = (struct trace_record){ .kind = TRACE_MARK };
	encode_one(&e, &record);
	assert_int_equal(decode_one(d, e.data, e.length, back, &err), 0);
	assert_string_equal(back->mark.text, "");
	trace_decoder_finish(d);
	trace_encoder_finish(&e);
	free(d);
	free(back);
}

/* A field twice: the last counts. Unknown fields: passed over. Elements not packed: understood. */
static void odd_but_legal_wire_format(void **state)
{
	static const uint8_t body[] = {
		1 << 3,      5,                   /* step 5 */
		0xfa,        1, 2, 0xff, 0xff,    /* field 31, bytes: unknown */
		1 << 3,      6,                   /* step 6 */
		12 << 3,     7,                   /* entry_ns 7, not packed */
		12 << 3,     8,                   /* entry_ns 8, not packed */
		6 << 3,      5,                   /* variants 0 and 2, behind what depends on it */
		0xfd,        1, 1, 2,    3,    4, /* field 31, fixed32: unknown */
		15 << 3 | 2, 1, 3,                /* result -2 for both */
	};
	struct trace_decoder *d = calloc(1, sizeof(*d));
	struct trace_record *back = calloc(1, sizeof(*back));
	struct error err;

	trace_decoder_init(d);
	assert_int_equal(
		trace_decode_body(d, TRACE_STEP, bytes_make(body, sizeof(body)), back, &err), 0);
	assert_int_equal(back->step.step, 6);
	assert_int_equal(back->step.entry_ns[0], 7);
	assert_int_equal(back->step.entry_ns[2], 8);
	assert_int_equal(back->step.result[0], -2);
	assert_int_equal(back->step.result[2], -2);
	trace_decoder_finish(d);
	free(back);
	free(d);
}

static void bad_body(struct trace_decoder *d, int kind, const void *data, size_t length)
{
	struct trace_record *back = calloc(1, sizeof(*back));
	struct error err = { 0 };

	assert_int_equal(trace_decode_body(d, kind, bytes_make(data, length), back, &err),
			 -EBADMSG);
	assert_true(err.message[0]);
	free(back);
}

/* Counts that do not fit, masks and variants beyond the limit. */
static void hostile_records_are_refused(void **state)
{
	static const uint8_t seven_args[] = { 6 << 3, 1, 14 << 3 | 2, 7, 1, 1, 1, 1, 1, 1, 1 };
	static const uint8_t wide_mask[] = { 6 << 3, 0x80, 0x80, 0x04 };
	static const uint8_t argument_nine[] = { 0x82, 1, 2, 1 << 3, 9 };
	static const uint8_t cut[] = { 14 << 3 | 2, 100, 1 };
	static const uint8_t group[] = { 1 << 3 | 3 };
	static const uint8_t variant_16[] = { 1 << 3, 16 };
	static const uint8_t three_status[] = { 3 << 3, 3, 4 << 3 | 2, 3, 2, 2, 2 };
	static const uint8_t side_5_args[] = { 10 << 3 | 2, 7, 4 << 3 | 2, 5, 1, 1, 1, 1, 1 };
	struct trace_decoder *d = calloc(1, sizeof(*d));
	uint8_t many[2 + 20 * 17];
	size_t length = 0;

	trace_decoder_init(d);
	bad_body(d, TRACE_STEP, seven_args, sizeof(seven_args));
	bad_body(d, TRACE_STEP, wide_mask, sizeof(wide_mask));
	bad_body(d, TRACE_STEP, argument_nine, sizeof(argument_nine));
	bad_body(d, TRACE_STEP, cut, sizeof(cut));
	bad_body(d, TRACE_STEP, group, sizeof(group));
	bad_body(d, TRACE_VARIANT_START, variant_16, sizeof(variant_16));
	bad_body(d, TRACE_TASK_END, three_status, sizeof(three_status));
	bad_body(d, TRACE_DIVERGENCE, side_5_args, sizeof(side_5_args));
	bad_body(d, 99, cut, 0);
	/* 17 sides */
	for (int i = 0; i < LIMIT_VARIANTS + 1; i++) {
		many[length++] = 10 << 3 | 2;
		many[length++] = 0;
	}
	bad_body(d, TRACE_DIVERGENCE, many, length);
	trace_decoder_finish(d);
	free(d);
}

/* A record of millions of empty messages meets the limit on memory. */
static void memory_is_limited(void **state)
{
	size_t length = (size_t)24 << 20;
	uint8_t *body = malloc(length);
	struct trace_decoder *d = calloc(1, sizeof(*d));

	for (size_t i = 0; i < length; i += 2) {
		body[i] = 0x8a; /* field 17: a Name, two bytes of tag */
		body[i + 1] = 1;
	}
	for (size_t i = 2; i < length; i += 3) {
		body[i - 2] = 0x8a;
		body[i - 1] = 1;
		body[i] = 0;
	}
	trace_decoder_init(d);
	bad_body(d, TRACE_HEADER, body, length);
	assert_true(d->arena.given <= LIMIT_DECODE_BYTES);
	trace_decoder_finish(d);
	free(d);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_survive_decoding),
		cmocka_unit_test(steps_are_what_protobuf_c_writes),
		cmocka_unit_test(steps_are_read_as_protobuf_c_reads_them),
		cmocka_unit_test(every_field_is_written),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(large_payload_is_cut),
		cmocka_unit_test(words_are_ascii_and_texts_any_bytes),
		cmocka_unit_test(odd_but_legal_wire_format),
		cmocka_unit_test(hostile_records_are_refused),
		cmocka_unit_test(memory_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
