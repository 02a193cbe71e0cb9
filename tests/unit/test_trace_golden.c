/*
 * Traces of old releases must decode for ever. The golden ones hold a record
 * of every kind in which every field has the value of its own number in
 * schema/trace.proto (texts: that number in decimal), so a field that moves,
 * is renumbered or is mistaken for its neighbour shows.
 *
 * `test_trace_golden --write FILE` makes a new one, for a release.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "schema/trace.pb-c.h"
#include "schema/trace_encode.h"
#include "schema/trace_reader.h"
#include "schema/trace_writer.h"

#define KINDS TRACE_END

static struct trace_blob number(const char *text)
{
	return (struct trace_blob){ (const uint8_t *)text, strlen(text) };
}

static void golden_header(struct trace_header *h)
{
	static struct trace_name name = { 1, "2" };
	static struct trace_rlimit rlimit = { 1, 2, 3 };
	static struct trace_inherited_fd fd = { 1, 2, 3, "4", "5", 6 };
	static struct trace_blob options, environment;
	static struct trace_derivation derived = { "1", "2", 3, 4, 5 };
	static uint32_t group = 26;

	options = number("4");
	environment = number("32");
	*h = (struct trace_header){
		.trace_id = number("1"),
		.descriptor_set = number("2"),
		.monitor_version = "3",
		.options = &options,
		.n_options = 1,
		.start_wall_ns = 5,
		.variants = 6,
		.payload_mode = 7,
		.payload_head_bytes = 8,
		.kernel_release = "9",
		.kernel_version = "10",
		.machine = "11",
		.hostname = "12",
		.cpu_model = "13",
		.cpu_count = 14,
		.page_bytes = 15,
		.clock_ticks = 16,
		.syscalls = &name,
		.errnos = &name,
		.signals = &name,
		.n_syscalls = 1,
		.n_errnos = 1,
		.n_signals = 1,
		.cwd = "20",
		.umask = 21,
		.uid = 22,
		.euid = 23,
		.gid = 24,
		.egid = 25,
		.groups = &group,
		.n_groups = 1,
		.rlimits = &rlimit,
		.n_rlimits = 1,
		.signal_mask = 28,
		.signal_ignored = 29,
		.personality = 30,
		.fds = &fd,
		.n_fds = 1,
		.environment = &environment,
		.n_environment = 1,
		.derived = &derived,
		.n_derived = 1,
	};
}

static void golden_step(struct trace_step *s)
{
	static struct trace_buf buf;

	buf = (struct trace_buf){ 1, 2, 3, true, 5, 6, 7, number("8") };
	*s = (struct trace_step){
		.step = 1,
		.ticket = 2,
		.task_seq = 3,
		.task = 4,
		.abi = 5,
		.variants = 6,
		.nr = 7,
		.executed = 8,
		.verdict = 9,
		.policy = 10,
		.no_result = true,
		.entry_ns = { 0, 12, 12 },
		.exit_ns = { 0, 13, 13 },
		.args = { { 0 }, { 14, 14, 14, 14, 14, 14 }, { 14, 14, 14, 14, 14, 14 } },
		.result = { 0, 15, 15 },
		.bufs = &buf,
		.n_bufs = 1,
	};
}

static void golden_divergence(struct trace_divergence *d)
{
	static struct trace_divergence_side side;
	static uint64_t counter = 14;

	side = (struct trace_divergence_side){
		.variant = 1,
		.arrived = 2,
		.nr = 3,
		.args = { 4, 4, 4, 4, 4, 4 },
		.signo = 5,
		.status = 6,
		.ip = 7,
		.sp = 8,
		.location = "9",
		.text = "10",
		.registers = number("11"),
		.data = number("12"),
		.maps = "13",
		.frames = &counter,
		.n_frames = 1,
	};
	*d = (struct trace_divergence){
		.step = 1,
		.task = 2,
		.kind = 3,
		.arg = 4,
		.time_ns = 5,
		.offset = 6,
		.odd = 7,
		.action = "8",
		.summary = "9",
		.sides = &side,
		.n_sides = 1,
	};
}

static void golden_variant_start(struct trace_variant_start *v)
{
	static struct trace_blob argument;

	argument = number("3");
	*v = (struct trace_variant_start){
		.variant = 1,
		.pid = 2,
		.argv = &argument,
		.n_argv = 1,
		.path = "4",
		.build_id = number("5"),
		.size = 6,
		.hash = 7,
		.layout = "8",
		.auxv = number("9"),
		.at_random = number("10"),
	};
}

static void golden_record(struct trace_record *record, enum trace_record_kind kind)
{
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	switch (kind) {
	case TRACE_HEADER: golden_header(&record->header); break;
	case TRACE_VARIANT_START: golden_variant_start(&record->variant_start); break;
	case TRACE_TASK_START:
		record->task_start = (struct trace_task_start){ 1, 2, "3",         4,
								5, 6, { 0, 7, 7 }, { 0, 8, 8 } };
		break;
	case TRACE_TASK_END: record->task_end = (struct trace_task_end){ 1, 2, 3, { 4, 4 } }; break;
	case TRACE_STEP: golden_step(&record->step); break;
	case TRACE_SIGNAL:
		record->signal = (struct trace_signal){ .step = 1,
							.task = 2,
							.signo = 3,
							.code = 4,
							.sender_pid = 5,
							.sender_uid = 6,
							.had_it = 7,
							.decision = 8,
							.shared = true,
							.first_ns = 10,
							.delivered_ns = 11,
							.wait_iterations = 12,
							.retries = 13,
							.siginfo = number("14"),
							.listed = 15,
							.skipped = 16,
							.sent = 17,
							.had_ns = { 18, 18, 18 } };
		break;
	case TRACE_DIVERGENCE: golden_divergence(&record->divergence); break;
	case TRACE_TRAP: record->trap = (struct trace_trap){ 1, 2, 3, 4, 5, 6, 7, 8, 9 }; break;
	case TRACE_FILE_IDENTITY:
		record->file_identity = (struct trace_file_identity){ "1", 2, 3, 4, 5, 6, 7, 8 };
		break;
	case TRACE_MARK: record->mark = (struct trace_mark){ 1, 2, "3" }; break;
	case TRACE_END:
		record->end = (struct trace_end){ true, 2, 3, 4, 5, 6, 7, 8, { 0, 0, 0, 9 } };
		break;
	}
}

/* Every kind twice, in three frames and the header's. */
static int write_golden(const char *path)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w;
	struct error err;
	int status = trace_writer_open(&w, path, &err);

	for (int i = 0; i < 2 * KINDS && !status; i++) {
		golden_record(record, i % KINDS + 1);
		status = trace_writer_add(w, record, &err);
		if (!status && i % 9 == 8)
			status = trace_writer_flush(w, &err);
	}
	if (!status)
		status = trace_writer_close(w, &err);
	if (status)
		fprintf(stderr, "%s\n", err.message);
	free(record);
	return status ? 1 : 0;
}

/* On the wire each field carries its own number. */

static bool is_number(const ProtobufCFieldDescriptor *field, int64_t value)
{
	return value == (field->type == PROTOBUF_C_TYPE_BOOL ? 1 : (int64_t)field->id);
}

static void check_wire(const ProtobufCMessageDescriptor *d, struct bytes b);

static bool check_bytes(const ProtobufCFieldDescriptor *field, struct bytes body)
{
	bool zigzag = field->type == PROTOBUF_C_TYPE_SINT32 ||
		      field->type == PROTOBUF_C_TYPE_SINT64;
	char text[12];

	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		check_wire(field->descriptor, body);
		return true;
	}
	if (field->type == PROTOBUF_C_TYPE_BYTES || field->type == PROTOBUF_C_TYPE_STRING) {
		snprintf(text, sizeof(text), "%u", field->id);
		return body.left == strlen(text) && !memcmp(body.at, text, body.left);
	}
	while (body.left) {
		uint64_t value = field->type == PROTOBUF_C_TYPE_FIXED64 ? bytes_u64(&body) :
									  bytes_varint(&body);

		if (body.failed || !is_number(field, (int64_t)(zigzag ? value / 2 : value)))
			return false;
	}
	return true;
}

static void check_wire(const ProtobufCMessageDescriptor *d, struct bytes b)
{
	unsigned fields = 0;

	while (b.left) {
		uint64_t tag = bytes_varint(&b);
		const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
			d, (unsigned)(tag >> 3));
		bool zigzag, good = false;
		uint64_t value;

		assert_non_null(field);
		zigzag = field->type == PROTOBUF_C_TYPE_SINT32 ||
			 field->type == PROTOBUF_C_TYPE_SINT64;
		switch (tag & 7) {
		case 0:
			value = bytes_varint(&b);
			good = is_number(field, (int64_t)(zigzag ? value / 2 : value));
			break;
		case 1: good = is_number(field, (int64_t)bytes_u64(&b)); break;
		case 2:
			value = bytes_varint(&b);
			assert_true(value <= b.left);
			good = check_bytes(field, bytes_make(b.at, value));
			bytes_take(&b, value);
			break;
		}
		assert_false(b.failed);
		if (!good)
			fail_msg("%s.%s has not its own number", d->name, field->name);
		fields++;
	}
	/* All are there: of a oneof, one. */
	assert_int_equal(fields, d == &mvx__record__descriptor ? 1 : d->n_fields);
}

static void each_field_has_its_number(void **state)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_encoder e;
	struct error err;

	trace_encoder_init(&e);
	for (int kind = 1; kind <= KINDS; kind++) {
		struct bytes b;

		golden_record(record, kind);
		e.length = 0;
		assert_int_equal(trace_encode(&e, record, &err), 0);
		b = bytes_make(e.data, e.length);
		bytes_varint(&b);
		check_wire(&mvx__record__descriptor, b);
	}
	trace_encoder_finish(&e);
	free(record);
}

/* Fields that the schema got after that release. */
static void forget_newer(struct trace_record *record, const char *release)
{
	bool before_2 = !strcmp(release, "0.1.mvx.zst") || !strcmp(release, "0.1.1.mvx.zst");

	if (!strcmp(release, "0.1.mvx.zst") && record->kind == TRACE_TRAP)
		record->trap.leaf = record->trap.subleaf = 0;
	if ((before_2 || !strcmp(release, "0.1.2.mvx.zst")) && record->kind == TRACE_HEADER)
		record->header.n_derived = 0;
	if (before_2 && record->kind == TRACE_SIGNAL) {
		record->signal.listed = record->signal.skipped = record->signal.sent = 0;
		memset(record->signal.had_ns, 0, sizeof(record->signal.had_ns));
	}
}

/* Reads one golden trace; it holds every kind, twice. */
static void check_golden(const char *path, const char *release)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_encoder got, expected;
	struct trace_reader *r;
	struct error err;
	size_t holes, count = 0;

	trace_encoder_init(&got);
	trace_encoder_init(&expected);
	if (trace_reader_open(&r, path, &err))
		fail_msg("%s", err.message);
	assert_int_equal(trace_reader_state(r), TRACE_COMPLETE);
	assert_int_equal(trace_reader_header(r)->variants, 6);
	assert_int_equal(trace_reader_end(r)->exit_status, 7);
	for (; trace_reader_next(r, record, &err) == 1; count++) {
		got.length = expected.length = 0;
		assert_int_equal(record->kind, count % KINDS + 1);
		assert_int_equal(trace_encode(&got, record, &err), 0);
		golden_record(record, record->kind);
		forget_newer(record, release);
		assert_int_equal(trace_encode(&expected, record, &err), 0);
		assert_int_equal(got.length, expected.length);
		assert_memory_equal(got.data, expected.data, got.length);
	}
	assert_int_equal(count, 2 * KINDS);
	trace_reader_holes(r, &holes);
	assert_int_equal(holes, 0);
	assert_true(trace_reader_chain_hash(r) != 0);
	trace_reader_close(r);
	trace_encoder_finish(&got);
	trace_encoder_finish(&expected);
	free(record);
}

static void golden_traces_are_read(void **state)
{
	const char *folder = getenv("MVX_GOLDEN_TRACES");
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir = folder ? opendir(folder) : NULL;

	if (!dir) {
		fail_msg("MVX_GOLDEN_TRACES names no folder");
		return;
	}
	while ((entry = readdir(dir))) {
		char path[4096];

		if (!strstr(entry->d_name, ".mvx.zst"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check_golden(path, entry->d_name);
		count++;
	}
	closedir(dir);
	assert_true(count >= 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_has_its_number),
		cmocka_unit_test(golden_traces_are_read),
	};

	if (argc == 3 && !strcmp(argv[1], "--write"))
		return write_golden(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
