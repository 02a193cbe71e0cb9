/*
 * The semi-synchronous rule alone: every order in which two, three and four
 * variants can get a signal, come to their next stop and wait in vain. And the
 * table in docs/signals.md is the one in the code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/arbiter.h"

#define MAX_VARIANTS 4u

/* What a variant does in a play: a signal, then a stop, or the other way round. */
enum life { ALIVE_SIGNAL_FIRST, ALIVE_STOP_FIRST, ALIVE_NEVER, LIVES };

struct variant {
	enum life life;
	bool running, waiting, has_it, had_stop;
	unsigned delivered;
};

struct play {
	struct arbiter a;
	struct variant v[MAX_VARIANTS];
	unsigned n;
	bool accused, done;
};

static unsigned plays;

/* ---- carrying out what the arbiter says, as tasks would ---- */

static void obey(struct play *p)
{
	const struct arbiter answer = p->a;

	for (unsigned v = 0; v < p->n; v++) {
		struct variant *self = &p->v[v];

		switch ((enum arbiter_action)answer.action[v]) {
		case ACTION_NONE: break;
		case ACTION_GO_ON:
			assert_false(self->running);
			self->running = true;
			break;
		case ACTION_INTERRUPT: break; /* it takes some time: below */
		case ACTION_WAIT:
			assert_false(self->running);
			assert_false(self->has_it);
			self->waiting = true;
			break;
		case ACTION_HAND:
		case ACTION_SEND:
			assert_true(answer.delivered != 0);
			assert_false(self->running || self->waiting);
			self->delivered++;
			p->done = true;
			break;
		case ACTION_ACCUSE: p->accused = true; break;
		case ACTION_COUNT: fail();
		}
	}
	for (unsigned v = 0; v < p->n; v++) {
		if (answer.action[v] != ACTION_INTERRUPT || !p->v[v].running)
			continue;
		p->v[v].running = false;
		arbiter_stop(&p->a, v);
		obey(p);
	}
}

/* All stand at the call and nothing is to be delivered: it is made, and all go on. */
static void pass_if_together(struct play *p)
{
	if (p->a.signo)
		return;
	for (unsigned v = 0; v < p->n; v++)
		if (p->v[v].running || p->v[v].waiting)
			return;
	for (unsigned v = 0; v < p->n; v++) {
		p->v[v].running = true;
		p->v[v].had_stop = false;
	}
	arbiter_pass(&p->a);
	obey(p);
}

static bool can_get(const struct variant *self)
{
	return (self->running || self->waiting) && !self->has_it && self->life != ALIVE_NEVER &&
	       (self->waiting || self->life == ALIVE_SIGNAL_FIRST || self->had_stop);
}

static void get(struct play *p, unsigned v, bool shared)
{
	p->v[v].has_it = true;
	p->v[v].running = p->v[v].waiting = false;
	arbiter_signal(&p->a, v, SIGVTALRM, shared);
	obey(p);
}

static void check_end(const struct play *p, bool shared)
{
	unsigned never = 0;

	plays++;
	for (unsigned v = 0; v < p->n; v++)
		never += p->v[v].life == ALIVE_NEVER;
	if (p->done)
		for (unsigned v = 0; v < p->n; v++)
			assert_int_equal(p->v[v].delivered, 1);
	if (!shared && p->done)
		assert_int_equal(never, 0);
	assert_true(p->done || p->accused || (never && 2 * (p->n - never) < p->n) || never == p->n);
	assert_false(p->done && p->accused);
}

/* Every next event, one after the other. */
static void play_on(const struct play *from, unsigned depth, bool shared)
{
	bool any = false;

	assert_true(depth < 40);
	for (unsigned v = 0; v < from->n && !from->done && !from->accused; v++) {
		struct play p = *from;

		if (can_get(&from->v[v]) && (!shared || v == 0)) {
			get(&p, v, shared);
			play_on(&p, depth + 1, shared);
			any = true;
			p = *from;
		}
		if (from->v[v].waiting && from->v[v].life == ALIVE_NEVER) {
			p.v[v].waiting = false;
			arbiter_vain(&p.a, v);
			obey(&p);
			play_on(&p, depth + 1, shared);
			any = true;
			p = *from;
		}
		/* A call each, and no more than the rule needs to be seen. */
		if (from->v[v].running && !from->v[v].had_stop) {
			p.v[v].running = false;
			p.v[v].had_stop = true;
			arbiter_stop(&p.a, v);
			obey(&p);
			if (!p.done)
				pass_if_together(&p);
			if (depth < 14)
				play_on(&p, depth + 1, shared);
			any = true;
		}
	}
	if (!any)
		check_end(from, shared);
}

static void play_all(unsigned n, bool shared)
{
	unsigned combinations = 1;

	for (unsigned v = 0; v < n; v++)
		combinations *= LIVES;
	for (unsigned c = 0; c < combinations; c++) {
		struct play p = { .a = { .n = n }, .n = n };

		for (unsigned v = 0, rest = c; v < n; v++, rest /= LIVES) {
			p.v[v].running = true;
			p.v[v].life = (enum life)(rest % LIVES);
		}
		/* A shared signal comes to the leader. */
		if (shared && p.v[0].life == ALIVE_NEVER)
			continue;
		play_on(&p, 0, shared);
	}
}

static void a_signal_of_all_is_delivered_to_all(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 3; n++)
		play_all(n, true);
	assert_true(plays > 100);
}

static void own_signals_follow_the_rule_of_half(void **state)
{
	(void)state;
	plays = 0;
	for (unsigned n = 1; n <= 3; n++)
		play_all(n, false);
	assert_true(plays > 1000);
}

/* ---- scripts ---- */

static void expect_actions(const struct arbiter *a, const char *letters)
{
	static const char names[ACTION_COUNT] = { '.', 'g', 'i', 'w', 'h', 's', 'x' };

	for (unsigned v = 0; v < a->n; v++)
		assert_int_equal(names[a->action[v]], letters[v]);
}

static void below_half_it_goes_on_the_list(void **state)
{
	struct arbiter a = { .n = 4 };

	(void)state;
	arbiter_signal(&a, 2, SIGPROF, false);
	expect_actions(&a, "..g.");
	assert_false(arbiter_is_idle(&a));
	arbiter_stop(&a, 0);
	expect_actions(&a, "....");
	/* Half of them: who has it on its list is stopped, who stands without it waits. */
	arbiter_signal(&a, 1, SIGPROF, false);
	expect_actions(&a, "w.i.");
	arbiter_stop(&a, 2);
	arbiter_signal(&a, 0, SIGPROF, false);
	expect_actions(&a, "....");
	arbiter_signal(&a, 3, SIGPROF, false);
	expect_actions(&a, "hhsh");
	assert_int_equal(a.delivered, SIGPROF);
	assert_true(arbiter_is_idle(&a));
}

static void another_signal_waits_for_its_own_turn(void **state)
{
	struct arbiter a = { .n = 2 };

	(void)state;
	arbiter_signal(&a, 0, SIGALRM, true);
	expect_actions(&a, ".i");
	/* The follower was stopped by one of its own: it stands there, and keeps that on its list. */
	arbiter_signal(&a, 1, SIGPROF, false);
	expect_actions(&a, "hs");
	assert_int_equal(a.delivered, SIGALRM);
	arbiter_pass(&a);
	expect_actions(&a, ".i");
	arbiter_stop(&a, 1);
	arbiter_stop(&a, 0);
	expect_actions(&a, "w.");
	arbiter_signal(&a, 0, SIGPROF, false);
	expect_actions(&a, "hs");
	assert_int_equal(a.delivered, SIGPROF);
}

static void who_fails_is_accused(void **state)
{
	struct arbiter a = { .n = 3 };

	(void)state;
	arbiter_vain(&a, 1);
	expect_actions(&a, ".x.");
}

/* ---- the document ---- */

static const char *const places[PLACE_COUNT] = {
	[PLACE_RUNS] = "runs in its own code",           [PLACE_STANDS] = "stands at its next stop",
	[PLACE_HOLDS] = "stands at the signal's stop",   [PLACE_WAITS] = "is in the wait loop",
	[PLACE_FAILED] = "waited in vain, or blocks it",
};

static const char *const actions[ACTION_COUNT] = {
	[ACTION_NONE] = "nothing: it will come",
	[ACTION_GO_ON] = "goes on without it",
	[ACTION_INTERRUPT] = "is stopped",
	[ACTION_WAIT] = "skips what it stands at and waits",
	[ACTION_HAND] = "gets it with the others",
	[ACTION_SEND] = "is sent it (again) with the others",
	[ACTION_ACCUSE] = "divergence: does not comply",
};

static void the_document_has_the_table(void **state)
{
	const char *path = getenv("MVX_SIGNALS_DOCUMENT");
	FILE *file = path ? fopen(path, "re") : NULL;
	static char text[65536];
	size_t length;

	(void)state;
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	for (unsigned place = 0; place < PLACE_COUNT; place++) {
		char row[256];

		snprintf(row, sizeof(row), "| %s | %s | %s |\n", places[place],
			 actions[arbiter_action_get((enum arbiter_place)place, false)],
			 actions[arbiter_action_get((enum arbiter_place)place, true)]);
		if (!strstr(text, row))
			fail_msg("docs/signals.md does not have the row: %s", row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_of_all_is_delivered_to_all),
		cmocka_unit_test(own_signals_follow_the_rule_of_half),
		cmocka_unit_test(below_half_it_goes_on_the_list),
		cmocka_unit_test(another_signal_waits_for_its_own_turn),
		cmocka_unit_test(who_fails_is_accused),
		cmocka_unit_test(the_document_has_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
