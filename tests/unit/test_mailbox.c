/*
 * The mailbox between two tracer threads: order, wrapping, bounds, and that
 * what was written before a put is seen after the take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/mailbox.h"

#define MESSAGES 400000u

/* The mailbox never looks into a lane: any address will do. */
struct lane {
	uint32_t number;
};

static struct mailbox *mailbox_new(uint32_t start)
{
	struct mailbox *m = aligned_alloc(64, sizeof(*m));

	assert_non_null(m);
	memset(m, 0, sizeof(*m));
	atomic_store(&m->head, start);
	atomic_store(&m->tail, start);
	return m;
}

static void keeps_order(void **state)
{
	struct mailbox *m = mailbox_new(0);
	struct lane lanes[3];

	(void)state;
	assert_true(mailbox_is_empty(m));
	assert_null(mailbox_take(m));
	for (unsigned i = 0; i < 3; i++)
		mailbox_put(m, &lanes[i]);
	assert_false(mailbox_is_empty(m));
	for (unsigned i = 0; i < 3; i++)
		assert_ptr_equal(mailbox_take(m), &lanes[i]);
	assert_true(mailbox_is_empty(m));
	assert_null(mailbox_take(m));
	free(m);
}

static void carries_the_same_lane_twice(void **state)
{
	struct mailbox *m = mailbox_new(0);
	struct lane lane;

	(void)state;
	mailbox_put(m, &lane);
	mailbox_put(m, &lane);
	assert_ptr_equal(mailbox_take(m), &lane);
	assert_ptr_equal(mailbox_take(m), &lane);
	assert_null(mailbox_take(m));
	free(m);
}

/* The counters are 32 bits wide and run over in a long run. */
static void survives_counters_running_over(void **state)
{
	struct mailbox *m = mailbox_new(UINT32_MAX - 5);
	struct lane *lanes = calloc(MAILBOX_ENTRIES, sizeof(*lanes));

	(void)state;
	assert_non_null(lanes);
	for (unsigned i = 0; i < MAILBOX_ENTRIES; i++)
		mailbox_put(m, &lanes[i]);
	for (unsigned i = 0; i < MAILBOX_ENTRIES; i++)
		assert_ptr_equal(mailbox_take(m), &lanes[i]);
	assert_true(mailbox_is_empty(m));
	free(lanes);
	free(m);
}

static void full_is_a_broken_promise(void **state)
{
	struct mailbox *m = mailbox_new(7);
	struct lane lane;
	int status;
	pid_t pid;

	(void)state;
	for (unsigned i = 0; i < MAILBOX_ENTRIES; i++)
		mailbox_put(m, &lane);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		mailbox_put(m, &lane);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_ptr_equal(mailbox_take(m), &lane);
	mailbox_put(m, &lane);
	free(m);
}

struct pipe_line {
	struct mailbox *m;
	struct lane *lanes; /* a ring of them, twice as long as the mailbox */
	_Atomic uint32_t taken;
};

static void *produce(void *argument)
{
	struct pipe_line *line = argument;

	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct lane *lane = &line->lanes[i % (2 * MAILBOX_ENTRIES)];

		while (i - atomic_load(&line->taken) >= MAILBOX_ENTRIES)
			sched_yield();
		lane->number = i; /* plain: the mailbox orders it */
		mailbox_put(line->m, lane);
	}
	return NULL;
}

static void two_threads_lose_nothing(void **state)
{
	struct pipe_line line = { .m = mailbox_new(UINT32_MAX - MESSAGES / 2) };
	uint32_t wrong = 0;
	pthread_t thread;

	(void)state;
	line.lanes = calloc((size_t)2 * MAILBOX_ENTRIES, sizeof(*line.lanes));
	assert_non_null(line.lanes);
	assert_int_equal(pthread_create(&thread, NULL, produce, &line), 0);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct lane *lane;

		while (!(lane = mailbox_take(line.m)))
			sched_yield();
		wrong += lane->number != i;
		atomic_store(&line.taken, i + 1);
	}
	pthread_join(thread, NULL);
	assert_int_equal(wrong, 0);
	assert_true(mailbox_is_empty(line.m));
	free(line.lanes);
	free(line.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order),
		cmocka_unit_test(carries_the_same_lane_twice),
		cmocka_unit_test(survives_counters_running_over),
		cmocka_unit_test(full_is_a_broken_promise),
		cmocka_unit_test(two_threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
