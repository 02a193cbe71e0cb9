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

/* Commands of newer kernels than these headers may be of (include/uapi/linux/fcntl.h, 6.18). */
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY   1027
#define F_CREATED_QUERY 1028
#endif
#define HINT_BYTES 8 /* F_GET_RW_HINT and the like: a uint64_t (fcntl(2)) */
#define UIDS_BYTES 8 /* F_GETOWNER_UIDS: two uid_t */
#ifndef F_GETOWNER_UIDS
#define F_GETOWNER_UIDS 17
#endif

/* What a command's argument is; one that is not here looks at none. */
enum argument { ARGUMENT_NONE, ARGUMENT_VALUE, ARGUMENT_IN, ARGUMENT_OUT };

static const struct command {
	int number;
	enum argument argument;
	size_t bytes;
} commands[] = {
	{ F_DUPFD, ARGUMENT_VALUE, 0 },
	{ F_DUPFD_CLOEXEC, ARGUMENT_VALUE, 0 },
	{ F_DUPFD_QUERY, ARGUMENT_VALUE, 0 },
	{ F_SETFD, ARGUMENT_VALUE, 0 },
	{ F_SETFL, ARGUMENT_VALUE, 0 },
	{ F_SETOWN, ARGUMENT_VALUE, 0 },
	{ F_SETSIG, ARGUMENT_VALUE, 0 },
	{ F_SETLEASE, ARGUMENT_VALUE, 0 },
	{ F_NOTIFY, ARGUMENT_VALUE, 0 },
	{ F_SETPIPE_SZ, ARGUMENT_VALUE, 0 },
	{ F_ADD_SEALS, ARGUMENT_VALUE, 0 },
	{ F_SETOWN_EX, ARGUMENT_IN, sizeof(struct f_owner_ex) },
	{ F_GETOWN_EX, ARGUMENT_OUT, sizeof(struct f_owner_ex) },
	{ F_GETOWNER_UIDS, ARGUMENT_OUT, UIDS_BYTES },
	{ F_GET_RW_HINT, ARGUMENT_OUT, HINT_BYTES },
	{ F_SET_RW_HINT, ARGUMENT_IN, HINT_BYTES },
	{ F_GET_FILE_RW_HINT, ARGUMENT_OUT, HINT_BYTES },
	{ F_SET_FILE_RW_HINT, ARGUMENT_IN, HINT_BYTES },
};

static struct command command_get(const struct gather *g)
{
	if (g->nr == SYS_fcntl)
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			if (commands[i].number == (int)g->args[1])
				return commands[i];
	return (struct command){ .argument = ARGUMENT_NONE };
}

static void fcntl_gather(struct gather *g)
{
	struct command command = command_get(g);

	if (g->nr == SYS_fcntl && takes_lock((int)g->args[1]))
		gather_add(g, 2, PART_CONTENT, FORMAT_FLOCK, g->args[2], sizeof(struct flock));
	else if (command.argument == ARGUMENT_VALUE)
		g->to->value_args |= 1u << 2;
	else if (command.argument == ARGUMENT_IN)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], command.bytes);
}

static void fcntl_gather_output(struct gather *g, int64_t result)
{
	struct command command = command_get(g);
	int number = (int)g->args[1];

	(void)result;
	if (g->nr == SYS_fcntl && (number == F_GETLK || number == F_OFD_GETLK))
		gather_add(g, 2, PART_CONTENT, FORMAT_FLOCK, g->args[2], sizeof(struct flock));
	else if (command.argument == ARGUMENT_OUT)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], command.bytes);
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
