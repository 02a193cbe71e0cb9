/* The tables of descriptors and of processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"

static void nothing_is_open_at_first(void **state)
{
	struct fd_table *t = fd_table_create();

	(void)state;
	assert_null(fd_table_find(t, 0));
	assert_null(fd_table_find(t, -1));
	assert_null(fd_table_find(t, INT64_MIN));
	assert_null(fd_table_find(t, INT64_MAX));
	fd_table_close(t, 3);
	fd_table_close(t, -1);
	fd_table_release(t);
	fd_table_release(NULL);
	open_file_release(NULL);
}

static void a_number_names_what_was_put_there(void **state)
{
	struct fd_table *t = fd_table_create();
	struct open_file *a = open_file_create(FD_EACH_READ), *b = open_file_create(FD_PRIVATE);

	(void)state;
	fd_table_set(t, 5, a);
	fd_table_set(t, 1000, b);
	assert_ptr_equal(fd_table_find(t, 5), a);
	assert_ptr_equal(fd_table_find(t, 1000), b);
	assert_int_equal(fd_table_find(t, 5)->kind, FD_EACH_READ);
	assert_null(fd_table_find(t, 4));
	assert_null(fd_table_find(t, 999));
	/* numbers far apart do not lose the ones below */
	fd_table_set(t, 60000, open_file_create(FD_LEADER));
	assert_ptr_equal(fd_table_find(t, 5), a);
	fd_table_close(t, 5);
	assert_null(fd_table_find(t, 5));
	fd_table_release(t);
}

static void duplicates_share_the_object(void **state)
{
	struct fd_table *t = fd_table_create();
	struct open_file *file = open_file_create(FD_PRIVATE);

	(void)state;
	fd_table_set(t, 3, file);
	fd_table_dup(t, 3, 7);
	assert_ptr_equal(fd_table_find(t, 7), file);
	assert_int_equal(file->refs, 2);
	fd_table_dup(t, 3, 3); /* dup2(3, 3) changes nothing */
	assert_int_equal(file->refs, 2);
	fd_table_close(t, 3);
	assert_ptr_equal(fd_table_find(t, 7), file);
	assert_int_equal(file->refs, 1);
	fd_table_release(t);
}

/* dup2 over an open number closes what was there, also where both are the same object. */
static void a_duplicate_replaces(void **state)
{
	struct fd_table *t = fd_table_create();
	struct open_file *a = open_file_create(FD_PRIVATE), *b = open_file_create(FD_LEADER);

	(void)state;
	fd_table_set(t, 3, a);
	fd_table_set(t, 4, b);
	b->refs++; /* ours, to see the table's go */
	fd_table_dup(t, 3, 4);
	assert_ptr_equal(fd_table_find(t, 4), a);
	assert_int_equal(b->refs, 1);
	fd_table_dup(t, 3, 4);
	assert_int_equal(a->refs, 2);
	open_file_release(b);
	fd_table_release(t);
}

/* A descriptor the table has not heard of is the leader's: the careful kind. */
static void an_unknown_duplicate_is_the_leaders(void **state)
{
	struct fd_table *t = fd_table_create();

	(void)state;
	fd_table_dup(t, 9, 10);
	assert_non_null(fd_table_find(t, 10));
	assert_int_equal(fd_table_find(t, 10)->kind, FD_LEADER);
	assert_null(fd_table_find(t, 9));
	fd_table_release(t);
}

/* fork: numbers are copied, objects shared. */
static void a_copy_has_its_own_numbers(void **state)
{
	struct fd_table *parent = fd_table_create(), *child;
	struct open_file *file = open_file_create(FD_SYNTHETIC);

	(void)state;
	file->text[1] = strdup("text of variant 1");
	fd_table_set(parent, 3, file);
	child = fd_table_copy(parent);
	assert_ptr_equal(fd_table_find(child, 3), file);
	assert_int_equal(file->refs, 2);
	fd_table_find(child, 3)->offset = 17; /* offsets are the object's */
	assert_int_equal(fd_table_find(parent, 3)->offset, 17);
	fd_table_close(parent, 3);
	assert_null(fd_table_find(parent, 3));
	assert_ptr_equal(fd_table_find(child, 3), file);
	fd_table_set(child, 4, open_file_create(FD_LEADER));
	assert_null(fd_table_find(parent, 4));
	fd_table_release(parent);
	assert_string_equal(fd_table_find(child, 3)->text[1], "text of variant 1");
	fd_table_release(child);
}

static void an_empty_table_is_copied(void **state)
{
	struct fd_table *parent = fd_table_create(), *child = fd_table_copy(parent);

	(void)state;
	fd_table_set(child, 0, open_file_create(FD_LEADER));
	assert_null(fd_table_find(parent, 0));
	fd_table_release(parent);
	fd_table_release(child);
}

/* CLONE_FILES: one table, freed with its last user. */
static void a_shared_table_is_one(void **state)
{
	struct fd_table *t = fd_table_create(), *same = fd_table_share(t);

	(void)state;
	assert_ptr_equal(t, same);
	fd_table_set(same, 3, open_file_create(FD_LEADER));
	fd_table_release(t);
	assert_non_null(fd_table_find(same, 3));
	fd_table_release(same);
}

static void set_at(int64_t fd)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		fd_table_set(fd_table_create(), fd, open_file_create(FD_LEADER));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void no_number_is_made_up(void **state)
{
	(void)state;
	set_at(-1);
	set_at(INT32_MAX);
	set_at(INT64_MIN);
}

static void a_process_is_found_by_the_leaders_id(void **state)
{
	struct pid_map *map = pid_map_create();
	struct process *p = pid_map_add(map, 100, 1), *q = pid_map_add(map, 100 + 1024, 100);

	(void)state;
	assert_ptr_equal(pid_map_find(map, 100), p);
	assert_ptr_equal(pid_map_find(map, 100 + 1024), q); /* the same bucket */
	assert_null(pid_map_find(map, 100 + 2048));
	assert_null(pid_map_find(map, 0));
	assert_null(pid_map_find(map, -1));
	assert_int_equal(atomic_load(&p->pids[0]), 100);
	assert_int_equal(atomic_load(&p->pids[1]), 0);
	assert_int_equal(q->parent, 100);
	pid_map_remove(map, p);
	assert_null(pid_map_find(map, 100));
	assert_ptr_equal(pid_map_find(map, 100 + 1024), q);
	pid_map_destroy(map);
	pid_map_destroy(NULL);
}

/* The id of an ended process comes again: the new one is found, the old one freed. */
static void an_id_used_again(void **state)
{
	struct pid_map *map = pid_map_create();
	struct process *old = pid_map_add(map, 100, 1), *new;

	(void)state;
	old->gone = true;
	new = pid_map_add(map, 100, 7);
	assert_ptr_equal(pid_map_find(map, 100), new);
	assert_int_equal(new->parent, 7);
	assert_false(new->gone);
	pid_map_destroy(map);
}

/* The same while a follower of the old one is still ending: its lane frees it later. */
static void an_id_used_again_early(void **state)
{
	struct pid_map *map = pid_map_create();
	struct process *old = pid_map_add(map, 100, 1), *new;

	(void)state;
	new = pid_map_add(map, 100, 7);
	assert_ptr_not_equal(new, old);
	assert_true(old->waited);
	assert_ptr_equal(pid_map_find(map, 100), new);
	pid_map_remove(map, old); /* the lane's end */
	assert_ptr_equal(pid_map_find(map, 100), new);
	pid_map_destroy(map);
}

/* A parent's end takes along the children that ended and were never waited for. */
static void ended_children_go_with_their_parent(void **state)
{
	struct pid_map *map = pid_map_create();

	(void)state;
	pid_map_add(map, 100, 1);
	pid_map_add(map, 101, 100)->gone = true;
	pid_map_add(map, 102, 100);
	pid_map_add(map, 103, 1)->gone = true;
	pid_map_add(map, 101 + 1024, 100)->gone = true;
	pid_map_remove_children(map, 100);
	assert_non_null(pid_map_find(map, 100));
	assert_null(pid_map_find(map, 101));
	assert_null(pid_map_find(map, 101 + 1024));
	assert_non_null(pid_map_find(map, 102));
	assert_non_null(pid_map_find(map, 103));
	pid_map_destroy(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_open_at_first),
		cmocka_unit_test(a_number_names_what_was_put_there),
		cmocka_unit_test(duplicates_share_the_object),
		cmocka_unit_test(a_duplicate_replaces),
		cmocka_unit_test(an_unknown_duplicate_is_the_leaders),
		cmocka_unit_test(a_copy_has_its_own_numbers),
		cmocka_unit_test(an_empty_table_is_copied),
		cmocka_unit_test(a_shared_table_is_one),
		cmocka_unit_test(no_number_is_made_up),
		cmocka_unit_test(a_process_is_found_by_the_leaders_id),
		cmocka_unit_test(an_id_used_again),
		cmocka_unit_test(an_id_used_again_early),
		cmocka_unit_test(ended_children_go_with_their_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
