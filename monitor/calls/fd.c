/* Descriptors made and ended: by every variant, in step, so that the numbers stay those of a program alone. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/open.h"
#include "monitor/tracee/fd_map.h"

/*
 * A memfd is a file like others: the leader's, which the followers can open to
 * map it. Where pages are of another size no copy could stand in for it, and
 * each variant has its own.
 */
static bool is_leaders_memfd(const struct call *c)
{
	return c->nr == SYS_memfd_create && !(c->args[1] & MFD_HUGETLB);
}

static bool ends_descriptors(const struct call *c)
{
	return c->nr == SYS_close ||
	       (c->nr == SYS_close_range && !(c->args[2] & CLOSE_RANGE_UNSHARE));
}

static void close_range_apply(struct call *c)
{
	uint64_t first = (uint32_t)c->args[0], last = (uint32_t)c->args[1];

	if (c->args[2] & CLOSE_RANGE_UNSHARE) {
		struct fd_table *own = fd_table_copy(c->lane->fds);

		fd_table_release(c->lane->fds);
		c->lane->fds = own;
	}
	if (c->args[2] & CLOSE_RANGE_CLOEXEC)
		return;
	for (uint64_t fd = first; fd <= last && fd < c->lane->fds->capacity; fd++)
		fd_table_close(c->lane->fds, (int64_t)fd);
}

/*
 * Among threads a number may be another's again before the leader comes back
 * from closing it.
 */
static void close_now(struct call *c)
{
	if (c->nr == SYS_close)
		fd_table_close(c->lane->fds, (int32_t)c->args[0]);
	else if ((uint32_t)c->args[0] <= (uint32_t)c->args[1])
		close_range_apply(c);
}

static void fd_decide(struct call *c)
{
	c->early = !is_leaders_memfd(c);
	if (ends_descriptors(c) && call_is_gated(c))
		close_now(c);
}

static void pair_apply(struct call *c, unsigned arg)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, arg, PART_CONTENT);
	int32_t pair[2];

	if (c->result < 0 || !buf || buf->length < sizeof(pair))
		return;
	memcpy(pair, capture_bytes(&c->rendezvous->out, buf), sizeof(pair));
	fd_table_set(c->lane->fds, pair[0], open_file_create(FD_LEADER));
	fd_table_set(c->lane->fds, pair[1], open_file_create(FD_LEADER));
}

/* In a process with threads the numbers must be the leader's, and nothing but numbers is used. */
static void pair_order(struct call *c, unsigned v, struct order *o, unsigned arg, uint64_t flags)
{
	const struct capture_buf *buf = capture_find(&c->rendezvous->out, arg, PART_CONTENT);
	int32_t pair[2];

	if (c->early || o->kind != ORDER_EXECUTE || !buf || buf->length < sizeof(pair))
		return;
	memcpy(pair, capture_bytes(&c->rendezvous->out, buf), sizeof(pair));
	o->kind = ORDER_ANSWER;
	o->write_output = true;
	/* O_CLOEXEC is SOCK_CLOEXEC (socket(2)) */
	call_add_placeholder(c, v, pair[0], flags & O_CLOEXEC);
	call_add_placeholder(c, v, pair[1], flags & O_CLOEXEC);
}

static void memfd_order(struct call *c, unsigned v, struct order *o)
{
	if (c->result < 0 || !is_leaders_memfd(c))
		return;
	o->kind = ORDER_ANSWER;
	open_add_order(c, v, (int32_t)c->result, fd_table_find(c->lane->fds, c->result),
		       open_flags_get(c, (int32_t)c->result));
}

static void fd_order(struct call *c, unsigned v, struct order *o)
{
	switch (c->nr) {
	case SYS_memfd_create: memfd_order(c, v, o); return;
	case SYS_pipe: pair_order(c, v, o, 0, 0); return;
	case SYS_pipe2: pair_order(c, v, o, 0, c->args[1]); return;
	case SYS_socketpair: pair_order(c, v, o, 3, c->args[1]); return;
	}
}

static void fd_apply(struct call *c)
{
	struct fd_table *fds = c->lane->fds;

	if (c->result < 0 || (ends_descriptors(c) && call_is_gated(c)))
		return;
	switch (c->nr) {
	case SYS_close: fd_table_close(fds, (int32_t)c->args[0]); return;
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3: fd_table_dup(fds, (int32_t)c->args[0], c->result); return;
	case SYS_pipe:
	case SYS_pipe2: pair_apply(c, 0); return;
	case SYS_socketpair: pair_apply(c, 3); return;
	case SYS_close_range: close_range_apply(c); return;
	case SYS_signalfd:
	case SYS_signalfd4:
		if ((int32_t)c->args[0] != -1)
			return; /* a new mask for an old descriptor */
		break;
	case SYS_memfd_create:
		fd_table_set(fds, c->result,
			     is_leaders_memfd(c) ? open_describe(c, (int32_t)c->result, O_RDWR) :
						   open_file_create(FD_PRIVATE));
		return;
	}
	fd_table_set(fds, c->result, open_file_create(FD_LEADER));
	fd_table_find(fds, c->result)->signals = c->nr == SYS_signalfd || c->nr == SYS_signalfd4;
}

const struct call_ops calls_fd = {
	.decide = fd_decide,
	.order = fd_order,
	.apply = fd_apply,
};
