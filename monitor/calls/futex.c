/*
 * futex of tasks that take turns: what the words hold is the same in all
 * variants, and so the waiting and waking are calls like others. (Where no
 * turns are taken each variant makes them for itself: RUN_LOCAL.)
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "monitor/call.h"

static void futex_decide(struct call *c)
{
	/* futex_wake and its kin have no such commands (futex_wait(2)). */
	if (c->nr != SYS_futex)
		return;
	switch ((int)c->args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAKE:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE_BITSET:
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE: return;
	case FUTEX_WAKE_OP: c->run = RUN_EACH; return; /* it also writes a word */
	}
	/*
	 * Priority inheritance: the kernel would write and compare the real ids of
	 * threads. libc then says that there are no such locks (futex(2)).
	 */
	call_answer(c, -ENOSYS);
}

/* Only the leader's tasks wait in the kernel, and only they are counted. */
static void futex_order(struct call *c, unsigned v, struct order *o)
{
	(void)v;
	o->force_result = o->kind == ORDER_EXECUTE;
}

const struct call_ops calls_futex = {
	.decide = futex_decide,
	.order = futex_order,
};
