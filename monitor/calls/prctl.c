/* prctl, arch_prctl, robust lists and other per-process settings: each variant's own, the monitor's traces hidden. */
#include <errno.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/seccomp.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef ARCH_GET_CPUID
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012
#endif

#define PERSONALITY_QUERY 0xffffffffu
/* options: the kernel has come to 79 (include/uapi/linux/prctl.h, 6.18) */
#define OPTIONS_LIMIT 1000
#define NAME_BYTES    16    /* TASK_COMM_LEN (prctl(2)) */
#define ALL_ARGUMENTS 0x1eu /* the second to the fifth */

/* How an option is treated, and what its second argument is. */
enum option_run { OPTION_EACH, OPTION_LEADER, OPTION_ANSWER, OPTION_UNSUPPORTED };
enum option_argument {
	ARGUMENT_NONE,
	ARGUMENT_VALUE,
	ARGUMENT_VALUES, /* all four */
	ARGUMENT_NAME_IN,
	ARGUMENT_NAME_OUT,
	ARGUMENT_INT_OUT
};

static const struct option {
	int number;
	enum option_run run;
	enum option_argument argument;
} options[] = {
	{ PR_SET_PDEATHSIG, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_PDEATHSIG, OPTION_LEADER, ARGUMENT_INT_OUT },
	{ PR_GET_DUMPABLE, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_DUMPABLE, OPTION_ANSWER, ARGUMENT_VALUE },
	{ PR_GET_KEEPCAPS, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_KEEPCAPS, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_NAME, OPTION_EACH, ARGUMENT_NAME_IN },
	{ PR_GET_NAME, OPTION_LEADER, ARGUMENT_NAME_OUT },
	{ PR_GET_SECCOMP, OPTION_ANSWER, ARGUMENT_NONE },
	{ PR_SET_SECCOMP, OPTION_ANSWER, ARGUMENT_VALUE },
	{ PR_CAPBSET_READ, OPTION_LEADER, ARGUMENT_VALUE },
	{ PR_GET_TSC, OPTION_ANSWER, ARGUMENT_INT_OUT },
	{ PR_CAPBSET_DROP, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_CAP_AMBIENT, OPTION_EACH, ARGUMENT_VALUES },
	{ PR_GET_SECUREBITS, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_SECUREBITS, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_TIMERSLACK, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_TIMERSLACK, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_CHILD_SUBREAPER, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_CHILD_SUBREAPER, OPTION_LEADER, ARGUMENT_INT_OUT },
	{ PR_SET_NO_NEW_PRIVS, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_NO_NEW_PRIVS, OPTION_ANSWER, ARGUMENT_NONE },
	{ PR_SET_VMA, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_THP_DISABLE, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_THP_DISABLE, OPTION_LEADER, ARGUMENT_NONE },
};

static const struct option *option_find(uint64_t number)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].number == (int)number)
			return &options[i];
	return NULL;
}

/*
 * Far from all that Linux 6.18 knows: the kernel may say EINVAL. (It numbers
 * options from 1; the few large numbers are in the names below.)
 */
static bool is_unknown(uint64_t number)
{
	return (int)number > OPTIONS_LIMIT && (int)number != PR_SET_PTRACER &&
	       (int)number != PR_SET_VMA;
}

static void prctl_gather(struct gather *g)
{
	const struct option *option = option_find(g->args[0]);

	if (g->nr != SYS_prctl || !option)
		return;
	if (option->argument == ARGUMENT_VALUE)
		g->to->value_args |= 1u << 1;
	if (option->number == PR_SET_SECCOMP && g->args[1] == SECCOMP_MODE_FILTER)
		seccomp_gather_filter(g, 2);
	else if (option->argument == ARGUMENT_VALUES)
		g->to->value_args |= ALL_ARGUMENTS;
	else if (option->argument == ARGUMENT_NAME_IN)
		/* What comes after the name's NUL is not looked at. */
		gather_add(g, 1, PART_CONTENT, FORMAT_TEXT, g->args[1], NAME_BYTES);
}

static void prctl_gather_output(struct gather *g, int64_t result)
{
	const struct option *option = option_find(g->args[0]);

	(void)result;
	if (g->nr != SYS_prctl || !option)
		return;
	if (option->argument == ARGUMENT_NAME_OUT)
		gather_add(g, 1, PART_CONTENT, FORMAT_TEXT, g->args[1], NAME_BYTES);
	else if (option->argument == ARGUMENT_INT_OUT)
		gather_add(g, 1, PART_CONTENT, FORMAT_INT32, g->args[1], sizeof(int32_t));
}

static void answer_option(struct call *c)
{
	int32_t enabled = PR_TSC_ENABLE;

	switch ((int)c->args[0]) {
	case PR_SET_DUMPABLE:
		/* 0 is only seen, not done: a monitor without root could not read the variants any more. */
		if (c->args[1]) {
			c->early = true;
			return;
		}
		c->lane->not_dumpable = true;
		call_answer(c, 0);
		return;
	case PR_GET_TSC:
		call_answer_bytes(c, 1, &enabled, sizeof(enabled));
		call_answer(c, 0);
		return;
	case PR_GET_NO_NEW_PRIVS: call_answer(c, c->lane->no_new_privs); return;
	case PR_GET_SECCOMP: call_answer(c, seccomp_mode(c->lane)); return;
	case PR_SET_SECCOMP: seccomp_set_mode(c); return;
	}
}

static void prctl_option(struct call *c)
{
	const struct option *option = option_find(c->args[0]);

	if (!option && is_unknown(c->args[0])) {
		c->run = RUN_LEADER;
		return;
	}
	if (!option || option->run == OPTION_UNSUPPORTED) {
		call_unsupported(c, "option %d", (int)c->args[0]);
		return;
	}
	switch (option->run) {
	case OPTION_EACH: c->early = true; return;
	case OPTION_LEADER: c->run = RUN_LEADER; return;
	case OPTION_ANSWER: answer_option(c); return;
	case OPTION_UNSUPPORTED: return;
	}
}

static void prctl_decide(struct call *c)
{
	if (c->nr == SYS_prctl) {
		prctl_option(c);
		return;
	}
	if (c->nr == SYS_personality) {
		if ((uint32_t)c->args[0] != PERSONALITY_QUERY)
			call_unsupported(c, "setting a personality");
		return;
	}
	if (c->nr == SYS_arch_prctl &&
	    (c->args[0] == ARCH_SET_CPUID || c->args[0] == ARCH_GET_CPUID)) {
		call_answer(c, c->args[0] == ARCH_GET_CPUID ? 1 : -ENODEV);
		return;
	}
	c->early = c->run == RUN_EACH;
}

static void prctl_apply(struct call *c)
{
	if (c->nr == SYS_personality && c->result >= 0) {
		/* As the monitor was started: a fixed layout is our doing. */
		c->result = personality(PERSONALITY_QUERY);
		c->new_result = true;
		return;
	}
	if (c->nr != SYS_prctl || c->result < 0)
		return;
	if (!option_find(c->args[0]))
		call_unsupported(c, "option %d", (int)c->args[0]); /* the kernel does know it */
	else if (c->args[0] == PR_SET_NO_NEW_PRIVS)
		c->lane->no_new_privs = true;
	else if (c->args[0] == PR_SET_DUMPABLE)
		c->lane->not_dumpable = !c->args[1];
	else if (c->args[0] == PR_GET_DUMPABLE && c->lane->not_dumpable) {
		c->result = 0;
		c->new_result = true;
	}
}

const struct call_ops calls_prctl = {
	.gather = prctl_gather,
	.gather_output = prctl_gather_output,
	.decide = prctl_decide,
	.apply = prctl_apply,
};
