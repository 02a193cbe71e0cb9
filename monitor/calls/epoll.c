/*
 * epoll: the leader's objects are in use. The data of a registration may be an
 * address, so each variant gets its own back: what the leader's kernel reports
 * is looked up among the registrations.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "monitor/call.h"
#include "monitor/tracee/fd_map.h"

static struct epoll_event variant_event(const struct call *c, unsigned v)
{
	const struct capture *in = &c->rendezvous->slots[v].in;
	const struct capture_buf *buf = capture_find(in, 3, PART_CONTENT);
	struct epoll_event event = { 0 };

	if (buf && buf->length >= sizeof(event))
		memcpy(&event, capture_bytes(in, buf), sizeof(event));
	return event;
}

static bool same_data(const struct call *c, const uint64_t *a, const uint64_t *b)
{
	return memcmp(a, b, c->session->n_variants * sizeof(*a)) == 0;
}

/*
 * The kernel reports the leader's data and not the descriptor. Two live
 * registrations that are alike in the leader and not in a follower cannot be
 * told apart.
 */
static bool is_ambiguous(const struct call *c, const struct open_file *epoll,
			 const struct epoll_watch *watch)
{
	for (size_t i = 0; i < epoll->n_watches; i++)
		if (epoll->watches[i].data[LEADER] == watch->data[LEADER] &&
		    !same_data(c, epoll->watches[i].data, watch->data))
			return true;
	return false;
}

static void watch_apply(struct call *c, struct open_file *epoll)
{
	int32_t fd = (int32_t)c->args[2];
	struct open_file *target = fd_table_find(c->lane->fds, fd);
	struct epoll_watch *watch;

	epoll_watches_prune(epoll);
	if ((int)c->args[1] == EPOLL_CTL_DEL) {
		epoll_watch_remove(epoll, fd, target);
		return;
	}
	watch = epoll_watch_set(epoll, fd, target);
	for (unsigned v = 0; v < c->session->n_variants; v++)
		watch->data[v] = variant_event(c, v).data.u64;
	if (is_ambiguous(c, epoll, watch))
		call_unsupported(
			c,
			"data that are alike for two descriptors in variant 0 and not in others");
}

/* The leader's events with variant v's data; false when one is of an unknown registration. */
static bool events_translate(const struct call *c, unsigned v, struct epoll_event *events)
{
	const struct open_file *epoll = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, 1, PART_CONTENT);

	if (!epoll || !buf || buf->length < (size_t)c->result * sizeof(*events))
		return false;
	memcpy(events, capture_bytes(&c->rendezvous->out, buf),
	       (size_t)c->result * sizeof(*events));
	for (int64_t i = 0; i < c->result; i++) {
		const struct epoll_watch *watch = epoll_watch_find(epoll, events[i].data.u64);

		if (!watch)
			return false;
		events[i].data.u64 = watch->data[v];
	}
	return true;
}

static void epoll_apply(struct call *c)
{
	struct open_file *epoll = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	struct epoll_event *events;

	if (c->session->n_variants == 1 || c->result < 0)
		return;
	if (c->nr == SYS_epoll_ctl) {
		if (epoll)
			watch_apply(c, epoll);
		return;
	}
	if (!c->result)
		return;
	events = alloc_zeroed((size_t)c->result, sizeof(*events));
	if (!events_translate(c, LEADER, events))
		call_unsupported(c, "an event of a registration that is long gone");
	free(events);
}

static void epoll_order(struct call *c, unsigned v, struct order *o)
{
	if (c->nr == SYS_epoll_ctl)
		return;
	if (c->result <= 0) {
		calls_poll.order(c, v, o);
		return;
	}
	o->own_length = (size_t)c->result * sizeof(struct epoll_event);
	o->own_bytes = alloc_zeroed((size_t)c->result, sizeof(struct epoll_event));
	events_translate(c, v, (struct epoll_event *)o->own_bytes);
}

const struct call_ops calls_epoll = {
	.order = epoll_order,
	.apply = epoll_apply,
};
