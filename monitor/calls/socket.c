/* Sockets: every variant holds one at the same number, the leader's is the one in use. */
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/messages.h"
#include "monitor/tracee/fd_map.h"

static bool is_accept(int64_t nr)
{
	return nr == SYS_accept || nr == SYS_accept4;
}

/* Descriptors that arrive in a message. */
static bool carries_descriptors(const struct call *c)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, 1, PART_CONTROL);
	size_t at = 0;

	while (buf && at + sizeof(struct cmsghdr) <= buf->length) {
		struct cmsghdr header;

		memcpy(&header, capture_bytes(&c->rendezvous->out, buf) + at, sizeof(header));
		if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS)
			return true;
		if (header.cmsg_len < sizeof(header))
			break;
		at += CMSG_ALIGN(header.cmsg_len);
	}
	return false;
}

static void socket_apply(struct call *c)
{
	if (c->result < 0)
		return;
	if (is_accept(c->nr))
		fd_table_set(c->lane->fds, c->result, open_file_create(FD_LEADER));
	else if (c->nr == SYS_recvmsg && c->session->n_variants > 1 && carries_descriptors(c))
		call_unsupported(c, "receiving descriptors (SCM_RIGHTS)");
}

static void socket_order(struct call *c, unsigned v, struct order *o)
{
	uint64_t flags = c->nr == SYS_accept4 ? c->args[3] : 0;

	(void)v;
	if (!is_accept(c->nr) || c->result < 0)
		return;
	o->kind = ORDER_EXECUTE;
	o->write_output = true;
	o->substitute = true;
	o->nr = SYS_eventfd2;
	memset(o->args, 0, sizeof(o->args));
	o->args[1] = flags & SOCK_CLOEXEC; /* EFD_CLOEXEC is SOCK_CLOEXEC */
}

static void socket_gather(struct gather *g)
{
	if (g->nr == SYS_sendmmsg && g->args[1])
		messages_gather(g);
}

static void socket_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_sendmmsg && result > 0)
		messages_gather_lengths(g, result);
}

/* The kernel would send those before the bad one, and nobody has compared them. */
static void socket_decide(struct call *c)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, 1, PART_LAYOUT);

	if (c->nr == SYS_sendmmsg && buf && buf->faulted)
		call_unsupported(c, "messages that are not whole in memory");
}

const struct call_ops calls_socket = {
	.gather = socket_gather,
	.gather_output = socket_gather_output,
	.decide = socket_decide,
	.order = socket_order,
	.apply = socket_apply,
};
