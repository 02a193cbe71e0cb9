/* Whole trace files: written, read back, looked at without reading, damaged and cut. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "schema/trace_encode.h"
#include "schema/trace_reader.h"
#include "schema/trace_writer.h"
#include "trace_samples.h"

struct bytes_of_file {
	uint8_t *data;
	size_t length;
};

static char *new_path(void)
{
	static char path[256];
	static unsigned count;
	const char *folder = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/mvx-trace-test-%d-%u.mvx.zst", folder ? folder : "/tmp",
		 (int)getpid(), count++);
	unlink(path);
	return path;
}

static struct bytes_of_file load(const char *path)
{
	struct bytes_of_file file = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	file.length = (size_t)st.st_size;
	file.data = malloc(file.length + 1);
	assert_int_equal(read(fd, file.data, file.length), file.length);
	close(fd);
	return file;
}

static void must(int status, const struct error *err)
{
	if (status)
		fail_msg("%d: %s", status, err->message);
}

static struct trace_writer *start(const char *path)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w;
	struct error err;
	struct random r = { 10 };

	must(trace_writer_open(&w, path, &err), &err);
	sample_record(record, TRACE_HEADER, &r, 0);
	must(trace_writer_add(w, record, &err), &err);
	free(record);
	return w;
}

/* Plain steps from `first` on, `count` of them. */
static void add_steps(struct trace_writer *w, uint64_t first, uint64_t count)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct error err;

	record->kind = TRACE_STEP;
	for (uint64_t i = 0; i < count; i++) {
		sample_plain_step(&record->step, first + i);
		must(trace_writer_add(w, record, &err), &err);
	}
	free(record);
}

static void finish(struct trace_writer *w, uint64_t steps)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct error err;

	record->kind = TRACE_END;
	record->end.clean = true;
	record->end.steps = steps;
	record->end.variants = 3;
	must(trace_writer_add(w, record, &err), &err);
	must(trace_writer_close(w, &err), &err);
	free(record);
}

/* A trace of a header, `frames` frames of `steps` steps each, and the end. */
static __attribute__((unused)) struct bytes_of_file small_trace(unsigned frames, unsigned steps)
{
	char *path = new_path();
	struct trace_writer *w = start(path);
	struct bytes_of_file file;
	struct error err;

	for (unsigned i = 0; i < frames; i++) {
		add_steps(w, 1 + (uint64_t)i * steps, steps);
		must(trace_writer_flush(w, &err), &err);
	}
	finish(w, (uint64_t)frames * steps);
	file = load(path);
	unlink(path);
	return file;
}

static __attribute__((unused)) struct trace_reader *open_bytes(const void *data, size_t length)
{
	struct trace_reader *r;
	struct error err;

	must(trace_reader_open_memory(&r, data, length, &err), &err);
	return r;
}

/* What a full pass finds. */
struct found {
	size_t records, steps, holes;
	uint64_t first_step, last_step;
	bool header, end, step_order;
	uint8_t has_step[256]; /* by number */
};

static __attribute__((unused)) struct found read_all(struct trace_reader *r)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct found found = { .step_order = true };
	struct error err;
	int status;

	while ((status = trace_reader_next(r, record, &err)) == 1) {
		found.records++;
		found.header |= record->kind == TRACE_HEADER;
		found.end |= record->kind == TRACE_END;
		if (record->kind != TRACE_STEP)
			continue;
		found.steps++;
		if (!found.first_step)
			found.first_step = record->step.step;
		found.step_order = found.step_order && record->step.step > found.last_step;
		found.last_step = record->step.step;
		if (record->step.step < sizeof(found.has_step))
			found.has_step[record->step.step] = 1;
	}
	assert_int_equal(status, 0);
	trace_reader_holes(r, &found.holes);
	free(record);
	return found;
}

/* Everything that was written is read, in order and byte by byte. */
static void records_survive(void **state)
{
	char *path = new_path();
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_encoder wrote, got;
	struct random r = { 20 };
	struct trace_writer *w;
	struct trace_reader *reader;
	struct error err;
	size_t count = 0, holes;
	struct stat st;

	trace_encoder_init(&wrote);
	trace_encoder_init(&got);
	must(trace_writer_open(&w, path, &err), &err);
	for (int i = 0; i < 3000; i++) {
		sample_record(record, i ? 1 + (int)random_below(&r, TRACE_MARK) : TRACE_HEADER, &r,
			      8000);
		must(trace_encode(&wrote, record, &err), &err);
		must(trace_writer_add(w, record, &err), &err);
	}
	sample_record(record, TRACE_END, &r, 0);
	must(trace_encode(&wrote, record, &err), &err);
	must(trace_writer_add(w, record, &err), &err);
	must(trace_writer_close(w, &err), &err);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	must(trace_reader_open(&reader, path, &err), &err);
	assert_int_equal(trace_reader_state(reader), TRACE_COMPLETE);
	assert_int_equal(trace_reader_file_bytes(reader), st.st_size);
	assert_non_null(trace_reader_header(reader));
	assert_non_null(trace_reader_end(reader));
	while (trace_reader_next(reader, record, &err) == 1) {
		must(trace_encode(&got, record, &err), &err);
		count++;
	}
	assert_int_equal(count, 3001);
	assert_int_equal(wrote.length, got.length);
	assert_memory_equal(wrote.data, got.data, got.length);
	trace_reader_holes(reader, &holes);
	assert_int_equal(holes, 0);
	trace_reader_close(reader);
	trace_encoder_finish(&wrote);
	trace_encoder_finish(&got);
	free(record);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
