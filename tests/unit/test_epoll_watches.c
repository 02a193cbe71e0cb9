/* What an epoll object remembers of its registrations. Run under ASan to see what is freed when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "monitor/tracee/fd_map.h"

static void a_registration_goes_by_number_and_object(void **state)
{
	struct open_file *epoll = open_file_create(FD_LEADER);
	struct open_file *a = open_file_create(FD_LEADER), *b = open_file_create(FD_LEADER);

	(void)state;
	epoll_watch_set(epoll, 3, a)->data[0] = 1;
	epoll_watch_set(epoll, 4, a)->data[0] = 2;
	epoll_watch_set(epoll, 3, b)->data[0] = 3;
	assert_int_equal(epoll->n_watches, 3);
	epoll_watch_set(epoll, 3, a)->data[0] = 4; /* in place of the first */
	assert_int_equal(epoll->n_watches, 3);
	epoll_watch_remove(epoll, 5, a);
	epoll_watch_remove(epoll, 4, b);
	assert_int_equal(epoll->n_watches, 3);
	epoll_watch_remove(epoll, 4, a);
	assert_int_equal(epoll->n_watches, 2);
	assert_int_equal(epoll->watches[0].data[0], 3);
	assert_int_equal(epoll->watches[1].data[0], 4);
	open_file_release(a);
	open_file_release(b);
	open_file_release(epoll);
}

static void what_is_closed_everywhere_is_forgotten(void **state)
{
	struct fd_table *t = fd_table_create();
	struct open_file *epoll = open_file_create(FD_LEADER);

	(void)state;
	fd_table_set(t, 3, open_file_create(FD_LEADER));
	fd_table_dup(t, 3, 4);
	epoll_watch_set(epoll, 3, fd_table_find(t, 3));
	fd_table_close(t, 3);
	epoll_watches_prune(epoll);
	assert_int_equal(epoll->n_watches, 1); /* 4 is still open */
	fd_table_close(t, 4);
	assert_int_equal(epoll->n_watches, 1);
	epoll_watches_prune(epoll);
	assert_int_equal(epoll->n_watches, 0);
	epoll_watch_set(epoll, 9, NULL);
	epoll_watches_prune(epoll);
	assert_int_equal(epoll->n_watches, 1);
	open_file_release(epoll);
	fd_table_release(t);
}

/* What another thread has removed since, or what is kept where we do not see it. */
static void what_is_gone_can_be_found(void **state)
{
	struct open_file *epoll = open_file_create(FD_LEADER);

	(void)state;
	assert_null(epoll_watch_find(epoll, 0));
	*epoll_watch_set(epoll, 3, NULL)->data = 10;
	epoll->watches[0].data[1] = 11;
	epoll_watch_remove(epoll, 3, NULL);
	assert_int_equal(epoll->n_watches, 0);
	assert_int_equal(epoll_watch_find(epoll, 10)->data[1], 11);
	assert_null(epoll_watch_find(epoll, 11));
	/* the later one of two, and before both what is not gone */
	*epoll_watch_set(epoll, 3, NULL)->data = 10;
	epoll->watches[0].data[1] = 12;
	assert_int_equal(epoll_watch_find(epoll, 10)->data[1], 12);
	epoll_watch_remove(epoll, 3, NULL);
	assert_int_equal(epoll_watch_find(epoll, 10)->data[1], 12);
	for (unsigned i = 0; i < EPOLL_PAST; i++) {
		assert_non_null(epoll_watch_find(epoll, 10));
		*epoll_watch_set(epoll, 4, NULL)->data = 20 + i;
		epoll_watch_remove(epoll, 4, NULL);
	}
	assert_null(epoll_watch_find(epoll, 10));
	assert_non_null(epoll_watch_find(epoll, 20));
	open_file_release(epoll);
}

static void either_may_go_first(void **state)
{
	struct open_file *epoll = open_file_create(FD_LEADER);
	struct open_file *a = open_file_create(FD_LEADER), *b = open_file_create(FD_LEADER);

	(void)state;
	epoll_watch_set(epoll, 3, a);
	epoll_watch_set(epoll, 4, b);
	open_file_release(a);
	open_file_release(epoll);
	assert_int_equal(b->watched, 0);
	open_file_release(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registration_goes_by_number_and_object),
		cmocka_unit_test(what_is_closed_everywhere_is_forgotten),
		cmocka_unit_test(what_is_gone_can_be_found),
		cmocka_unit_test(either_may_go_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
