/* base/: error messages, the bytes cursor, checked allocation, CHECK and its hook, cleanup, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"

static void test_error_set(void **state)
{
	struct error err = { 0 };

	assert_int_equal(error_set(&err, -ENOENT, "cannot open %s: %s", "x", "why"), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.message, "cannot open x: why");
	assert_int_equal(error_prefix(&err, "variant %d: ", 2), -ENOENT);
	assert_string_equal(err.message, "variant 2: cannot open x: why");
	assert_int_equal(error_set(NULL, -EIO, "nobody listens"), -EIO);
	assert_int_equal(error_prefix(NULL, "nobody listens"), 0);
}

static void test_error_long(void **state)
{
	char text[2 * ERROR_MESSAGE_BYTES];
	struct error err = { 0 };

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, -EINVAL, "%s", text);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_BYTES - 1);
	error_prefix(&err, "front: ");
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_BYTES - 1);
	assert_memory_equal(err.message, "front: aaa", 10);
	error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_BYTES - 1);
	assert_int_equal(err.code, -EINVAL);
}

static void test_bytes_fields(void **state)
{
	const uint8_t data[] = { 0x78, 0x56, 0x34, 0x12, 8, 7, 6, 5, 4, 3, 2, 1, 'e', 'n', 'd' };
	struct bytes b = bytes_make(data, sizeof(data));
	char text[3];

	assert_int_equal(bytes_u32(&b), 0x12345678);
	assert_true(bytes_u64(&b) == UINT64_C(0x0102030405060708));
	bytes_copy(&b, text, sizeof(text));
	assert_memory_equal(text, "end", 3);
	assert_false(b.failed);
	assert_int_equal(b.left, 0);
	assert_non_null(bytes_take(&b, 0));
	assert_null(bytes_take(&b, 1));
	assert_true(b.failed);
}

static void test_bytes_past_the_end(void **state)
{
	const uint8_t data[] = { 1, 2, 3, 4, 5 };
	struct bytes b = bytes_make(data, sizeof(data));
	uint8_t out[8];

	assert_true(bytes_u64(&b) == 0);
	assert_true(b.failed);
	/* Once failed, even what is there is not given out. */
	assert_int_equal(bytes_u32(&b), 0);
	memset(out, 0xff, sizeof(out));
	bytes_copy(&b, out, sizeof(out));
	assert_true(out[0] == 0 && out[7] == 0);
	/* A length that would wrap an address. */
	b = bytes_make(data, sizeof(data));
	assert_null(bytes_take(&b, SIZE_MAX));
	assert_true(b.failed);
	b = bytes_make(NULL, 0);
	assert_int_equal(bytes_varint(&b), 0);
	assert_true(b.failed);
}

struct varint_case {
	uint8_t data[12];
	size_t length, used;
	uint64_t value;
	bool failed;
};

static void test_bytes_varint(void **state)
{
	static const struct varint_case cases[] = {
		{ { 0x00 }, 1, 1, 0, false },
		{ { 0x7f }, 1, 1, 127, false },
		{ { 0x80, 0x01 }, 2, 2, 128, false },
		{ { 0xac, 0x02, 0x55 }, 3, 2, 300, false },
		{ { 0x80, 0x00 }, 2, 2, 0, false },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 },
		  10,
		  10,
		  UINT64_MAX,
		  false },
		{ { 0x80 }, 1, 1, 0, true },
		{ { 0xff, 0xff }, 2, 2, 0, true },
		{ { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 },
		  11,
		  10,
		  0,
		  true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = bytes_make(cases[i].data, cases[i].length);

		assert_true(bytes_varint(&b) == cases[i].value);
		assert_int_equal(b.failed, cases[i].failed);
		assert_int_equal(cases[i].length - b.left, cases[i].used);
	}
}

static void test_alloc_grow(void **state)
{
	uint32_t *array = NULL;
	size_t capacity = 0;

	for (size_t i = 0; i < 1000; i++) {
		alloc_grow(&array, &capacity, i + 1);
		assert_true(capacity > i);
		assert_int_equal(array[i], 0);
		array[i] = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(array[i], i + 1);
	for (size_t i = 1000; i < capacity; i++)
		assert_int_equal(array[i], 0);
	/* Never shrinks, and does nothing when there is room. */
	size_t before = capacity;
	uint32_t *same = array;

	alloc_grow(&array, &capacity, 10);
	assert_int_equal(capacity, before);
	assert_ptr_equal(array, same);
	free(array);
}

static void test_alloc_zeroed(void **state)
{
	uint8_t *memory = alloc_zeroed(100, 3);
	void *nothing = alloc_zeroed(0, 0);
	char *text = alloc_string("text");

	for (size_t i = 0; i < 300; i++)
		assert_int_equal(memory[i], 0);
	assert_non_null(nothing);
	assert_string_equal(text, "text");
	free(memory);
	free(nothing);
	free(text);
}

/* --- CHECK: seen from outside, in a child --- */

static int hook_fd = -1;

static void tell_hook(void)
{
	if (write(hook_fd, "hook;", 5) != 5)
		_exit(3);
}

static void tell_hook_and_fail(void)
{
	tell_hook();
	CHECK(!"a hook that breaks a promise itself");
}

/* Runs body in a child; its standard error and what hooks wrote come back in text. */
static int run_child(void (*body)(void), char *text, size_t capacity)
{
	int ends[2], status = 0;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL); /* cmocka catches it */
		hook_fd = ends[1];
		dup2(ends[1], STDERR_FILENO);
		body();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + used, capacity - used - 1)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void body_holds(void)
{
	check_set_hook(tell_hook);
	CHECK(1 + 1 == 2);
}

static void body_fails(void)
{
	check_set_hook(tell_hook);
	CHECK(1 + 1 == 3);
}

static void body_fails_twice(void)
{
	check_set_hook(tell_hook_and_fail);
	CHECK(1 + 1 == 3);
}

static void body_no_hook(void)
{
	check_set_hook(NULL);
	CHECK(1 + 1 == 3);
}

static void body_grow_too_far(void)
{
	uint64_t *array = NULL;
	size_t capacity = 0;

	alloc_grow(&array, &capacity, (size_t)1 << 61);
}

static void test_check(void **state)
{
	char text[4096];
	int status = run_child(body_holds, text, sizeof(text));

	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_string_equal(text, "");

	status = run_child(body_fails, text, sizeof(text));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(text, "test_base.c:"));
	assert_non_null(strstr(text, "1 + 1 == 3 does not hold\nhook;"));

	status = run_child(body_no_hook, text, sizeof(text));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void test_check_hook_runs_once(void **state)
{
	char text[4096];
	int status = run_child(body_fails_twice, text, sizeof(text));
	const char *first = strstr(text, "hook;");

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(first);
	assert_null(strstr(first + 1, "hook;"));
}

static void test_alloc_refuses_the_absurd(void **state)
{
	char text[4096];
	int status = run_child(body_grow_too_far, text, sizeof(text));

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* --- cleanup --- */

static int open_and_leave(bool keep)
{
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return keep ? take_fd(&fd) : fd;
}

static char *copy_and_take(void)
{
	cleanup_free char *text = alloc_string("kept");
	char *taken = take_ptr(&text);

	assert_null(text);
	return taken;
}

static void test_cleanup(void **state)
{
	int fd = open_and_leave(false);
	char *text = copy_and_take();

	assert_int_equal(fcntl(fd, F_GETFD), -1);
	fd = open_and_leave(true);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	assert_string_equal(text, "kept");
	free(text);
}

/* --- log --- */

static void test_log(void **state)
{
	char text[8192], huge[6000];
	int ends[2];
	ssize_t got;

	memset(huge, 'h', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	log_setup("prog", ends[1], LOG_NORMAL);
	log_line(LOG_NORMAL, "shown %d", 1);
	log_line(LOG_VERBOSE, "not shown");
	log_debug("not shown");
	got = read(ends[0], text, sizeof(text));
	assert_int_equal(got, strlen("prog: shown 1\n"));
	assert_memory_equal(text, "prog: shown 1\n", (size_t)got);
	log_setup("prog", ends[1], LOG_DEBUG);
	log_debug("%s", huge);
	got = read(ends[0], text, sizeof(text));
	assert_in_range(got, 1000, 4096);
	assert_int_equal(text[got - 1], '\n');
	assert_int_equal(text[got - 2], 'h');
	close(ends[0]);
	close(ends[1]);
	log_setup("mvx", STDERR_FILENO, LOG_NORMAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_set),
		cmocka_unit_test(test_error_long),
		cmocka_unit_test(test_bytes_fields),
		cmocka_unit_test(test_bytes_past_the_end),
		cmocka_unit_test(test_bytes_varint),
		cmocka_unit_test(test_alloc_grow),
		cmocka_unit_test(test_alloc_zeroed),
		cmocka_unit_test(test_alloc_refuses_the_absurd),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_hook_runs_once),
		cmocka_unit_test(test_cleanup),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
