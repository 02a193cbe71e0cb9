/* Rendezvous made by hand: what becomes of them as a Step, and what is recorded and told when they disagree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "monitor/divergence.h"
#include "monitor/recorder.h"
#include "monitor/session.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/step_record.h"

#define TOLD_BYTES 16384

/* What the recorder was handed, copied. */
static struct {
	unsigned n_steps, n_divergences, n_syncs;
	bool step_first;
	struct trace_step step;
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	struct trace_divergence divergence;
	struct trace_divergence_side sides[LIMIT_VARIANTS];
	char summary[1024], text[LIMIT_VARIANTS][1024], location[LIMIT_VARIANTS][256];
	uint8_t data[LIMIT_VARIANTS][64];
	bool has_maps[LIMIT_VARIANTS];
	uint64_t first_frame[LIMIT_VARIANTS];
} recorded;

static char told[TOLD_BYTES];

static void record_side(unsigned i, const struct trace_divergence_side *side)
{
	recorded.sides[i] = *side;
	snprintf(recorded.text[i], sizeof(recorded.text[i]), "%s", side->text);
	snprintf(recorded.location[i], sizeof(recorded.location[i]), "%s",
		 side->location ? side->location : "");
	assert_true(side->data.length <= 64);
	if (side->data.length)
		memcpy(recorded.data[i], side->data.data, side->data.length);
	recorded.has_maps[i] = side->maps && strchr(side->maps, '\n');
	recorded.first_frame[i] = side->n_frames ? side->frames[0] : 0;
}

void recorder_add(struct recorder *r, unsigned ring, const struct trace_record *record)
{
	assert_int_equal(ring, LEADER);
	if (record->kind == TRACE_STEP) {
		recorded.n_steps++;
		recorded.step = record->step;
		memcpy(recorded.bufs, record->step.bufs,
		       record->step.n_bufs * sizeof(recorded.bufs[0]));
		recorded.step.bufs = recorded.bufs;
		return;
	}
	assert_int_equal(record->kind, TRACE_DIVERGENCE);
	recorded.step_first = recorded.n_steps == 1;
	recorded.n_divergences++;
	recorded.divergence = record->divergence;
	snprintf(recorded.summary, sizeof(recorded.summary), "%s", record->divergence.summary);
	assert_string_equal(record->divergence.action, "killed");
	for (unsigned i = 0; i < record->divergence.n_sides; i++)
		record_side(i, &record->divergence.sides[i]);
}

void recorder_sync(struct recorder *r)
{
	assert_int_equal(recorded.n_divergences, 1);
	recorded.n_syncs++;
}

/* The lane */

struct fixture {
	struct options options;
	struct session session;
	struct lane *lane;
	struct process process;
	struct rendezvous *r;
	char label[8];
};

static struct fixture f;

static void lane_make(unsigned n_variants)
{
	memset(&f, 0, sizeof(f));
	memset(&recorded, 0, sizeof(recorded));
	f.options.timeout_ns = 60000000000ull;
	f.session.options = &f.options;
	f.session.n_variants = n_variants;
	f.session.all_variants = (1u << n_variants) - 1;
	f.lane = alloc_zeroed(1, sizeof(*f.lane));
	f.lane->session = &f.session;
	f.lane->process = f.lane->thread = &f.process;
	f.lane->id = 7;
	strcpy(f.label, "P0.T0");
	f.lane->label = f.label;
	f.lane->seq = 3;
	f.lane->task_seq = 11;
	f.r = lane_rendezvous(f.lane, f.lane->seq);
}

static void lane_free(void)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		capture_finish(&f.r->slots[v].in);
	capture_finish(&f.r->out);
	free(f.lane);
}

static struct slot *put_call(unsigned v, int64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
	struct slot *slot = &f.r->slots[v];

	capture_reset(&slot->in);
	slot->kind = ARRIVAL_CALL;
	slot->nr = nr;
	slot->args[0] = a;
	slot->args[1] = b;
	slot->args[2] = c;
	slot->entry_ns = 100 + v;
	atomic_store(&slot->phase, SLOT_ARRIVED);
	return slot;
}

static void put_bytes(struct capture *c, unsigned arg, const void *data, size_t length)
{
	uint8_t *to = capture_add(c, arg, PART_CONTENT, FORMAT_NONE, 0x1000, length);

	if (length)
		memcpy(to, data, length);
}

static void put_write_bytes(unsigned v, const void *data, size_t length)
{
	put_call(v, SYS_write, 1, 0x7000 + 0x1000 * v, length);
	put_bytes(&f.r->slots[v].in, 1, data, length);
}

static void put_write(unsigned v, const char *text)
{
	put_write_bytes(v, text, strlen(text));
}

static void put_end(unsigned v, int status)
{
	f.r->slots[v].kind = ARRIVAL_END;
	f.r->slots[v].status = status;
	f.lane->status[v] = status;
	atomic_fetch_or(&f.lane->ended, 1u << v);
	atomic_store(&f.r->slots[v].phase, SLOT_ARRIVED);
}

static void put_fault(unsigned v, int signo, uint64_t addr)
{
	f.r->slots[v].kind = ARRIVAL_FAULT;
	f.r->slots[v].signo = signo;
	f.r->slots[v].siginfo.si_signo = signo;
	f.r->slots[v].siginfo.si_addr = (void *)addr;
	atomic_store(&f.r->slots[v].phase, SLOT_ARRIVED);
}

/* Reports, and collects what was told. */
static void report(const struct mismatch *m, uint32_t arrived)
{
	int fd = memfd_create("told", MFD_CLOEXEC);
	ssize_t got;

	assert_true(fd >= 0);
	log_setup("mvx-monitor", fd, LOG_NORMAL);
	divergence_report(&f.session, f.lane, m, arrived);
	log_setup("mvx", STDERR_FILENO, LOG_NORMAL);
	got = pread(fd, told, sizeof(told) - 1, 0);
	assert_true(got > 0);
	told[got] = '\0';
	close(fd);
	for (ssize_t i = 0; i < got; i++)
		assert_true(told[i] == '\n' || (told[i] >= ' ' && told[i] <= '~'));
	assert_int_equal(recorded.n_divergences, 1);
	assert_int_equal(recorded.n_syncs, 1);
	assert_int_equal(f.session.n_divergences, 1);
	assert_int_equal(recorded.divergence.task, 7);
	assert_int_equal(recorded.divergence.kind, m->kind);
	assert_int_equal(recorded.divergence.odd, m->odd);
	assert_int_equal(recorded.divergence.n_sides, f.session.n_variants);
}

/* As the leader's thread does: what compare finds is what is reported. */
static void compare_and_report(void)
{
	struct mismatch m;

	assert_false(compare_rendezvous(f.r, f.session.n_variants, &m));
	report(&m, f.session.all_variants);
}

static void assert_told(const char *text)
{
	if (!strstr(told, text))
		print_error("expected: %s\ntold: %s\n", text, told);
	assert_non_null(strstr(told, text));
}

static void assert_not_told(const char *text)
{
	if (strstr(told, text))
		print_error("unexpected: %s\ntold: %s\n", text, told);
	assert_null(strstr(told, text));
}

/* Steps */

static struct trace_step step;
static struct trace_buf step_bufs[LIMIT_STEP_BUFS];

static void fill_step(uint32_t variants)
{
	memset(&step, 0x5a, sizeof(step));
	step_record_fill(&step, step_bufs, f.lane, f.r, variants);
	assert_ptr_equal(step.bufs, step_bufs);
}

static void assert_buf(size_t at, unsigned direction, uint32_t variants, const char *text)
{
	const struct trace_buf *buf = &step_bufs[at];

	assert_true(at < step.n_bufs);
	assert_int_equal(buf->direction, direction);
	assert_int_equal(buf->variants, variants);
	assert_int_equal(buf->data.length, strlen(text));
	assert_int_equal(buf->full_length, strlen(text));
	assert_int_equal(buf->truncated, 0);
	assert_int_equal(buf->hash, 0);
	assert_memory_equal(buf->data.data, text, strlen(text));
}

static void test_step_numbers(void **state)
{
	lane_make(3);
	for (unsigned v = 0; v < 3; v++) {
		struct slot *slot = put_call(v, SYS_read, 3, 0x1000 * v, 16);

		slot->exit_ns = v == 2 ? 1 : 200 + v;
		slot->result = 5;
	}
	f.r->ticket = 42;
	f.r->task_seq = 9;
	f.r->executed = EXECUTED_LEADER;
	f.r->verdict = VERDICT_SAME;
	put_bytes(&f.r->out, 1, "hello", 5);
	fill_step(7);
	assert_int_equal(step.ticket, 42);
	assert_int_equal(step.task_seq, 9);
	assert_int_equal(step.task, 7);
	assert_int_equal(step.abi, 0);
	assert_int_equal(step.variants, 7);
	assert_int_equal(step.nr, SYS_read);
	assert_int_equal(step.executed, EXECUTED_LEADER);
	assert_int_equal(step.verdict, VERDICT_SAME);
	assert_int_equal(step.policy, 0);
	assert_int_equal(step.no_result, 0);
	assert_int_equal(step.args[2][1], 0x2000);
	assert_int_equal(step.result[1], 5);
	assert_int_equal(step.entry_ns[1], 101);
	assert_int_equal(step.exit_ns[1], 201);
	/* an earlier call's exit is none */
	assert_int_equal(step.exit_ns[2], 102);
	assert_int_equal(step.n_bufs, 1);
	assert_buf(0, DIRECTION_OUT, 7, "hello");
	lane_free();
}

static void test_step_equal_buffers_once(void **state)
{
	lane_make(3);
	for (unsigned v = 0; v < 3; v++)
		put_write(v, "same");
	fill_step(7);
	assert_int_equal(step.n_bufs, 1);
	assert_buf(0, DIRECTION_IN, 7, "same");
	fill_step(1);
	assert_int_equal(step.n_bufs, 1);
	assert_buf(0, DIRECTION_IN, 1, "same");
	lane_free();
}

static void test_step_different_buffers(void **state)
{
	lane_make(4);
	put_write(0, "one");
	put_write(1, "two");
	put_write(2, "one");
	put_write(3, "ones");
	fill_step(15);
	assert_int_equal(step.n_bufs, 3);
	assert_buf(0, DIRECTION_IN, 5, "one");
	assert_buf(1, DIRECTION_IN, 2, "two");
	assert_buf(2, DIRECTION_IN, 8, "ones");
	lane_free();
}

/* The second argument's bytes are folded although the first one's differ, and never with another argument's. */
static void test_step_several_arguments(void **state)
{
	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		struct capture *in = &put_call(v, SYS_rename, 0x1000, 0x2000, 0)->in;

		put_bytes(in, 0, v ? "x" : "y", 1);
		put_bytes(in, 1, "y", 1);
	}
	fill_step(3);
	assert_int_equal(step.n_bufs, 3);
	assert_buf(0, DIRECTION_IN, 1, "y");
	assert_buf(1, DIRECTION_IN, 3, "y");
	assert_buf(2, DIRECTION_IN, 2, "x");
	assert_int_equal(step_bufs[1].arg, 1);
	assert_int_equal(step_bufs[2].arg, 0);
	lane_free();
}

/* Several buffers of one part: each variant's are found in its own order. */
static void test_step_repeated_parts(void **state)
{
	static const char *const contents[2][3] = { { "a", "b", "a" }, { "b", "a", "a" } };
	char order[2][8] = { "", "" };

	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		put_call(v, SYS_sendmmsg, 3, 0x1000, 3);
		for (unsigned i = 0; i < 3; i++)
			put_bytes(&f.r->slots[v].in, 1, contents[v][i], 1);
	}
	fill_step(3);
	for (size_t i = 0; i < step.n_bufs; i++)
		for (unsigned v = 0; v < 2; v++)
			if (step_bufs[i].variants & 1u << v)
				strncat(order[v], (const char *)step_bufs[i].data.data, 1);
	assert_string_equal(order[0], "aba");
	assert_string_equal(order[1], "baa");
	lane_free();
}

static void test_step_faulted_and_empty(void **state)
{
	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		struct capture *in = &put_call(v, SYS_rename, 0x1000, 0x2000, 0)->in;

		put_bytes(in, 0, "", 0);
		put_bytes(in, 1, "", 0);
		in->bufs[1].faulted = true;
	}
	fill_step(3);
	assert_int_equal(step.n_bufs, 1);
	assert_buf(0, DIRECTION_IN, 3, "");
	lane_free();
}

static void test_step_members(void **state)
{
	lane_make(4);
	put_write(0, "w");
	put_call(1, SYS_read, 0, 0, 0);
	put_write(2, "w");
	put_end(3, 0);
	fill_step(15);
	assert_int_equal(step.nr, SYS_write);
	assert_int_equal(step.variants, 5);
	assert_buf(0, DIRECTION_IN, 5, "w");
	fill_step(10);
	assert_int_equal(step.nr, SYS_read);
	assert_int_equal(step.variants, 2);
	assert_int_equal(step.n_bufs, 0);
	fill_step(8);
	assert_int_equal(step.nr, -1);
	assert_int_equal(step.variants, 0);
	lane_free();
}

/* Output of a call that each made is only theirs who got the leader's bytes. */
static void test_step_own_output(void **state)
{
	lane_make(3);
	for (unsigned v = 0; v < 3; v++)
		put_call(v, SYS_read, 3, 0x1000, 4);
	f.r->executed = EXECUTED_EACH;
	f.r->slots[2].order.write_output = true;
	put_bytes(&f.r->out, 1, "maps", 4);
	fill_step(7);
	assert_buf(0, DIRECTION_OUT, 5, "maps");
	lane_free();
}

/* More different buffers than a step holds: the leader's and the outputs are all there. */
static void test_step_full(void **state)
{
	lane_make(16);
	for (unsigned v = 0; v < 16; v++) {
		put_call(v, SYS_sendmmsg, 3, 0x1000, 3);
		for (unsigned i = 0; i < CAPTURE_BUFS; i++) {
			uint32_t content = v * 1000 + i;

			put_bytes(&f.r->slots[v].in, 1, &content, sizeof(content));
		}
	}
	f.r->executed = EXECUTED_LEADER;
	for (unsigned i = 0; i < CAPTURE_BUFS; i++)
		put_bytes(&f.r->out, 1, "out", 3);
	fill_step(0xffff);
	assert_int_equal(step.n_bufs, LIMIT_STEP_BUFS);
	for (uint32_t i = 0; i < CAPTURE_BUFS; i++) {
		assert_memory_equal(step_bufs[i].data.data, &i, sizeof(i));
		assert_buf(LIMIT_STEP_BUFS - CAPTURE_BUFS + i, DIRECTION_OUT, 0xffff, "out");
	}
	lane_free();
}

/* Divergences */

static void test_buffer(void **state)
{
	lane_make(2);
	put_write(0, "value 0x7ffd12345678 of argv\n");
	put_write(1, "value 0x7ffc98765432 of argv\n");
	/* left by the rendezvous before */
	put_bytes(&f.r->out, 1, "old", 3);
	f.r->slots[0].result = 99;
	f.r->slots[0].exit_ns = 5000;
	f.r->ticket = 5;
	f.r->verdict = VERDICT_SAME;
	f.r->executed = EXECUTED_LEADER;
	compare_and_report();
	assert_string_equal(
		told,
		"mvx-monitor: divergence in P0.T0 at step-in-task 12: the variants ask for different"
		" bytes (buffer, argument 2 of write, first difference at byte 11)\n"
		"mvx-monitor:   variant 0: write(1, \"value 0x7ffd12345678 of argv\\n\", 29)\n"
		"mvx-monitor:   variant 1: write(1, \"value 0x7ffc98765432 of argv\\n\", 29)\n"
		"mvx-monitor:              first differing bytes: 0 \"d12345678 of argv\\n\" /"
		" 1 \"c98765432 of argv\\n\", after \"value 0x7ff\"\n"
		"mvx-monitor:   the call was not made; all variants were stopped\n"
		"mvx-monitor:   if it does so on good input, too: mvx-monitor --preflight tells what"
		" makes its copies differ\n");
	assert_string_equal(recorded.summary, "variant 1 differs from the leader in argument 2 "
					      "(buffer) of write at byte 11");
	assert_int_equal(recorded.divergence.arg, 1);
	assert_int_equal(recorded.divergence.offset, 11);
	assert_string_equal(recorded.text[1], "write(1, \"value 0x7ffc98765432 of argv\\n\", 29)");
	assert_int_equal(recorded.sides[0].arrived, ARRIVED_CALL);
	assert_int_equal(recorded.sides[1].args[1], 0x8000);
	assert_int_equal(recorded.sides[1].data.length, 29);
	assert_memory_equal(recorded.data[1], "value 0x7ffc98765432", 20);
	/* the step is there, before it, without the older outcome */
	assert_true(recorded.step_first);
	assert_int_equal(recorded.step.verdict, VERDICT_DIVERGED);
	assert_int_equal(recorded.step.task_seq, 12);
	assert_int_equal(recorded.step.no_result, 1);
	assert_int_equal(recorded.step.executed, EXECUTED_NOBODY);
	assert_int_equal(recorded.step.ticket, 0);
	assert_int_equal(recorded.step.result[0], 0);
	assert_int_equal(recorded.step.exit_ns[0], 100);
	assert_int_equal(recorded.step.variants, 3);
	assert_int_equal(recorded.step.n_bufs, 2);
	assert_int_equal(recorded.bufs[1].direction, DIRECTION_IN);
	assert_int_equal(f.lane->task_seq, 12);
	lane_free();
}

/* The bytes that differ lie far behind what a decoded call shows. */
static void test_buffer_long(void **state)
{
	static const char left_part[10] = "LEFT\033[31m\n", right_part[6] = "LOST\377";
	static char left[100000], right[100000];

	memset(left, 'a', sizeof(left));
	memset(right, 'a', sizeof(right));
	memcpy(left + 70000, left_part, sizeof(left_part));
	memcpy(right + 70000, right_part, sizeof(right_part));
	lane_make(2);
	put_write_bytes(0, left, sizeof(left));
	put_write_bytes(1, right, sizeof(right));
	compare_and_report();
	assert_told("first difference at byte 70001)");
	assert_told("0 \"EFT\\33[31m\\naaaaaaaaaaaaaaa\"...");
	assert_told("1 \"OST\\377\\0aaaa");
	assert_told(", after ...\"aaaaaaaaaaaaaaaL\"\n");
	assert_int_equal(recorded.divergence.offset, 70001);
	assert_int_equal(recorded.sides[0].data.length, 64);
	assert_memory_equal(recorded.data[0], left + 70001 - 16, 64);
	assert_memory_equal(recorded.data[1], right + 70001 - 16, 64);
	lane_free();
}

/* One is the beginning of the other: a file name. */
static void test_buffer_ends(void **state)
{
	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		put_call(v, SYS_unlink, 0x1000, 0, 0);
		put_bytes(&f.r->slots[v].in, 0, "/tmp/ab", v ? 6 : 7);
	}
	compare_and_report();
	assert_told("(buffer, argument 1 of unlink, first difference at byte 6)");
	assert_told("variant 1: unlink(\"/tmp/a\")\n");
	assert_told("first differing bytes: 0 \"b\" / 1 ended, after \"/tmp/a\"");
	assert_string_equal(recorded.summary, "variant 1 differs from the leader in argument 1 "
					      "(path) of unlink at byte 6");
	assert_int_equal(recorded.sides[1].data.length, 6);
	lane_free();
}

static void test_buffer_unreadable(void **state)
{
	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		put_call(v, SYS_unlink, 0x1000, 0, 0);
		put_bytes(&f.r->slots[v].in, 0, "/tmp/a", 6);
	}
	f.r->slots[1].in.bufs[0].faulted = true;
	compare_and_report();
	assert_told("(buffer, argument 1 of unlink, readable in only some variants)");
	assert_not_told("at byte");
	assert_not_told("differing bytes");
	lane_free();
}

static void test_groups(void **state)
{
	lane_make(5);
	put_write(0, "same");
	put_write(1, "evil");
	put_write(2, "same");
	put_write(3, "evil");
	put_write(4, "sane");
	compare_and_report();
	assert_int_equal(recorded.divergence.odd, 0x1a);
	assert_told("  variants 0, 2: write(1, \"same\", 4)\n");
	assert_told("  variants 1, 3: write(1, \"evil\", 4)\n");
	assert_told("  variant 4: write(1, \"sane\", 4)\n");
	assert_told("first differing bytes: 0 \"same\" / 1 \"evil\" / 4 \"sane\"\n");
	assert_string_equal(recorded.text[3], "write(1, \"evil\", 4)");
	lane_free();
}

static void test_number(void **state)
{
	lane_make(3);
	put_write(0, "x");
	put_call(1, SYS_getppid, 0, 0, 0);
	put_write(2, "x");
	compare_and_report();
	assert_told(
		"the variants make different calls (number: variant 0 calls write, variant 1 calls getppid)\n");
	assert_told("  variants 0, 2: write(1, \"x\", 1)\n");
	assert_told("  variant 1: getppid()\n");
	assert_told("the call was not made");
	assert_not_told("differing bytes");
	assert_string_equal(recorded.summary,
			    "variant 1 calls getppid where variant 0 calls write");
	assert_int_equal(recorded.sides[1].nr, SYS_getppid);
	assert_int_equal(recorded.step.variants, 5);
	lane_free();
}

static void test_argument(void **state)
{
	lane_make(2);
	put_call(0, SYS_write, 1, 0, 32);
	put_call(1, SYS_write, 1, 0, 33);
	compare_and_report();
	assert_told("the variants pass different arguments (argument 3 of write, size: 32 / 33)\n");
	assert_string_equal(recorded.summary, "variant 1 differs from the leader in argument 3 "
					      "(size) of write: 33 instead of 32");
	lane_free();

	lane_make(2);
	put_call(0, SYS_write, 1, 0, 3);
	put_call(1, SYS_write, (uint64_t)-1, 0, 3);
	compare_and_report();
	assert_told("argument 1 of write, descriptor: 1 / -1)");
	lane_free();

	lane_make(2);
	put_call(0, SYS_chmod, 0, 0644, 0);
	put_call(1, SYS_chmod, 0, 0755, 0);
	compare_and_report();
	assert_told("argument 2 of chmod, mode: 0644 / 0755)");
	lane_free();

	lane_make(2);
	put_call(0, SYS_write, 1, 0, 3);
	put_call(1, SYS_write, 1, 0x1000, 3);
	compare_and_report();
	assert_told("argument 2 of write, buffer: NULL / 0x1000)");
	lane_free();
}

static void test_result(void **state)
{
	struct mismatch m = { .kind = DIVERGENCE_RESULT, .variant = 1, .odd = 2, .arg = -1 };

	lane_make(2);
	put_call(0, SYS_dup, 1, 0, 0)->result = 3;
	put_call(1, SYS_dup, 1, 0, 0)->result = -24;
	f.r->slots[1].exit_ns = 300;
	f.r->executed = EXECUTED_EACH;
	f.r->unrecorded = true;
	f.r->task_seq = f.lane->task_seq;
	report(&m, 3);
	assert_told(
		"at step-in-task 11: the variants got different results (result of dup: 3 / EMFILE)\n");
	assert_told("  variant 0: dup(1) = 3\n");
	assert_told("  variant 1: dup(1) = -1 EMFILE");
	assert_told("the call was made; all variants were stopped\n");
	assert_string_equal(recorded.summary,
			    "variant 1 got EMFILE from dup where the leader got 3");
	assert_int_equal(recorded.step.task_seq, 11);
	assert_int_equal(recorded.step.result[1], -24);
	assert_int_equal(recorded.step.exit_ns[1], 300);
	assert_int_equal(recorded.step.executed, EXECUTED_EACH);
	assert_int_equal(recorded.step.no_result, 0);
	assert_false(f.r->unrecorded);
	lane_free();
}

static void test_fault(void **state)
{
	lane_make(2);
	put_write(0, "x");
	put_fault(1, SIGSEGV, 0xdead0);
	compare_and_report();
	assert_told("a fault in variant 1 only: SIGSEGV at 0xdead0\n");
	assert_told("  variant 1: fault: SIGSEGV at 0xdead0\n");
	assert_told("the call was not made");
	assert_string_equal(recorded.summary,
			    "variant 1 raises SIGSEGV at 0xdead0 where variant 0 calls write");
	assert_int_equal(recorded.sides[1].arrived, ARRIVED_FAULT);
	assert_int_equal(recorded.sides[1].signo, SIGSEGV);
	assert_int_equal(recorded.sides[1].nr, -1);
	assert_int_equal(recorded.step.variants, 1);
	lane_free();

	/* the leader alone: all others are odd, the fault is still its */
	lane_make(3);
	put_fault(0, SIGFPE, 0x401000);
	put_write(1, "x");
	put_write(2, "x");
	compare_and_report();
	assert_told("a fault in variant 0 only: SIGFPE at 0x401000\n");
	assert_told("  variants 1, 2: write(1, \"x\", 1)\n");
	lane_free();

	lane_make(2);
	put_fault(0, SIGSEGV, 0);
	put_fault(1, SIGTRAP, 0);
	compare_and_report();
	assert_told(
		"the variants fault differently (fault: variant 0 raises SIGSEGV at 0x0, variant 1 raises SIGTRAP)");
	assert_not_told("the call");
	assert_told("mvx-monitor:   all variants were stopped\n");
	assert_int_equal(recorded.n_steps, 0);
	assert_int_equal(f.lane->task_seq, 11);
	lane_free();
}

static void test_trap(void **state)
{
	lane_make(2);
	put_write(0, "x");
	put_fault(1, SIGSEGV, 0);
	f.r->slots[1].kind = ARRIVAL_TRAP;
	f.r->slots[1].trap = TRAP_RDTSCP;
	compare_and_report();
	assert_told("(number: variant 0 calls write, variant 1 executes rdtscp)");
	assert_string_equal(recorded.text[1], "rdtscp");
	lane_free();

	lane_make(2);
	for (unsigned v = 0; v < 2; v++) {
		put_fault(v, SIGSEGV, 0);
		f.r->slots[v].kind = ARRIVAL_TRAP;
		f.r->slots[v].trap = TRAP_CPUID;
		f.r->slots[v].regs = (registers){ .rax = 7, .rcx = v };
	}
	compare_and_report();
	assert_told(
		"(number: variant 0 executes cpuid(0x7, 0x0), variant 1 executes cpuid(0x7, 0x1))");
	lane_free();
}

static void test_exit(void **state)
{
	lane_make(2);
	put_call(0, SYS_exit_group, 0, 0, 0);
	put_call(1, SYS_exit_group, 3, 0, 0);
	compare_and_report();
	assert_told(
		"the variants exit with different statuses (exit: variant 0 calls exit_group with 0,"
		" variant 1 calls exit_group with 3)\n");
	assert_told("  variant 1: exit_group(3)\n");
	lane_free();

	lane_make(2);
	put_call(0, SYS_exit_group, 0, 0, 0);
	put_write(1, "x");
	compare_and_report();
	assert_told(
		"not all variants exit (exit: variant 0 calls exit_group with 0, variant 1 calls write)");
	lane_free();

	/* all are gone; what their slots hold is older */
	lane_make(2);
	put_write(0, "x");
	put_write(1, "x");
	f.lane->ended = 3;
	f.lane->status[0] = 3 << 8;
	f.lane->status[1] = SIGKILL;
	report(&(struct mismatch){ .kind = DIVERGENCE_EXIT, .variant = 1, .odd = 2, .arg = -1 }, 3);
	assert_told(
		"ended in different ways (exit: variant 0 exited with 3, variant 1 killed by SIGKILL)");
	assert_told("  variant 1: killed by SIGKILL\n");
	assert_int_equal(recorded.n_steps, 0);
	assert_int_equal(recorded.sides[0].arrived, ARRIVED_END);
	assert_int_equal(recorded.sides[0].status, 3 << 8);
	assert_int_equal(recorded.sides[1].signo, SIGKILL);
	lane_free();
}

static void test_missing(void **state)
{
	lane_make(2);
	put_write(0, "x");
	put_end(1, 3 << 8);
	compare_and_report();
	assert_told("variant 1 ended where others went on (missing: exited with 3)\n");
	assert_told("  variant 1: exited with 3\n");
	assert_string_equal(recorded.summary,
			    "variant 1 exited with 3 where variant 0 calls write");
	lane_free();

	/* gone without an arrival, at a rendezvous whose slot is an old one */
	lane_make(2);
	put_write(0, "x");
	put_write(1, "old");
	atomic_store(&f.r->slots[1].phase, SLOT_EMPTY);
	f.lane->ended = 2;
	f.lane->status[1] = SIGTERM;
	report(&(struct mismatch){ .kind = DIVERGENCE_MISSING, .variant = 1, .odd = 2, .arg = -1 },
	       1);
	assert_told("  variant 1: killed by SIGTERM\n");
	assert_not_told("old");
	lane_free();
}

static void test_timeout(void **state)
{
	struct mismatch m = { .kind = DIVERGENCE_TIMEOUT, .variant = 1, .odd = 10, .arg = -1 };

	lane_make(4);
	put_write(0, "x");
	put_write(2, "x");
	put_write(1, "old");
	atomic_store(&f.r->slots[1].phase, SLOT_EMPTY);
	report(&m, 5);
	assert_told("variants 1, 3 did not come within 60 s (timeout)\n");
	assert_told("  variants 0, 2: write(1, \"x\", 1)\n");
	assert_told("  variants 1, 3: did not come within 60 s\n");
	assert_not_told("old");
	assert_int_equal(recorded.sides[3].arrived, ARRIVED_NOT);
	assert_int_equal(recorded.step.variants, 5);
	lane_free();

	/* the leader */
	lane_make(2);
	f.options.timeout_ns = 1500000000;
	put_write(1, "x");
	m.variant = 0;
	m.odd = 1;
	report(&m, 2);
	assert_told("variant 0 did not come within 1.5 s (timeout)\n");
	assert_string_equal(recorded.summary,
			    "variant 0 did not come within 1.5 s where variant 1 calls write");
	lane_free();
}

/* A variant that waits in the kernel: in which call. */
static void test_timeout_in_call(void **state)
{
	struct mismatch m = { .kind = DIVERGENCE_TIMEOUT, .variant = 1, .odd = 2, .arg = -1 };
	char path[48], line[256] = "";
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	while (strncmp(line, "34 ", 3) != 0) {
		FILE *file = fopen(path, "re");

		assert_non_null(file);
		if (!fgets(line, sizeof(line), file)) {
			fclose(file);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			skip(); /* a kernel without it */
		}
		fclose(file);
		usleep(1000);
	}
	lane_make(2);
	f.lane->tasks[1].tid = pid;
	put_write(0, "x");
	report(&m, 1);
	assert_told("  variant 1: did not come within 60 s: it is in pause   at libc");
	assert_int_equal(recorded.sides[1].nr, SYS_pause);
	assert_true(recorded.has_maps[1]);
	assert_int_equal(recorded.sides[1].registers.length, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	lane_free();
}

/* Where they are, and that a task which is gone is no obstacle. */
static void test_places(void **state)
{
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	lane_make(2);
	put_write(0, "x");
	put_write(1, "y");
	for (unsigned v = 0; v < 2; v++) {
		f.lane->tasks[v].tid = v ? gone : getpid();
		f.r->slots[v].ip = f.r->slots[v].regs.rip = (uint64_t)&test_places;
		f.r->slots[v].sp = f.r->slots[v].regs.rsp = (uint64_t)__builtin_frame_address(0);
		f.r->slots[v].regs.rbp = (uint64_t)__builtin_frame_address(0);
	}
	compare_and_report();
	assert_told("  variant 0: write(1, \"x\", 1)   at test_divergence+0x");
	assert_told("  variant 1: write(1, \"y\", 1)\n");
	assert_true(recorded.has_maps[0]);
	assert_false(recorded.has_maps[1]);
	assert_int_equal(strncmp(recorded.location[0], "test_divergence+0x", 18), 0);
	assert_string_equal(recorded.location[1], "");
	assert_int_equal(recorded.first_frame[0], (uint64_t)&test_places);
	assert_int_equal(recorded.first_frame[1], 0);
	assert_int_equal(recorded.sides[1].ip, (uint64_t)&test_places);
	assert_int_equal(recorded.sides[1].registers.length, sizeof(registers));
	lane_free();
}

/* What a program chose (bytes, numbers without a row) reaches the terminal only as printable ASCII. */
static void test_hostile(void **state)
{
	static uint8_t left[256], right[256];

	for (unsigned i = 0; i < 256; i++) {
		left[i] = (uint8_t)i;
		right[i] = (uint8_t)(i ^ (i > 20 ? 0x80 : 0));
	}
	lane_make(2);
	put_write_bytes(0, left, sizeof(left));
	put_write_bytes(1, right, sizeof(right));
	compare_and_report();
	lane_free();

	lane_make(2);
	put_call(0, 100000, 1, 2, 3);
	put_call(1, -7, 1, 2, 3);
	compare_and_report();
	assert_told("variant 0 calls system call 100000");
	lane_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step_numbers),
		cmocka_unit_test(test_step_equal_buffers_once),
		cmocka_unit_test(test_step_different_buffers),
		cmocka_unit_test(test_step_several_arguments),
		cmocka_unit_test(test_step_repeated_parts),
		cmocka_unit_test(test_step_faulted_and_empty),
		cmocka_unit_test(test_step_members),
		cmocka_unit_test(test_step_own_output),
		cmocka_unit_test(test_step_full),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_buffer_long),
		cmocka_unit_test(test_buffer_ends),
		cmocka_unit_test(test_buffer_unreadable),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_argument),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_in_call),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
