/* select, poll, epoll_wait and their forms with a signal mask. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "monitor/call.h"

/* Where variant v has the mask its call waits with; 0 for none. */
static uint64_t mask_addr(const struct call *c, unsigned v)
{
	const struct slot *slot = &c->rendezvous->slots[v];
	const struct capture_buf *buf;
	uint64_t addr = 0;

	if (c->nr == SYS_ppoll)
		return slot->args[3];
	if (c->nr == SYS_epoll_pwait || c->nr == SYS_epoll_pwait2)
		return slot->args[4];
	if (c->nr != SYS_pselect6)
		return 0;
	buf = capture_find(&slot->in, 5, PART_CONTENT);
	if (buf && buf->length >= sizeof(addr))
		memcpy(&addr, capture_bytes(&slot->in, buf), sizeof(addr));
	return addr;
}

/*
 * The leader was woken by a signal under the call's own mask. A follower waits
 * for its copy under the same mask, in rt_sigsuspend, so that the kernel saves
 * and restores masks as it does for the leader. With any other result the
 * program's own mask is back when the signal comes (fs/select.c,
 * poll_select_finish).
 */
static void poll_order(struct call *c, unsigned v, struct order *o)
{
	uint64_t mask = o->signo && c->result == -EINTR ? mask_addr(c, v) : 0;

	if (!mask)
		return;
	o->kind = ORDER_EXECUTE;
	o->substitute = true;
	o->signal_first = true;
	o->nr = SYS_rt_sigsuspend;
	memset(o->args, 0, sizeof(o->args));
	o->args[0] = mask;
	o->args[1] = sizeof(uint64_t);
}

/* pselect6 has one argument for two: the mask lies where the pair says. */
static void poll_gather(struct gather *g)
{
	uint64_t pair[2] = { 0 };

	if (g->nr == SYS_pselect6 && g->args[5] &&
	    gather_read(g, g->args[5], pair, sizeof(pair)) == 0 && pair[0])
		gather_add(g, 5, PART_LAYOUT, FORMAT_NONE, pair[0], sizeof(uint64_t));
}

const struct call_ops calls_poll = {
	.gather = poll_gather,
	.order = poll_order,
};
