/* analysis/path_names and analysis/objects: what paths and descriptors are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/handed.h"
#include "analysis/objects.h"
#include "analysis/path_names.h"

static struct trace_blob blob(const char *text)
{
	return (struct trace_blob){ (const uint8_t *)text, strlen(text) };
}

static struct path_names *names_at(const char *cwd)
{
	struct trace_blob environment[] = { blob("HOME=/home/ann"), blob("TMPDIR=/scratch/") };
	struct trace_header header = { .cwd = cwd, .environment = environment, .n_environment = 2 };

	return path_names_create(&header);
}

static void check_put(const struct path_names *n, const char *path, const char *expected)
{
	cleanup_text struct text out = { 0 };

	path_names_put(n, &out, path);
	assert_string_equal(text_get(&out), expected);
}

static void prefixes(void **state)
{
	struct path_names *n = names_at("/home/ann/work");

	(void)state;
	check_put(n, "/home/ann/work/a", "$CWD/a");
	check_put(n, "/home/ann/work", "$CWD");
	check_put(n, "/home/ann/workshop", "$HOME/workshop");
	check_put(n, "/home/anna", "/home/anna");
	check_put(n, "/scratch/x", "$TMP/x");
	check_put(n, "/etc/\033[2J\n", "/etc/\\x1b[2J\\n");
	path_names_destroy(n);
}

static void joining(void **state)
{
	static const struct {
		const char *directory, *path, *expected;
	} cases[] = {
		{ "/a", "b", "/a/b" }, { "/a/", "./b//c/.", "/a/b/c" },
		{ "/a", "/b", "/b" },  { "/a", "../b", "/a/../b" },
		{ "/", "b", "/b" },    { "/a", "", "/a" },
		{ "/", "", "/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_text struct text out = { 0 };

		path_join(&out, cases[i].directory, cases[i].path, strlen(cases[i].path));
		assert_string_equal(text_get(&out), cases[i].expected);
	}
}

static void made_up_names(void **state)
{
	static const struct {
		const char *path;
		enum path_maker maker;
		bool expected;
	} cases[] = {
		{ "/w/tmp.aB3xQ9", PATH_PUBLIC, true },
		{ "/w/folder2", PATH_PUBLIC, false },
		{ "/w/ReadMe", PATH_PUBLIC, false },
		{ "/w/LICENSE", PATH_PUBLIC, false },
		{ "/w/index.lock", PATH_PUBLIC, false },
		{ "/w/report-20240131", PATH_PUBLIC, false },
		{ "/w/x.pyc.140234567890", PATH_PUBLIC, true },
		{ "/w/log.4711", PATH_PUBLIC, true }, /* its own id */
		{ "/w/log.47110", PATH_PUBLIC, false },
		{ "/w/abcdef", PATH_PRIVATE, false },
		{ "/w/abcde7", PATH_PRIVATE, true },
		{ "/w/.config", PATH_PRIVATE, false },
		{ "/w/saved.abcdef", PATH_MKSTEMP, true },
		{ "/w/.lock", PATH_MKSTEMP, false },
		{ "/tmp/abcdef", PATH_PRIVATE, true },
		{ "/scratch/abcdef", PATH_PRIVATE, true },
		{ "/tmp/abcdef", PATH_PUBLIC, false },
	};
	struct path_names *n = names_at("/w");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (path_is_temporary(n, cases[i].path, cases[i].maker, 4711) != cases[i].expected)
			fail_msg("%s", cases[i].path);
	path_names_destroy(n);
}

static void labels(void **state)
{
	struct path_names *n = names_at("/w");
	cleanup_text struct text out = { 0 };

	(void)state;
	path_names_add_temporary(n, "/tmp/x.aB3xQ9", "P0.T0");
	path_names_add_temporary(n, "/tmp/y.aB3xQ9", "P0.1.T0");
	path_names_add_temporary(n, "/tmp/z.aB3xQ9", "P0.T0");
	path_names_add_temporary(n, "/tmp/x.aB3xQ9", "P0.T0");
	check_put(n, "/tmp/x.aB3xQ9", "<tmp#1>");
	check_put(n, "/tmp/x.aB3xQ9/in/it", "<tmp#1>/in/it");
	check_put(n, "/tmp/x.aB3xQ91", "/tmp/x.aB3xQ91");
	check_put(n, "/tmp/y.aB3xQ9", "<tmp#P0.1.T0:1>");
	check_put(n, "/tmp/z.aB3xQ9", "<tmp#2>");
	path_names_replace(n, &out, "rm /tmp/x.aB3xQ9, ./z.aB3xQ9;", 29);
	assert_string_equal(text_get(&out), "rm <tmp#1>, ./<tmp#2>;");
	path_names_destroy(n);
}

static const char *name_of(const struct process *p, int fd)
{
	const struct object *object = process_fd(p, fd);

	return object ? object->name : "closed";
}

static void descriptors(void **state)
{
	struct objects *o = objects_create();
	struct process *p = process_create(NULL), *child;

	(void)state;
	process_open(o, p, 3, OBJECT_FILE, "file:/a", NULL, "/a");
	process_open(o, p, 4, OBJECT_FILE, "file:/a", NULL, "/a");
	process_open(o, p, 5, OBJECT_INTERNAL, "pipe", ".r", NULL);
	process_open(o, p, 6, OBJECT_INTERNAL, "pipe", ".w", NULL);
	assert_string_equal(name_of(p, 4), "file:/a#2");
	assert_string_equal(name_of(p, 5), "pipe#1.r");
	assert_string_equal(name_of(p, 6), "pipe#1.w");
	process_set_cloexec(p, 4, true);
	process_dup(p, 4, 7);
	child = process_create(p);
	process_close(p, 3);
	process_open(o, p, 3, OBJECT_FILE, "file:/a", NULL, "/a");
	assert_string_equal(name_of(p, 3), "file:/a#1");
	assert_string_equal(name_of(child, 3), "file:/a#1");
	process_exec(child);
	assert_string_equal(name_of(child, 4), "closed");
	assert_string_equal(name_of(child, 7), "file:/a#2");
	process_release(p);
	assert_string_equal(name_of(child, 7), "file:/a#2");
	process_close_range(child, 6, UINT32_MAX);
	assert_string_equal(name_of(child, 7), "closed");
	assert_string_equal(name_of(child, 5), "pipe#1.r");
	/* numbers no descriptor can have */
	assert_null(process_open(o, child, -1, OBJECT_FILE, "x", NULL, NULL));
	assert_null(process_open(o, child, INT64_MAX, OBJECT_FILE, "x", NULL, NULL));
	process_close(child, 1 << 30);
	process_release(child);
	objects_destroy(o);
}

/* What comes out of one end of a socket pair is what went in at the other. */
static void messages(void **state)
{
	struct objects *o = objects_create();
	struct process *sender = process_create(NULL), *receiver;
	struct handed *h = handed_create();
	const int32_t sent[] = { 7, 8, 9 }, came[] = { 20, 21, 22 };

	(void)state;
	process_open(o, sender, 3, OBJECT_INTERNAL, "socketpair", NULL, NULL);
	process_open(o, sender, 4, OBJECT_INTERNAL, "socketpair", NULL, NULL);
	process_open(o, sender, 5, OBJECT_SOCKET, "sock", NULL, NULL);
	process_pair(sender, 3, 4);
	process_pair(sender, 3, 99);
	receiver = process_create(sender);
	process_open(o, sender, 7, OBJECT_FILE, "file:/a", NULL, "/a");
	process_open(o, sender, 9, OBJECT_FILE, "file:/b", NULL, "/b");
	handed_learn(h, sender, process_fd(sender, 3), sent, 3);
	handed_learn(h, sender, process_fd(sender, 3), sent, 1);
	handed_learn(h, sender, process_fd(sender, 4), sent + 2, 1);
	for (int fd = 20; fd < 23; fd++)
		process_open(o, receiver, fd, OBJECT_INHERITED, "received", NULL, NULL);
	/* of what nobody is known to have sent */
	handed_place(h, receiver, process_fd(receiver, 5), came, 3);
	handed_place(h, receiver, NULL, came, 3);
	assert_string_equal(name_of(receiver, 20), "received#1");
	handed_place(h, receiver, process_fd(receiver, 4), came, 3);
	assert_string_equal(name_of(receiver, 20), "file:/a#1");
	assert_string_equal(process_fd(receiver, 20)->path, "/a");
	assert_int_equal(process_fd(receiver, 20)->serial, process_fd(sender, 7)->serial);
	assert_string_equal(name_of(receiver, 21), "received#2");
	assert_string_equal(name_of(receiver, 22), "file:/b#1");
	/* two where one was sent: not known which */
	handed_place(h, receiver, process_fd(receiver, 4), came + 1, 2);
	assert_string_equal(name_of(receiver, 21), "received#2");
	assert_string_equal(name_of(receiver, 22), "file:/b#1");
	/* the other way */
	handed_place(h, receiver, process_fd(receiver, 3), came, 1);
	assert_string_equal(name_of(receiver, 20), "file:/b#1");
	handed_place(h, receiver, process_fd(receiver, 3), came + 1, 1);
	assert_string_equal(name_of(receiver, 21), "received#2");
	/* still under way when all ends */
	handed_learn(h, sender, process_fd(sender, 3), sent, 2);
	handed_destroy(h);
	handed_destroy(NULL);
	process_release(sender);
	process_release(receiver);
	objects_destroy(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes),      cmocka_unit_test(joining),
		cmocka_unit_test(made_up_names), cmocka_unit_test(labels),
		cmocka_unit_test(descriptors),   cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
