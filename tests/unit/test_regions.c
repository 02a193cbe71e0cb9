/* Addresses by what they lie in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/regions.h"

#define LINKER UINT64_C(0x7f0000300000)
#define STACK  UINT64_C(0x7ffd00001000)

/* "name#number+offset" as far as they are known, "-" for nothing. */
static const char *at(const struct regions *r, uint64_t address)
{
	static const char *const nameless[] = { [REGION_HEAP] = "heap", [REGION_STACK] = "stack" };
	static char text[128];
	struct region found;
	int length;

	if (!regions_find(r, address, &found))
		return "-";
	length = snprintf(text, sizeof(text), "%s", found.name ? found.name : nameless[found.kind]);
	if (found.number)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "#%u",
				   found.number);
	if (found.placed)
		snprintf(text + length, sizeof(text) - (size_t)length, "+%lx",
			 (unsigned long)found.offset);
	return text;
}

/* A library mapped whole, parts of it over that, a hole, then something else in the hole. */
static void files(void **state)
{
	struct regions *r = regions_create(NULL);

	(void)state;
	regions_map_file(r, 0x10000, 0x8000, "libc.so.6");
	regions_map_file(r, 0x12000, 0x2000, "libc.so.6");
	assert_string_equal(at(r, 0x10000), "libc.so.6+0");
	assert_string_equal(at(r, 0x12345), "libc.so.6+2345");
	assert_string_equal(at(r, 0x17fff), "libc.so.6+7fff");
	assert_string_equal(at(r, 0xffff), "-");
	regions_unmap(r, 0x11000, 0x1000);
	assert_string_equal(at(r, 0x11000), "-");
	assert_string_equal(at(r, 0x10fff), "libc.so.6+fff");
	assert_string_equal(at(r, 0x12000), "libc.so.6+2000");
	regions_map_file(r, 0x11000, 0x3000, "other");
	assert_string_equal(at(r, 0x13fff), "other+2fff");
	assert_string_equal(at(r, 0x14000), "libc.so.6+4000");
	/* what is not whole pages reaches to the end of the last */
	regions_map_file(r, 0x30000, 10, "short");
	assert_string_equal(at(r, 0x30fff), "short+fff");
	/* zeros within the library are its own, room over the start of it is not */
	regions_map_room(r, 0x16000, 0x2000, "");
	assert_string_equal(at(r, 0x17000), "libc.so.6+7000");
	regions_map_room(r, 0x10000, 0x1000, "");
	assert_string_equal(at(r, 0x10000), "anon#1+0");
	regions_destroy(r);
}

static void room(void **state)
{
	struct regions *r = regions_create(NULL), *child;

	(void)state;
	regions_map_room(r, 0x10000, 0x4000, "");
	regions_map_room(r, 0x20000, 0x1000, "");
	regions_map_room(r, 0x30000, 0x1000, "T1");
	regions_map_room(r, 0x40000, 0x1000, "");
	assert_string_equal(at(r, 0x20010), "anon#2+10");
	assert_string_equal(at(r, 0x30000), "anon@T1#1+0");
	assert_string_equal(at(r, 0x40fff), "anon#3+fff");
	child = regions_create(r);
	/* the lowest number that is free, not the next */
	regions_unmap(r, 0x20000, 0x1000);
	regions_map_room(r, 0x50000, 0x1000, "");
	assert_string_equal(at(r, 0x50000), "anon#2+0");
	/* an allocator maps more than it wants and trims it: the rest starts at 0 */
	regions_unmap(r, 0x10000, 0x1000);
	assert_string_equal(at(r, 0x11004), "anon#1+4");
	/* a hole makes two of one */
	regions_unmap(r, 0x12000, 0x1000);
	assert_string_equal(at(r, 0x11000), "anon#1+0");
	assert_string_equal(at(r, 0x13008), "anon#4+8");
	/* what a parent does its child does not see */
	assert_string_equal(at(child, 0x12000), "anon#1+2000");
	assert_string_equal(at(child, 0x20010), "anon#2+10");
	regions_destroy(child);
	regions_destroy(r);
}

static void moves(void **state)
{
	struct regions *r = regions_create(NULL);

	(void)state;
	regions_map_room(r, 0x10000, 0x1000, "");
	regions_map_room(r, 0x20000, 0x1000, "");
	regions_map_file(r, 0x30000, 0x3000, "data");
	regions_move(r, 0x20000, 0x1000, 0x80000, 0x4000);
	assert_string_equal(at(r, 0x20000), "-");
	assert_string_equal(at(r, 0x83000), "anon#2+3000");
	regions_move(r, 0x31000, 0x2000, 0x90000, 0x2000);
	assert_string_equal(at(r, 0x30000), "data+0");
	assert_string_equal(at(r, 0x31000), "-");
	assert_string_equal(at(r, 0x90004), "data+1004");
	/* in place */
	regions_move(r, 0x10000, 0x1000, 0x10000, 0x2000);
	assert_string_equal(at(r, 0x11000), "anon#1+1000");
	/* the same memory twice */
	regions_move(r, 0x80000, 0, 0xa0000, 0x1000);
	assert_string_equal(at(r, 0x80000), "anon#2+0");
	assert_string_equal(at(r, 0xa0000), "anon#3+0");
	/* what was there is gone, also where nothing was known of what comes */
	regions_move(r, 0x7000000, 0x1000, 0x80000, 0x4000);
	assert_string_equal(at(r, 0x80000), "-");
	regions_destroy(r);
}

static void stacks(void **state)
{
	struct regions *r = regions_create(NULL);

	(void)state;
	regions_map_room(r, 0x10000, 0x8000, "");
	regions_name_stack(r, 0x17fff, "stack:P0.T1");
	assert_string_equal(at(r, 0x10000), "stack:P0.T1");
	/* kept for the next thread */
	regions_name_stack(r, 0x17fff, "stack:P0.T2");
	assert_string_equal(at(r, 0x12345), "stack:P0.T2");
	regions_name_stack(r, 0x40000, "stack:P0.T3");
	regions_map_file(r, 0x20000, 0x1000, "file");
	regions_name_stack(r, 0x20000, "stack:P0.T3");
	assert_string_equal(at(r, 0x20000), "file+0");
	regions_destroy(r);
}

/* What no call has mapped. */
static void unmapped(void **state)
{
	struct regions *r = regions_create(NULL);

	(void)state;
	assert_string_equal(at(r, 0x555555560000), "-");
	regions_set_break(r, 0x555556000000);
	assert_string_equal(at(r, 0x555555560000), "program");
	assert_string_equal(at(r, 0x555556000000), "heap+0");
	/* asked for, not there yet */
	assert_string_equal(at(r, 0x555556021000), "heap+21000");
	regions_set_break(r, 0x555556021000);
	assert_string_equal(at(r, 0x555556010000), "heap+10000");
	assert_string_equal(at(r, 0x300000000000), "-");
	assert_string_equal(at(r, STACK), "-");
	regions_map_file(r, LINKER - 0x10000, 0x8000, "libc.so.6");
	assert_string_equal(at(r, LINKER), "ld.so");
	assert_string_equal(at(r, STACK), "stack");
	assert_string_equal(at(r, LINKER - 0x20000), "-");
	regions_expect_images(r, 0x555555550000, LINKER);
	assert_string_equal(at(r, LINKER + 4), "ld.so");
	regions_forget(r);
	regions_set_break(r, 0x555556000000);
	assert_string_equal(at(r, 0x555555550123), "program+123");
	assert_string_equal(at(r, LINKER + 4), "ld.so+4");
	regions_forget(r);
	assert_string_equal(at(r, LINKER + 4), "-");
	assert_string_equal(at(r, 0x555556000000), "-");
	regions_destroy(r);
}

/* What cannot be. */
static void nonsense(void **state)
{
	struct regions *r = regions_create(NULL);

	(void)state;
	regions_map_file(r, UINT64_MAX - 10, 100, "x");
	regions_map_file(r, 0x1000, UINT64_MAX, "all");
	assert_string_equal(at(r, 0x5000), "all+4000");
	regions_map_room(r, 0, 0, "");
	regions_map_room(r, 0x1000, 0, "T1");
	regions_move(r, 0x5000, UINT64_MAX, UINT64_MAX - 5, UINT64_MAX);
	regions_move(r, 0x2000, 0x1000, UINT64_MAX - 5, 3);
	regions_name_stack(r, 0, "stack");
	regions_set_break(r, UINT64_MAX);
	regions_expect_images(r, UINT64_MAX, 1);
	at(r, 0);
	at(r, UINT64_MAX);
	regions_unmap(r, 0, UINT64_MAX);
	assert_string_equal(at(r, 0x2000), "-");
	regions_destroy(r);
	regions_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),  cmocka_unit_test(room),     cmocka_unit_test(moves),
		cmocka_unit_test(stacks), cmocka_unit_test(unmapped), cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
