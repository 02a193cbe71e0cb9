/* What a program is told when its cpuid traps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "monitor/tracee/cpuid.h"

#define ALL ((struct cpuid_values){ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX })

static struct cpuid_values normalised(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values v = ALL;

	cpuid_normalise(leaf, subleaf, &v);
	return v;
}

static void expect_values(struct cpuid_values v, uint32_t eax, uint32_t ebx, uint32_t ecx,
			  uint32_t edx)
{
	assert_int_equal(v.eax, eax);
	assert_int_equal(v.ebx, ebx);
	assert_int_equal(v.ecx, ecx);
	assert_int_equal(v.edx, edx);
}

/* Bits by the manuals, written out once more. */
static void what_varies_is_hidden(void **state)
{
	(void)state;
	expect_values(normalised(0x1, 0), UINT32_MAX, 0x00ffffff, 0xbfffffff, UINT32_MAX);
	expect_values(normalised(0x7, 0), UINT32_MAX, 0xfffbf7ef, 0xffbfffdf, 0xfffe7fff);
	expect_values(normalised(0x7, 1), UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	expect_values(normalised(0xb, 0), UINT32_MAX, UINT32_MAX, UINT32_MAX, 0);
	expect_values(normalised(0xb, 1), UINT32_MAX, UINT32_MAX, UINT32_MAX, 0);
	expect_values(normalised(0x1f, 2), UINT32_MAX, UINT32_MAX, UINT32_MAX, 0);
	expect_values(normalised(0x1a, 0), 0, 0, 0, 0);
	expect_values(normalised(0x8000001e, 0), 0, 0xffffff00, 0xffffff00, UINT32_MAX);
	expect_values(normalised(0x0, 0), UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	expect_values(normalised(0x4, 0), UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
}

static void ecx_counts_where_the_leaf_has_subleaves(void **state)
{
	static const struct {
		uint64_t rax, rcx;
		uint32_t leaf, subleaf;
	} cases[] = {
		{ 0, 77, 0, 0 },
		{ 1, 77, 1, 0 },
		{ 4, 2, 4, 2 },
		{ 7, UINT64_C(0x100000001), 7, 1 },
		{ UINT64_C(0xffffffff00000002), 1, 2, 0 },
		{ 0x80000002, 3, 0x80000002, 0 },
		{ 0x8000001d, 3, 0x8000001d, 3 },
		{ 0x40000003, 2, 0x40000003, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers r = { .rax = cases[i].rax, .rcx = cases[i].rcx };
		uint32_t leaf, subleaf;

		cpuid_question(&r, &leaf, &subleaf);
		assert_int_equal(leaf, cases[i].leaf);
		assert_int_equal(subleaf, cases[i].subleaf);
	}
}

static void the_host_answers(void **state)
{
	struct cpuid_values a = cpuid_read(0, 0), b = cpuid_read(0, 0);

	(void)state;
	assert_true(a.eax >= 1);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(cpuid_read(1, 0).ebx >> 24, 0);
}

static void an_answer_clears_the_upper_halves(void **state)
{
	registers r = { .rax = UINT64_MAX,
			.rbx = UINT64_MAX,
			.rcx = UINT64_MAX,
			.rdx = UINT64_MAX,
			.rip = 0x1000,
			.rsi = 5 };

	(void)state;
	cpuid_give(&r, &(struct cpuid_values){ 1, 2, 3, 4 });
	assert_int_equal(r.rax, 1);
	assert_int_equal(r.rbx, 2);
	assert_int_equal(r.rcx, 3);
	assert_int_equal(r.rdx, 4);
	assert_int_equal(r.rip, 0x1002);
	assert_int_equal(r.rsi, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_varies_is_hidden),
		cmocka_unit_test(ecx_counts_where_the_leaf_has_subleaves),
		cmocka_unit_test(the_host_answers),
		cmocka_unit_test(an_answer_clears_the_upper_halves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
