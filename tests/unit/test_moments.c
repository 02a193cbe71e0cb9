/* Times and process ids in bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/moments.h"

/* 2024-02-29 23:59:50 UTC */
#define START UINT64_C(1709251190)

static uint32_t pids[70000];

static struct moments of_the_run(void)
{
	pids[42] = 3;
	pids[4242] = 1;
	pids[65000] = 2;
	return (struct moments){ .start_wall_s = START, .pids = pids, .n_pids = 70000 };
}

static void becomes(const char *bytes, const char *expected)
{
	struct moments m = of_the_run();
	cleanup_text struct text out = { 0 };

	moments_replace(&m, &out, bytes, strlen(bytes));
	assert_string_equal(text_get(&out), expected);
}

static void stays(const char *bytes)
{
	becomes(bytes, bytes);
}

static void times(void **state)
{
	(void)state;
	becomes("2024-02-29 23:59:59 begun", "<time> begun");
	becomes("at 2024-03-01T00:00:01.123456Z\n", "at <time>Z\n");
	becomes("2024/03/01 01:02:03 [notice] x", "<time> [notice] x");
	becomes("Date: Fri, 01 Mar 2024 00:00:00 GMT\r\n", "Date: <time> GMT\r\n");
	becomes("[01/Mar/2024:00:00:00 +0000]", "[<time> +0000]");
	becomes("1:M 01 Mar 2024 00:00:00.120 * Ready", "1:M <time> * Ready");
	becomes("Fri Mar  1 00:00:00 2024\n", "<time>\n");
	becomes("Mar  1 00:00:00 host x", "<time> host x");
	becomes("now 1709251200 or 1709251200123 or 1709251200.5",
		"now <time> or <time> or <time>");
	becomes("one 2024-02-29 23:59:59\ntwo\n2024-02-29 23:59:59", "one <time>\ntwo\n<time>");
	/* what is not of this run is what the program has to say */
	stays("2001-02-29 23:59:59");
	stays("Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT");
	stays("1000000000 2709251200");
	/* and what is no time at all */
	stays("2024-02-30x23:59:59 2024-13-01 00:00:00 2024-03-01 25:00:00");
	stays("12024-03-01 00:00:00");
	stays("2024-03-01 00:00:0");
	stays("17092512001");
	stays("2024/03-01 00:00:00");
	stays("Mar ");
	stays("");
}

static void process_ids(void **state)
{
	(void)state;
	becomes("2024-03-01 00:00:00 [4242]: 4242#65000: 4243 x4242 4.4242",
		"<time> [<pid>]: <pid>#<pid>: 4243 x4242 4.4242");
	becomes("4242:M 01 Mar 2024 00:00:00 x", "<pid>:M <time> x");
	becomes("PID: 4242\npid=65000, pid 4242 port: 4242",
		"PID: <pid>\npid=<pid>, pid <pid> port: 4242");
	stays("4242 is a number as others are\n");
	stays("rapid4242 pid=4243 pid=99999999999999999999");
	/* small ones are something else, unless it says so */
	becomes("2024-03-01 00:00:00 took 42 ms, pid 42", "<time> took 42 ms, pid <pid>");
	assert_true(moments_is_pid(4242, "4242\n", 5));
	assert_true(moments_is_pid(65000, "65000", 5));
	assert_false(moments_is_pid(4242, "4243\n", 5));
	assert_false(moments_is_pid(4242, "4242\n\n", 6));
	assert_false(moments_is_pid(4242, "4242 ", 5));
	assert_false(moments_is_pid(4242, "\n", 1));
	assert_false(moments_is_pid(0, "0", 1));
	assert_false(moments_is_pid(4242, NULL, 0));
}

/* Bytes that end anywhere, and hold anything. */
static void pieces(void **state)
{
	static const char text[] =
		"Fri, 01 Mar 2024 00:00:00.5 GMT\n\0Mar  1 00:00:00 2024 pid=4242\n1709251200.";
	struct moments m = of_the_run();

	(void)state;
	for (size_t from = 0; from < sizeof(text); from++)
		for (size_t to = from; to <= sizeof(text); to++) {
			cleanup_text struct text out = { 0 };
			char *copy = test_malloc(to - from + 1);

			memcpy(copy, text + from, to - from);
			moments_replace(&m, &out, copy, to - from);
			assert_true(out.length <= to - from + 16);
			test_free(copy);
		}
	m.start_wall_s = 0;
	for (size_t to = 0; to <= sizeof(text); to++) {
		cleanup_text struct text out = { 0 };

		moments_replace(&m, &out, text, to);
		assert_true(out.length <= to + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(process_ids),
		cmocka_unit_test(pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
