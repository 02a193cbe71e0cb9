/* fcntl and flock: what is in the descriptor is each variant's, what is in the object the leader's. */
#include <fcntl.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/tracee/fd_map.h"

static bool takes_lock(int command)
{
	return command == F_GETLK || command == F_SETLK || command == F_SETLKW ||
	       command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

static bool takes_value(int command)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETFD:
	case F_SETFL:
	case F_SETOWN:
	case F_SETSIG:
	case F_SETLEASE:
	case F_NOTIFY:
	case F_SETPIPE_SZ:
	case F_ADD_SEALS: return true;
	}
	return false;
}

static void fcntl_gather(struct gather *g)
{
	int command = (int)g->args[1];

	if (g->nr != SYS_fcntl)
		return;
	if (takes_lock(command))
		gather_add(g, 2, PART_CONTENT, FORMAT_FLOCK, g->args[2], sizeof(struct flock));
	else if (takes_value(command))
		g->to->value_args |= 1u << 2;
}

static void fcntl_gather_output(struct gather *g, int64_t result)
{
	int command = (int)g->args[1];

	(void)result;
	if (g->nr == SYS_fcntl && (command == F_GETLK || command == F_OFD_GETLK))
		gather_add(g, 2, PART_CONTENT, FORMAT_FLOCK, g->args[2], sizeof(struct flock));
}

static bool is_duplicate(const struct call *c)
{
	return c->nr == SYS_fcntl &&
	       ((int)c->args[1] == F_DUPFD || (int)c->args[1] == F_DUPFD_CLOEXEC);
}

static void fcntl_decide(struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	int command = (int)c->args[1];

	c->run = RUN_LEADER;
	if (c->nr != SYS_fcntl)
		return;
	if (is_duplicate(c) || command == F_GETFD || command == F_SETFD ||
	    (file && file->kind == FD_PRIVATE)) {
		c->run = RUN_EACH;
		c->early = true;
	}
}

static void fcntl_apply(struct call *c)
{
	if (is_duplicate(c) && c->result >= 0)
		fd_table_dup(c->lane->fds, (int32_t)c->args[0], c->result);
}

/* Of its results only a duplicate is a descriptor. */
static void fcntl_order(struct call *c, unsigned v, struct order *o)
{
	(void)v;
	if (!is_duplicate(c))
		o->fd = -1;
}

const struct call_ops calls_fcntl = {
	.gather = fcntl_gather,
	.gather_output = fcntl_gather_output,
	.decide = fcntl_decide,
	.order = fcntl_order,
	.apply = fcntl_apply,
};
