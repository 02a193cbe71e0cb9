/*
 * Traces that are well-formed and say nonsense: any call with any arguments,
 * results and buffers. summary, grep, strings, stream and SQL come through, and
 * say the same each time.
 */
#include <linux/sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/grep.h"
#include "analysis/query.h"
#include "analysis/stream.h"
#include "analysis/strings.h"
#include "analysis/summary.h"
#include "schema/syscall_model.h"
#include "schema/syscall_numbers.h"
#include "schema/trace_writer.h"

#define TRACES      40
#define STEPS       400
#define TASKS       6
#define BUFS        5
#define BUF_BYTES   300
#define DESCRIPTORS 12

/* xorshift: the same numbers everywhere */
static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static bool one_in(unsigned n)
{
	return next() % n == 0;
}

static uint64_t any_number(void)
{
	static const uint64_t edges[] = { 0,          1,          UINT64_MAX, INT64_MAX, INT32_MAX,
					  UINT32_MAX, 1ull << 31, 4096,       0x80000 };

	if (one_in(4))
		return edges[next() % (sizeof(edges) / sizeof(edges[0]))];
	return one_in(8) ? next() : next() % DESCRIPTORS;
}

/* Calls that make, pass on, use and end descriptors, mostly. */
static int any_call(void)
{
	static const int calls[] = {
		__NR_openat,   __NR_openat2,  __NR_read,         __NR_write,      __NR_close,
		__NR_dup,      __NR_dup2,     __NR_dup3,         __NR_fcntl,      __NR_pipe2,
		__NR_recvmsg,  __NR_sendmsg,  __NR_clone,        __NR_execve,     __NR_unshare,
		__NR_recvmmsg, __NR_sendmmsg, __NR_close_range,  __NR_socket,     __NR_accept4,
		__NR_sendfile, __NR_splice,   __NR_vmsplice,     __NR_tee,        __NR_readv,
		__NR_lseek,    __NR_signalfd, __NR_mq_timedsend, __NR_socketpair, __NR_ioctl,
		__NR_mmap,     __NR_munmap,   __NR_mprotect,     __NR_mremap,     __NR_brk,
		__NR_mmap,     __NR_mprotect, __NR_connect,      __NR_bind,       __NR_getsockname,
	};

	return one_in(5) ? (int)(next() % (SYSCALL_LIMIT + 8)) - 2 :
			   calls[next() % (sizeof(calls) / sizeof(calls[0]))];
}

static void fill_bytes(uint8_t *bytes, size_t length)
{
	static const char text[] = "GET /needle HTTP\n";

	for (size_t i = 0; i < length; i++)
		bytes[i] = one_in(3) ? (uint8_t)next() : (uint8_t)text[i % (sizeof(text) - 1)];
	/* what looks like a control message, with a length that may be anything */
	if (length >= 24 && one_in(3)) {
		uint64_t control = one_in(2) ? 16 + next() % 16 : any_number();
		uint32_t kind[] = { 1, 1, (uint32_t)any_number(), (uint32_t)any_number() };

		memcpy(bytes, &control, sizeof(control));
		memcpy(bytes + sizeof(control), kind, sizeof(kind));
	}
}

static void add_step(struct trace_writer *w, uint64_t number)
{
	static uint8_t bytes[BUFS][BUF_BYTES];
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_step *step = &record.step;
	struct trace_buf bufs[BUFS] = { 0 };

	step->step = number;
	step->task = 1 + (uint32_t)(next() % (TASKS + 2));
	step->task_seq = number;
	step->nr = any_call();
	step->variants = one_in(8) ? (uint32_t)(next() % 4) : 3;
	step->no_result = one_in(20);
	step->abi = one_in(50);
	step->executed = EXECUTED_LEADER;
	step->verdict = VERDICT_SAME;
	for (unsigned v = 0; v < 2; v++) {
		for (unsigned i = 0; i < SYSCALL_ARGS; i++)
			step->args[v][i] = any_number();
		step->result[v] = (int64_t)any_number();
		step->entry_ns[v] = any_number();
		step->exit_ns[v] = any_number();
	}
	step->bufs = bufs;
	step->n_bufs = next() % (BUFS + 1);
	for (size_t i = 0; i < step->n_bufs; i++) {
		bufs[i].arg = (uint8_t)(next() % (one_in(9) ? SYSCALL_ARGS : 3));
		bufs[i].direction = (uint8_t)(1 + next() % 2);
		bufs[i].part = (uint8_t)(one_in(2) ? next() % 4 : 0);
		bufs[i].variants = (uint32_t)(next() % 4);
		bufs[i].data = (struct trace_blob){ bytes[i], next() % BUF_BYTES };
		bufs[i].full_length = one_in(4) ? any_number() : bufs[i].data.length;
		bufs[i].truncated = bufs[i].full_length > bufs[i].data.length;
		fill_bytes(bytes[i], bufs[i].data.length);
	}
	assert_int_equal(trace_writer_add(w, &record, NULL), 0);
}

static void add_task(struct trace_writer *w)
{
	uint64_t flags[] = { 0, CLONE_FILES | CLONE_VM, CLONE_FILES | CLONE_THREAD | CLONE_VM,
			     next() };
	struct trace_record record = { .kind = one_in(3) ? TRACE_TASK_END : TRACE_TASK_START };
	uint32_t task = 1 + (uint32_t)(next() % TASKS);
	char label[16];

	if (record.kind == TRACE_TASK_END) {
		record.task_end = (struct trace_task_end){ .task = task, .variants = 3 };
	} else {
		snprintf(label, sizeof(label), "P0.T%u", task - 1);
		record.task_start = (struct trace_task_start){ .task = task,
							       .parent = (uint32_t)(next() % TASKS),
							       .label = label,
							       .clone_flags = flags[next() % 4],
							       .variants = 3 };
	}
	assert_int_equal(trace_writer_add(w, &record, NULL), 0);
}

static void write_trace(const char *path)
{
	struct trace_inherited_fd fds[] = { { .fd = 0, .path = "/dev/null" }, { .fd = -7 } };
	struct trace_record header = { .kind = TRACE_HEADER }, end = { .kind = TRACE_END };
	struct trace_writer *w;

	header.header.variants = 2;
	header.header.payload_mode = PAYLOAD_FULL;
	header.header.fds = fds;
	header.header.n_fds = 2;
	end.end.clean = true;
	assert_int_equal(trace_writer_open(&w, path, NULL), 0);
	assert_int_equal(trace_writer_add(w, &header, NULL), 0);
	for (uint64_t step = 1; step <= STEPS; step++) {
		if (step == 1 || one_in(10))
			add_task(w);
		add_step(w, step);
	}
	assert_int_equal(trace_writer_add(w, &end, NULL), 0);
	assert_int_equal(trace_writer_close(w, NULL), 0);
}

static void run_summaries(struct source *source, FILE *out)
{
	for (int by = 0; by < SUMMARY_BY_COUNT; by++) {
		struct summary_options options = { .by = (enum summary_by)by,
						   .all_variants = by % 2,
						   .output.format = OUTPUT_TSV };
		uint64_t calls, unnamed;
		bool stream_failed;

		assert_int_equal(summary_run(source, &options, out, &calls, &unnamed,
					     &stream_failed, NULL),
				 0);
		assert_true(calls > 0);
	}
}

static void run_greps(struct source *source, FILE *out)
{
	static const struct {
		const char *pattern;
		enum pattern_kind kind;
	} patterns[] = { { "needle HTTP\nGET", PATTERN_FIXED },
			 { "ne+dle.*$", PATTERN_REGEX },
			 { "00", PATTERN_HEX } };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct grep_options options = { .answer = i ? GREP_ROWS : GREP_LINES,
						.where = WHERE_BOTH,
						.before = 1,
						.output.format = OUTPUT_NDJSON };
		struct grep_result result;
		bool stream_failed;

		assert_int_equal(pattern_create(&options.pattern, patterns[i].pattern,
						patterns[i].kind, true, NULL),
				 0);
		assert_int_equal(grep_run(source, &options, out, &result, &stream_failed, NULL), 0);
		pattern_destroy(options.pattern);
	}
}

static void run_strings(struct source *source, FILE *out)
{
	struct strings_options options = { .least = 4, .where = WHERE_BOTH };
	struct strings_result result;
	bool stream_failed;

	assert_int_equal(strings_run(source, &options, out, &result, &stream_failed, NULL), 0);
	assert_true(result.runs > 0);
}

/* Every file that a descriptor was, as far as they are told. */
static uint64_t run_streams(struct source *source, FILE *out)
{
	struct stream_options options = { .read = true, .written = true, .form = STREAM_HEX };
	uint64_t bytes = 0;

	for (int32_t fd = 0; fd < DESCRIPTORS; fd++) {
		struct stream_candidates found;

		assert_true(stream_find(source, "P0", fd, NULL, &found, NULL) >= 0);
		for (size_t i = 0; i < found.count; i++) {
			struct stream_result result;
			bool stream_failed;

			assert_int_equal(stream_run(source, &found.at[i], &options, out, &result,
						    &stream_failed, NULL),
					 0);
			assert_true(result.cut_bytes <= result.bytes);
			bytes += result.bytes;
		}
		stream_candidates_finish(&found);
	}
	return bytes;
}

static void run_sql(struct source *source, FILE *out)
{
	static const char *const questions[] = {
		"SELECT * FROM fd",
		"SELECT * FROM map",
		"SELECT step, path_of(s.task, a0, step), region(variant, a0, step) FROM call AS s",
		"SELECT canon(step), canon(step, 1), has_path(step, 'GET') FROM step",
		"SELECT sockaddr(data) FROM buf",
		"SELECT distance, text FROM context(7, 3, 4)",
		/* there never are two at one place */
		"SELECT count(*) FROM map WHERE length <= 0 OR to_step < from_step",
	};
	struct output_options options = { .format = OUTPUT_TSV };
	struct query_limits limits = { 0 };
	struct query *query;

	assert_int_equal(query_open(&query, source, &limits, NULL), 0);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct error err = { 0 };
		uint64_t rows;
		bool stream_failed;

		if (query_run(query, questions[i], out, &options, &rows, &stream_failed, &err) < 0)
			fail_msg("%s: %s", questions[i], err.message);
		assert_true(rows > 0 || i < 2);
	}
	query_close(query);
}

static void test_nonsense(void **unused)
{
	char path[] = "/tmp/mvx-streams-XXXXXX";
	char *first = NULL, *second = NULL;
	uint64_t bytes = 0;

	assert_non_null(mkdtemp(path));
	for (uint64_t seed = 1; seed <= TRACES; seed++) {
		char **texts[] = { &first, &second }, file[sizeof(path) + 16];
		size_t lengths[2];

		state = seed * 0x9e3779b97f4a7c15;
		snprintf(file, sizeof(file), "%s/%u.zst", path, (unsigned)seed);
		write_trace(file);
		for (unsigned i = 0; i < 2; i++) {
			FILE *out = open_memstream(texts[i], &lengths[i]);
			struct source *source;

			assert_int_equal(source_open(&source, file, NULL), 0);
			run_summaries(source, out);
			run_greps(source, out);
			run_strings(source, out);
			bytes += run_streams(source, out);
			if (seed % 4 == 1) /* it walks each trace twenty times */
				run_sql(source, out);
			source_close(source);
			fclose(out);
		}
		assert_int_equal(lengths[0], lengths[1]);
		assert_memory_equal(first, second, lengths[0]);
		free(first);
		free(second);
		unlink(file);
	}
	rmdir(path);
	assert_true(bytes > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nonsense) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
