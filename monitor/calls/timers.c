/*
 * Interval timers of CPU time, which may be each variant's own. The time from the vsyscall page, which the monitor answers. POSIX timers
 * and message queues that notify: the leader's, whose signals go to all; so
 * what a signal carries must suit all.
 */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "monitor/call.h"
#include "monitor/signal_values.h"

/* Offset of sigev_notify in struct sigevent, behind sigev_value and sigev_signo (sigevent(7)). */
#define NOTIFY_OFFSET 12

static uint64_t value_of(const struct call *c, unsigned v, uint32_t *notify)
{
	const struct capture *in = &c->rendezvous->slots[v].in;
	const struct capture_buf *buf = capture_find(in, 1, PART_CONTENT);
	uint64_t value = 0;

	*notify = SIGEV_NONE;
	if (!buf || buf->length < NOTIFY_OFFSET + sizeof(*notify))
		return 0;
	memcpy(&value, capture_bytes(in, buf), sizeof(value));
	memcpy(notify, capture_bytes(in, buf) + NOTIFY_OFFSET, sizeof(*notify));
	return value;
}

/* The leader cannot make it: the answer is what it would be. By real calls, which the vDSO's are not. */
static void answer_vsyscall(struct call *c)
{
	struct timeval now;
	struct timezone zone;
	time_t seconds;

	if (c->nr == SYS_time) {
		seconds = syscall(SYS_time, NULL);
		call_answer_bytes(c, 0, &seconds, sizeof(seconds));
		call_answer(c, seconds);
		return;
	}
	syscall(SYS_gettimeofday, &now, &zone);
	call_answer_bytes(c, 0, &now, sizeof(now));
	call_answer_bytes(c, 1, &zone, sizeof(zone));
	call_answer(c, 0);
}

static void timers_decide(struct call *c)
{
	struct signal_value values = { 0 };
	uint32_t notify, kind;

	if (registers_are_vsyscall(&c->slot->regs)) {
		answer_vsyscall(c);
		return;
	}
	if (c->nr == SYS_setitimer && (int)c->args[0] != ITIMER_REAL &&
	    c->session->options->cpu_timers == OPTION_CPU_TIMERS_EACH)
		c->run = RUN_EACH;
	if (c->nr != SYS_timer_create && c->nr != SYS_mq_notify)
		return;
	value_of(c, LEADER, &notify);
	/* The kernel would send bytes of the leader's memory, addresses of its own among them. */
	if (c->nr == SYS_mq_notify && notify == SIGEV_THREAD && c->session->n_variants > 1)
		call_unsupported(c, "SIGEV_THREAD");
	for (unsigned v = 0; v < c->session->n_variants; v++)
		values.value[v] = value_of(c, v, &kind);
	if (notify != SIGEV_NONE && !signal_values_add(c->session, &values))
		call_unsupported(c, "a value that differs and is no address, or stood for another");
}

/* What was left on the timer is the leader's, whose own the follower's is not. */
static void timers_order(struct call *c, unsigned v, struct order *o)
{
	(void)v;
	o->write_output = true;
}

const struct call_ops calls_timers = {
	.decide = timers_decide,
	.order = timers_order,
};
