/* analysis/diff_tasks: which task is which when the creation paths do not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/diff_tasks.h"

#define TASKS_MAX 16

struct sample {
	struct diff_task a[TASKS_MAX], b[TASKS_MAX];
	const char *pairs; /* "P0.T0=P0.T0 P0.1.T0= =P0.2.T0", in any order */
};

static size_t count_tasks(const struct diff_task *tasks)
{
	size_t n = 0;

	while (n < TASKS_MAX && tasks[n].label)
		n++;
	return n;
}

/* Every pair stands in the text, and there are no more of them. */
static void check_sample(const struct sample *sample)
{
	struct diff_task_pair *pairs;
	size_t n = count_tasks(sample->a), m = count_tasks(sample->b), spaces = 0;
	size_t count = diff_tasks_match(sample->a, n, sample->b, m, &pairs);
	char text[512], padded[1024];

	snprintf(padded, sizeof(padded), " %s ", sample->pairs);
	for (const char *at = sample->pairs; *at; at++)
		spaces += *at == ' ';
	assert_int_equal(count, *sample->pairs ? spaces + 1 : 0);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), " %s=%s ",
			 pairs[i].a ? sample->a[pairs[i].a - 1].label : "",
			 pairs[i].b ? sample->b[pairs[i].b - 1].label : "");
		if (!strstr(padded, text))
			fail_msg("%s: not %s", text, sample->pairs);
	}
	free(pairs);
}

static void samples(void **state)
{
	static const struct sample all[] = {
		{ .pairs = "" },
		{ { { "P0.T0", 1 } }, { { "P0.T0", 2 } }, "P0.T0=P0.T0" },
		{ { { "P0.T0", 1 } }, { { 0 } }, "P0.T0=" },
		/* threads by number, more than nine of them */
		{ { { "P0.T0", 1 }, { "P0.T2", 1 }, { "P0.T10", 1 } },
		  { { "P0.T10", 1 }, { "P0.T0", 1 }, { "P0.T3", 1 } },
		  "P0.T0=P0.T0 P0.T10=P0.T10 P0.T2= =P0.T3" },
		/* one child more, before the others; grandchildren go along */
		{ { { "P0.T0", 1 }, { "P0.1.T0", 10 }, { "P0.1.1.T0", 11 }, { "P0.2.T0", 20 } },
		  { { "P0.T0", 1 },
		    { "P0.1.T0", 99 },
		    { "P0.2.T0", 10 },
		    { "P0.2.1.T0", 11 },
		    { "P0.3.T0", 20 } },
		  "P0.T0=P0.T0 =P0.1.T0 P0.1.T0=P0.2.T0 P0.1.1.T0=P0.2.1.T0 P0.2.T0=P0.3.T0" },
		/* another program in the same place */
		{ { { "P0.T0", 1 }, { "P0.1.T0", 10 }, { "P0.2.T0", 20 } },
		  { { "P0.T0", 1 }, { "P0.1.T0", 11 }, { "P0.2.T0", 20 } },
		  "P0.T0=P0.T0 P0.1.T0=P0.1.T0 P0.2.T0=P0.2.T0" },
		/* the tenth child comes after the ninth, whatever the letters say */
		{ { { "P0.9.T0", 9 }, { "P0.10.T0", 10 } },
		  { { "P0.1.T0", 9 }, { "P0.2.T0", 10 } },
		  "P0.9.T0=P0.1.T0 P0.10.T0=P0.2.T0" },
		/* a parent that has no records, and labels nobody gives */
		{ { { "P0.4.2.T0", 5 }, { "T?7", 1 }, { "", 1 }, { "P0.2", 1 } },
		  { { "P0.1.3.T0", 5 }, { "T?7", 1 } },
		  "T?7=T?7 = P0.2= P0.4.2.T0= =P0.1.3.T0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_sample(&all[i]);
}

/* Whatever the labels: every task is in one pair. */
static void every_task_once(void **state)
{
	static const char *const labels[] = { "",
					      "P",
					      "P0",
					      "P0.",
					      "P0.T0",
					      "P0.1",
					      "P0.01.T0",
					      "P0.1.T0",
					      "P0.99999999999999999999999.T0",
					      "P0.99999999999999999999998.T0",
					      "P0.1.T",
					      "X.1.T0",
					      "P0.1.1.1.1.1.T0",
					      "...",
					      "P0.1.T0" };
	const size_t n = sizeof(labels) / sizeof(labels[0]);
	struct diff_task a[sizeof(labels) / sizeof(labels[0])];
	struct diff_task_pair *pairs;

	(void)state;
	for (size_t i = 0; i < n; i++)
		a[i] = (struct diff_task){ labels[i], i };
	for (size_t m = 0; m <= n; m++) {
		size_t seen_a[16] = { 0 }, seen_b[16] = { 0 };
		size_t count = diff_tasks_match(a, n, a + (n - m), m, &pairs);

		for (size_t i = 0; i < count; i++) {
			assert_true(pairs[i].a <= n && pairs[i].b <= m);
			assert_true(pairs[i].a || pairs[i].b);
			seen_a[pairs[i].a]++;
			seen_b[pairs[i].b]++;
		}
		for (size_t i = 1; i <= n; i++)
			assert_int_equal(seen_a[i], 1);
		for (size_t i = 1; i <= m; i++)
			assert_int_equal(seen_b[i], 1);
		free(pairs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(every_task_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
