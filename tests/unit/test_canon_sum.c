/* Bytes that were moved, as they are compared; threads that nobody can tell apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/canon_sum.h"
#include "analysis/canon_team.h"

#define LONG_BYTES 20000

static uint32_t pids[5000];

static struct canon_words words_make(void)
{
	pids[4242] = 1;
	pids[1717] = 1;
	return (struct canon_words){
		.names = path_names_create(NULL),
		.moments = { .start_wall_s = 1709251190, .pids = pids, .n_pids = 5000 },
	};
}

/* In pieces of so many bytes. */
static struct canon_sum sum_of(const struct canon_words *words, const char *bytes, size_t length,
			       size_t piece)
{
	struct canon_sum sum = canon_sum_make();

	for (size_t at = 0; at < length; at += piece) {
		size_t left = length - at < piece ? length - at : piece;
		struct trace_buf buf = { .data = { (const uint8_t *)bytes + at, left },
					 .full_length = left };

		canon_sum_add(words, &sum, &buf, left);
	}
	canon_sum_end(words, &sum);
	canon_sum_finish(&sum);
	return sum;
}

static void check_equal(struct canon_sum one, struct canon_sum other)
{
	assert_int_equal(one.digest, other.digest);
	assert_int_equal(one.bytes, other.bytes);
}

static void pieces(void **state)
{
	static const char log[] =
		"begun\n2024-02-29 23:59:59 [4242] one\n4242 (1709251200) two\nno end";
	static const char later[] =
		"begun\n2024-03-01 07:00:00 [1717] one\n1717 (1709259999) two\nno end";
	static const char other[] =
		"begun\n2024-03-01 07:00:00 [1718] one\n1717 (1709259999) two\nno end";
	struct canon_words words = words_make();
	struct canon_sum whole = sum_of(&words, log, strlen(log), strlen(log));

	(void)state;
	for (size_t piece = 1; piece < sizeof(log); piece++) {
		check_equal(sum_of(&words, log, strlen(log), piece), whole);
		check_equal(sum_of(&words, later, strlen(later), piece), whole);
		assert_int_not_equal(sum_of(&words, other, strlen(other), piece).digest,
				     whole.digest);
	}
	path_names_destroy(words.names);
}

/* No line ends: no more is kept than a line may have. */
static void long_lines(void **state)
{
	static char bytes[LONG_BYTES];
	struct canon_words words = words_make();
	struct canon_sum whole;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 % 251 == '\n' ? 'x' : i * 7 % 251);
	whole = sum_of(&words, bytes, sizeof(bytes), sizeof(bytes));
	assert_int_equal(whole.bytes, sizeof(bytes));
	for (size_t piece = 1; piece < 9000; piece = piece * 3 + 1)
		check_equal(sum_of(&words, bytes, sizeof(bytes), piece), whole);
	path_names_destroy(words.names);
}

/* Bytes that the trace does not have count, and their hash is the trace's. */
static void not_kept(void **state)
{
	struct canon_words words = words_make();
	struct canon_sum one = canon_sum_make(), other = canon_sum_make(), none = canon_sum_make();
	struct trace_buf buf = { .truncated = true, .full_length = 900, .hash = 1 };

	(void)state;
	canon_sum_add(&words, &one, &buf, 900);
	buf.hash = 2;
	canon_sum_add(&words, &other, &buf, 900);
	assert_int_equal(one.bytes, 900);
	assert_int_not_equal(one.digest, other.digest);
	buf = (struct trace_buf){ .full_length = 900 };
	canon_sum_add(&words, &none, &buf, 900);
	assert_int_equal(none.bytes, 900);
	path_names_destroy(words.names);
}

static void team(void **state)
{
	struct canon_team *t = canon_team_create("P0.2.T0", 5);

	(void)state;
	assert_true(canon_is_first_thread("P0.T0"));
	assert_true(canon_is_first_thread("T?3"));
	assert_false(canon_is_first_thread("P0.T10"));
	canon_team_join(t, 8);
	canon_team_join(t, 9);
	canon_team_keep(t, 30, true, WEIGHT_EFFECT, "b", 1);
	canon_team_keep(t, 31, true, WEIGHT_EFFECT, "a", 1);
	canon_team_keep(t, 29, true, WEIGHT_SECURITY, "b", 1);
	canon_team_sort(t);
	assert_int_equal(t->n_kept, 3);
	assert_int_equal(t->kept[0].step, 31);
	assert_int_equal(t->kept[1].step, 29);
	assert_int_equal(t->kept[2].step, 30);
	assert_string_equal(t->others_label, "P0.2.T*");
	assert_int_equal(t->others_number, 8);
	assert_false(canon_team_leave(t));
	assert_false(canon_team_leave(t));
	assert_true(canon_team_leave(t));
	canon_team_destroy(t);
	/* of which only a thread is known */
	t = canon_team_create("P0.T4", 7);
	assert_string_equal(t->label, "P0.T0");
	canon_team_sort(t);
	canon_team_destroy(t);
	canon_team_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(not_kept),
		cmocka_unit_test(team),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
