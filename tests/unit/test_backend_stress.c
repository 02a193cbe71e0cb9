/*
 * Stops racing doorbells at the real back-end: a tracer that sleeps must miss
 * neither. Two programs of work, both bounded by counts:
 *
 *   free:    stops and messages come as fast as they can;
 *   chained: the next stop needs the message and the next message the stop, so
 *            that one lost wake-up stands everything still for ever. An alarm
 *            far beyond any slow machine ends that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/mailbox.h"
#include "monitor/tracee/backend.h"

#define FREE_STOPS       12000u
#define FREE_MESSAGES    12000u
#define CHAINED_ROUNDS   12000u
#define MESSAGES_ONLY    4000u
#define WATCHDOG_SECONDS 900u

/* The mailbox never looks into a lane: these stand for numbers. */
struct lane {
	char unused;
};

static struct lane numbers[CHAINED_ROUNDS + FREE_MESSAGES];

/* What the traced child and both threads see. */
struct shared {
	_Atomic uint32_t go;
	_Atomic uint32_t begun; /* stops the child has run into */
};

struct work {
	struct backend *backend;
	struct mailbox *mail;
	struct shared *shared;
	pid_t child;
	uint32_t rounds;
	bool chained;
	_Atomic uint32_t taken; /* messages */
	uint32_t stops, out_of_order;
	uint64_t sleeps;
};

static _Noreturn void child_run(struct shared *shared, uint32_t stops)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(&shared->go))
		sched_yield();
	for (uint32_t i = 0; i < stops; i++) {
		atomic_fetch_add(&shared->begun, 1);
		raise(SIGUSR1);
	}
	_exit(7);
}

static void work_start(struct work *w, uint32_t stops)
{
	struct error err = { 0 };

	w->backend = backend_seccomp_create(&err);
	assert_non_null(w->backend);
	w->mail = aligned_alloc(64, sizeof(*w->mail));
	assert_non_null(w->mail);
	memset(w->mail, 0, sizeof(*w->mail));
	w->shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w->shared != MAP_FAILED);
	w->child = fork();
	assert_true(w->child >= 0);
	if (w->child == 0)
		child_run(w->shared, stops);
	assert_int_equal(
		ptrace(PTRACE_SEIZE, w->child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
}

static void work_finish(struct work *w)
{
	munmap(w->shared, sizeof(*w->shared));
	free(w->mail);
	backend_seccomp_destroy(w->backend);
}

/* Now and then, and never the same number of turns: the race is hit at all its places. */
static void dawdle(uint32_t i)
{
	for (uint32_t turns = (i * 2654435761u) >> 22; turns; turns--)
		__builtin_ia32_pause();
}

static void *ringer_main(void *argument)
{
	struct work *w = argument;

	for (uint32_t i = 0; i < w->rounds; i++) {
		/* chained: not before the child runs into its next stop */
		while (w->chained && atomic_load(&w->shared->begun) <= i)
			sched_yield();
		dawdle(i);
		mailbox_put(w->mail, &numbers[i]);
		w->backend->ops->ring(w->backend);
	}
	return NULL;
}

static bool take_mail(struct work *w)
{
	uint32_t taken = atomic_load(&w->taken);
	struct lane *lane = mailbox_take(w->mail);

	if (!lane)
		return false;
	w->out_of_order += lane != &numbers[taken];
	atomic_store(&w->taken, taken + 1);
	return true;
}

/* 1: a stop, 0: none, -1: the child has ended. */
static int take_stop(struct work *w)
{
	struct stop stop;
	int got = w->backend->ops->reap(w->backend, &stop);

	if (got <= 0)
		return got == 0 ? 0 : -1;
	assert_int_equal(stop.tid, w->child);
	if (stop.kind == STOP_ENDED) {
		assert_true(WIFEXITED(stop.status));
		assert_int_equal(WEXITSTATUS(stop.status), 7);
		return -1;
	}
	assert_int_equal(stop.kind, STOP_SIGNAL);
	assert_int_equal(stop.signo, SIGUSR1);
	w->stops++;
	/* each one once: the child counts as well */
	w->out_of_order += atomic_load(&w->shared->begun) != w->stops;
	return 1;
}

static void let_go(struct work *w)
{
	assert_int_equal(w->backend->ops->resume(w->backend, w->child, RESUME_RUN, 0), 0);
}

/* As tracer.c does it: look at both, sleep only when there was neither. */
static void serve(struct work *w)
{
	bool stopped = false, ended = false;

	while (!ended || atomic_load(&w->taken) < w->rounds) {
		int got = ended ? 0 : take_stop(w);
		bool news = got != 0;

		ended |= got < 0;
		stopped |= got > 0;
		news |= take_mail(w);
		if (stopped && (!w->chained || atomic_load(&w->taken) >= w->stops)) {
			stopped = false;
			news = true;
			let_go(w);
		}
		if (news)
			continue;
		w->sleeps++;
		w->backend->ops->sleep(w->backend);
	}
}

static void run(struct work *w, uint32_t stops)
{
	pthread_t ringer;

	work_start(w, stops);
	assert_int_equal(pthread_create(&ringer, NULL, ringer_main, w), 0);
	atomic_store(&w->shared->go, 1);
	serve(w);
	pthread_join(ringer, NULL);
	assert_int_equal(w->stops, stops);
	assert_int_equal(atomic_load(&w->taken), w->rounds);
	assert_int_equal(w->out_of_order, 0);
	assert_true(mailbox_is_empty(w->mail));
	work_finish(w);
}

static void stops_and_messages_at_full_speed(void **state)
{
	struct work w = { .rounds = FREE_MESSAGES };

	(void)state;
	run(&w, FREE_STOPS);
}

static void each_waits_for_the_other(void **state)
{
	struct work w = { .rounds = CHAINED_ROUNDS, .chained = true };

	(void)state;
	run(&w, CHAINED_ROUNDS);
}

static void *echo_main(void *argument)
{
	struct work *w = argument;

	for (uint32_t i = 0; i < w->rounds; i++) {
		while (atomic_load(&w->taken) < i)
			sched_yield();
		dawdle(i);
		mailbox_put(w->mail, &numbers[i]);
		w->backend->ops->ring(w->backend);
	}
	return NULL;
}

/* No stop comes to the rescue: each message has only its own ring. */
static void messages_alone(void **state)
{
	struct work w = { .rounds = MESSAGES_ONLY };
	pthread_t echo;

	(void)state;
	work_start(&w, 0);
	assert_int_equal(pthread_create(&echo, NULL, echo_main, &w), 0);
	while (atomic_load(&w.taken) < w.rounds)
		if (!take_mail(&w))
			w.backend->ops->sleep(w.backend);
	pthread_join(echo, NULL);
	assert_int_equal(w.out_of_order, 0);
	atomic_store(&w.shared->go, 1);
	while (take_stop(&w) >= 0)
		w.backend->ops->sleep(w.backend);
	work_finish(&w);
}

/* A ring before the sleep ends it, and one ring is enough for one sleep only. */
static void a_ring_is_kept(void **state)
{
	struct work w = { .rounds = 0 };
	struct stop stop;

	(void)state;
	work_start(&w, 1);
	for (unsigned i = 0; i < 100; i++) {
		w.backend->ops->ring(w.backend);
		w.backend->ops->ring(w.backend);
		w.backend->ops->sleep(w.backend);
		assert_int_equal(w.backend->ops->reap(w.backend, &stop), 0);
	}
	atomic_store(&w.shared->go, 1);
	while (take_stop(&w) != 1)
		w.backend->ops->sleep(w.backend);
	let_go(&w);
	while (take_stop(&w) >= 0)
		w.backend->ops->sleep(w.backend);
	assert_int_equal(w.backend->ops->reap(w.backend, &stop), -ECHILD);
	work_finish(&w);
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* However soon it is to end: a tracer that looked again at once would keep its task from the CPU. */
static void a_sleep_leaves_the_cpu(void **state)
{
	struct work w = { .rounds = 0 };
	uint64_t begin_ns;

	(void)state;
	work_start(&w, 0);
	begin_ns = monotonic_ns();
	for (unsigned i = 0; i < 100; i++) {
		w.backend->ops->wake_after(w.backend, i % 10);
		w.backend->ops->sleep(w.backend);
	}
	assert_true(monotonic_ns() - begin_ns >= 100 * UINT64_C(50000));
	atomic_store(&w.shared->go, 1);
	while (take_stop(&w) >= 0)
		w.backend->ops->sleep(w.backend);
	work_finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_is_kept),
		cmocka_unit_test(a_sleep_leaves_the_cpu),
		cmocka_unit_test(messages_alone),
		cmocka_unit_test(stops_and_messages_at_full_speed),
		cmocka_unit_test(each_waits_for_the_other),
	};

	alarm(WATCHDOG_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
