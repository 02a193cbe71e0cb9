/*
 * The tables against a trace written here: many small frames, so that every
 * way of skipping one is tried, and each answer is compared with the one that
 * skips nothing (a unary + keeps SQLite from handing a constraint to the table).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "analysis/query.h"
#include "analysis/text.h"
#include "schema/trace_writer.h"

#define STEPS     200
#define FRAME_OF  10 /* steps a frame */
#define DIVERGED  57
#define FAILED    123
#define CLOSES_AT 150 /* close() from here on */

static char path[] = "/tmp/test_analysis_tables.XXXXXX";
static struct source *source;
static struct query *query;

static void add(struct trace_writer *w, const struct trace_record *record)
{
	struct error err = { 0 };

	if (trace_writer_add(w, record, &err) < 0)
		fail_msg("%s", err.message);
}

static void add_step(struct trace_writer *w, uint64_t n)
{
	static const uint8_t data[] = "data";
	struct trace_buf buf = { .arg = 1,
				 .direction = DIRECTION_IN,
				 .variants = 3,
				 .full_length = 4,
				 .data = { data, 4 } };
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_step *step = &record.step;

	step->step = n;
	step->task = 1 + n % 3;
	step->task_seq = 1 + n / 3;
	step->variants = n % 10 == 9 ? 2 : 3; /* a follower's local call now and then */
	step->nr = n < CLOSES_AT ? SYS_write : SYS_close;
	step->verdict = n == DIVERGED       ? VERDICT_DIVERGED :
			step->variants == 2 ? VERDICT_LOCAL :
					      VERDICT_SAME;
	step->executed = EXECUTED_LEADER;
	for (unsigned v = 0; v < 2; v++) {
		step->entry_ns[v] = n * 1000 + v;
		step->exit_ns[v] = n * 1000 + 500 + v;
		step->args[v][0] = 1;
		step->args[v][1] = 0x1000 * (v + 1);
		step->args[v][2] = 4;
		step->result[v] = n == FAILED ? -9 : 4;
	}
	step->bufs = &buf;
	step->n_bufs = step->nr == SYS_write;
	add(w, &record);
}

static void add_events(struct trace_writer *w, uint64_t n)
{
	struct trace_divergence_side sides[] = {
		{ .variant = 0,
		  .arrived = ARRIVED_CALL,
		  .nr = SYS_write,
		  .ip = UINT64_MAX,
		  .text = "zero" },
		{ .variant = 1, .arrived = ARRIVED_END, .status = 9, .text = "one" },
	};
	struct trace_record record = { .kind = TRACE_DIVERGENCE };

	record.divergence = (struct trace_divergence){ .step = n,
						       .task = 1,
						       .kind = DIVERGENCE_MISSING,
						       .arg = -1,
						       .time_ns = n * 1000,
						       .odd = 2,
						       .action = "killed",
						       .summary = "one ended",
						       .sides = sides,
						       .n_sides = 2 };
	if (n == DIVERGED)
		add(w, &record);
	record = (struct trace_record){ .kind = TRACE_SIGNAL };
	record.signal = (struct trace_signal){ .step = n,
					       .task = 1,
					       .signo = 14,
					       .first_ns = n * 1000,
					       .delivered_ns = n * 1000 + 250,
					       .decision = SIGNAL_DELIVERED };
	if (n % 50 == 0)
		add(w, &record);
}

static int write_trace(void)
{
	struct trace_record record = { .kind = TRACE_HEADER };
	struct trace_writer *w;
	struct error err = { 0 };

	close(mkstemp(path));
	unlink(path);
	if (trace_writer_open(&w, path, &err) < 0)
		return -1;
	record.header.variants = 2;
	add(w, &record);
	for (uint32_t task = 1; task <= 3; task++) {
		char label[16];

		snprintf(label, sizeof(label), "P0.T%u", task - 1);
		record = (struct trace_record){ .kind = TRACE_TASK_START };
		record.task_start =
			(struct trace_task_start){ .task = task, .label = label, .variants = 3 };
		add(w, &record);
	}
	for (uint64_t n = 1; n <= STEPS; n++) {
		add_step(w, n);
		add_events(w, n);
		if (n % FRAME_OF == 0 && trace_writer_flush(w, &err) < 0)
			return -1;
	}
	record = (struct trace_record){ .kind = TRACE_END };
	record.end =
		(struct trace_end){ .clean = true, .steps = STEPS, .divergences = 1, .tasks = 3 };
	add(w, &record);
	return trace_writer_close(w, &err);
}

static int set_up(void **state)
{
	struct query_limits limits = { 0 };
	struct error err = { 0 };

	if (write_trace() < 0 || source_open(&source, path, &err) < 0)
		return -1;
	return query_open(&query, source, &limits, &err);
}

static int tear_down(void **state)
{
	query_close(query);
	source_close(source);
	return unlink(path);
}

/* The rows of a query as TSV without the header; the caller frees it. */
static char *ask(const char *sql)
{
	struct output_options options = { .format = OUTPUT_TSV };
	struct error err = { 0 };
	char *written = NULL, *body;
	size_t length = 0;
	uint64_t rows;
	bool stream_failed;
	FILE *stream = open_memstream(&written, &length);

	if (query_run(query, sql, stream, &options, &rows, &stream_failed, &err) < 0)
		fail_msg("%s: %s", sql, err.message);
	fclose(stream);
	body = strchr(written, '\n');
	assert_non_null(body);
	memmove(written, body + 1, strlen(body + 1) + 1);
	return written;
}

static void expect(const char *sql, const char *rows)
{
	char *got = ask(sql);

	if (strcmp(got, rows) != 0)
		fail_msg("%s gave\n%sand not\n%s", sql, got, rows);
	free(got);
}

static void expect_same(const char *sql, const char *slow_sql)
{
	char *slow = ask(slow_sql);

	assert_true(slow[0] != '\0');
	expect(sql, slow);
	free(slow);
}

static void skipping_changes_no_answer(void **state)
{
	static const char *const where[][2] = {
		{ "step = 57", "+step = 57" },
		{ "step >= 195", "+step >= 195" },
		{ "step > 20 AND step < 23", "+step > 20 AND +step < 23" },
		{ "step BETWEEN 9 AND 11", "+step BETWEEN 9 AND 11" },
		{ "step IN (200, 3, 57, 58)", "+step IN (200, 3, 57, 58)" },
		{ "step > 198.5", "+step > 198.5" },
		{ "nr = 3", "+nr = 3" },
		{ "name = 'close'", "+name = 'close'" },
		{ "name IN ('write', 'close') AND step < 5",
		  "+name IN ('write', 'close') AND +step < 5" },
		{ "verdict = 'diverged'", "+verdict = 'diverged'" },
		{ "verdict = 'local' AND step < 40", "+verdict = 'local' AND +step < 40" },
		{ "errno = 'EBADF'", "+errno = 'EBADF'" },
		{ "errno IS NOT NULL", "+errno IS NOT NULL" },
		/* taken apart, and put together by row numbers */
		{ "step BETWEEN 12 AND 20 OR step = 150",
		  "+step BETWEEN 12 AND 20 OR +step = 150" },
		{ "step = 7 OR step = 7 OR nr = 3", "+step = 7 OR +nr = 3" },
		{ "verdict = 'diverged' OR errno = 'EBADF' OR step < 3",
		  "+verdict = 'diverged' OR +errno = 'EBADF' OR +step < 3" },
	};
	char fast[256], slow[256];

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		for (size_t t = 0; t < 2; t++) {
			const char *table = t ? "call" : "step";

			snprintf(fast, sizeof(fast),
				 "SELECT step, nr FROM %s WHERE %s ORDER BY +step", table,
				 where[i][0]);
			snprintf(slow, sizeof(slow),
				 "SELECT step, nr FROM %s WHERE %s ORDER BY +step", table,
				 where[i][1]);
			expect_same(fast, slow);
		}
	}
	expect_same("SELECT step FROM step WHERE time_ns BETWEEN 30000 AND 50000",
		    "SELECT step FROM step WHERE +time_ns BETWEEN 30000 AND 50000");
	expect_same("SELECT task FROM task WHERE task = 3 OR task = 1 ORDER BY +task",
		    "SELECT task FROM task WHERE +task = 3 OR +task = 1 ORDER BY +task");
	expect_same("SELECT step FROM signal WHERE step = 50 OR step = 150 ORDER BY +step",
		    "SELECT step FROM signal WHERE +step = 50 OR +step = 150 ORDER BY +step");
	expect("SELECT step FROM context WHERE around = 5 OR around = 9 ORDER BY 1", "5\n9\n");
	expect_same("SELECT step, variant FROM call WHERE exit_ns >= 199501",
		    "SELECT step, variant FROM call WHERE +exit_ns >= 199501");
}

static void nothing_is_nothing(void **state)
{
	expect("SELECT step FROM step WHERE step = 0", "");
	expect("SELECT step FROM step WHERE step = -1", "");
	expect("SELECT step FROM step WHERE step > 200", "");
	expect("SELECT step FROM step WHERE step = NULL", "");
	expect("SELECT step FROM step WHERE step = '57'", "57\n"); /* a text that is a number */
	expect("SELECT step FROM step WHERE name = 'fork'", "");
	expect("SELECT step FROM step WHERE nr = 100000", "");
	expect("SELECT label FROM task WHERE task = 99", "");
	expect("SELECT label FROM task WHERE task = -1", "");
}

static void counts_need_no_scan_and_are_right(void **state)
{
	expect("SELECT count(*) FROM step", "200\n");
	expect("SELECT count(step) FROM step", "200\n");
	expect("SELECT count(*) FROM call", "380\n"); /* twenty steps are of one variant */
	expect("SELECT count(*) FROM buf", "149\n");
	expect("SELECT count(*), sum(step), min(step), max(step) FROM step",
	       "200\t20100\t1\t200\n");
}

static void joins_go_on_where_they_were(void **state)
{
	expect("SELECT count(*) FROM step AS s JOIN call AS c ON c.step = s.step", "380\n");
	expect("SELECT count(*) FROM step AS s JOIN buf AS b ON b.step = s.step WHERE s.verdict = 'same'",
	       "133\n");
	expect("SELECT s.step, c.variant FROM step AS s JOIN call AS c USING (step) "
	       "WHERE s.step IN (150, 9, 57) ORDER BY s.step, c.variant",
	       "9\t1\n57\t0\n57\t1\n150\t0\n150\t1\n");
	expect("SELECT d.divergence, s.variant, s.text, s.arrived, s.name, s.ip, s.status, c.task FROM divergence AS d "
	       "JOIN divergence_side AS s USING (divergence) JOIN step AS c ON c.step = d.step",
	       "1\t0\tzero\tcall\twrite\t0xffffffffffffffff\t\\N\t1\n1\t1\tone\tend\t\\N\t0x0\t9\t1\n");
	expect("SELECT task, count(*) FROM v_step GROUP BY task ORDER BY task",
	       "P0.T0\t66\nP0.T1\t67\nP0.T2\t67\n");
	expect("SELECT a.step FROM step AS a JOIN step AS b ON b.step = a.step + 1 WHERE b.verdict = 'diverged'",
	       "56\n");
}

static void orders_are_kept(void **state)
{
	expect("SELECT step FROM step ORDER BY step LIMIT 2", "1\n2\n");
	expect("SELECT step FROM step ORDER BY step DESC LIMIT 2", "200\n199\n");
	expect("SELECT step, variant FROM call ORDER BY step, variant DESC LIMIT 3",
	       "1\t1\n1\t0\n2\t1\n");
	expect("SELECT step FROM step WHERE step IN (9, 3, 5) ORDER BY step", "3\n5\n9\n");
}

static void events_have_their_rows(void **state)
{
	expect("SELECT signal, step, name, decision, delay_ns FROM signal WHERE step > 100",
	       "3\t150\tSIGALRM\tdelivered\t250\n4\t200\tSIGALRM\tdelivered\t250\n");
	expect("SELECT divergence, step, kind, arg, odd, action FROM divergence",
	       "1\t57\tmissing\t\\N\t1\tkilled\n");
	expect("SELECT value FROM stat WHERE name = 'steps'", "200\n");
	expect("SELECT count(*) FROM stat WHERE severity = 'data_loss'", "0\n");
	expect("SELECT value FROM meta WHERE key = 'steps'", "200\n");
	expect("SELECT errno, name FROM errno_def WHERE errno = 2", "2\tENOENT\n");
}

static void functions_answer(void **state)
{
	expect("SELECT syscall_name(1), syscall_name(-1), errno_name(-9), signal_name(14), hex64(-1), hex64(NULL)",
	       "write\t\\N\tEBADF\tSIGALRM\t0xffffffffffffffff\t\\N\n");
	expect("SELECT printable(x'410a5cff'), printable('abcdef', 3), printable(x'', 0), printable('ab', -1)",
	       "A\\\\n\\\\\\\\\\\\xff\tabc...\t\t...\n");
	expect("SELECT first_diff('abc', 'abd'), first_diff('ab', 'abc'), first_diff('a', 'a'), first_diff(1, NULL)",
	       "2\t2\t\\N\t\\N\n");
	expect("SELECT 'abc' REGEXP '^a.c$', 'abd' REGEXP 'c', NULL REGEXP 'x'", "1\t0\t\\N\n");
	expect("SELECT hexdump(x'00414243')",
	       "00000000  00 41 42 43                                       |.ABC|\n");
	expect("SELECT decode(160), decode(160, 1), decode(9, 0), decode(1000), decode(0), decode(NULL)",
	       "close(1) = 4\tclose(1) = 4\t\\N\t\\N\t\\N\t\\N\n");
	expect("SELECT count(*) FROM step WHERE decode(step) = text", "200\n");
	expect("SELECT text FROM call WHERE step = 123 AND variant = 0",
	       "write(1, \"data\", 4) = -1 EBADF (Bad file descriptor)\n");
}

static void queries_only_read(void **state)
{
	static const char *const refused[] = {
		"ATTACH '/tmp/x' AS x",
		"CREATE TABLE x(a)",
		"CREATE TEMP TABLE x(a)",
		"DELETE FROM step",
		"INSERT INTO step(step) VALUES (1)",
		"UPDATE step SET nr = 1",
		"DROP VIEW v_step",
		"PRAGMA trusted_schema = 1",
		"PRAGMA writable_schema = 1",
		"VACUUM",
		"VACUUM INTO '/tmp/x'",
		"SELECT load_extension('x')",
		"BEGIN",
		"CREATE VIRTUAL TABLE x USING step",
		"PRAGMA temp_store_directory = '/'",
		"SELECT writefile('/tmp/x', 'y')",
	};
	struct output_options options = { .format = OUTPUT_TSV };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct error err = { 0 };
		bool stream_failed;
		uint64_t rows;
		FILE *stream = fopen("/dev/null", "we");

		if (query_run(query, refused[i], stream, &options, &rows, &stream_failed, &err) !=
		    -22)
			fail_msg("%s was not refused", refused[i]);
		assert_false(stream_failed);
		fclose(stream);
	}
	expect("SELECT count(*) FROM step", "200\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skipping_changes_no_answer),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(counts_need_no_scan_and_are_right),
		cmocka_unit_test(joins_go_on_where_they_were),
		cmocka_unit_test(orders_are_kept),
		cmocka_unit_test(events_have_their_rows),
		cmocka_unit_test(functions_answer),
		cmocka_unit_test(queries_only_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
