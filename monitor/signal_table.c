/* What a program has said it does about each signal (rt_sigaction(2)). */
#include "monitor/signal_table.h"

#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

struct signal_table *signal_table_create(uint64_t ignored)
{
	struct signal_table *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	t->ignored = ignored;
	return t;
}

struct signal_table *signal_table_share(struct signal_table *t)
{
	t->refs++;
	return t;
}

struct signal_table *signal_table_copy(const struct signal_table *t)
{
	struct signal_table *copy = alloc_zeroed(1, sizeof(*copy));

	*copy = *t;
	copy->refs = 1;
	return copy;
}

void signal_table_release(struct signal_table *t)
{
	if (t && !--t->refs)
		free(t);
}

void signal_table_exec(struct signal_table *t)
{
	t->handled = 0;
	t->restart = 0;
	t->reset = 0;
}

void signal_table_set(struct signal_table *t, int signo, uint64_t handler, uint64_t flags)
{
	uint64_t bit = BIT(signo);

	t->handled = handler > 1 ? t->handled | bit : t->handled & ~bit;
	t->ignored = handler == 1 ? t->ignored | bit : t->ignored & ~bit;
	t->restart = flags & SA_RESTART ? t->restart | bit : t->restart & ~bit;
	t->reset = flags & SA_RESETHAND ? t->reset | bit : t->reset & ~bit;
}

enum signal_action signal_action_get(const struct signal_table *t, int signo)
{
	if (t->handled & BIT(signo))
		return SIGNAL_ACTION_HANDLER;
	if (t->ignored & BIT(signo))
		return SIGNAL_ACTION_IGNORE;
	/* signal(7), standard signals: default dispositions */
	switch (signo) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH: return SIGNAL_ACTION_IGNORE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU: return SIGNAL_ACTION_STOP;
	}
	return SIGNAL_ACTION_TERMINATE;
}

void signal_handler_begins(struct signal_table *table, int signo)
{
	if (table->reset & BIT(signo))
		signal_table_set(table, signo, 0, 0);
}
