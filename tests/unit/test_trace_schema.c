/*
 * The rules that let other tools read a trace: names unique when flattened,
 * no kinds of field that column stores lack; and the tools themselves: zstd
 * unpacks a trace into delimited records, protoc decodes one with the schema
 * the trace brings along.
 */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "schema/trace.pb-c.h"
#include "schema/trace_reader.h"
#include "schema/trace_writer.h"
#include "trace_samples.h"

#define PATHS_MAX 512

struct paths {
	char text[PATHS_MAX][120];
	size_t count;
};

/* Adds "a_b_c" for field c of message b in a, as a column store would name it. */
static void add_paths(struct paths *paths, const ProtobufCMessageDescriptor *d, const char *prefix)
{
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &d->fields[i];
		char *text = paths->text[paths->count++];

		assert_true(paths->count < PATHS_MAX);
		snprintf(text, sizeof(paths->text[0]), "%.80s%s%s", prefix, *prefix ? "_" : "",
			 field->name);
		for (char *c = text; *c; c++)
			*c = *c == '.' ? '_' : (char)tolower(*c);
		for (size_t k = 0; k + 1 < paths->count; k++)
			if (!strcmp(paths->text[k], text))
				fail_msg("two fields are called %s", text);
		assert_true(field->type != PROTOBUF_C_TYPE_FLOAT &&
			    field->type != PROTOBUF_C_TYPE_DOUBLE);
		assert_true(field->label != PROTOBUF_C_LABEL_REQUIRED);
		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			add_paths(paths, field->descriptor, text);
	}
}

static void names_are_unique_when_flattened(void **state)
{
	struct paths *paths = calloc(1, sizeof(*paths));

	add_paths(paths, &mvx__record__descriptor, "");
	assert_true(paths->count > 100);
	free(paths);
}

/* The kinds of records in C are the numbers of the oneof. */
static void kinds_are_field_numbers(void **state)
{
	assert_int_equal(mvx__record__descriptor.n_fields, TRACE_END);
	assert_int_equal(MVX__RECORD__BODY_HEADER, TRACE_HEADER);
	assert_int_equal(MVX__RECORD__BODY_VARIANT_START, TRACE_VARIANT_START);
	assert_int_equal(MVX__RECORD__BODY_TASK_START, TRACE_TASK_START);
	assert_int_equal(MVX__RECORD__BODY_TASK_END, TRACE_TASK_END);
	assert_int_equal(MVX__RECORD__BODY_STEP, TRACE_STEP);
	assert_int_equal(MVX__RECORD__BODY_SIGNAL, TRACE_SIGNAL);
	assert_int_equal(MVX__RECORD__BODY_DIVERGENCE, TRACE_DIVERGENCE);
	assert_int_equal(MVX__RECORD__BODY_TRAP, TRACE_TRAP);
	assert_int_equal(MVX__RECORD__BODY_FILE_IDENTITY, TRACE_FILE_IDENTITY);
	assert_int_equal(MVX__RECORD__BODY_MARK, TRACE_MARK);
	assert_int_equal(MVX__RECORD__BODY_END, TRACE_END);
}

static void enumerations_agree(void **state)
{
	assert_int_equal(MVX__PAYLOAD_MODE__PAYLOAD_NONE, PAYLOAD_NONE);
	assert_int_equal(MVX__DIRECTION__DIRECTION_OUT, DIRECTION_OUT);
	assert_int_equal(MVX__BUF_PART__PART_CONTROL, PART_CONTROL);
	assert_int_equal(MVX__EXECUTED__EXECUTED_LOCAL, EXECUTED_LOCAL);
	assert_int_equal(MVX__VERDICT__VERDICT_UNSUPPORTED, VERDICT_UNSUPPORTED);
	assert_int_equal(MVX__SIGNAL_DECISION__SIGNAL_STOPPED, SIGNAL_STOPPED);
	assert_int_equal(MVX__DIVERGENCE_KIND__DIVERGENCE_TIMEOUT, DIVERGENCE_TIMEOUT);
	assert_int_equal(MVX__DIVERGENCE_KIND__DIVERGENCE_ABI, DIVERGENCE_ABI);
	assert_int_equal(MVX__ARRIVAL__ARRIVED_NOT, ARRIVED_NOT);
	assert_int_equal(MVX__ARRIVAL__ARRIVED_FOREIGN, ARRIVED_FOREIGN);
	assert_int_equal(MVX__TRAP_KIND__TRAP_CPUID, TRAP_CPUID);
}

/* A folder of its own for each test that runs a tool. */
static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *data, size_t length)
{
	FILE *file = fopen(in_folder(name), "wbe");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static uint8_t *read_file(const char *name, size_t *length)
{
	FILE *file = fopen(in_folder(name), "rbe");
	uint8_t *data = calloc(1, 1 << 20);

	assert_non_null(file);
	*length = fread(data, 1, (1 << 20) - 1, file);
	fclose(file);
	return data;
}

/* Runs a shell command in the folder. */
static void run(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", folder, command);
	assert_int_equal(system(line), 0); /* NOLINT: a test */
}

static void make_trace(void)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w;
	struct random r = { 50 };
	struct error err;

	strcpy(folder, "/tmp/mvx-schema-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(trace_writer_open(&w, in_folder("t.mvx.zst"), &err), 0);
	for (int i = 0; i < 50; i++) {
		sample_record(record, i % TRACE_END + 1, &r, 200);
		if (record->kind == TRACE_HEADER)
			record->header.descriptor_set.length = 0; /* the writer's own */
		if (record->kind == TRACE_MARK)
			record->mark.text = "a note for protoc";
		assert_int_equal(trace_writer_add(w, record, &err), 0);
		if (i % 9 == 0)
			assert_int_equal(trace_writer_flush(w, &err), 0);
	}
	assert_int_equal(trace_writer_close(w, &err), 0);
	free(record);
}

/* The nth message of a stream of delimited ones. */
static struct bytes message(const uint8_t *data, size_t length, unsigned n, unsigned *count)
{
	struct bytes b = bytes_make(data, length), found = { 0 };

	for (*count = 0; b.left; ++*count) {
		uint64_t bytes = bytes_varint(&b);
		const uint8_t *at = bytes_take(&b, bytes);

		assert_false(b.failed);
		if (*count == n)
			found = bytes_make(at, bytes);
	}
	return found;
}

static void standard_tools_read_it(void **state)
{
	struct trace_reader *r;
	struct error err;
	size_t stream_length, length;
	uint8_t *stream, *text;
	struct bytes one;
	unsigned count;

	make_trace();
	run("zstd -q -t t.mvx.zst && zstd -q -dc t.mvx.zst > stream");
	stream = read_file("stream", &stream_length);
	one = message(stream, stream_length, TRACE_MARK - 1, &count);
	assert_int_equal(count, 50);
	write_file("mark", one.at, one.left);
	/* The schema comes from the trace itself. */
	assert_int_equal(trace_reader_open(&r, in_folder("t.mvx.zst"), &err), 0);
	write_file("schema", trace_reader_header(r)->descriptor_set.data,
		   trace_reader_header(r)->descriptor_set.length);
	trace_reader_close(r);
	run("protoc --descriptor_set_in=schema --decode=mvx.Record < mark > text");
	text = read_file("text", &length);
	assert_non_null(strstr((char *)text, "mark {"));
	assert_non_null(strstr((char *)text, "text: \"a note for protoc\""));
	free(text);
	/* Every record, strings being UTF-8 and all. */
	for (unsigned i = 0; i < count; i++) {
		one = message(stream, stream_length, i, &count);
		write_file("one", one.at, one.left);
		run("protoc --descriptor_set_in=schema --decode=mvx.Record < one > text");
		text = read_file("text", &length);
		/* Unknown fields would appear as numbers. */
		assert_false(isdigit(text[0]));
		assert_null(strstr((char *)text, "\n  1: "));
		free(text);
	}
	free(stream);
	run("rm -f t.mvx.zst stream mark schema text one");
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_when_flattened),
		cmocka_unit_test(kinds_are_field_numbers),
		cmocka_unit_test(enumerations_agree),
		cmocka_unit_test(standard_tools_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
