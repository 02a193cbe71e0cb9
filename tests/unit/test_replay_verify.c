/*
 * trace_verify against traces that are whole as files and wrong in what they
 * say, which no changed byte can give: made by the writer itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "schema/trace_encode.h"
#include "schema/trace_repair.h"
#include "schema/trace_verify.h"
#include "schema/trace_writer.h"

#define STEPS 10

static char path[64], copy_path[64];

struct found {
	uint64_t damages, missing, notes;
	char first_damage[512];
};

static void report(void *data, enum trace_finding finding, const char *sentence)
{
	struct found *found = data;

	switch (finding) {
	case FINDING_DAMAGE:
		if (!found->damages++)
			snprintf(found->first_damage, sizeof(found->first_damage), "%s", sentence);
		break;
	case FINDING_MISSING: found->missing++; break;
	case FINDING_NOTE: found->notes++; break;
	}
}

static struct found verify(const char *name)
{
	struct found found = { 0 };
	struct trace_verification v = { .report = report, .data = &found };
	struct trace_reader *r;
	struct error err = { 0 };

	if (trace_reader_open(&r, name, &err) < 0 || trace_verify(r, &v, &err) < 0)
		fail_msg("%s", err.message);
	trace_reader_close(r);
	assert_int_equal(v.damages, found.damages);
	assert_int_equal(v.missing, found.missing);
	return found;
}

static void expect_damage(const char *text)
{
	struct found found = verify(path);

	if (!found.damages || !strstr(found.first_damage, text))
		fail_msg("expected \"%s\", found \"%s\"", text, found.first_damage);
}

/* ---- traces ---- */

static int set_up(void **state)
{
	snprintf(path, sizeof(path), "/tmp/test_replay_verify.%d", getpid());
	snprintf(copy_path, sizeof(copy_path), "/tmp/test_replay_verify.%d.copy", getpid());
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	unlink(copy_path);
	return 0;
}

static struct trace_writer *start(void)
{
	struct trace_writer *w;
	struct error err = { 0 };

	if (trace_writer_open(&w, path, &err) < 0)
		fail_msg("%s", err.message);
	return w;
}

static void add(struct trace_writer *w, struct trace_record record)
{
	struct error err = { 0 };

	if (trace_writer_add(w, &record, &err) < 0)
		fail_msg("%s", err.message);
}

static void add_header(struct trace_writer *w)
{
	add(w, (struct trace_record){ .kind = TRACE_HEADER, .header = { .variants = 1 } });
}

static void add_task(struct trace_writer *w, uint32_t task)
{
	add(w, (struct trace_record){ .kind = TRACE_TASK_START,
				      .task_start = { .task = task, .label = "P0.T0" } });
}

static struct trace_record step_record(uint64_t number)
{
	return (struct trace_record){
		.kind = TRACE_STEP,
		.step = { .step = number, .task = 1, .variants = 1, .nr = 39, .entry_ns = { 5 } }
	};
}

static void add_end(struct trace_writer *w, uint64_t steps)
{
	add(w, (struct trace_record){ .kind = TRACE_END,
				      .end = { .clean = true, .steps = steps, .tasks = 1 } });
}

static void finish(struct trace_writer *w)
{
	struct error err = { 0 };

	if (trace_writer_close(w, &err) < 0)
		fail_msg("%s", err.message);
}

/* Header, a task and steps 1 to STEPS. */
static struct trace_writer *start_with_steps(void)
{
	struct trace_writer *w = start();

	add_header(w);
	add_task(w, 1);
	for (uint64_t n = 1; n <= STEPS; n++)
		add(w, step_record(n));
	return w;
}

/* A frame with one step, counted or not as it should be, and `tail` behind it. */
static void add_frame(struct trace_writer *w, struct trace_frame_stat counts,
		      struct trace_blob tail)
{
	struct trace_record record = step_record(STEPS + 1);
	struct trace_encoder encoder;
	struct trace_blob content, compress_it = { 0 };
	uint8_t bytes[512];
	struct error err = { 0 };

	trace_encoder_init(&encoder);
	assert_int_equal(trace_encode(&encoder, &record, &err), 0);
	assert_true(encoder.length + tail.length <= sizeof(bytes));
	memcpy(bytes, encoder.data, encoder.length);
	if (tail.length)
		memcpy(bytes + encoder.length, tail.data, tail.length);
	content = (struct trace_blob){ bytes, encoder.length + tail.length };
	if (trace_writer_add_frame(w, content, compress_it, &counts, &err) < 0)
		fail_msg("%s", err.message);
	trace_encoder_finish(&encoder);
}

static struct trace_frame_stat true_counts(void)
{
	struct trace_record record = step_record(STEPS + 1);
	struct trace_frame_stat counts = { 0 };

	trace_stat_count(&counts, &record);
	return counts;
}

/* ---- tests ---- */

static void test_a_good_one(void **state)
{
	struct trace_writer *w = start_with_steps();
	struct found found;

	add_frame(w, true_counts(), (struct trace_blob){ 0 });
	add_end(w, STEPS + 1);
	finish(w);
	found = verify(path);
	assert_string_equal(found.first_damage, "");
	assert_int_equal(found.damages + found.missing + found.notes, 0);
}

static void test_statistics_that_lie(void **state)
{
	uint64_t *fields[9];
	struct trace_frame_stat counts;

	for (size_t i = 0; i < 10; i++) {
		struct trace_writer *w;

		counts = true_counts();
		fields[0] = &counts.records;
		fields[1] = &counts.calls;
		fields[2] = &counts.divergences;
		fields[3] = &counts.signals;
		fields[4] = &counts.errors;
		fields[5] = &counts.first_step;
		fields[6] = &counts.last_step;
		fields[7] = &counts.first_ns;
		fields[8] = &counts.last_ns;
		if (i < 9)
			++*fields[i];
		else
			counts.syscalls[7] = 1;
		w = start_with_steps();
		add_frame(w, counts, (struct trace_blob){ 0 });
		add_end(w, STEPS + 1);
		finish(w);
		expect_damage(i < 9 ? "frame 2: its statistics say" :
				      "frame 2: its statistics name other system calls");
		unlink(path);
	}
}

static void test_steps_that_do_not_rise(void **state)
{
	static const uint64_t numbers[] = { STEPS, 3, 0 };

	for (size_t i = 0; i < 3; i++) {
		struct trace_writer *w = start_with_steps();

		add(w, step_record(numbers[i]));
		add_end(w, STEPS + 1);
		finish(w);
		expect_damage("1 step number not above the one before");
		unlink(path);
	}
}

static void test_totals_that_lie(void **state)
{
	struct trace_writer *w = start_with_steps();

	add_end(w, STEPS + 1);
	finish(w);
	expect_damage("its end counts 11 steps, there are 10");
}

static void test_a_task_that_never_starts(void **state)
{
	struct trace_writer *w = start_with_steps();
	struct trace_record record = step_record(STEPS + 1);

	record.step.task = 7;
	add(w, record);
	add_end(w, STEPS + 1);
	finish(w);
	expect_damage("task 7 is named and never starts");
}

static void test_records_behind_the_end(void **state)
{
	struct trace_writer *w = start_with_steps();

	add_end(w, STEPS);
	add_end(w, STEPS);
	finish(w);
	expect_damage("records follow the one that is the end");
}

static void test_no_header(void **state)
{
	struct trace_writer *w = start();

	add_task(w, 1);
	add(w, step_record(1));
	add_end(w, 1);
	finish(w);
	expect_damage("it does not begin with a header");
}

static void test_no_records(void **state)
{
	struct found found;

	finish(start());
	found = verify(path);
	assert_int_equal(found.damages, 0);
	assert_true(found.missing > 0);
}

static void repair_copy(struct trace_repair *repair)
{
	struct trace_reader *r;
	struct trace_writer *w;
	struct error err = { 0 };
	FILE *file = fopen(copy_path, "we");

	assert_non_null(file);
	assert_int_equal(trace_reader_open(&r, path, &err), 0);
	assert_int_equal(trace_writer_open_copy(&w, fileno(file), copy_path,
						(struct trace_features){ 0 }, &err),
			 0);
	if (trace_repair(r, w, repair, &err) < 0)
		fail_msg("%s", err.message);
	finish(w);
	trace_reader_close(r);
	fclose(file);
}

/* Damaged by its writer, checksum and all: the frame is kept without it. */
static void test_a_damaged_record(void **state)
{
	/* a Step whose step field breaks off; a record longer than the frame */
	static const uint8_t broken[] = { 4, 5 << 3 | 2, 2, 1 << 3, 0x80 }, cut[] = { 100, 1 };
	static const struct trace_blob tails[] = { { broken, sizeof(broken) },
						   { cut, sizeof(cut) } };

	for (size_t i = 0; i < 2; i++) {
		struct trace_repair repair = { 0 };
		struct trace_writer *w = start_with_steps();
		struct trace_frame_stat counts = true_counts();

		counts.records++;
		add_frame(w, counts, tails[i]);
		add_end(w, STEPS + 1);
		finish(w);
		expect_damage("frame 2, record 2: ");
		repair_copy(&repair);
		assert_int_equal(repair.records_lost, 1);
		assert_int_equal(repair.records, 1 + 1 + STEPS + 1);
		assert_false(repair.end_kept);
		assert_int_equal(verify(copy_path).damages, 0);
		unlink(path);
		unlink(copy_path);
	}
}

/* What a later version may add is no damage, and is kept. */
static void test_an_unknown_record(void **state)
{
	static const uint8_t unknown[] = { 4, 15 << 3 | 2, 2, 1 << 3, 1 };
	struct trace_repair repair = { 0 };
	struct trace_writer *w = start_with_steps();
	struct trace_frame_stat counts = true_counts();
	struct found found;

	counts.records++;
	add_frame(w, counts, (struct trace_blob){ unknown, sizeof(unknown) });
	add_end(w, STEPS + 1);
	finish(w);
	found = verify(path);
	assert_int_equal(found.damages + found.missing, 0);
	assert_int_equal(found.notes, 1);
	repair_copy(&repair);
	assert_true(repair.end_kept);
	assert_int_equal(repair.records_lost, 0);
	assert_int_equal(verify(copy_path).notes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_good_one, tear_down),
		cmocka_unit_test_teardown(test_statistics_that_lie, tear_down),
		cmocka_unit_test_teardown(test_steps_that_do_not_rise, tear_down),
		cmocka_unit_test_teardown(test_totals_that_lie, tear_down),
		cmocka_unit_test_teardown(test_a_task_that_never_starts, tear_down),
		cmocka_unit_test_teardown(test_records_behind_the_end, tear_down),
		cmocka_unit_test_teardown(test_no_header, tear_down),
		cmocka_unit_test_teardown(test_no_records, tear_down),
		cmocka_unit_test_teardown(test_a_damaged_record, tear_down),
		cmocka_unit_test_teardown(test_an_unknown_record, tear_down),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
