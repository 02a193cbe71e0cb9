/*
 * Descriptors that only the leader makes: message queues, file systems being
 * put together, mounts, rule sets. The followers hold placeholders.
 */
#include "monitor/call.h"
#include "schema/syscall_numbers.h"

/* bytes of struct landlock_path_beneath_attr (packed) and landlock_net_port_attr (landlock_add_rule(2)) */
#define RULE_PATH_BYTES 12
#define RULE_PORT_BYTES 16
enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

static void made_gather(struct gather *g)
{
	if (g->nr != __NR_landlock_add_rule)
		return;
	if ((int)g->args[1] == RULE_PATH_BENEATH)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], RULE_PATH_BYTES);
	else if ((int)g->args[1] == RULE_NET_PORT)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], RULE_PORT_BYTES);
}

/* With a flag, landlock_create_ruleset only says what there is (landlock_create_ruleset(2)). */
static bool makes_descriptor(const struct call *c)
{
	if (c->result < 0 || c->row->result != RESULT_FD)
		return false;
	return c->nr != __NR_landlock_create_ruleset || !(uint32_t)c->args[2];
}

static void made_apply(struct call *c)
{
	if (makes_descriptor(c))
		call_made_fd_apply(c);
}

static void made_order(struct call *c, unsigned v, struct order *o)
{
	(void)o;
	if (makes_descriptor(c))
		call_made_fd_order(c, v);
}

const struct call_ops calls_made = {
	.gather = made_gather,
	.order = made_order,
	.apply = made_apply,
};
