/* Dispositions, masks and waiting for signals. Delivery is in monitor/signals.c. */
#include <string.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/signals.h"

static void signal_decide(struct call *c)
{
	switch (c->nr) {
	case SYS_rt_sigaction:
	case SYS_sigaltstack: c->early = true; return;
	case SYS_rt_sigtimedwait: /* the leader's signals are the program's */
	case SYS_pause: c->run = RUN_LEADER; return;
	}
}

/* struct kernel_sigaction: handler, flags, restorer, mask (rt_sigaction(2)). */
static void signal_apply(struct call *c)
{
	uint64_t action[2];
	const uint8_t *bytes;
	size_t length;

	if (c->nr != SYS_rt_sigaction || c->result < 0)
		return;
	bytes = call_input(c, 1, PART_CONTENT, &length);
	if (!bytes || length < sizeof(action))
		return;
	memcpy(action, bytes, sizeof(action));
	signal_table_set(c->lane->signals, (int)c->args[0], action[0], action[1]);
}

/* The mask the call sets while it waits is the kernel's business: each variant makes it, and is woken. */
static void signal_order(struct call *c, unsigned v, struct order *o)
{
	(void)v;
	if (c->nr != SYS_rt_sigsuspend || !o->signo)
		return;
	o->kind = ORDER_EXECUTE;
	o->signal_first = true;
	o->write_output = false;
}

const struct call_ops calls_signal = {
	.decide = signal_decide,
	.order = signal_order,
	.apply = signal_apply,
};
