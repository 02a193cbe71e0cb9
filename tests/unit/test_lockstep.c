/*
 * The phases of a call with two and three variants in one thread, over fake
 * back-ends. A scenario is played in every order in which stops and mail can
 * be looked at (up to a bound; past it in orders drawn at random, the same
 * ones each time), and after each play the same promises must hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/hold.h"
#include "monitor/execute.h"
#include "monitor/lane_life.h"
#include "monitor/session.h"
#include "monitor/signals.h"
#include "monitor/tracee/cpuid.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/variant.h"
#include "tests/support/backend_fake.h"

#define MAX_VARIANTS 3u
/* above PID_MAX_LIMIT: no such process can exist */
#define FIRST_TID   5000000
#define FIRST_CHILD 6000000
#define MONITOR_PID 4999999
#define BUFFER_ADDR UINT64_C(0x700000)
#define DEPTH       512
#define ALL_ORDERS  700u
#define SOME_ORDERS 500u

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

struct world {
	struct session *s;
	unsigned n;
	struct backend_fake *fakes[MAX_VARIANTS];
	struct fake_task *tasks[MAX_VARIANTS];
	struct lane *lane;
	uint8_t *buffers[MAX_VARIANTS]; /* memory at BUFFER_ADDR + variant */
	int kill_whom;                  /* a variant that may be killed at any moment; -1 none */
	bool kill_child;                /* ... not it, but the child of its fork */
	bool killed;
	uint32_t own_to_come; /* variants that get a signal of their own at any moment */
};

struct scenario {
	void (*build)(struct world *w);
	void (*check)(struct world *w);
};

/* Which of the things that can happen next does? */
struct schedule {
	unsigned choice[DEPTH], width[DEPTH];
	unsigned length, at;
	bool random;
	uint32_t seed;
};

static struct world *current_world;
static struct mailbox *mailboxes[2 * MAX_VARIANTS];

/* ---- the world ---- */

int __wrap_kill(pid_t pid, int signo);

/* The monitor kills and forwards by kill(2): here that reaches the fake tasks. */
int __wrap_kill(pid_t pid, int signo)
{
	for (unsigned v = 0; v < current_world->n; v++) {
		struct fake_task *task = backend_fake_find(current_world->fakes[v], pid);

		if (!task)
			continue;
		fake_task_signal(task, &(siginfo_t){ .si_signo = signo,
						     .si_code = SI_USER,
						     .si_pid = MONITOR_PID });
		return 0;
	}
	errno = ESRCH;
	return -1;
}

static struct mailbox *mailbox_get(unsigned i)
{
	if (!mailboxes[i]) {
		mailboxes[i] = aligned_alloc(64, sizeof(struct mailbox));
		assert_non_null(mailboxes[i]);
		memset(mailboxes[i], 0, sizeof(struct mailbox));
	}
	atomic_store(&mailboxes[i]->head, 0);
	atomic_store(&mailboxes[i]->tail, 0);
	return mailboxes[i];
}

static struct session *session_new(unsigned n)
{
	static struct options options;
	struct session *s = alloc_zeroed(1, sizeof(*s));

	options = (struct options){ .n_variants = n, .signal_wait = 1000 };
	s->options = &options;
	s->n_variants = n;
	s->all_variants = (1u << n) - 1;
	s->monitor_pid = MONITOR_PID;
	s->main_thread = pthread_self();
	pthread_mutex_init(&s->forwarded.lock, NULL);
	s->pids = pid_map_create();
	atomic_store(&s->exit_status, -1);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		atomic_store(&s->root_status[v], -1);
	return s;
}

static void tracer_prepare(struct world *w, unsigned v)
{
	struct tracer *t = &w->s->tracers[v];

	w->fakes[v] = backend_fake_create(MONITOR_PID);
	t->session = w->s;
	t->variant = v;
	t->backend = &w->fakes[v]->base;
	atomic_store(&t->bell, t->backend);
	t->from_leader = mailbox_get(2 * v);
	t->to_leader = mailbox_get(2 * v + 1);
	w->tasks[v] = backend_fake_add(w->fakes[v], FIRST_TID + (pid_t)v, true);
	w->buffers[v] = fake_task_map(w->tasks[v], BUFFER_ADDR + 0x1000 * v, 64);
}

static void world_init(struct world *w, unsigned n)
{
	*w = (struct world){ .s = session_new(n), .n = n, .kill_whom = -1 };
	current_world = w;
	for (unsigned v = 0; v < n; v++)
		tracer_prepare(w, v);
	w->lane = lane_create(w->s, NULL, FIRST_TID, false);
	w->lane->parent_id = 1; /* not the one whose first call is not compared */
	w->lane->fds = fd_table_create();
	w->lane->signals = signal_table_create(0);
	w->lane->mm = mm_create();
	for (unsigned v = 0; v < n; v++)
		w->lane->mm->page_addr[v] = FAKE_PAGE_ADDR;
	for (int fd = 0; fd < 3; fd++)
		fd_table_set(w->lane->fds, fd, open_file_create(FD_LEADER));
	atomic_store(&w->s->root, w->lane);
	atomic_store(&w->s->root_pid, FIRST_TID);
	for (unsigned v = 0; v < n; v++)
		tracer_join_task(&w->s->tracers[v], w->lane, FIRST_TID + (pid_t)v)->state =
			TASK_RUNNING;
}

static void lane_discard(struct lane *lane)
{
	fd_table_release(lane->fds);
	signal_table_release(lane->signals);
	mm_release(lane->mm);
	atomic_store(&lane->refs, 1);
	lane_release(lane);
}

static void world_finish(struct world *w)
{
	struct lane *next, *lane = w->s->lanes;

	/* what a stopped run leaves for the end of the process */
	for (; lane; lane = next) {
		next = lane->next;
		lane_discard(lane);
	}
	for (unsigned v = 0; v < w->n; v++) {
		free(w->s->tracers[v].strangers);
		backend_fake_destroy(w->fakes[v]);
	}
	pid_map_destroy(w->s->pids);
	free(w->s);
}

static void do_one(struct world *w, unsigned v, struct fake_item item)
{
	fake_task_do(w->tasks[v], &item);
}

static void do_all(struct world *w, struct fake_item item)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, item);
}

/* The program has a handler, and both sides know it. */
static void handle(struct world *w, int signo, uint64_t flags)
{
	signal_table_set(w->lane->signals, signo, 0x400100, flags);
	for (unsigned v = 0; v < w->n; v++) {
		w->tasks[v]->handled |= BIT(signo);
		if (flags & SA_RESTART)
			w->tasks[v]->restart |= BIT(signo);
	}
}

static void signal_from_outside(struct world *w, unsigned v, int signo)
{
	fake_task_signal(w->tasks[v],
			 &(siginfo_t){ .si_signo = signo, .si_code = SI_USER, .si_pid = 1 });
}

static bool is_stopping(const struct world *w)
{
	return atomic_load(&w->s->stopping);
}

/* ---- orders ---- */

static unsigned schedule_choose(struct schedule *s, unsigned width)
{
	unsigned choice = 0;

	assert_true(s->at < DEPTH);
	if (s->random) {
		s->seed = s->seed * 1664525u + 1013904223u;
		choice = (s->seed >> 16) % width;
	} else if (s->at < s->length) {
		choice = s->choice[s->at];
	}
	s->choice[s->at] = choice;
	s->width[s->at++] = width;
	return choice;
}

/* The next order in line; false after the last. */
static bool schedule_next(struct schedule *s)
{
	s->length = s->at;
	s->at = 0;
	while (s->length && s->choice[s->length - 1] + 1 >= s->width[s->length - 1])
		s->length--;
	if (!s->length)
		return false;
	s->choice[s->length - 1]++;
	return true;
}

enum event_kind { EVENT_STOP, EVENT_MAIL, EVENT_KILL, EVENT_OWN, EVENT_TIME };

struct event {
	enum event_kind kind;
	unsigned v;
};

static bool has_mail(const struct world *w, unsigned v)
{
	if (v != LEADER)
		return !mailbox_is_empty(w->s->tracers[v].from_leader);
	for (unsigned u = 1; u < w->n; u++)
		if (!mailbox_is_empty(w->s->tracers[u].to_leader))
			return true;
	return false;
}

/* Who may be killed now; NULL for nobody. */
static struct fake_task *victim_find(struct world *w)
{
	struct fake_task *task;

	if (w->kill_whom < 0 || w->killed)
		return NULL;
	task = w->tasks[w->kill_whom];
	if (w->kill_child) {
		pid_t tid = FIRST_CHILD + w->kill_whom;

		if (!tracer_find_task(&w->s->tracers[w->kill_whom], tid))
			return NULL;
		task = backend_fake_find(w->fakes[w->kill_whom], tid);
	}
	return task->gone ? NULL : task;
}

/* Time that passes while a signal is held for a call changes nothing else. */
static bool leader_computes(const struct world *w)
{
	return w->lane->hold.until_ns && w->lane->tasks[LEADER].state == TASK_RUNNING &&
	       !backend_fake_has_stop(w->fakes[LEADER]);
}

static void time_passes(struct world *w)
{
	w->lane->hold.until_ns = 1;
	w->s->tracers[LEADER].held_until_ns = 1;
	hold_look_at_all(&w->s->tracers[LEADER]);
}

static void own_comes(struct world *w, unsigned v)
{
	w->own_to_come &= ~(1u << v);
	fake_task_signal(w->tasks[v], &(siginfo_t){ .si_signo = SIGVTALRM, .si_code = SI_KERNEL });
}

static unsigned events_find(struct world *w, struct event *events)
{
	unsigned n = 0;

	for (unsigned v = 0; v < w->n; v++) {
		if (backend_fake_has_stop(w->fakes[v]))
			events[n++] = (struct event){ EVENT_STOP, v };
		if (has_mail(w, v))
			events[n++] = (struct event){ EVENT_MAIL, v };
		if (w->own_to_come & 1u << v)
			events[n++] = (struct event){ EVENT_OWN, v };
	}
	if (w->s->tracers[LEADER].held_until_ns && leader_computes(w))
		events[n++] = (struct event){ EVENT_TIME, LEADER };
	if (victim_find(w))
		events[n++] = (struct event){ EVENT_KILL, (unsigned)w->kill_whom };
	return n;
}

static void event_do(struct world *w, const struct event *event)
{
	struct tracer *t = &w->s->tracers[event->v];
	struct stop stop;

	switch (event->kind) {
	case EVENT_STOP:
		assert_int_equal(t->backend->ops->reap(t->backend, &stop), 1);
		tracer_on_stop(t, &stop);
		return;
	case EVENT_MAIL: assert_true(tracer_look_at_mail(t)); return;
	case EVENT_KILL:
		__wrap_kill(victim_find(w)->tid, SIGKILL);
		w->killed = true;
		return;
	case EVENT_OWN: own_comes(w, event->v); return;
	case EVENT_TIME: time_passes(w); return;
	}
}

static void world_play(struct world *w, struct schedule *schedule)
{
	struct event events[3 * MAX_VARIANTS + 2];
	unsigned n;

	while (!is_stopping(w) && w->s->n_lanes && (n = events_find(w, events)))
		event_do(w, &events[schedule_choose(schedule, n)]);
	/* the last messages, as the loops look once more when they end */
	for (unsigned v = 0; v < w->n; v++)
		tracer_look_at_mail(&w->s->tracers[v]);
}

/* ---- promises ---- */

static bool was_made(const struct fake_task *task, unsigned item)
{
	for (unsigned i = 0; i < task->n_made; i++)
		if (task->made[i].item == item)
			return true;
	return false;
}

/* A follower makes no call that is the leader's to make. */
static void check_followers(struct world *w)
{
	for (unsigned v = 1; v < w->n; v++)
		for (unsigned i = 0; i < w->fakes[v]->n_tasks; i++) {
			const struct fake_task *task = &w->fakes[v]->tasks[i];

			for (unsigned j = 0; j < task->n_made; j++) {
				const struct syscall_row *row = syscall_row_find(task->made[j].nr);

				assert_non_null(row);
				assert_int_not_equal(row->run, RUN_LEADER);
			}
		}
}

static void check_always(struct world *w)
{
	check_followers(w);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->fakes[v]->broken, 0);
}

/* Every task is gone, every lane freed. */
static void check_ended(struct world *w, int status)
{
	assert_false(is_stopping(w));
	assert_int_equal(w->s->n_lanes, 0);
	for (unsigned v = 0; v < w->n; v++) {
		assert_int_equal(atomic_load(&w->s->root_status[v]), status);
		assert_int_equal(w->s->tracers[v].n_tasks, 0);
		assert_int_equal(w->s->tracers[v].n_running, 0);
		assert_int_equal(w->s->tracers[v].n_blocked, 0);
	}
}

static void check_divergence(struct world *w)
{
	assert_true(is_stopping(w));
	assert_int_equal(atomic_load(&w->s->exit_status), EXIT_DIVERGENCE);
	assert_int_equal(w->s->n_divergences, 1);
}

static void check_seen(struct world *w, unsigned item, int64_t result)
{
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->seen[item], result);
}

static void check_made_by_leader(struct world *w, unsigned item)
{
	assert_true(was_made(w->tasks[LEADER], item));
	for (unsigned v = 1; v < w->n; v++)
		assert_false(was_made(w->tasks[v], item));
}

static void check_made_by_nobody(struct world *w, unsigned item)
{
	for (unsigned v = 0; v < w->n; v++)
		assert_false(was_made(w->tasks[v], item));
}

static void check_made_by_each(struct world *w, unsigned item)
{
	for (unsigned v = 0; v < w->n; v++)
		assert_true(was_made(w->tasks[v], item));
}

/* The order of the call among all that were made. */
static unsigned made_order(const struct world *w, unsigned v, unsigned item)
{
	for (unsigned i = 0; i < w->tasks[v]->n_made; i++)
		if (w->tasks[v]->made[i].item == item)
			return w->tasks[v]->made[i].order;
	return 0;
}

/* Each got the signal once, with the same siginfo, at the same place. */
static void check_delivered(struct world *w, int signo, pid_t sender, unsigned issued,
			    bool restarts)
{
	for (unsigned v = 0; v < w->n; v++) {
		const struct fake_task *task = w->tasks[v];

		assert_int_equal(task->n_delivered, 1);
		assert_int_equal(task->delivered[0].info.si_signo, signo);
		assert_int_equal(task->delivered[0].info.si_pid, sender);
		assert_int_equal(task->delivered[0].item, issued);
		assert_int_equal(task->delivered[0].restarts, restarts);
	}
}

static void check_not_delivered(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->n_delivered, 0);
}

static void play_once(const struct scenario *scenario, unsigned n, struct schedule *schedule)
{
	struct world w;

	world_init(&w, n);
	scenario->build(&w);
	world_play(&w, schedule);
	check_always(&w);
	scenario->check(&w);
	world_finish(&w);
}

static void play_in_all_orders(const struct scenario *scenario, unsigned n)
{
	struct schedule schedule = { 0 };
	unsigned played = 0;

	do
		play_once(scenario, n, &schedule);
	while (schedule_next(&schedule) && ++played < ALL_ORDERS);
	for (uint32_t seed = 1; played == ALL_ORDERS && seed <= SOME_ORDERS; seed++) {
		schedule = (struct schedule){ .random = true, .seed = seed };
		play_once(scenario, n, &schedule);
	}
}

static void play(void (*build)(struct world *), void (*check)(struct world *))
{
	const struct scenario scenario = { build, check };

	for (unsigned n = 1; n <= MAX_VARIANTS; n++)
		play_in_all_orders(&scenario, n);
}

/* For what needs somebody to be compared with. */
static void play_several(void (*build)(struct world *), void (*check)(struct world *))
{
	const struct scenario scenario = { build, check };

	for (unsigned n = 2; n <= MAX_VARIANTS; n++)
		play_in_all_orders(&scenario, n);
}

/* ---- calls ---- */

#define CALL(number, ...) ((struct fake_item){ .kind = FAKE_CALL, .nr = SYS_##number, __VA_ARGS__ })
#define EXIT(status)      CALL(exit_group, .args = { (status) })

static void build_read(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       CALL(read, .args = { 0, BUFFER_ADDR + 0x1000 * v, 16 },
			    .result = v == LEADER ? 5 : 9, .output = "hello", .output_length = 5,
			    .output_addr = BUFFER_ADDR + 0x1000 * v));
	do_all(w, CALL(getpid, .result = 77));
	do_all(w, EXIT(3));
}

/* The follower's call is skipped: number -1, the leader's result, one resume. */
static void check_answer_act(struct world *w, unsigned v)
{
	const struct fake_act *act = NULL;

	for (unsigned i = 0; i < w->fakes[v]->n_acts && !act; i++)
		if (w->fakes[v]->acts[i].op == FAKE_RESUME &&
		    w->fakes[v]->acts[i].from == STOP_CALL)
			act = &w->fakes[v]->acts[i];
	assert_non_null(act);
	if (!act)
		return; /* the analyzer does not know that assertions end a test */
	assert_int_equal(act->how, RESUME_RUN);
	assert_int_equal(act->regs.orig_rax, SYSCALL_SKIP);
	assert_int_equal(act->regs.rax, 5);
}

static void check_read(struct world *w)
{
	check_ended(w, 3 << 8);
	check_seen(w, 0, 5);
	check_seen(w, 1, 77);
	check_made_by_leader(w, 0);
	check_made_by_leader(w, 1);
	for (unsigned v = 0; v < w->n; v++)
		assert_memory_equal(w->buffers[v], "hello\0\0", 7);
	for (unsigned v = 1; v < w->n; v++)
		check_answer_act(w, v);
}

static void the_leader_reads_for_all(void **state)
{
	(void)state;
	play(build_read, check_read);
}

static void build_each(struct world *w)
{
	do_all(w, CALL(umask, .args = { 022 }, .result = 02));
	do_all(w, CALL(umask, .args = { 02 }, .result = 022));
	do_all(w, EXIT(0));
}

static void check_each(struct world *w)
{
	check_ended(w, 0);
	check_made_by_each(w, 0);
	check_made_by_each(w, 1);
	check_seen(w, 0, 02);
	check_seen(w, 1, 022);
	/* in step: nobody makes the second before all have come to it */
	for (unsigned v = 0; v < w->n; v++)
		for (unsigned u = 0; u < w->n; u++)
			assert_true(made_order(w, v, 0) < made_order(w, u, 1));
}

static void each_makes_its_call(void **state)
{
	(void)state;
	play(build_each, check_each);
}

static void build_leader_first(struct world *w)
{
	do_all(w, CALL(rt_sigprocmask, .args = { 0, 0, 0, 8 }));
	do_all(w, EXIT(0));
}

static void check_leader_first(struct world *w)
{
	check_ended(w, 0);
	check_made_by_each(w, 0);
	check_seen(w, 0, 0);
	for (unsigned v = 1; v < w->n; v++)
		assert_true(made_order(w, LEADER, 0) < made_order(w, v, 0));
}

static void the_leader_makes_it_first(void **state)
{
	(void)state;
	play(build_leader_first, check_leader_first);
}

static void build_errors(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       CALL(read, .args = { 0, BUFFER_ADDR + 0x1000 * v, 16 }, .result = -EAGAIN));
	do_all(w, CALL(rt_sigprocmask, .args = { 77, 0, 0, 8 }, .result = -EINVAL));
	do_all(w, EXIT(0));
	for (unsigned v = 0; v < w->n; v++)
		memset(w->buffers[v], 'x', 16);
}

static void check_errors(struct world *w)
{
	check_ended(w, 0);
	check_seen(w, 0, -EAGAIN);
	check_seen(w, 1, -EINVAL);
	check_made_by_leader(w, 0);
	check_made_by_leader(w, 1);
	for (unsigned v = 0; v < w->n; v++)
		assert_memory_equal(w->buffers[v], "xxxxxxxxxxxxxxxx", 16);
}

static void errors_are_handed_on(void **state)
{
	(void)state;
	play(build_errors, check_errors);
}

static void build_refused(struct world *w)
{
	do_all(w, CALL(io_uring_setup, .args = { 8, 0 }, .result = 3));
	do_all(w, EXIT(0));
}

static void check_refused(struct world *w)
{
	check_ended(w, 0);
	check_seen(w, 0, -ENOSYS);
	check_made_by_nobody(w, 0);
}

static void the_monitor_answers(void **state)
{
	(void)state;
	play(build_refused, check_refused);
}

static void build_local(struct world *w)
{
	do_all(w, CALL(sched_yield, .result = 0));
	do_one(w, w->n - 1, CALL(sched_yield, .result = 0)); /* once more than the others */
	do_all(w, CALL(getpid, .result = 77));
	do_all(w, EXIT(0));
}

static void check_local(struct world *w)
{
	check_ended(w, 0);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->seen[v == w->n - 1 ? 2 : 1], 77);
}

static void local_calls_are_not_awaited(void **state)
{
	(void)state;
	play(build_local, check_local);
}

/* ---- processes ---- */

static void add_children(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++) {
		struct fake_task *child = backend_fake_add(w->fakes[v], FIRST_CHILD + (pid_t)v,
							   false);

		fake_task_do(child, &CALL(getpid, .result = FIRST_CHILD + (pid_t)v));
		fake_task_do(child, &EXIT(4));
		do_one(w, v,
		       CALL(fork, .result = FIRST_CHILD + (pid_t)v,
			    .child = FIRST_CHILD + (pid_t)v));
	}
}

static void build_fork(struct world *w)
{
	add_children(w);
	do_all(w, EXIT(0));
}

static void check_fork(struct world *w)
{
	check_ended(w, 0);
	check_seen(w, 0, FIRST_CHILD);
	check_made_by_each(w, 0);
	for (unsigned v = 0; v < w->n; v++) {
		struct fake_task *child = backend_fake_find(w->fakes[v], FIRST_CHILD + (pid_t)v);

		assert_int_equal(child->seen[0], FIRST_CHILD);
		assert_true(child->gone);
	}
}

static void all_see_the_leaders_child(void **state)
{
	(void)state;
	play(build_fork, check_fork);
}

/* ---- divergences ---- */

static void build_numbers_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++) {
		bool odd = v == w->n - 1;

		do_one(w, v,
		       odd ? CALL(umask, .args = { 022 }, .result = 0) :
			     CALL(getpid, .result = 77));
	}
	do_all(w, EXIT(0));
}

static void build_arguments_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, CALL(umask, .args = { v == 1 ? 022 : 02 }, .result = 0));
	do_all(w, EXIT(0));
}

static void build_buffers_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++) {
		memcpy(w->buffers[v], v == 1 ? "hellp" : "hello", 5);
		do_one(w, v, CALL(write, .args = { 1, BUFFER_ADDR + 0x1000 * v, 5 }, .result = 5));
	}
	do_all(w, EXIT(0));
}

static void build_exits_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, EXIT(v == 1));
}

static void build_fault_in_one(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       v == 1 ? (struct fake_item){ .kind = FAKE_FAULT,
						    .signo = SIGSEGV,
						    .code = SEGV_MAPERR } :
				CALL(getpid, .result = 77));
	do_all(w, EXIT(0));
}

static void build_leader_alone_faults(struct world *w)
{
	do_one(w, 0,
	       (struct fake_item){ .kind = FAKE_FAULT, .signo = SIGSEGV, .code = SEGV_MAPERR });
	for (unsigned v = 1; v < w->n; v++)
		do_one(w, v, CALL(getpid, .result = 77));
}

static void build_one_ends(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       v == 1 ? (struct fake_item){ .kind = FAKE_END, .status = 1 << 8 } :
				CALL(getpid, .result = 77));
	do_all(w, EXIT(0));
}

static void check_nothing_made(struct world *w)
{
	check_divergence(w);
	check_made_by_nobody(w, 0);
}

static void a_difference_stops_all_before_the_call(void **state)
{
	(void)state;
	play_several(build_numbers_differ, check_nothing_made);
	play_several(build_arguments_differ, check_nothing_made);
	play_several(build_buffers_differ, check_nothing_made);
	play_several(build_exits_differ, check_nothing_made);
	play_several(build_fault_in_one, check_nothing_made);
	play_several(build_leader_alone_faults, check_nothing_made);
	play_several(build_one_ends, check_nothing_made);
}

/* What each did must have come out alike. */
static void build_outcomes_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, CALL(close, .args = { 1 }, .result = v == 1 ? -EBADF : 0));
	do_all(w, CALL(getpid, .result = 77));
	do_all(w, EXIT(0));
}

static void check_outcomes_differ(struct world *w)
{
	check_divergence(w);
	check_made_by_nobody(w, 1);
}

static void outcomes_must_agree(void **state)
{
	(void)state;
	play_several(build_outcomes_differ, check_outcomes_differ);
}

/* ---- ends ---- */

static void build_leader_killed(struct world *w)
{
	build_read(w);
	w->kill_whom = LEADER;
}

static void build_follower_killed(struct world *w)
{
	build_read(w);
	w->kill_whom = (int)w->n - 1;
}

static void build_leader_killed_forking(struct world *w)
{
	build_fork(w);
	w->kill_whom = LEADER;
}

static void build_follower_killed_forking(struct world *w)
{
	build_fork(w);
	w->kill_whom = (int)w->n - 1;
}

static void build_child_killed(struct world *w)
{
	build_fork(w);
	w->kill_whom = LEADER;
	w->kill_child = true;
}

static void build_followers_child_killed(struct world *w)
{
	build_child_killed(w);
	w->kill_whom = (int)w->n - 1;
}

static void build_leader_killed_in_each(struct world *w)
{
	build_each(w);
	w->kill_whom = LEADER;
}

static void build_follower_killed_in_each(struct world *w)
{
	build_leader_first(w);
	w->kill_whom = (int)w->n - 1;
}

/* Wherever it strikes, nobody is left behind, and nobody calls it a disagreement but at an exit. */
static void check_all_gone(struct world *w)
{
	if (is_stopping(w)) {
		assert_int_equal(atomic_load(&w->s->exit_status), EXIT_DIVERGENCE);
		return;
	}
	assert_int_equal(w->s->n_lanes, 0);
	for (unsigned v = 0; v < w->n; v++) {
		assert_true(w->tasks[v]->gone);
		assert_int_equal(w->s->tracers[v].n_tasks, 0);
	}
}

static void a_kill_takes_all_along(void **state)
{
	(void)state;
	play(build_leader_killed, check_all_gone);
	play_several(build_follower_killed, check_all_gone);
	play(build_leader_killed_in_each, check_all_gone);
	play_several(build_follower_killed_in_each, check_all_gone);
}

static void a_kill_during_a_fork_takes_all_along(void **state)
{
	(void)state;
	play(build_leader_killed_forking, check_all_gone);
	play_several(build_follower_killed_forking, check_all_gone);
	play(build_child_killed, check_all_gone);
	play_several(build_followers_child_killed, check_all_gone);
}

/* An execve that fails past the point of no return: a follower dies in its call, of no SIGKILL. */
static void build_dies_in_its_call(struct world *w)
{
	build_each(w);
	w->tasks[1]->items[0].status = SIGSEGV;
}

static void check_dies_in_its_call(struct world *w)
{
	check_divergence(w);
	check_made_by_nobody(w, 1);
}

static void a_follower_dies_in_its_call(void **state)
{
	(void)state;
	play_several(build_dies_in_its_call, check_dies_in_its_call);
}

/* ---- faults and traps ---- */

static void build_fault_handled(struct world *w)
{
	handle(w, SIGSEGV, 0);
	do_all(w, (struct fake_item){ .kind = FAKE_FAULT, .signo = SIGSEGV, .code = SEGV_MAPERR });
	do_all(w, EXIT(0));
}

static void check_fault_handled(struct world *w)
{
	check_ended(w, 0);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->n_delivered, 1);
}

static void build_fault_fatal(struct world *w)
{
	do_all(w, (struct fake_item){ .kind = FAKE_FAULT, .signo = SIGSEGV, .code = SEGV_MAPERR });
	do_all(w, EXIT(0));
}

static void check_fault_fatal(struct world *w)
{
	check_ended(w, SIGSEGV);
}

static void a_fault_of_all_is_theirs(void **state)
{
	(void)state;
	play(build_fault_handled, check_fault_handled);
	play(build_fault_fatal, check_fault_fatal);
}

static void build_rdtsc(struct world *w)
{
	do_all(w, (struct fake_item){ .kind = FAKE_RDTSC });
	do_all(w, (struct fake_item){ .kind = FAKE_RDTSC });
	do_all(w, EXIT(0));
}

static void check_rdtsc(struct world *w)
{
	check_ended(w, 0);
	check_not_delivered(w);
	assert_int_not_equal(w->tasks[0]->seen[0], FAKE_SEEN_NONE);
	check_seen(w, 0, w->tasks[0]->seen[0]);
	check_seen(w, 1, w->tasks[0]->seen[1]);
}

static void rdtsc_gives_all_the_same(void **state)
{
	(void)state;
	play(build_rdtsc, check_rdtsc);
}

/* Leaf 1 has no subleaves: what is left in ecx may differ. */
static void build_cpuid(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, (struct fake_item){ .kind = FAKE_CPUID, .args = { 1, v } });
	do_all(w, EXIT(0));
}

static void check_cpuid(struct world *w)
{
	struct cpuid_values own = cpuid_read(1, 0);

	check_ended(w, 0);
	check_not_delivered(w);
	check_seen(w, 0, own.eax);
	for (unsigned v = 0; v < w->n; v++) {
		assert_int_equal(w->tasks[v]->regs.rbx, own.ebx);
		assert_int_equal(w->tasks[v]->regs.rcx, own.ecx);
		assert_int_equal(w->tasks[v]->regs.rcx >> 30 & 1, 0); /* RDRAND */
	}
}

static void cpuid_gives_all_the_same(void **state)
{
	(void)state;
	play(build_cpuid, check_cpuid);
}

static void build_cpuid_leaves_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       (struct fake_item){ .kind = FAKE_CPUID, .args = { v == w->n - 1, 0 } });
	do_all(w, EXIT(0));
}

static void build_cpuid_subleaves_differ(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, (struct fake_item){ .kind = FAKE_CPUID, .args = { 4, v } });
	do_all(w, EXIT(0));
}

static void check_cpuid_differs(struct world *w)
{
	check_divergence(w);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->seen[0], FAKE_SEEN_NONE);
}

static void different_questions_to_cpuid_diverge(void **state)
{
	(void)state;
	play_several(build_cpuid_leaves_differ, check_cpuid_differs);
	play_several(build_cpuid_subleaves_differ, check_cpuid_differs);
}

/* ---- seccomp ---- */

#define FILTER_ADDR UINT64_C(0x900000)

/* Installed by the program at an address of each variant's own: what it does not answer may pass. */
static void build_filter(struct world *w, uint32_t verdict)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	w->lane->no_new_privs = true;
	for (unsigned v = 0; v < w->n; v++) {
		uint64_t addr = FILTER_ADDR + 0x1000 * v;
		struct sock_fprog program = {
			.len = sizeof(code) / sizeof(code[0]),
			.filter = (struct sock_filter *)(addr + sizeof(program)),
		};
		uint8_t *bytes = fake_task_map(w->tasks[v], addr, 256);

		memcpy(bytes, &program, sizeof(program));
		memcpy(bytes + sizeof(program), code, sizeof(code));
		do_one(w, v, CALL(seccomp, .args = { SECCOMP_SET_MODE_FILTER, 0, addr }));
		do_one(w, v, CALL(mkdir, .args = { addr + 200, 0755 }));
	}
	do_all(w, CALL(umask, .args = { 022 }, .result = 077));
	do_all(w, EXIT(3));
}

static void build_filter_errno(struct world *w)
{
	build_filter(w, SECCOMP_RET_ERRNO | EPERM);
}

static void build_filter_trap(struct world *w)
{
	handle(w, SIGSYS, 0);
	build_filter(w, SECCOMP_RET_TRAP | 5);
}

static void check_filtered(struct world *w)
{
	check_ended(w, 3 << 8);
	check_seen(w, 0, 0);
	check_made_by_nobody(w, 0);
	check_made_by_nobody(w, 1);
	check_seen(w, 2, 077);
}

static void check_filter_errno(struct world *w)
{
	check_filtered(w);
	check_seen(w, 1, -EPERM);
	check_not_delivered(w);
}

static void check_filter_trap(struct world *w)
{
	check_filtered(w);
	for (unsigned v = 0; v < w->n; v++) {
		const struct fake_delivered *d = &w->tasks[v]->delivered[0];

		assert_int_equal(w->tasks[v]->n_delivered, 1);
		assert_int_equal(d->item, 2);
		assert_false(d->restarts);
		assert_int_equal(d->info.si_signo, SIGSYS);
		assert_int_equal(d->info.si_errno, 5);
		assert_int_equal(d->info.si_syscall, SYS_mkdir);
	}
}

static void a_filter_of_the_program_answers(void **state)
{
	(void)state;
	play_several(build_filter_errno, check_filter_errno);
	play_several(build_filter_trap, check_filter_trap);
}

/* ---- signals ---- */

/* A child's end, told by the usual signal and by another (clone(2)). */
static void build_follower_child(struct world *w)
{
	const int signals[] = { SIGCHLD, SIGUSR1 };

	build_read(w);
	for (unsigned i = 0; i < 2; i++) {
		handle(w, signals[i], 0);
		fake_task_signal(w->tasks[w->n - 1],
				 &(siginfo_t){ .si_signo = signals[i], .si_code = CLD_EXITED });
	}
}

static void check_follower_child(struct world *w)
{
	check_read(w);
	check_not_delivered(w);
}

static void what_a_follower_hears_of_its_child_is_dropped(void **state)
{
	(void)state;
	play_several(build_follower_child, check_follower_child);
}

static void build_held(struct world *w)
{
	handle(w, SIGUSR1, 0);
	build_read(w);
	signal_from_outside(w, LEADER, SIGUSR1);
}

static void check_held(struct world *w)
{
	check_ended(w, 3 << 8);
	check_seen(w, 0, 5);
	check_made_by_leader(w, 0);
	check_delivered(w, SIGUSR1, 1, 1, true);
}

static void a_held_signal_comes_before_the_call(void **state)
{
	(void)state;
	play_several(build_held, check_held);
}

/* The same signal waits for the thread already: the kernel drops the monitor's. */
static void build_held_twice(struct world *w)
{
	build_held(w);
	w->tasks[LEADER]->items[0].comes_at_entry = SIGUSR1;
}

static void check_held_twice(struct world *w)
{
	check_ended(w, 3 << 8);
	check_seen(w, 0, 5);
	check_delivered(w, SIGUSR1, 1, 1, true);
}

static void a_held_signal_meets_its_like(void **state)
{
	(void)state;
	play_several(build_held_twice, check_held_twice);
}

/* ---- signals in computations ---- */

static void add_read(struct world *w, unsigned v)
{
	do_one(w, v,
	       CALL(read, .args = { 0, BUFFER_ADDR + 0x1000 * v, 5 }, .result = 5,
		    .output_addr = BUFFER_ADDR, .output = "input", .output_length = 5));
}

static void build_computing(struct world *w)
{
	handle(w, SIGUSR1, 0);
	do_all(w, (struct fake_item){ .kind = FAKE_COMPUTE });
	for (unsigned v = 0; v < w->n; v++)
		add_read(w, v);
	do_all(w, EXIT(3));
	signal_from_outside(w, LEADER, SIGUSR1);
}

/* Before the first call, in the midst of what all compute. */
static void check_before_calls(struct world *w, int signo, pid_t sender)
{
	for (unsigned v = 0; v < w->n; v++) {
		const struct fake_task *task = w->tasks[v];

		assert_int_equal(task->n_delivered, 1);
		assert_int_equal(task->delivered[0].info.si_signo, signo);
		assert_int_equal(task->delivered[0].info.si_pid, sender);
		assert_true(task->delivered[0].item <= 1);
	}
}

static void check_computing(struct world *w)
{
	check_ended(w, 3 << 8);
	check_before_calls(w, SIGUSR1, 1);
	check_seen(w, 1, 5);
	check_made_by_leader(w, 1);
}

static void a_signal_reaches_those_that_compute(void **state)
{
	(void)state;
	play_several(build_computing, check_computing);
}

/* The followers have come to the call already: they skip it, and make it when the handler has ended. */
static void build_followers_stand(struct world *w)
{
	handle(w, SIGUSR1, 0);
	do_one(w, LEADER, (struct fake_item){ .kind = FAKE_COMPUTE });
	for (unsigned v = 0; v < w->n; v++)
		add_read(w, v);
	do_all(w, EXIT(3));
	signal_from_outside(w, LEADER, SIGUSR1);
}

static void check_followers_stand(struct world *w)
{
	check_ended(w, 3 << 8);
	check_before_calls(w, SIGUSR1, 1);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->seen[v == LEADER], 5);
}

static void who_stands_at_a_call_skips_it(void **state)
{
	(void)state;
	play_several(build_followers_stand, check_followers_stand);
}

static void build_blocked_in_one(struct world *w)
{
	build_computing(w);
	w->tasks[w->n - 1]->blocked = BIT(SIGUSR1);
}

static void who_blocks_it_does_not_comply(void **state)
{
	(void)state;
	play_several(build_blocked_in_one, check_divergence);
}

/* ---- signals of their own ---- */

static void expect_own(struct world *w, uint32_t variants)
{
	((struct options *)w->s->options)->cpu_timers = OPTION_CPU_TIMERS_EACH;
	handle(w, SIGVTALRM, 0);
	w->own_to_come = variants;
}

static void build_own(struct world *w)
{
	do_all(w, (struct fake_item){ .kind = FAKE_COMPUTE });
	for (unsigned v = 0; v < w->n; v++)
		add_read(w, v);
	do_all(w, EXIT(3));
	expect_own(w, (1u << w->n) - 1);
}

static void check_own(struct world *w)
{
	check_ended(w, 3 << 8);
	check_before_calls(w, SIGVTALRM, 0);
	check_seen(w, 1, 5);
	check_made_by_leader(w, 1);
}

static void own_signals_are_delivered_together(void **state)
{
	(void)state;
	play_several(build_own, check_own);
}

/* Variant v has come to its call first: it waits in the loop for its own. */
static void build_one_waits(struct world *w, unsigned waits)
{
	for (unsigned v = 0; v < w->n; v++) {
		if (v != waits)
			do_one(w, v, (struct fake_item){ .kind = FAKE_COMPUTE });
		add_read(w, v);
	}
	do_all(w, EXIT(3));
	expect_own(w, (1u << w->n) - 1);
}

static void build_leader_waits(struct world *w)
{
	build_one_waits(w, LEADER);
}

static void build_follower_waits(struct world *w)
{
	build_one_waits(w, w->n - 1);
}

static void check_one_waits(struct world *w)
{
	check_ended(w, 3 << 8);
	for (unsigned v = 0; v < w->n; v++)
		assert_int_equal(w->tasks[v]->n_delivered, 1);
}

static void who_comes_early_waits_for_its_own(void **state)
{
	(void)state;
	play_several(build_leader_waits, check_one_waits);
	play_several(build_follower_waits, check_one_waits);
}

static void build_in_vain(struct world *w)
{
	build_follower_waits(w);
	w->own_to_come &= ~(1u << (w->n - 1));
	w->tasks[w->n - 1]->impatient = true;
}

static void who_waits_in_vain_does_not_comply(void **state)
{
	(void)state;
	play_several(build_in_vain, check_divergence);
}

static int64_t interrupt_code;
static uint64_t interrupt_flags;

static void build_interrupted(struct world *w)
{
	handle(w, SIGUSR1, interrupt_flags);
	build_read(w);
	for (unsigned v = 0; v < w->n; v++) {
		w->tasks[v]->items[0].blocks = 1;
		w->tasks[v]->items[0].interrupted_by = SIGUSR1;
		w->tasks[v]->items[0].restart = interrupt_code;
	}
}

static void check_restarted(struct world *w)
{
	check_ended(w, 3 << 8);
	check_delivered(w, SIGUSR1, 1, 1, true);
	check_seen(w, 0, 5);
	check_made_by_leader(w, 0);
	assert_int_equal(w->tasks[LEADER]->made[1].item, 0);
}

static void check_broken_off(struct world *w)
{
	check_ended(w, 3 << 8);
	check_delivered(w, SIGUSR1, 1, 1, false);
	check_seen(w, 0, -EINTR);
	check_made_by_leader(w, 0);
}

static void play_interrupted(int64_t code, uint64_t flags, void (*check)(struct world *))
{
	interrupt_code = code;
	interrupt_flags = flags;
	play(build_interrupted, check);
}

static void a_signal_interrupts_the_leaders_call(void **state)
{
	(void)state;
	play_interrupted(-512, SA_RESTART, check_restarted);
	play_interrupted(-512, 0, check_broken_off);
	play_interrupted(-513, 0, check_restarted);
	play_interrupted(-513, SA_RESTART, check_restarted);
	play_interrupted(-514, SA_RESTART, check_broken_off);
	play_interrupted(-514, 0, check_broken_off);
	play_interrupted(-516, SA_RESTART, check_broken_off);
	play_interrupted(-516, 0, check_broken_off);
}

/* One that nobody handles: the program never notices. */
static void build_unnoticed(struct world *w)
{
	build_read(w);
	w->tasks[LEADER]->items[0].blocks = 2;
	w->tasks[LEADER]->items[0].interrupted_by = SIGWINCH;
	w->tasks[LEADER]->items[0].restart = interrupt_code;
}

static void check_unnoticed(struct world *w)
{
	check_ended(w, 3 << 8);
	check_not_delivered(w);
	check_seen(w, 0, 5);
	assert_int_equal(w->tasks[LEADER]->made[2].item, 0);
	assert_int_equal(w->tasks[LEADER]->made[2].nr,
			 interrupt_code == -516 ? SYS_restart_syscall : SYS_read);
}

static void an_unnoticed_signal_changes_nothing(void **state)
{
	static const int64_t codes[] = { -512, -513, -514, -516 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		interrupt_code = codes[i];
		play(build_unnoticed, check_unnoticed);
	}
}

/* The same at followers that make the call themselves. */
static void build_follower_interrupted(struct world *w)
{
	do_all(w, CALL(rt_sigprocmask, .args = { 0, 0, 0, 8 }));
	do_all(w, EXIT(0));
	w->tasks[1]->items[0].blocks = 2;
	w->tasks[1]->items[0].interrupted_by = SIGCHLD;
	w->tasks[1]->items[0].restart = interrupt_code;
}

static void check_follower_interrupted(struct world *w)
{
	check_ended(w, 0);
	check_not_delivered(w);
	check_seen(w, 0, 0);
}

static void a_followers_own_signal_changes_nothing(void **state)
{
	static const int64_t codes[] = { -512, -513, -514, -516 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		interrupt_code = codes[i];
		play_several(build_follower_interrupted, check_follower_interrupted);
	}
}

static void build_pipe(struct world *w)
{
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       CALL(write, .args = { 1, BUFFER_ADDR + 0x1000 * v, 5 }, .result = -EPIPE,
			    .raises = SIGPIPE));
	do_all(w, CALL(getpid, .result = 77));
	do_all(w, EXIT(0));
}

static void build_pipe_handled(struct world *w)
{
	handle(w, SIGPIPE, 0);
	build_pipe(w);
}

static void check_pipe_handled(struct world *w)
{
	check_ended(w, 0);
	check_delivered(w, SIGPIPE, FIRST_TID, 1, false);
	check_seen(w, 0, -EPIPE);
	check_made_by_leader(w, 0);
}

static void check_pipe_fatal(struct world *w)
{
	assert_false(is_stopping(w));
	assert_int_equal(w->s->n_lanes, 0);
	assert_int_equal(atomic_load(&w->s->root_status[LEADER]), SIGPIPE);
	check_made_by_nobody(w, 1);
}

static void sigpipe_comes_with_the_write(void **state)
{
	(void)state;
	play(build_pipe_handled, check_pipe_handled);
	play(build_pipe, check_pipe_fatal);
}

static void build_suspend(struct world *w)
{
	handle(w, SIGUSR1, 0);
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v,
		       CALL(rt_sigsuspend, .args = { BUFFER_ADDR + 0x1000 * v, 8 }, .blocks = 1,
			    .restart = -514, .interrupted_by = v == LEADER ? SIGUSR1 : 0));
	do_all(w, EXIT(0));
}

static void check_suspend(struct world *w)
{
	check_ended(w, 0);
	check_delivered(w, SIGUSR1, 1, 1, false);
	check_seen(w, 0, -EINTR);
	check_made_by_each(w, 0);
}

static void sigsuspend_is_made_by_each(void **state)
{
	(void)state;
	play(build_suspend, check_suspend);
}

/* ---- results that look like the kernel's restart codes ---- */

static void build_sigreturn(struct world *w)
{
	do_all(w, CALL(rt_sigreturn, .result = -512));
	for (unsigned v = 0; v < w->n; v++)
		do_one(w, v, CALL(write, .args = { 1, BUFFER_ADDR + 0x1000 * v, 5 }, .result = 5));
	do_all(w, EXIT(0));
}

static void check_sigreturn(struct world *w)
{
	check_ended(w, 0);
	check_seen(w, 0, -512);
	check_made_by_leader(w, 1);
	check_seen(w, 1, 5);
}

static void sigreturn_may_restore_any_value(void **state)
{
	(void)state;
	play(build_sigreturn, check_sigreturn);
}

/* F_GETOWN of process group 512. */
static void build_getown(struct world *w)
{
	do_all(w, CALL(fcntl, .args = { 0, F_GETOWN }, .result = -512));
	do_all(w, CALL(umask, .args = { 022 }));
	w->tasks[w->n - 1]->items[1].args[0] = 02;
	do_all(w, EXIT(0));
}

/* The next call, which differs, must not be made in its name. */
static void check_getown(struct world *w)
{
	assert_true(is_stopping(w));
	check_made_by_nobody(w, 1);
}

static void a_result_is_no_restart(void **state)
{
	(void)state;
	play_several(build_getown, check_getown);
}

/* ---- every state, every stop ---- */

struct pair_row {
	enum stop_kind kind;
	/* masks of the states in which it means something; anywhere else it trips a CHECK */
	uint32_t leader, follower;
};

#define S(state) (1u << TASK_##state)
#define ANYWHERE                                                                             \
	(S(NEW) | S(RUNNING) | S(EXECUTING) | S(INTERRUPTED) | S(SIGNALLED) | S(INJECTING) | \
	 S(WAITING) | S(LOCAL) | S(LOCAL_BROKEN))

static const struct pair_row pairs[] = {
	/* the signal that a call's end was to bring may not come */
	{ STOP_CALL,
	  S(RUNNING) | S(EXECUTING) | S(INTERRUPTED) | S(SIGNALLED) | S(WAITING) | S(LOCAL_BROKEN),
	  S(RUNNING) | S(EXECUTING) | S(INTERRUPTED) | S(WAITING) | S(LOCAL_BROKEN) },
	{ STOP_FOREIGN, S(RUNNING), S(RUNNING) },
	{ STOP_CALL_EXIT, S(EXECUTING) | S(LOCAL), S(EXECUTING) | S(LOCAL) },
	{ STOP_SIGNAL, ANYWHERE, ANYWHERE },
	{ STOP_GROUP, ANYWHERE, ANYWHERE },
	{ STOP_NEW, ANYWHERE, ANYWHERE },
	/* a follower forks only when it was told whose child that will be */
	{ STOP_FORK, S(EXECUTING), 0 },
	{ STOP_EXEC, S(EXECUTING), S(EXECUTING) },
	{ STOP_ENDED, ANYWHERE | S(ARRIVED), ANYWHERE | S(ARRIVED) },
};

/* The leader in its read, the follower standing before it. */
static void world_into_call(struct world *w)
{
	world_init(w, 2);
	build_read(w);
	event_do(w, &(struct event){ EVENT_STOP, 1 });
	event_do(w, &(struct event){ EVENT_STOP, 0 });
	event_do(w, &(struct event){ EVENT_MAIL, 0 });
}

static _Noreturn void pair_try(unsigned v, enum task_state state, enum stop_kind kind)
{
	struct world w;
	struct stop stop = { .kind = kind, .tid = FIRST_TID + (pid_t)v, .status = SIGKILL };
	struct task *task;

	signal(SIGABRT, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	world_into_call(&w);
	task = &w.lane->tasks[v];
	if (task->state != (v == LEADER ? TASK_EXECUTING : TASK_ARRIVED))
		_exit(1);
	w.tasks[v]->running = false;
	w.tasks[v]->at = kind;
	w.tasks[v]->siginfo = (siginfo_t){ .si_signo = SIGWINCH, .si_code = SI_USER };
	stop.signo = SIGWINCH;
	stop.message = FIRST_CHILD;
	if (v != LEADER && state != TASK_ARRIVED)
		atomic_store(&task_slot(task)->phase, SLOT_ORDERED);
	task->state = state;
	tracer_on_stop(&w.s->tracers[v], &stop);
	_exit(0);
}

static void pair_check(unsigned v, enum task_state state, const struct pair_row *row)
{
	bool defined = (v == LEADER ? row->leader : row->follower) & 1u << state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		pair_try(v, state, row->kind);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != (defined ? 0 : SIGABRT) && status != ((defined ? 0 : SIGABRT) | WCOREFLAG))
		fail_msg("variant %u, state %d, stop %d: wait status %#x", v, (int)state,
			 (int)row->kind, status);
}

/* What cannot come is noticed; what can come has an effect. */
static void every_stop_in_every_state(void **state)
{
	static const struct rlimit no_core;

	(void)state;
	setrlimit(RLIMIT_CORE, &no_core);
	for (unsigned v = 0; v < 2; v++)
		for (enum task_state s = TASK_NEW; s < TASK_ENDED; s++)
			for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
				pair_check(v, s, &pairs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_leader_reads_for_all),
		cmocka_unit_test(each_makes_its_call),
		cmocka_unit_test(the_leader_makes_it_first),
		cmocka_unit_test(errors_are_handed_on),
		cmocka_unit_test(the_monitor_answers),
		cmocka_unit_test(local_calls_are_not_awaited),
		cmocka_unit_test(all_see_the_leaders_child),
		cmocka_unit_test(a_difference_stops_all_before_the_call),
		cmocka_unit_test(outcomes_must_agree),
		cmocka_unit_test(a_kill_takes_all_along),
		cmocka_unit_test(a_kill_during_a_fork_takes_all_along),
		cmocka_unit_test(a_follower_dies_in_its_call),
		cmocka_unit_test(a_fault_of_all_is_theirs),
		cmocka_unit_test(rdtsc_gives_all_the_same),
		cmocka_unit_test(cpuid_gives_all_the_same),
		cmocka_unit_test(different_questions_to_cpuid_diverge),
		cmocka_unit_test(a_filter_of_the_program_answers),
		cmocka_unit_test(what_a_follower_hears_of_its_child_is_dropped),
		cmocka_unit_test(a_held_signal_comes_before_the_call),
		cmocka_unit_test(a_held_signal_meets_its_like),
		cmocka_unit_test(a_signal_reaches_those_that_compute),
		cmocka_unit_test(who_stands_at_a_call_skips_it),
		cmocka_unit_test(who_blocks_it_does_not_comply),
		cmocka_unit_test(own_signals_are_delivered_together),
		cmocka_unit_test(who_comes_early_waits_for_its_own),
		cmocka_unit_test(who_waits_in_vain_does_not_comply),
		cmocka_unit_test(a_signal_interrupts_the_leaders_call),
		cmocka_unit_test(an_unnoticed_signal_changes_nothing),
		cmocka_unit_test(a_followers_own_signal_changes_nothing),
		cmocka_unit_test(sigpipe_comes_with_the_write),
		cmocka_unit_test(sigsuspend_is_made_by_each),
		cmocka_unit_test(sigreturn_may_restore_any_value),
		cmocka_unit_test(a_result_is_no_restart),
		cmocka_unit_test(every_stop_in_every_state),
	};
	sigset_t wake;

	/* as the monitor's threads have it: job control sends it to the main thread */
	sigemptyset(&wake);
	sigaddset(&wake, SESSION_WAKE_SIGNAL);
	sigprocmask(SIG_BLOCK, &wake, NULL);
	/* thousands of worlds: their memory stays ours */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	log_setup("mvx-monitor", open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
