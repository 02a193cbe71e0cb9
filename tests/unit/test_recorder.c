/*
 * The recorder and the facts, read back through the trace reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "monitor/facts.h"
#include "monitor/payload.h"
#include "monitor/recorder.h"
#include "schema/trace_reader.h"

#define TINY_RING 1024

static char folder[] = "/tmp/test_recorder.XXXXXX";
static char path[128];

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int name_trace(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/t.mvx.zst", folder);
	return 0;
}

static int remove_trace(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static const struct options full = { .n_variants = 2, .payload = PAYLOAD_FULL };

static struct recorder *start(const struct options *options, unsigned n_rings, size_t ring_bytes)
{
	struct recorder *r = NULL;
	struct error err = { 0 };

	assert_int_equal(recorder_start_sized(&r, path, options, n_rings, ring_bytes, &err), 0);
	assert_non_null(r);
	return r;
}

static void stop(struct recorder *r)
{
	struct trace_end end = { .clean = true, .variants = 3 };
	struct error err = { 0 };

	if (recorder_stop(r, &end, &err))
		fail_msg("%s", err.message);
}

static struct trace_reader *reopen(void)
{
	struct trace_reader *reader = NULL;
	struct error err = { 0 };

	if (trace_reader_open(&reader, path, &err))
		fail_msg("%s", err.message);
	return reader;
}

/* The next record but End; false at the end. */
static bool next(struct trace_reader *reader, struct trace_record *record)
{
	struct error err = { 0 };
	int status = trace_reader_next(reader, record, &err);

	if (status < 0)
		fail_msg("%s", err.message);
	return status == 1 && record->kind != TRACE_END;
}

static void next_of(struct trace_reader *reader, struct trace_record *record,
		    enum trace_record_kind kind)
{
	assert_true(next(reader, record));
	assert_int_equal(record->kind, kind);
}

/* A step whose values all follow from (task, seq), in the variants of the mask. */
static struct trace_record make_step(uint32_t task, uint64_t seq, uint32_t variants)
{
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_step *step = &record.step;

	step->task = task;
	step->task_seq = seq;
	step->ticket = seq * 3;
	step->variants = variants;
	step->nr = SYS_getppid;
	step->executed = EXECUTED_LEADER;
	step->verdict = VERDICT_SAME;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		step->entry_ns[v] = seq * 100 + v;
		step->exit_ns[v] = seq * 100 + 50 + v;
		step->result[v] = -(int64_t)(seq + v);
		for (unsigned a = 0; a < 6; a++)
			step->args[v][a] = seq << 8 | v << 4 | a;
	}
	return record;
}

static void check_step(const struct trace_step *step, uint32_t variants)
{
	struct trace_record wanted = make_step(step->task, step->task_seq, variants);

	assert_int_equal(step->variants, variants);
	assert_int_equal(step->ticket, wanted.step.ticket);
	assert_int_equal(step->nr, SYS_getppid);
	assert_int_equal(step->executed, EXECUTED_LEADER);
	assert_int_equal(step->verdict, VERDICT_SAME);
	assert_int_equal(step->policy, 0);
	assert_int_equal(step->no_result, 0);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		if (!(variants & 1u << v))
			continue;
		assert_int_equal(step->entry_ns[v], wanted.step.entry_ns[v]);
		assert_int_equal(step->exit_ns[v], wanted.step.exit_ns[v]);
		assert_int_equal(step->result[v], wanted.step.result[v]);
		assert_memory_equal(step->args[v], wanted.step.args[v], sizeof(step->args[v]));
	}
}

static struct trace_buf make_buf(const void *data, size_t length)
{
	return (struct trace_buf){
		.arg = 1,
		.direction = DIRECTION_IN,
		.variants = 3,
		.full_length = length,
		.data = { .data = data, .length = length },
	};
}

static void add_buf_step(struct recorder *r, uint64_t seq, int32_t nr, struct trace_buf *bufs,
			 size_t n_bufs)
{
	struct trace_record record = make_step(1, seq, 3);

	record.step.nr = nr;
	record.step.bufs = bufs;
	record.step.n_bufs = n_bufs;
	recorder_add(r, 0, &record);
}

/* Without a trace. */

static void no_trace_is_no_recorder(void **state)
{
	struct recorder *r = (struct recorder *)1;
	struct trace_record record = make_step(1, 1, 3);
	struct trace_end end = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(recorder_start(&r, NULL, &full, 2, &err), 0);
	assert_null(r);
	recorder_add(r, 0, &record);
	recorder_sync(r);
	assert_null(recorder_failure(r));
	assert_int_equal(recorder_stop(r, &end, &err), 0);
}

static void existing_file_is_refused(void **state)
{
	struct recorder *r = (struct recorder *)1;
	struct error err = { 0 };

	(void)state;
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(recorder_start(&r, path, &full, 2, &err), -EEXIST);
	assert_null(r);
	assert_non_null(strstr(err.message, path));
}

/* Every copied kind comes back as it was, numbered. */

static void add_other_kinds(struct recorder *r)
{
	uint8_t siginfo[128];
	char label[] = "P0.T0", file[] = "/bin/true", text[] = "hello";
	struct trace_record task = {
		.kind = TRACE_TASK_START,
		.task_start = { .task = 1, .label = label, .variants = 3, .pid = { 7, 8 } },
	};
	struct trace_record signal = {
		.kind = TRACE_SIGNAL,
		.signal = { .task = 1,
			    .signo = SIGUSR1,
			    .decision = SIGNAL_DELIVERED,
			    .siginfo = { .data = siginfo, .length = sizeof(siginfo) } },
	};
	struct trace_record trap = { .kind = TRACE_TRAP,
				     .trap = { .task = 1, .kind = TRAP_RDTSC, .value = 99 } };
	struct trace_record identity = { .kind = TRACE_FILE_IDENTITY,
					 .file_identity = { .path = file, .inode = 4 } };
	struct trace_record mark = { .kind = TRACE_MARK, .mark = { .task = 1, .text = text } };
	struct trace_record ended = {
		.kind = TRACE_TASK_END, .task_end = { .task = 1, .variants = 3, .status = { 5, 5 } }
	};

	memset(siginfo, 0xa5, sizeof(siginfo));
	recorder_add(r, 0, &task);
	recorder_add(r, 0, &signal);
	recorder_add(r, 0, &trap);
	recorder_add(r, 0, &identity);
	recorder_add(r, 0, &mark);
	mark.mark.text = NULL;
	recorder_add(r, 0, &mark);
	recorder_add(r, 0, &ended);
	/* What the caller does with its memory afterwards is its own affair. */
	memset(siginfo, 0, sizeof(siginfo));
	memset(label, 'x', sizeof(label) - 1);
	memset(file, 'x', sizeof(file) - 1);
	memset(text, 'x', sizeof(text) - 1);
}

static void check_other_kinds(struct trace_reader *reader, uint64_t steps_before)
{
	struct trace_record record;
	uint8_t siginfo[128];

	memset(siginfo, 0xa5, sizeof(siginfo));
	next_of(reader, &record, TRACE_TASK_START);
	assert_string_equal(record.task_start.label, "P0.T0");
	assert_int_equal(record.task_start.pid[1], 8);
	next_of(reader, &record, TRACE_SIGNAL);
	assert_int_equal(record.signal.step, steps_before + 1);
	assert_int_equal(record.signal.signo, SIGUSR1);
	assert_int_equal(record.signal.siginfo.length, sizeof(siginfo));
	assert_memory_equal(record.signal.siginfo.data, siginfo, sizeof(siginfo));
	next_of(reader, &record, TRACE_TRAP);
	assert_int_equal(record.trap.step, steps_before);
	assert_int_equal(record.trap.value, 99);
	next_of(reader, &record, TRACE_FILE_IDENTITY);
	assert_string_equal(record.file_identity.path, "/bin/true");
	next_of(reader, &record, TRACE_MARK);
	assert_string_equal(record.mark.text, "hello");
	next_of(reader, &record, TRACE_MARK);
	assert_string_equal(record.mark.text, "");
	next_of(reader, &record, TRACE_TASK_END);
	assert_int_equal(record.task_end.status[1], 5);
}

static void kinds_come_back(void **state)
{
	struct recorder *r = start(&full, 1, RECORDER_RING_BYTES);
	struct trace_record step = make_step(1, 1, 5), record;
	struct trace_divergence_side side = { .variant = 1, .text = "close(3)" };
	struct trace_record divergence = {
		.kind = TRACE_DIVERGENCE,
		.divergence = { .task = 1, .kind = DIVERGENCE_NUMBER, .sides = &side, .n_sides = 1 },
	};
	struct trace_reader *reader;
	const struct trace_end *end;

	(void)state;
	recorder_add(r, 0, &step);
	add_other_kinds(r);
	step = make_step(1, 2, 3);
	recorder_add(r, 0, &step);
	recorder_add(r, 0, &divergence);
	assert_int_equal(divergence.divergence.step, 0);
	stop(r);

	reader = reopen();
	next_of(reader, &record, TRACE_STEP);
	assert_int_equal(record.step.step, 1);
	check_step(&record.step, 5);
	check_other_kinds(reader, 1);
	next_of(reader, &record, TRACE_STEP);
	check_step(&record.step, 3);
	next_of(reader, &record, TRACE_DIVERGENCE);
	assert_int_equal(record.divergence.step, 2);
	assert_string_equal(record.divergence.sides[0].text, "close(3)");
	assert_false(next(reader, &record));
	end = trace_reader_end(reader);
	assert_non_null(end);
	assert_int_equal(end->steps, 2);
	assert_int_equal(end->signals, 1);
	assert_int_equal(end->divergences, 1);
	assert_int_equal(end->tasks, 1);
	assert_true(end->clean);
	trace_reader_close(reader);
}

/* Order and numbers, with a ring that is full nearly always. */

struct producer {
	struct recorder *recorder;
	unsigned ring;
	uint64_t count;
	pthread_t thread;
};

/* Steps of all sizes: without, with some and with a lot of data. */
static void *produce(void *argument)
{
	struct producer *p = argument;
	static const uint8_t data[3000] = { 1, 2, 3 };

	for (uint64_t seq = 1; seq <= p->count; seq++) {
		struct trace_buf buf = make_buf(data, seq * 7 % 64);
		struct trace_record record = make_step(p->ring + 1, seq, 3);

		if (seq % 100 == 0)
			buf = make_buf(data, sizeof(data));
		record.step.bufs = &buf;
		record.step.n_bufs = seq % 3 == 0;
		recorder_add(p->recorder, p->ring, &record);
	}
	return NULL;
}

static void check_produced(unsigned n_rings, uint64_t count)
{
	uint64_t seen[LIMIT_VARIANTS] = { 0 }, steps = 0;
	struct trace_reader *reader = reopen();
	struct trace_record record;

	while (next(reader, &record)) {
		uint64_t seq = record.step.task_seq;

		assert_int_equal(record.kind, TRACE_STEP);
		assert_int_equal(record.step.step, ++steps);
		assert_in_range(record.step.task, 1, n_rings);
		assert_int_equal(seq, ++seen[record.step.task - 1]);
		check_step(&record.step, 3);
		assert_int_equal(record.step.n_bufs, seq % 3 == 0);
		if (seq % 3 == 0)
			assert_int_equal(record.step.bufs[0].data.length,
					 seq % 100 == 0 ? 3000 : seq * 7 % 64);
	}
	assert_int_equal(steps, n_rings * count);
	assert_int_equal(trace_reader_state(reader), TRACE_COMPLETE);
	assert_int_equal(trace_reader_end(reader)->steps, steps);
	trace_reader_close(reader);
}

static void run_producers(unsigned n_rings, size_t ring_bytes, uint64_t count)
{
	struct recorder *r = start(&full, n_rings, ring_bytes);
	struct producer producers[LIMIT_VARIANTS];

	for (unsigned i = 0; i < n_rings; i++) {
		producers[i] = (struct producer){ .recorder = r, .ring = i, .count = count };
		assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]),
				 0);
	}
	for (unsigned i = 0; i < n_rings; i++)
		pthread_join(producers[i].thread, NULL);
	stop(r);
	check_produced(n_rings, count);
}

static void one_ring_keeps_order(void **state)
{
	(void)state;
	run_producers(1, RECORDER_RING_BYTES, 20000);
}

static void full_ring_holds_back(void **state)
{
	(void)state;
	run_producers(1, TINY_RING, 20000);
}

static void three_rings_keep_order(void **state)
{
	(void)state;
	run_producers(3, 4096, 8000);
}

/* A divergence names the last step of its own ring, whatever others added since. */
static void divergence_names_its_own_step(void **state)
{
	struct recorder *r = start(&full, 2, RECORDER_RING_BYTES);
	struct trace_record step = make_step(1, 1, 3), other = make_step(2, 1, 2), record;
	struct trace_record divergence = { .kind = TRACE_DIVERGENCE,
					   .divergence = { .kind = DIVERGENCE_NUMBER } };
	struct trace_reader *reader;

	(void)state;
	recorder_add(r, 0, &step);
	recorder_sync(r);
	recorder_add(r, 1, &other);
	recorder_sync(r);
	recorder_add(r, 0, &divergence);
	stop(r);
	reader = reopen();
	next_of(reader, &record, TRACE_STEP);
	next_of(reader, &record, TRACE_STEP);
	next_of(reader, &record, TRACE_DIVERGENCE);
	assert_int_equal(record.divergence.step, 1);
	trace_reader_close(reader);
}

/* Payloads. */

static uint8_t *make_bytes(size_t length, uint8_t seed)
{
	uint8_t *bytes = malloc(length ? length : 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(seed + i * 2654435761u / 7 + (i >> 8));
	return bytes;
}

/* Big ones, from a quarter of the ring to beyond what a buffer may keep. */
static void big_payloads_come_back(void **state)
{
	static const size_t lengths[] = {
		200, 256, 300, 5000, 3u << 20, LIMIT_PAYLOAD_BYTES, LIMIT_PAYLOAD_BYTES + 1
	};
	struct recorder *r = start(&full, 1, TINY_RING);
	size_t count = sizeof(lengths) / sizeof(*lengths);
	struct trace_reader *reader;
	struct trace_record record;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		uint8_t *bytes = make_bytes(lengths[i], (uint8_t)i);
		struct trace_buf buf = make_buf(bytes, lengths[i]);

		add_buf_step(r, i + 1, SYS_write, &buf, 1);
		free(bytes);
	}
	stop(r);
	reader = reopen();
	for (size_t i = 0; i < count; i++) {
		uint8_t *bytes = make_bytes(lengths[i], (uint8_t)i);
		bool cut = lengths[i] > LIMIT_PAYLOAD_BYTES;
		const struct trace_buf *buf;

		next_of(reader, &record, TRACE_STEP);
		assert_int_equal(record.step.n_bufs, 1);
		buf = &record.step.bufs[0];
		assert_int_equal(buf->full_length, lengths[i]);
		assert_int_equal(buf->data.length, cut ? LIMIT_PAYLOAD_BYTES : lengths[i]);
		assert_int_equal(memcmp(buf->data.data, bytes, buf->data.length), 0);
		assert_int_equal(buf->truncated, cut);
		assert_int_equal(buf->hash, cut ? XXH3_64bits(bytes, lengths[i]) : 0);
		free(bytes);
	}
	trace_reader_close(reader);
}

static const char long_text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* Writes one step with a long buffer, a short one and a vector's layout; one with a path. */
static void record_payloads(const struct options *options)
{
	struct recorder *r = start(options, 1, RECORDER_RING_BYTES);
	uint64_t layout[2] = { 30, 6 };
	struct trace_buf bufs[4] = {
		make_buf(long_text, sizeof(long_text)),
		make_buf("abc", 3),
		make_buf(layout, sizeof(layout)),
		make_buf(NULL, 0),
	};
	struct trace_buf name = make_buf("/etc/passwd", 12);

	bufs[2].part = PART_LAYOUT;
	add_buf_step(r, 1, SYS_write, bufs, 4);
	add_buf_step(r, 2, SYS_openat, &name, 1);
	stop(r);
}

static void check_payload(const struct trace_buf *buf, const void *bytes, size_t length,
			  size_t kept, bool hashed)
{
	assert_int_equal(buf->full_length, length);
	assert_int_equal(buf->data.length, kept);
	if (kept)
		assert_memory_equal(buf->data.data, bytes, kept);
	assert_int_equal(buf->truncated, kept < length);
	assert_int_equal(buf->hash, hashed ? XXH3_64bits(bytes, length) : 0);
}

/* `kept`: bytes left of each of the two texts. */
static void check_payload_mode(const struct options *options, size_t kept_long, size_t kept_short,
			       bool hashed)
{
	uint64_t layout[2] = { 30, 6 };
	struct trace_reader *reader;
	struct trace_record record;

	record_payloads(options);
	reader = reopen();
	next_of(reader, &record, TRACE_STEP);
	assert_int_equal(record.step.n_bufs, 4);
	check_payload(&record.step.bufs[0], long_text, sizeof(long_text), kept_long,
		      hashed && kept_long < sizeof(long_text));
	check_payload(&record.step.bufs[1], "abc", 3, kept_short, hashed && kept_short < 3);
	check_payload(&record.step.bufs[2], layout, sizeof(layout), sizeof(layout), false);
	check_payload(&record.step.bufs[3], NULL, 0, 0, false);
	/* A path is not payload. */
	next_of(reader, &record, TRACE_STEP);
	check_payload(&record.step.bufs[0], "/etc/passwd", 12, 12, false);
	trace_reader_close(reader);
	unlink(path);
}

static void payload_modes(void **state)
{
	struct options options = full;

	(void)state;
	check_payload_mode(&options, sizeof(long_text), 3, false);
	options.payload = PAYLOAD_HEAD;
	options.payload_head_bytes = 10;
	check_payload_mode(&options, 10, 3, true);
	options.payload = PAYLOAD_HASH;
	check_payload_mode(&options, 0, 0, true);
	options.payload = PAYLOAD_NONE;
	check_payload_mode(&options, 0, 0, false);
}

/* What was cut before keeps the hash of all of it. */
static void cut_buffer_keeps_its_hash(void **state)
{
	struct options options = { .payload = PAYLOAD_HEAD, .payload_head_bytes = 4 };
	struct trace_buf buf = make_buf(long_text, 20);

	(void)state;
	buf.full_length = sizeof(long_text);
	buf.truncated = 1;
	buf.hash = 12345;
	payload_apply(&options, &buf);
	assert_int_equal(buf.data.length, 4);
	assert_int_equal(buf.hash, 12345);
	assert_int_equal(buf.full_length, sizeof(long_text));
	assert_int_equal(buf.truncated, 1);
}

static void no_buffer_keeps_more_than_the_limit(void **state)
{
	size_t length = LIMIT_PAYLOAD_BYTES + 5;
	uint8_t *bytes = make_bytes(length, 3);
	struct trace_buf buf = make_buf(bytes, length);

	(void)state;
	payload_apply(&full, &buf);
	assert_int_equal(buf.data.length, LIMIT_PAYLOAD_BYTES);
	assert_int_equal(buf.full_length, length);
	assert_int_equal(buf.truncated, 1);
	assert_int_equal(buf.hash, XXH3_64bits(bytes, length));
	free(bytes);
}

/* Failures. */

/* In a process of its own: the limit holds for cmocka's output too. */
static int fill_until_failure(void)
{
	struct rlimit limit = { .rlim_cur = 300000, .rlim_max = 300000 };
	struct recorder *r = NULL;
	struct error err = { 0 };
	struct trace_end end = { 0 };
	uint64_t random = 88172645463325252u, data[64];
	uint64_t after_failure = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) ||
	    recorder_start_sized(&r, path, &full, 1, 16384, &err))
		return 1;
	for (uint64_t seq = 1; after_failure < 10000 && seq < 1000000; seq++) {
		struct trace_buf buf = make_buf(data, sizeof(data));

		for (size_t i = 0; i < 64; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			data[i] = random;
		}
		add_buf_step(r, seq, SYS_write, &buf, 1);
		after_failure += recorder_failure(r) != NULL;
	}
	if (after_failure < 10000)
		return 2;
	recorder_sync(r);
	if (!strstr(recorder_failure(r), path))
		return 3;
	return recorder_stop(r, &end, &err) == -EFBIG ? 0 : 4;
}

static void failing_writer_does_not_hang(void **state)
{
	struct trace_reader *reader;
	struct trace_record record;
	uint64_t steps = 0;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		alarm(60);
		_exit(fill_until_failure());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* What had been written is a trace. */
	reader = reopen();
	while (next(reader, &record))
		assert_int_equal(record.step.step, ++steps);
	assert_int_equal(trace_reader_state(reader), TRACE_INCOMPLETE);
	trace_reader_close(reader);
}

/* One record the writer refuses is told, in the trace too; all others are there. */
static void refused_record_is_told(void **state)
{
	struct recorder *r = start(&full, 1, RECORDER_RING_BYTES);
	struct trace_buf buf = make_buf("abc", 3);
	struct trace_end end = { 0 };
	struct error err = { 0 };
	struct trace_reader *reader;
	struct trace_record record;

	(void)state;
	add_buf_step(r, 1, SYS_write, &buf, 1);
	buf.arg = 17;
	add_buf_step(r, 2, SYS_write, &buf, 1);
	buf.arg = 1;
	add_buf_step(r, 3, SYS_write, &buf, 1);
	recorder_sync(r);
	assert_non_null(recorder_failure(r));
	assert_int_equal(recorder_stop(r, &end, &err), -EINVAL);
	reader = reopen();
	next_of(reader, &record, TRACE_STEP);
	next_of(reader, &record, TRACE_MARK);
	assert_non_null(strstr(record.mark.text, "not in the trace"));
	next_of(reader, &record, TRACE_STEP);
	assert_int_equal(record.step.step, 3);
	trace_reader_close(reader);
}

/* Durability. */

static uint64_t count_steps(enum trace_state *trace_state)
{
	struct trace_reader *reader = reopen();
	struct trace_record record;
	uint64_t steps = 0;

	while (next(reader, &record))
		assert_int_equal(record.step.step, ++steps);
	*trace_state = trace_reader_state(reader);
	trace_reader_close(reader);
	return steps;
}

static void synced_records_are_readable(void **state)
{
	struct recorder *r = start(&full, 1, RECORDER_RING_BYTES);
	enum trace_state trace_state;

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++) {
		struct trace_record record = make_step(1, seq, 3);

		recorder_add(r, 0, &record);
		recorder_sync(r);
		assert_int_equal(count_steps(&trace_state), seq);
		assert_int_equal(trace_state, TRACE_RECORDING);
	}
	stop(r);
	assert_int_equal(count_steps(&trace_state), 5);
	assert_int_equal(trace_state, TRACE_COMPLETE);
}

/* Adds ten steps, says so, adds no more. */
static _Noreturn void record_and_linger(int ready_fd)
{
	struct recorder *r = start(&full, 1, RECORDER_RING_BYTES);

	for (uint64_t seq = 1; seq <= 10; seq++) {
		struct trace_record record = make_step(1, seq, 3);

		recorder_add(r, 0, &record);
	}
	if (write(ready_fd, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void killed_recorder_leaves_what_is_old(void **state)
{
	struct timespec age = { .tv_sec = 1, .tv_nsec = 200000000 };
	enum trace_state trace_state = TRACE_COMPLETE;
	int ready[2], status;
	uint64_t steps = 0;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		alarm(60);
		record_and_linger(ready[1]);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	/* On a loaded machine a thread may come late; what counts is that nobody asked it to flush. */
	for (int tries = 0; tries < 20 && steps < 10; tries++) {
		nanosleep(&age, NULL);
		steps = count_steps(&trace_state);
		assert_int_equal(trace_state, TRACE_RECORDING);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(count_steps(&trace_state), 10);
	assert_int_equal(trace_state, TRACE_INCOMPLETE);
}

/* Facts. */

static struct session session;
static char program[] = "/proc/self/exe", word[] = "a b";
static char *variant_argv[] = { program, word, NULL };

static struct options fact_options(void)
{
	struct options options = { .n_variants = 2,
				   .payload = PAYLOAD_HEAD,
				   .payload_head_bytes = 77,
				   .layout = OPTION_LAYOUT_SAME };

	options.commands[0] = (struct option_command){ .argv = variant_argv, .argc = 2 };
	options.commands[1] = (struct option_command){ .argv = variant_argv, .argc = 1 };
	return options;
}

static void start_session(const struct options *options)
{
	struct timespec now;

	memset(&session, 0, sizeof(session));
	clock_gettime(CLOCK_MONOTONIC, &now);
	session.start_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	session.options = options;
	session.n_variants = 2;
	sigemptyset(&session.signal_mask);
	sigaddset(&session.signal_mask, SIGUSR2);
	session.recorder = start(options, 2, RECORDER_RING_BYTES);
}

static const char *find_name(const struct trace_name *names, size_t count, int64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return "";
}

static const struct trace_inherited_fd *find_fd(const struct trace_header *header, int fd)
{
	for (size_t i = 0; i < header->n_fds; i++)
		if (header->fds[i].fd == fd)
			return &header->fds[i];
	return NULL;
}

static bool has_string(const struct trace_blob *blobs, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (blobs[i].length == strlen(text) &&
		    memcmp(blobs[i].data, text, blobs[i].length) == 0)
			return true;
	return false;
}

static void check_start_state(const struct trace_header *header, int file_fd, int hidden_fd)
{
	const struct trace_inherited_fd *fd = find_fd(header, file_fd);
	char cwd[LIMIT_PATH_BYTES];
	struct rlimit limit;
	mode_t mask = umask(0);

	umask(mask);
	assert_int_equal(header->umask, mask);
	assert_string_equal(header->cwd, getcwd(cwd, sizeof(cwd)));
	assert_int_equal(header->uid, getuid());
	assert_int_equal(header->signal_mask, 1u << (SIGUSR2 - 1));
	assert_true(header->signal_ignored & 1u << (SIGTTOU - 1));
	assert_non_null(fd);
	assert_string_equal(fd->kind, "file");
	assert_string_equal(fd->path, "/etc/passwd");
	assert_int_equal(fd->offset, 5);
	assert_int_equal(fd->flags & O_ACCMODE, O_RDONLY);
	assert_null(find_fd(header, hidden_fd));
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(header->n_rlimits, RLIM_NLIMITS);
	assert_int_equal(header->rlimits[RLIMIT_NOFILE].soft, limit.rlim_cur);
	assert_true(has_string(header->environment, header->n_environment, "MVX_TEST_FACT=yes"));
}

static void header_says_it_all(void **state)
{
	struct options options = fact_options();
	char monitor[] = "mvx-monitor", option[] = "--payload=head:77";
	char *argv[] = { monitor, option, NULL };
	struct error err = { 0 };
	struct trace_reader *reader;
	const struct trace_header *header;
	int file_fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	int hidden_fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(file_fd >= 0 && hidden_fd >= 0);
	/* One to be inherited. */
	assert_int_equal(fcntl(file_fd, F_SETFD, 0), 0);
	assert_int_equal(lseek(file_fd, 5, SEEK_SET), 5);
	setenv("MVX_TEST_FACT", "yes", 1);
	start_session(&options);
	assert_int_equal(facts_record_header(&session, 2, argv, &err), 0);
	stop(session.recorder);
	reader = reopen();
	header = trace_reader_header(reader);
	assert_non_null(header);
	assert_int_equal(header->trace_id.length, 16);
	assert_true(header->descriptor_set.length > 100);
	assert_string_equal(header->monitor_version, MVX_VERSION);
	assert_int_equal(header->n_options, 2);
	assert_true(has_string(header->options, 2, "--payload=head:77"));
	assert_int_equal(header->variants, 2);
	assert_int_equal(header->payload_mode, PAYLOAD_HEAD);
	assert_int_equal(header->payload_head_bytes, 77);
	assert_true(header->start_wall_ns / 1000000000u <= (uint64_t)time(NULL) + 1);
	assert_true(header->start_wall_ns / 1000000000u + 3600 > (uint64_t)time(NULL));
	assert_string_equal(header->machine, "x86_64");
	assert_true(strlen(header->cpu_model) > 0);
	assert_int_equal(header->page_bytes, 4096);
	assert_string_equal(find_name(header->syscalls, header->n_syscalls, SYS_openat), "openat");
	assert_string_equal(find_name(header->errnos, header->n_errnos, ENOENT), "ENOENT");
	assert_string_equal(find_name(header->signals, header->n_signals, SIGINT), "SIGINT");
	check_start_state(header, file_fd, hidden_fd);
	trace_reader_close(reader);
	close(file_fd);
	close(hidden_fd);
}

static uint64_t hash_of_file(const char *name, uint64_t *size)
{
	FILE *file = fopen(name, "re");
	struct stat st;
	uint8_t *bytes;
	uint64_t hash;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
	hash = XXH3_64bits(bytes, (size_t)st.st_size);
	*size = (uint64_t)st.st_size;
	free(bytes);
	fclose(file);
	return hash;
}

static void variants_are_identified(void **state)
{
	struct options options = fact_options();
	static const uint8_t at_random[16] = "0123456789abcde";
	Elf64_auxv_t auxv[2] = { { .a_type = AT_PAGESZ, .a_un = { 4096 } }, { .a_type = AT_NULL } };
	char exe[LIMIT_PATH_BYTES] = "";
	struct trace_reader *reader;
	struct trace_record record;
	uint64_t size, hash = hash_of_file("/proc/self/exe", &size);

	(void)state;
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	start_session(&options);
	facts_record_variant(&session, 0, getpid(), auxv, sizeof(auxv), at_random);
	facts_record_variant(&session, 1, getpid(), auxv, sizeof(auxv), at_random);
	stop(session.recorder);
	reader = reopen();
	for (unsigned v = 0; v < 2; v++) {
		const struct trace_variant_start *start = &record.variant_start;

		next_of(reader, &record, TRACE_VARIANT_START);
		assert_int_equal(start->variant, v);
		assert_int_equal(start->pid, getpid());
		assert_int_equal(start->n_argv, v == 0 ? 2 : 1);
		assert_true(has_string(start->argv, start->n_argv, program));
		assert_string_equal(start->path, exe);
		assert_int_equal(start->size, size);
		assert_int_equal(start->hash, hash);
		assert_string_equal(start->layout, "same");
		/* The test is linked with --build-id=sha1. */
		assert_int_equal(start->build_id.length, 20);
		assert_int_equal(start->auxv.length, sizeof(auxv));
		assert_memory_equal(start->auxv.data, auxv, sizeof(auxv));
		assert_memory_equal(start->at_random.data, at_random, 16);
	}
	trace_reader_close(reader);
}

static void check_identity(const struct trace_file_identity *file, const char *name,
			   uint32_t reason)
{
	struct stat st;
	uint64_t size, hash = hash_of_file(name, &size);

	assert_int_equal(stat(name, &st), 0);
	assert_string_equal(file->path, name);
	assert_int_equal(file->inode, st.st_ino);
	assert_int_equal(file->device, st.st_dev);
	assert_int_equal(file->size, size);
	assert_int_equal(file->hash, hash);
	assert_int_equal(file->reason, reason);
	assert_int_equal(file->task, 9);
}

static void write_text(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void files_are_identified_once(void **state)
{
	struct options options = fact_options();
	char name[160], link[64];
	struct trace_reader *reader;
	struct trace_record record;
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "%s/mapped", folder);
	write_text(name, "first");
	start_session(&options);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)getpid(), fd);
	facts_record_file(&session, 9, link, 2);
	facts_record_file(&session, 9, name, 2);
	facts_record_file(&session, 9, "/etc/passwd", 1);
	for (unsigned i = 0; i < 300; i++)
		facts_record_file(&session, 9, i % 2 ? "/etc/passwd" : name, 2);
	/* Another content is another state of the file; it has another size. */
	write_text(name, "the second");
	facts_record_file(&session, 9, name, 2);
	facts_record_file(&session, 9, "/nowhere", 2);
	facts_record_file(&session, 9, "/dev/null", 2);
	stop(session.recorder);
	close(fd);

	reader = reopen();
	next_of(reader, &record, TRACE_FILE_IDENTITY);
	assert_int_equal(record.file_identity.size, 5);
	assert_int_equal(record.file_identity.hash, XXH3_64bits("first", 5));
	assert_string_equal(record.file_identity.path, name);
	next_of(reader, &record, TRACE_FILE_IDENTITY);
	check_identity(&record.file_identity, "/etc/passwd", 1);
	next_of(reader, &record, TRACE_FILE_IDENTITY);
	check_identity(&record.file_identity, name, 2);
	next_of(reader, &record, TRACE_FILE_IDENTITY);
	assert_string_equal(record.file_identity.path, "/dev/null");
	assert_int_equal(record.file_identity.hash, 0);
	assert_false(next(reader, &record));
	trace_reader_close(reader);
	unlink(name);
}

/* More files than the first table holds. */
static void many_files_are_remembered(void **state)
{
	struct options options = fact_options();
	struct trace_reader *reader;
	struct trace_record record;
	unsigned count = 0;
	char name[160];

	(void)state;
	start_session(&options);
	for (unsigned i = 0; i < 2 * 200; i++) {
		snprintf(name, sizeof(name), "%s/file%u", folder, i % 200);
		if (i < 200)
			write_text(name, name);
		facts_record_file(&session, 9, name, 2);
	}
	stop(session.recorder);
	reader = reopen();
	while (next(reader, &record))
		count++;
	trace_reader_close(reader);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%s/file%u", folder, i);
		unlink(name);
	}
	assert_int_equal(count, 200);
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, name_trace, remove_trace)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(no_trace_is_no_recorder),
		TRACE_TEST(existing_file_is_refused),
		TRACE_TEST(kinds_come_back),
		TRACE_TEST(one_ring_keeps_order),
		TRACE_TEST(full_ring_holds_back),
		TRACE_TEST(three_rings_keep_order),
		TRACE_TEST(divergence_names_its_own_step),
		TRACE_TEST(big_payloads_come_back),
		TRACE_TEST(payload_modes),
		TRACE_TEST(cut_buffer_keeps_its_hash),
		TRACE_TEST(no_buffer_keeps_more_than_the_limit),
		TRACE_TEST(failing_writer_does_not_hang),
		TRACE_TEST(refused_record_is_told),
		TRACE_TEST(synced_records_are_readable),
		TRACE_TEST(killed_recorder_leaves_what_is_old),
		TRACE_TEST(header_says_it_all),
		TRACE_TEST(variants_are_identified),
		TRACE_TEST(files_are_identified_once),
		TRACE_TEST(many_files_are_remembered),
	};

	/* Ignored at the start, default later: the header must tell the start. */
	signal(SIGTTOU, SIG_IGN);
	facts_remember_start();
	signal(SIGTTOU, SIG_DFL);
	return cmocka_run_group_tests_name("recorder", tests, make_folder, remove_folder);
}
