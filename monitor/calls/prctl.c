/* prctl, arch_prctl, robust lists and other per-process settings: each variant's own, the monitor's traces hidden. */
#include <asm/prctl.h>
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
#define NAME_BYTES        16    /* TASK_COMM_LEN (prctl(2)) */
#define ALL_ARGUMENTS     0x1eu /* the second to the fifth */
#define COOKIE_ARGUMENT   4

/* How an option is treated, and what its arguments are. */
enum option_run {
	OPTION_EACH,
	OPTION_LEADER,
	OPTION_ANSWER,
	OPTION_UNKNOWN, /* EINVAL, as of a kernel or machine without it */
};
enum option_argument {
	ARGUMENT_NONE,
	ARGUMENT_VALUE,
	ARGUMENT_VALUES, /* all four */
	ARGUMENT_NAME_IN,
	ARGUMENT_NAME_OUT,
	ARGUMENT_INT_OUT,
	ARGUMENT_COOKIE, /* three values; what the last points to may be filled */
};

/* All of Linux 6.18 (include/uapi/linux/prctl.h); by number where headers may be older. */
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
	{ PR_GET_TIMING, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_TIMING, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_NAME, OPTION_EACH, ARGUMENT_NAME_IN },
	{ PR_GET_NAME, OPTION_LEADER, ARGUMENT_NAME_OUT },
	{ PR_GET_SECCOMP, OPTION_ANSWER, ARGUMENT_NONE },
	{ PR_SET_SECCOMP, OPTION_ANSWER, ARGUMENT_VALUE },
	{ PR_CAPBSET_READ, OPTION_LEADER, ARGUMENT_VALUE },
	{ PR_GET_TSC, OPTION_ANSWER, ARGUMENT_INT_OUT },
	{ PR_SET_TSC, OPTION_ANSWER, ARGUMENT_VALUE },
	{ PR_CAPBSET_DROP, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_CAP_AMBIENT, OPTION_EACH, ARGUMENT_VALUES },
	{ PR_GET_SECUREBITS, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_SET_SECUREBITS, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_TIMERSLACK, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_TIMERSLACK, OPTION_LEADER, ARGUMENT_NONE },
	/* there are none: perf_event_open is refused */
	{ PR_TASK_PERF_EVENTS_DISABLE, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_TASK_PERF_EVENTS_ENABLE, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_MCE_KILL, OPTION_EACH, ARGUMENT_VALUES },
	{ PR_MCE_KILL_GET, OPTION_LEADER, ARGUMENT_VALUES },
	/* what follows the first argument is an address, or a descriptor each has */
	{ PR_SET_MM, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_CHILD_SUBREAPER, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_CHILD_SUBREAPER, OPTION_LEADER, ARGUMENT_INT_OUT },
	{ PR_SET_NO_NEW_PRIVS, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_NO_NEW_PRIVS, OPTION_ANSWER, ARGUMENT_NONE },
	{ PR_GET_TID_ADDRESS, OPTION_EACH, ARGUMENT_NONE },
	{ PR_SET_VMA, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_SET_THP_DISABLE, OPTION_EACH, ARGUMENT_VALUE },
	{ PR_GET_THP_DISABLE, OPTION_LEADER, ARGUMENT_NONE },
	{ PR_GET_SPECULATION_CTRL, OPTION_LEADER, ARGUMENT_VALUES },
	{ PR_SET_SPECULATION_CTRL, OPTION_EACH, ARGUMENT_VALUES },
	{ PR_SET_IO_FLUSHER, OPTION_EACH, ARGUMENT_VALUES },
	{ PR_GET_IO_FLUSHER, OPTION_LEADER, ARGUMENT_VALUES },
	{ 62 /* PR_SCHED_CORE */, OPTION_LEADER, ARGUMENT_COOKIE },
	{ 65 /* PR_SET_MDWE */, OPTION_EACH, ARGUMENT_VALUES },
	{ 66 /* PR_GET_MDWE */, OPTION_LEADER, ARGUMENT_VALUES },
	{ 67 /* PR_SET_MEMORY_MERGE */, OPTION_EACH, ARGUMENT_VALUES },
	{ 68 /* PR_GET_MEMORY_MERGE */, OPTION_LEADER, ARGUMENT_VALUES },
	{ 77 /* PR_TIMER_CREATE_RESTORE_IDS */, OPTION_LEADER, ARGUMENT_VALUES },
	{ 78 /* PR_FUTEX_HASH */, OPTION_EACH, ARGUMENT_VALUES },
	/* Yama's: who may trace the leader's process */
	{ PR_SET_PTRACER, OPTION_LEADER, ARGUMENT_VALUE },
	/* The rest is of other machines, or would show what lies beneath: the vDSO (PR_GET_AUXV), or a
	 * SIGSYS at the monitor's own calls (PR_SET_SYSCALL_USER_DISPATCH). */
};

/* arch_prctl(2) and arch/x86/include/uapi/asm/prctl.h of Linux 6.18. */
static const struct {
	uint32_t code;
	bool value;  /* the second argument is a number */
	int refused; /* or the answer */
} arch_codes[] = {
	{ ARCH_SET_GS, false, 0 },
	{ ARCH_SET_FS, false, 0 },
	{ ARCH_GET_FS, false, 0 },
	{ ARCH_GET_GS, false, 0 },
	{ 0x1021 /* ARCH_GET_XCOMP_SUPP */, false, 0 },
	{ 0x1022 /* ARCH_GET_XCOMP_PERM */, false, 0 },
	{ 0x1023 /* ARCH_REQ_XCOMP_PERM */, true, 0 },
	{ 0x1024 /* ARCH_GET_XCOMP_GUEST_PERM */, false, 0 },
	{ 0x1025 /* ARCH_REQ_XCOMP_GUEST_PERM */, true, 0 },
	{ 0x4001 /* ARCH_GET_UNTAG_MASK */, false, 0 },
	/* addresses would carry bits that the monitor does not take off */
	{ 0x4002 /* ARCH_ENABLE_TAGGED_ADDR */, true, ENODEV },
	{ 0x4003 /* ARCH_GET_MAX_TAG_BITS */, false, 0 },
	{ 0x4004 /* ARCH_FORCE_TAGGED_SVA */, true, ENODEV },
	{ 0x5001 /* ARCH_SHSTK_ENABLE */, true, EOPNOTSUPP },
	{ 0x5002 /* ARCH_SHSTK_DISABLE */, true, EOPNOTSUPP },
	{ 0x5003 /* ARCH_SHSTK_LOCK */, true, EOPNOTSUPP },
	{ 0x5004 /* ARCH_SHSTK_UNLOCK */, true, EOPNOTSUPP },
	{ 0x5005 /* ARCH_SHSTK_STATUS */, false, 0 },
};

static const struct option *option_find(uint64_t number)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].number == (int)number)
			return &options[i];
	return NULL;
}

static void gather_arch(struct gather *g)
{
	for (size_t i = 0; i < sizeof(arch_codes) / sizeof(arch_codes[0]); i++)
		if (arch_codes[i].code == (uint32_t)g->args[0] && arch_codes[i].value)
			g->to->value_args |= 1u << 1;
}

static void prctl_gather(struct gather *g)
{
	const struct option *option = option_find(g->args[0]);

	if (g->nr == SYS_arch_prctl)
		gather_arch(g);
	if (g->nr != SYS_prctl || !option)
		return;
	if (option->argument == ARGUMENT_COOKIE)
		g->to->value_args |= ALL_ARGUMENTS & ~(1u << COOKIE_ARGUMENT);
	else if (option->argument == ARGUMENT_VALUE)
		g->to->value_args |= 1u << 1;
	if (option->number == PR_SET_SECCOMP && g->args[1] == SECCOMP_MODE_FILTER)
		seccomp_gather_filter(g, 2);
	else if (option->argument == ARGUMENT_VALUES)
		g->to->value_args |= ALL_ARGUMENTS;
	else if (option->argument == ARGUMENT_NAME_IN)
		gather_add(g, 1, PART_CONTENT, FORMAT_TASK_NAME, g->args[1], NAME_BYTES);
}

static void prctl_gather_output(struct gather *g, int64_t result)
{
	const struct option *option = option_find(g->args[0]);

	(void)result;
	if (g->nr != SYS_prctl || !option)
		return;
	if (option->argument == ARGUMENT_COOKIE && g->args[COOKIE_ARGUMENT])
		gather_add(g, COOKIE_ARGUMENT, PART_CONTENT, FORMAT_INT64, g->args[COOKIE_ARGUMENT],
			   sizeof(uint64_t));
	else if (option->argument == ARGUMENT_NAME_OUT)
		gather_add(g, 1, PART_CONTENT, FORMAT_TEXT, g->args[1], NAME_BYTES);
	else if (option->argument == ARGUMENT_INT_OUT)
		gather_add(g, 1, PART_CONTENT, FORMAT_INT32, g->args[1], sizeof(int32_t));
}

/* The instruction traps in any case; this says whether the program gets an answer or the signal. */
static void set_counter(struct call *c)
{
	int mode = (int)c->args[1];

	if (mode != PR_TSC_ENABLE && mode != PR_TSC_SIGSEGV) {
		call_answer(c, -EINVAL);
		return;
	}
	atomic_store(&c->lane->no_counter, mode == PR_TSC_SIGSEGV);
	call_answer(c, 0);
}

static void answer_option(struct call *c)
{
	int32_t counter = atomic_load(&c->lane->no_counter) ? PR_TSC_SIGSEGV : PR_TSC_ENABLE;

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
		call_answer_bytes(c, 1, &counter, sizeof(counter));
		call_answer(c, 0);
		return;
	case PR_SET_TSC: set_counter(c); return;
	case PR_GET_NO_NEW_PRIVS: call_answer(c, c->lane->no_new_privs); return;
	case PR_GET_SECCOMP: call_answer(c, seccomp_mode(c->lane)); return;
	case PR_SET_SECCOMP: seccomp_set_mode(c); return;
	}
}

static void prctl_option(struct call *c)
{
	const struct option *option = option_find(c->args[0]);

	switch (option ? option->run : OPTION_UNKNOWN) {
	case OPTION_EACH: c->early = true; return;
	case OPTION_LEADER: c->run = RUN_LEADER; return;
	case OPTION_ANSWER: answer_option(c); return;
	case OPTION_UNKNOWN: call_answer(c, -EINVAL); return;
	}
}

static void arch_option(struct call *c)
{
	if (c->args[0] == ARCH_SET_CPUID || c->args[0] == ARCH_GET_CPUID) {
		call_answer(c, c->args[0] == ARCH_GET_CPUID ? 1 : -ENODEV);
		return;
	}
	c->early = true;
	for (size_t i = 0; i < sizeof(arch_codes) / sizeof(arch_codes[0]); i++) {
		if (arch_codes[i].code != (uint32_t)c->args[0])
			continue;
		if (arch_codes[i].refused)
			call_answer(c, -arch_codes[i].refused);
		return;
	}
	/* Also ARCH_MAP_VDSO_64, which would bring back clocks that nobody sees read. */
	call_answer(c, -EINVAL);
}

/*
 * The layout of addresses is ours to choose, so whether it is random the
 * program only believes; what else it wants, each variant gets.
 */
static void set_personality(struct call *c)
{
	uint32_t now = c->lane->personality, wanted = (uint32_t)c->args[0];

	if (wanted == PERSONALITY_QUERY) {
		call_answer(c, now);
		return;
	}
	if (!((now ^ wanted) & ~(uint32_t)ADDR_NO_RANDOMIZE)) {
		call_answer(c, now);
		c->lane->personality = wanted;
	} else if ((wanted & ADDR_NO_RANDOMIZE) ||
		   c->session->options->layout != OPTION_LAYOUT_INDEPENDENT) {
		call_unsupported(c, "the personality %#x", wanted);
	}
}

static void prctl_decide(struct call *c)
{
	switch (c->nr) {
	case SYS_prctl: prctl_option(c); return;
	case SYS_personality: set_personality(c); return;
	case SYS_arch_prctl: arch_option(c); return;
	}
	c->early = c->run == RUN_EACH;
}

static void prctl_apply(struct call *c)
{
	if (c->nr == SYS_personality && !c->answered) {
		c->result = c->lane->personality;
		c->new_result = true;
		c->lane->personality = (uint32_t)c->args[0];
		return;
	}
	if (c->nr != SYS_prctl || c->result < 0)
		return;
	if (c->args[0] == PR_SET_NO_NEW_PRIVS)
		c->lane->no_new_privs = true;
	else if (c->args[0] == PR_SET_DUMPABLE)
		c->lane->not_dumpable = !c->args[1];
	else if (c->args[0] == PR_GET_DUMPABLE && c->lane->not_dumpable) {
		c->result = 0;
		c->new_result = true;
	}
}

static void prctl_order(struct call *c, unsigned v, struct order *o)
{
	(void)v;
	o->force_result |= c->nr == SYS_personality;
}

const struct call_ops calls_prctl = {
	.gather = prctl_gather,
	.gather_output = prctl_gather_output,
	.decide = prctl_decide,
	.order = prctl_order,
	.apply = prctl_apply,
};
