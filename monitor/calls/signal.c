/* Dispositions, masks and waiting for signals. Delivery is in monitor/signals.c. */
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "monitor/call.h"
#include "monitor/signal_values.h"
#include "monitor/signals.h"

static void signal_decide(struct call *c)
{
	c->early = c->nr == SYS_rt_sigaction || c->nr == SYS_sigaltstack;
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

/* What was waited for may bring a value that is this variant's own. */
static void order_siginfo(const struct call *c, unsigned v, struct order *o)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, 1, PART_CONTENT);
	const struct signal_value *own;
	siginfo_t info;

	if (c->result <= 0 || !buf || buf->length < sizeof(info))
		return;
	memcpy(&info, capture_bytes(&c->rendezvous->out, buf), sizeof(info));
	own = signal_values_of(c->session, &info);
	if (!own)
		return;
	info.si_value.sival_ptr = (void *)own->value[v];
	o->own_length = sizeof(info);
	o->own_bytes = alloc_zeroed(1, sizeof(info));
	memcpy(o->own_bytes, &info, sizeof(info));
}

/* The mask the call sets while it waits is the kernel's business: each variant makes it, and is woken. */
static void signal_order(struct call *c, unsigned v, struct order *o)
{
	if (c->nr == SYS_rt_sigtimedwait)
		order_siginfo(c, v, o);
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
