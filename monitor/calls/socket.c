/* Sockets: every variant holds one at the same number, the leader's is the one in use. */
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/messages.h"
#include "monitor/calls/received.h"
#include "monitor/tracee/fd_map.h"

static bool is_accept(int64_t nr)
{
	return nr == SYS_accept || nr == SYS_accept4;
}

/* getsockopt(SO_PEERPIDFD), which makes a descriptor, since Linux 6.5 (asm-generic/socket.h) */
#define PEER_PIDFD_OPTION 77

/* Control data of message i of a call that sends; NULL past the last. */
static const uint8_t *sent_control(const struct call *c, size_t i, size_t *length)
{
	if (c->nr == SYS_sendmmsg)
		return messages_sent_control(&c->slot->in, i, length);
	return c->nr == SYS_sendmsg && i == 0 ? call_input(c, 1, PART_CONTROL, length) : NULL;
}

/* ... of a call that receives. */
static const uint8_t *received_control(const struct call *c, size_t i, size_t *length)
{
	const struct capture *out = &c->rendezvous->out;
	const struct capture_buf *buf;

	if (c->nr == SYS_recvmmsg)
		return messages_received_control(out, i, length);
	buf = c->nr == SYS_recvmsg && i == 0 ? capture_find(out, 1, PART_CONTROL) : NULL;
	*length = buf ? buf->length : 0;
	return buf ? capture_bytes(out, buf) : NULL;
}

/* The descriptor that getsockopt has made; -1 for none. */
static int32_t peer_pidfd(const struct call *c)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, 3, PART_CONTENT);
	int32_t fd = -1;

	if (c->nr == SYS_getsockopt && (int)c->args[1] == SOL_SOCKET &&
	    (int)c->args[2] == PEER_PIDFD_OPTION && buf && buf->length >= sizeof(fd))
		memcpy(&fd, capture_bytes(&c->rendezvous->out, buf), sizeof(fd));
	return fd;
}

/* What was not sent is not under way; result: messages that were. */
static void forget_unsent(struct call *c)
{
	size_t sent = c->result < 0 ? 0 : c->nr == SYS_sendmmsg ? (size_t)c->result : 1;
	const uint8_t *control;
	size_t length;

	for (size_t i = sent; (control = sent_control(c, i, &length)); i++)
		received_forget(c, control, length);
}

static void take_received(struct call *c)
{
	bool peek = c->args[c->nr == SYS_recvmmsg ? 3 : 2] & MSG_PEEK;
	const uint8_t *control;
	size_t length;

	for (size_t i = 0; (control = received_control(c, i, &length)); i++)
		received_take(c, control, length, peek);
}

static void socket_apply(struct call *c)
{
	forget_unsent(c);
	if (c->result < 0)
		return;
	take_received(c);
	if (peer_pidfd(c) >= 0)
		fd_table_set(c->lane->fds, peer_pidfd(c), received_object(c, peer_pidfd(c), false));
	if (is_accept(c->nr))
		fd_table_set(c->lane->fds, c->result, open_file_create(FD_LEADER));
}

static void order_accepted(struct call *c, struct order *o)
{
	uint64_t flags = c->nr == SYS_accept4 ? c->args[3] : 0;

	o->kind = ORDER_EXECUTE;
	o->write_output = true;
	o->substitute = true;
	o->nr = SYS_eventfd2;
	memset(o->args, 0, sizeof(o->args));
	o->args[1] = flags & SOCK_CLOEXEC; /* EFD_CLOEXEC is SOCK_CLOEXEC */
}

static void socket_order(struct call *c, unsigned v, struct order *o)
{
	const uint8_t *control;
	size_t length;

	if (c->result < 0)
		return;
	if (is_accept(c->nr))
		order_accepted(c, o);
	for (size_t i = 0; (control = received_control(c, i, &length)); i++)
		received_order(c, v, control, length);
	if (peer_pidfd(c) >= 0)
		received_order_one(c, v, peer_pidfd(c));
}

static void socket_gather(struct gather *g)
{
	if (g->nr == SYS_sendmmsg && g->args[1])
		messages_gather(g);
	else if (g->nr == SYS_recvmmsg && g->args[1])
		messages_gather_room(g);
}

static void socket_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_sendmmsg && result > 0)
		messages_gather_lengths(g, result);
	else if (g->nr == SYS_recvmmsg && result > 0)
		messages_gather_received(g, result);
}

static void socket_decide(struct call *c)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, 1, PART_LAYOUT);
	const uint8_t *control;
	size_t length;

	/* The kernel would move those before the bad one, and nobody has compared them. */
	if ((c->nr == SYS_sendmmsg || c->nr == SYS_recvmmsg) && buf && buf->faulted)
		call_unsupported(c, "messages that are not whole in memory");
	/* Before they are sent: they may be received before that call comes back. */
	for (size_t i = 0; (control = sent_control(c, i, &length)); i++)
		received_remember(c, control, length);
}

const struct call_ops calls_socket = {
	.gather = socket_gather,
	.gather_output = socket_gather_output,
	.decide = socket_decide,
	.order = socket_order,
	.apply = socket_apply,
};
