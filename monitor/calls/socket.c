/* Sockets: every variant holds one at the same number, the leader's is the one in use. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/messages.h"
#include "monitor/calls/received.h"
#include "monitor/tracee/fd_map.h"
#include "schema/syscall_args.h"

static bool is_accept(int64_t nr)
{
	return nr == SYS_accept || nr == SYS_accept4;
}

/* IPT_SO_SET_REPLACE and its like (linux/netfilter_ipv4/ip_tables.h) */
#define REPLACE_TABLES_OPTION 64
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

/* A filter is a number of instructions, and where they are (socket(7)). */
static void gather_filter(struct gather *g)
{
	struct sock_fprog filter;

	if (gather_read(g, g->args[3], &filter, sizeof(filter)) < 0) {
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3], sizeof(filter));
		return;
	}
	gather_add(g, 3, PART_LAYOUT, FORMAT_BYTES, g->args[3], sizeof(filter.len));
	gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, (uint64_t)filter.filter,
		   filter.len * sizeof(struct sock_filter));
}

/* An interface, padding, then one address or two, each with room for the longest (ip(7)). */
static void gather_group(struct gather *g)
{
	size_t group = offsetof(struct group_source_req, gsr_group);
	size_t source = offsetof(struct group_source_req, gsr_source);
	size_t length = (uint32_t)g->args[4];

	gather_add(g, 3, PART_LAYOUT, FORMAT_INT32, g->args[3], sizeof(uint32_t));
	if (length >= source)
		gather_add(g, 3, PART_NAME, FORMAT_SOCKADDR, g->args[3] + group,
			   sizeof(struct sockaddr_in));
	if (length >= sizeof(struct group_source_req))
		gather_add(g, 3, PART_CONTROL, FORMAT_SOCKADDR, g->args[3] + source,
			   sizeof(struct sockaddr_in));
}

static void gather_option(struct gather *g)
{
	if (!g->args[3] || (arg_used_mask(g->nr, g->args) & 1u << 3))
		return;
	if ((int)g->args[1] == SOL_SOCKET)
		gather_filter(g);
	else
		gather_group(g);
}

/* Its length counts instructions, not bytes. */
static void gather_filter_output(struct gather *g)
{
	uint32_t count = 0;

	if ((int)g->args[1] == SOL_SOCKET && (int)g->args[2] == SO_GET_FILTER && g->args[3] &&
	    gather_read(g, g->args[4], &count, sizeof(count)) == 0)
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3],
			   (size_t)count * sizeof(struct sock_filter));
}

static void socket_gather(struct gather *g)
{
	if (g->nr == SYS_setsockopt)
		gather_option(g);
	if (g->nr == SYS_sendmmsg && g->args[1])
		messages_gather(g);
	else if (g->nr == SYS_recvmmsg && g->args[1])
		messages_gather_room(g);
}

static void socket_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_getsockopt)
		gather_filter_output(g);
	if (g->nr == SYS_sendmmsg && result > 0)
		messages_gather_lengths(g, result);
	else if (g->nr == SYS_recvmmsg && result > 0)
		messages_gather_received(g, result);
}

/* iptables, arptables, ebtables: where the old counters go is in the structure. */
static bool replaces_tables(const struct call *c)
{
	int level = (int)c->args[1];

	return c->nr == SYS_setsockopt && (level == IPPROTO_IP || level == IPPROTO_IPV6) &&
	       (int)c->args[2] == REPLACE_TABLES_OPTION;
}

/* Rings in memory that the kernel fills and empties, of which only the leader would see: packet(7), AF_XDP. */
static bool shares_memory(const struct call *c)
{
	int option = (int)c->args[2];

	if (c->nr != SYS_setsockopt)
		return false;
	return (int)c->args[1] == SOL_XDP ||
	       ((int)c->args[1] == SOL_PACKET &&
		(option == PACKET_RX_RING || option == PACKET_TX_RING));
}

static void socket_decide(struct call *c)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, 1, PART_LAYOUT);
	const uint8_t *control;
	size_t length;

	if (replaces_tables(c) && c->session->n_variants > 1)
		call_unsupported(c, "packet filter tables");
	if (shares_memory(c) && c->session->n_variants > 1)
		call_answer(c, -ENOPROTOOPT);
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
