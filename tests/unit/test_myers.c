/* analysis/myers: against a plain dynamic program, and where it has to give up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/myers.h"
#include "base/alloc.h"

#define LENGTH_MAX 60

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* Deletions and insertions of the shortest way, by the textbook. */
static size_t shortest(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
	size_t common[LENGTH_MAX + 1][LENGTH_MAX + 1] = { { 0 } };

	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t left = common[i - 1][j], up = common[i][j - 1];

			common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1 :
				       left > up            ? left :
							      up;
		}
	}
	return n + m - 2 * common[n][m];
}

/* What lies outside of the hunks is equal; returns the edits. */
static size_t check_hunks(const struct myers *m, const uint64_t *a, size_t n_a, const uint64_t *b,
			  size_t n_b)
{
	size_t i = 0, j = 0, edits = 0;

	for (size_t h = 0; h <= m->count; h++) {
		size_t a_until = h < m->count ? m->hunks[h].a_first : n_a;
		size_t b_until = h < m->count ? m->hunks[h].b_first : n_b;

		assert_true(a_until >= i && a_until <= n_a && b_until <= n_b);
		assert_int_equal(a_until - i, b_until - j);
		if (h && h < m->count)
			assert_true(a_until > i);
		while (i < a_until)
			assert_int_equal(a[i++], b[j++]);
		if (h == m->count)
			break;
		i += m->hunks[h].a_count;
		j += m->hunks[h].b_count;
		edits += m->hunks[h].a_count + m->hunks[h].b_count;
	}
	return edits;
}

static void random_sequences(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
		size_t n = next_random(&seed) % (LENGTH_MAX + 1);
		size_t m = next_random(&seed) % (LENGTH_MAX + 1);
		uint64_t letters = 1 + next_random(&seed) % 12;
		struct myers result;

		for (size_t i = 0; i < n; i++)
			a[i] = next_random(&seed) % letters;
		for (size_t i = 0; i < m; i++)
			b[i] = next_random(&seed) % letters;
		myers_compare(&result, a, n, b, m, MYERS_WORK_MAX);
		assert_false(result.gave_up);
		assert_int_equal(check_hunks(&result, a, n, b, m), shortest(a, n, b, m));
		myers_finish(&result);
	}
}

static void nothing_at_all(void **state)
{
	uint64_t a[] = { 1, 2, 3 };
	struct myers result;

	(void)state;
	myers_compare(&result, a, 0, a, 0, MYERS_WORK_MAX);
	assert_int_equal(result.count, 0);
	myers_finish(&result);
	myers_compare(&result, a, 3, a, 3, MYERS_WORK_MAX);
	assert_int_equal(result.count, 0);
	myers_finish(&result);
	myers_compare(&result, a, 0, a, 3, MYERS_WORK_MAX);
	assert_int_equal(result.count, 1);
	assert_int_equal(result.hunks[0].b_count, 3);
	myers_finish(&result);
}

/* Two stretches with nothing in common around what both have once. */
static void anchors_without_work(void **state)
{
	uint64_t a[201], b[301];
	struct myers result;

	(void)state;
	for (size_t i = 0; i < 201; i++)
		a[i] = i == 100 ? 7 : 1000 + i % 50;
	for (size_t i = 0; i < 301; i++)
		b[i] = i == 150 ? 7 : 2000 + i % 50;
	myers_compare(&result, a, 201, b, 301, 0);
	assert_true(result.gave_up);
	assert_int_equal(result.count, 2);
	assert_int_equal(check_hunks(&result, a, 201, b, 301), 500);
	myers_finish(&result);
}

/* Even without any search the answer is one: outside of its hunks all is equal. */
static void random_without_work(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
		struct myers result;

		for (size_t i = 0; i < LENGTH_MAX; i++) {
			a[i] = next_random(&seed) % 50;
			b[i] = next_random(&seed) % 50;
		}
		myers_compare(&result, a, LENGTH_MAX, b, LENGTH_MAX, round % 40);
		check_hunks(&result, a, LENGTH_MAX, b, LENGTH_MAX);
		myers_finish(&result);
	}
}

/* A million records, 4000 edits: every 500th is another, or lacks. */
static void a_million(void **state)
{
	const size_t n = 1000000;
	uint64_t *a = alloc_zeroed(n, sizeof(*a)), *b = alloc_zeroed(n, sizeof(*b));
	uint64_t seed = 3;
	size_t m = 0;
	struct myers result;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		a[i] = next_random(&seed) % 1000;
		if (i % 500 != 250)
			b[m++] = a[i];
		else if (i % 1000 == 250)
			b[m++] = 5000 + i;
	}
	myers_compare(&result, a, n, b, m, MYERS_WORK_MAX);
	assert_false(result.gave_up);
	assert_true(check_hunks(&result, a, n, b, m) <= 3000);
	myers_finish(&result);
	free(a);
	free(b);
}

/* More edits than one search looks for: shuffled blocks, found again by their names. */
static void beyond_the_limit(void **state)
{
	const size_t n = 60000;
	uint64_t *a = alloc_zeroed(n, sizeof(*a)), *b = alloc_zeroed(n, sizeof(*b));
	struct myers result;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		a[i] = i % 3 ? 1000000 + i : i;
		b[i] = i % 3 ? 2000000 + i : i;
	}
	myers_compare(&result, a, n, b, n, MYERS_WORK_MAX);
	assert_true(result.gave_up);
	assert_int_equal(check_hunks(&result, a, n, b, n), 80000);
	myers_finish(&result);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(random_sequences),
		cmocka_unit_test(anchors_without_work),
		cmocka_unit_test(random_without_work),
		cmocka_unit_test(a_million),
		cmocka_unit_test(beyond_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
