/* Installing filters, and what becomes of a call that they do not let be made. */
#include "monitor/calls/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "monitor/execute.h"
#include "monitor/filter_bpf.h"
#include "monitor/lane_life.h"
#include "monitor/signals.h"
#include "monitor/tracee/pid_map.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code (asm-generic/siginfo.h) */
#endif
#define FLAGS_KNOWN                                                                             \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | \
	 SECCOMP_FILTER_FLAG_TSYNC_ESRCH)
/* instructions: MAX_INSNS_PER_PATH, and what each filter counts on top (kernel/seccomp.c) */
#define PATH_INSNS_LIMIT 32768u
#define FILTER_EXTRA     4u
/* struct seccomp_notif_sizes */
#define NOTIF_SIZES_BYTES 6
#define ERRNO_LIMIT       4095u /* MAX_ERRNO */
#define CAP_SYS_ADMIN_BIT 21

/* One installed filter and those before it. Never changed; tasks share them. */
struct seccomp_filter {
	unsigned refs; /* the leader's thread's */
	struct seccomp_filter *older;
	unsigned n_older; /* filters */
	size_t path_insns;
	size_t length;
	unsigned n_variants;
	struct sock_filter *code[LIMIT_VARIANTS]; /* each variant's own */
};

static struct seccomp_filter *filter_share(struct seccomp_filter *filter)
{
	if (filter)
		filter->refs++;
	return filter;
}

static void filter_release(struct seccomp_filter *filter)
{
	while (filter && !--filter->refs) {
		struct seccomp_filter *older = filter->older;

		for (unsigned v = 0; v < filter->n_variants; v++)
			free(filter->code[v]);
		free(filter);
		filter = older;
	}
}

void seccomp_inherit(struct lane *child, const struct lane *parent)
{
	atomic_store(&child->filter, filter_share(atomic_load(&parent->filter)));
	atomic_store(&child->strict, atomic_load(&parent->strict));
}

void seccomp_release(struct lane *lane)
{
	filter_release(atomic_exchange(&lane->filter, NULL));
}

int seccomp_mode(const struct lane *lane)
{
	if (atomic_load(&lane->strict))
		return SECCOMP_MODE_STRICT;
	return atomic_load(&lane->filter) ? SECCOMP_MODE_FILTER : SECCOMP_MODE_DISABLED;
}

unsigned seccomp_filter_count(const struct lane *lane)
{
	const struct seccomp_filter *filter = atomic_load(&lane->filter);

	return filter ? filter->n_older + 1 : 0;
}

/* --- installing --- */

/* Its length, compared as it is; then its instructions. */
void seccomp_gather_filter(struct gather *g, unsigned arg)
{
	struct sock_fprog program = { 0 };

	gather_add(g, arg, PART_NAME, FORMAT_BYTES, g->args[arg], sizeof(program.len));
	if (gather_read(g, g->args[arg], &program, sizeof(program)) == 0 &&
	    program.len <= BPF_MAXINSNS)
		gather_add(g, arg, PART_CONTENT, FORMAT_SOCK_FILTER, (uint64_t)program.filter,
			   program.len * sizeof(struct sock_filter));
}

/* CAP_SYS_ADMIN of the leader, in whatever user namespace it is. */
static bool has_admin(const struct call *c)
{
	unsigned long long effective = 0;
	cleanup_file FILE *file = NULL;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/status", c->task->tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	return effective >> CAP_SYS_ADMIN_BIT & 1;
}

static const struct capture_buf *variant_code(const struct call *c, unsigned v, unsigned arg)
{
	return capture_find(&c->rendezvous->slots[v].in, arg, PART_CONTENT);
}

/* 0, or -errno as the kernel has it; *length in instructions. */
static int program_check(const struct call *c, unsigned arg, size_t *length)
{
	size_t bytes;
	const uint8_t *header = call_input(c, arg, PART_NAME, &bytes);
	uint16_t count;

	if (!header || bytes < sizeof(count))
		return -EFAULT;
	memcpy(&count, header, sizeof(count));
	if (!count || count > BPF_MAXINSNS)
		return -EINVAL;
	if (!c->lane->no_new_privs && !has_admin(c))
		return -EACCES;
	*length = count;
	for (unsigned v = 0; v < c->session->n_variants; v++) {
		const struct capture_buf *buf = variant_code(c, v, arg);

		/* Another thread may have changed the length between the two looks at it. */
		if (!buf || buf->faulted || buf->length != count * sizeof(struct sock_filter))
			return -EFAULT;
	}
	return 0;
}

static struct seccomp_filter *filter_create(const struct call *c, unsigned arg, size_t length)
{
	struct seccomp_filter *filter = alloc_zeroed(1, sizeof(*filter));
	struct seccomp_filter *older = atomic_load(&c->lane->filter);

	filter->refs = 1;
	filter->length = length;
	filter->n_variants = c->session->n_variants;
	filter->n_older = older ? older->n_older + 1 : 0;
	filter->path_insns = length + (older ? older->path_insns + FILTER_EXTRA : 0);
	for (unsigned v = 0; v < filter->n_variants; v++) {
		const struct capture_buf *buf = variant_code(c, v, arg);

		filter->code[v] = alloc_zeroed(length, sizeof(*filter->code[v]));
		memcpy(filter->code[v], capture_bytes(&c->rendezvous->slots[v].in, buf),
		       length * sizeof(*filter->code[v]));
	}
	return filter;
}

static bool is_valid(const struct seccomp_filter *filter)
{
	for (unsigned v = 0; v < filter->n_variants; v++)
		if (!filter_is_valid(filter->code[v], filter->length))
			return false;
	return true;
}

static bool is_ancestor(const struct seccomp_filter *filter, const struct seccomp_filter *of)
{
	while (of && of != filter)
		of = of->older;
	return !filter || of;
}

static bool is_other_thread(const struct lane *lane, const struct lane *of)
{
	return lane != of && lane->process == of->process;
}

/* A thread whose filters are not among ours cannot be given ours; NULL when all can. */
static const struct lane *unsyncable(const struct lane *own)
{
	for (const struct lane *lane = own->session->lanes; lane; lane = lane->next)
		if (is_other_thread(lane, own) &&
		    (atomic_load(&lane->strict) ||
		     !is_ancestor(atomic_load(&lane->filter), atomic_load(&own->filter))))
			return lane;
	return NULL;
}

static void sync_threads(struct lane *own)
{
	for (struct lane *lane = own->session->lanes; lane; lane = lane->next) {
		if (!is_other_thread(lane, own))
			continue;
		filter_release(
			atomic_exchange(&lane->filter, filter_share(atomic_load(&own->filter))));
		lane->no_new_privs |= own->no_new_privs;
	}
}

/* 0, or what a filter that is otherwise good is refused with. */
static int64_t attach_check(const struct lane *lane, const struct seccomp_filter *filter,
			    uint64_t flags)
{
	const struct lane *other;

	if (!is_valid(filter))
		return -EINVAL;
	other = flags & SECCOMP_FILTER_FLAG_TSYNC ? unsyncable(lane) : NULL;
	if (other)
		return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : other->tasks[LEADER].tid;
	return filter->path_insns > PATH_INSNS_LIMIT ? -ENOMEM : 0;
}

static int64_t filter_install(struct call *c, unsigned arg, uint64_t flags)
{
	struct lane *lane = c->lane;
	struct seccomp_filter *filter;
	size_t length = 0;
	int64_t code = program_check(c, arg, &length);

	if (code < 0)
		return code;
	filter = filter_create(c, arg, length);
	code = attach_check(lane, filter, flags);
	if (code) {
		filter_release(filter);
		return code;
	}
	/* What the lane held is now held by the new one. */
	filter->older = atomic_load(&lane->filter);
	atomic_store(&lane->filter, filter);
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		sync_threads(lane);
	return 0;
}

static void strict_set(struct call *c)
{
	if (seccomp_mode(c->lane) == SECCOMP_MODE_FILTER) {
		call_answer(c, -EINVAL);
		return;
	}
	atomic_store(&c->lane->strict, true);
	call_answer(c, 0);
}

/* Listeners are refused as by Linux before 5.0: libseccomp asks for the flag and does without. */
static void set_filter(struct call *c)
{
	uint64_t flags = (uint32_t)c->args[1];

	call_answer(c, flags & ~FLAGS_KNOWN ? -EINVAL : filter_install(c, 2, flags));
}

void seccomp_set_mode(struct call *c)
{
	if (c->args[1] == SECCOMP_MODE_STRICT)
		strict_set(c);
	else if (c->args[1] == SECCOMP_MODE_FILTER)
		call_answer(c, filter_install(c, 2, 0));
	else
		call_answer(c, -EINVAL);
}

static void seccomp_gather(struct gather *g)
{
	switch ((uint32_t)g->args[0]) {
	case SECCOMP_SET_MODE_FILTER: seccomp_gather_filter(g, 2); break;
	case SECCOMP_GET_ACTION_AVAIL:
		gather_add(g, 2, PART_CONTENT, FORMAT_UINT32, g->args[2], sizeof(uint32_t));
		break;
	}
}

static void seccomp_gather_output(struct gather *g, int64_t result)
{
	if ((uint32_t)g->args[0] == SECCOMP_GET_NOTIF_SIZES && result == 0)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], NOTIF_SIZES_BYTES);
}

static void ask_for_action(struct call *c)
{
	uint32_t action = SECCOMP_RET_ALLOW;
	size_t length;
	const uint8_t *asked = call_input(c, 2, PART_CONTENT, &length);

	if (asked && length == sizeof(action))
		memcpy(&action, asked, sizeof(action));
	if (action == SECCOMP_RET_USER_NOTIF && !c->args[1])
		call_answer(c, -EOPNOTSUPP);
	else
		c->run = RUN_LEADER;
}

static void seccomp_operate(struct call *c)
{
	switch ((uint32_t)c->args[0]) {
	case SECCOMP_SET_MODE_STRICT:
		if ((uint32_t)c->args[1] || c->args[2])
			call_answer(c, -EINVAL);
		else
			strict_set(c);
		return;
	case SECCOMP_SET_MODE_FILTER: set_filter(c); return;
	case SECCOMP_GET_ACTION_AVAIL: ask_for_action(c); return;
	case SECCOMP_GET_NOTIF_SIZES: c->run = RUN_LEADER; return;
	}
	call_answer(c, -EINVAL);
}

const struct call_ops calls_seccomp = {
	.gather = seccomp_gather,
	.gather_output = seccomp_gather_output,
	.decide = seccomp_operate,
};

/* --- evaluating --- */

static uint32_t evaluate(const struct seccomp_filter *filter, unsigned variant,
			 const struct seccomp_data *data)
{
	uint32_t verdict = SECCOMP_RET_ALLOW;

	for (bool first = true; filter; filter = filter->older, first = false) {
		uint32_t own = filter_run(filter->code[variant], filter->length, data);

		verdict = first ? own : filter_stricter(verdict, own);
	}
	return verdict;
}

/* Mode strict (seccomp(2)): these, and every other kills. */
static bool is_strict_call(int64_t nr)
{
	return nr == SYS_read || nr == SYS_write || nr == SYS_exit || nr == SYS_rt_sigreturn;
}

static struct seccomp_data data_make(int64_t nr, uint64_t ip, const uint64_t args[6])
{
	struct seccomp_data data = {
		.nr = (int)nr,
		.arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = ip,
	};

	for (unsigned i = 0; i < 6; i++)
		data.args[i] = args[i];
	return data;
}

bool seccomp_lets_pass(const struct task *task)
{
	const struct seccomp_filter *filter = atomic_load(&task->lane->filter);
	struct seccomp_data data;
	uint64_t args[6];
	uint32_t action;

	if (atomic_load(&task->lane->strict))
		return is_strict_call(registers_number(&task->regs));
	if (!filter)
		return true;
	registers_arguments(&task->regs, args);
	data = data_make(registers_number(&task->regs), task->regs.rip, args);
	action = evaluate(filter, task->variant, &data) & SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* The leader's answer; false when a variant's filters come to another. */
static bool evaluate_all(const struct call *c, uint32_t *verdict, struct mismatch *out)
{
	const struct seccomp_filter *filter = atomic_load(&c->lane->filter);

	for (unsigned v = 0; v < c->session->n_variants; v++) {
		const struct slot *slot = &c->rendezvous->slots[v];
		struct seccomp_data data = data_make(slot->nr, slot->ip, slot->args);
		uint32_t own = evaluate(filter, v, &data);

		if (v == LEADER)
			*verdict = own;
		if (own == *verdict)
			continue;
		*out = (struct mismatch){
			.kind = DIVERGENCE_ARGUMENT, .variant = v, .odd = 1u << v, .arg = -1
		};
		return false;
	}
	return true;
}

/* One thread would go and the others stay. */
static bool ends_one_thread(struct call *c)
{
	if (c->lane->process->live < 2)
		return false;
	session_fail(
		c->session,
		"seccomp ends one of several threads at system call %lld, which is not supported",
		(long long)c->nr);
	return true;
}

/* What a filter answers is nothing that the call's family would know of. */
static void answer_filtered(struct call *c, int64_t result)
{
	static const struct syscall_row plain = { .family = FAMILY_NONE };

	c->row = &plain;
	c->rendezvous->verdict = VERDICT_REFUSED;
	call_answer(c, result);
	c->lane->state = LANE_EXECUTE;
}

/* SIGSYS, as the kernel fills it (force_sig_seccomp); the address is each variant's own. */
static void raise_sigsys(struct call *c, uint32_t verdict, bool kill)
{
	siginfo_t info = { .si_signo = SIGSYS };

	info.si_code = SYS_SECCOMP;
	info.si_errno = (int)(verdict & SECCOMP_RET_DATA);
	info.si_syscall = (int)c->nr;
	info.si_arch = AUDIT_ARCH_X86_64;
	answer_filtered(c, c->nr);
	signals_raise(c, &info, kill);
}

static void kill_strictly(struct call *c)
{
	if (ends_one_thread(c))
		return;
	c->rendezvous->no_result = true;
	c->rendezvous->verdict = VERDICT_REFUSED;
	c->rendezvous->executed = EXECUTED_NOBODY;
	process_ends(c->lane);
	lane_kill(c->lane);
}

static bool act(struct call *c, uint32_t verdict)
{
	uint32_t number = verdict & SECCOMP_RET_DATA;

	switch (verdict & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG: return false;
	case SECCOMP_RET_ERRNO:
		answer_filtered(c, -(int64_t)(number > ERRNO_LIMIT ? ERRNO_LIMIT : number));
		execute_finish(c, 0, 0, SIGNAL_KEEP);
		return true;
	case SECCOMP_RET_TRAP: raise_sigsys(c, verdict, false); return true;
	/* Nobody traces the program or listens to it, as it sees it. */
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		answer_filtered(c, -ENOSYS);
		execute_finish(c, 0, 0, SIGNAL_KEEP);
		return true;
	}
	/* KILL_PROCESS, KILL_THREAD, and what no kernel knows, which kills the process. */
	if ((verdict & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_KILL_THREAD || !ends_one_thread(c))
		raise_sigsys(c, verdict, true);
	return true;
}

bool seccomp_decide(struct call *c)
{
	struct mismatch mismatch;
	uint32_t verdict = SECCOMP_RET_KILL_PROCESS;

	if (atomic_load(&c->lane->strict)) {
		if (is_strict_call(c->nr))
			return false;
		kill_strictly(c);
		return true;
	}
	if (!atomic_load(&c->lane->filter))
		return false;
	if (evaluate_all(c, &verdict, &mismatch))
		return act(c, verdict);
	/* The report gives the step its number, as for all that are not made. */
	c->lane->task_seq--;
	c->rendezvous->unrecorded = false;
	divergence_stop(c->lane, &mismatch);
	return true;
}
