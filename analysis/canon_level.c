/* Which calls matter, and how much; see canon_level.h. */
#include "analysis/canon_level.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "analysis/canon_message.h"
#include "analysis/canon_value.h"
#include "analysis/schema.h"
#include "schema/syscall_args.h"

bool canon_succeeded(const struct canon_call *call)
{
	return !call->step->no_result && !result_is_error(call->step->result[call->variant]) &&
	       call->step->verdict != VERDICT_DIVERGED;
}

static bool makes_executable(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_mmap:
	case __NR_mprotect:
	case __NR_pkey_mprotect: return call->args[2] & PROT_EXEC;
	}
	return false;
}

static bool changes_powers(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_prlimit64: return call->args[2] != 0;
	case __NR_seccomp: return true;
	case __NR_prctl: break;
	default: return call->row->effects & EFFECT_CRED;
	}
	switch ((uint32_t)call->args[0]) {
	case PR_SET_NO_NEW_PRIVS:
	case PR_SET_SECCOMP:
	case PR_SET_DUMPABLE:
	case PR_SET_KEEPCAPS:
	case PR_SET_SECUREBITS:
	case PR_CAPBSET_DROP:
	case PR_CAP_AMBIENT: return true;
	}
	return false;
}

/* Netlink: what programs ask it they ask with the time in it, and nobody outside sees it. */
static bool is_to_kernel(const struct canon_call *call)
{
	const struct object *object = process_fd(call->process, (int)call->args[0]);

	return object && object->kind == OBJECT_INTERNAL;
}

static bool acts_on_network(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_connect:
	case __NR_bind:
	case __NR_listen:
	case __NR_accept:
	case __NR_accept4: return true;
	case __NR_sendto: return call->args[4] && !is_to_kernel(call);
	case __NR_sendmsg:
	case __NR_sendmmsg: return canon_message_has_name(call) && !is_to_kernel(call);
	}
	return false;
}

static bool changes_files(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	switch (call->step->nr) {
	case __NR_fsync:
	case __NR_fdatasync:
	case __NR_sync:
	case __NR_syncfs:
	case __NR_sync_file_range:
	case __NR_ftruncate:
	case __NR_fallocate: return true;
	}
	return row->level == LEVEL_FILE && (row->effects & EFFECT_OUTSIDE) &&
	       row->result != RESULT_FD;
}

static bool changes_system(const struct syscall_row *row)
{
	return row->level == LEVEL_CONTROL && (row->effects & EFFECT_OUTSIDE) &&
	       row->family != FAMILY_SYSV && row->family != FAMILY_SHM &&
	       row->family != FAMILY_IOCTL;
}

/* How this process or the machine is at the moment: who only looks has done nothing. */
static bool looks_at_itself(const struct canon_call *call)
{
	cleanup_text struct text path = { 0 };
	int arg = canon_path_arg(call->row);
	char *end;
	long pid;

	if (call->row->family != FAMILY_OPEN || arg < 0 || arg + 1 >= SYSCALL_ARGS ||
	    call->row->args[arg + 1].format != FORMAT_OPEN_FLAGS ||
	    (call->args[arg + 1] & O_ACCMODE) != O_RDONLY ||
	    !canon_path_get(call, (unsigned)arg, &path) ||
	    strncmp(text_get(&path), "/proc/", 6) != 0)
		return false;
	pid = strtol(text_get(&path) + 6, &end, 10);
	return *end != '/' || pid == call->pid;
}

static bool is_effect(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	if (acts_on_network(call))
		return canon_succeeded(call) ||
		       (call->step->nr == __NR_connect && !canon_is_retry(call));
	if (!canon_succeeded(call) || looks_at_itself(call))
		return false;
	return row->family == FAMILY_OPEN || row->family == FAMILY_EXEC ||
	       row->family == FAMILY_KILL || row->family == FAMILY_SECCOMP ||
	       (row->effects & EFFECT_CWD) || makes_executable(call) || changes_powers(call) ||
	       changes_files(call) || changes_system(row);
}

/* Memory that is only room: an allocator asks for it when it thinks fit. */
static bool is_room(const struct canon_call *call)
{
	struct region region;

	if (call->row->family != FAMILY_MEMORY)
		return false;
	switch (call->step->nr) {
	case __NR_mmap: return call->args[3] & MAP_ANONYMOUS;
	case __NR_mprotect:
	case __NR_pkey_mprotect:
		return !regions_find(process_regions(call->process), call->args[0], &region) ||
		       region.kind != REGION_FILE;
	}
	return true;
}

bool canon_waits_for_events(const struct syscall_row *row)
{
	return row->family == FAMILY_POLL ||
	       (row->family == FAMILY_EPOLL && row->result == RESULT_COUNT);
}

bool canon_asks_for_time(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	return (row->family == FAMILY_TIME && row->level == LEVEL_QUERY && !row->block) ||
	       call->step->nr == __NR_getrusage || call->step->nr == __NR_getcpu ||
	       call->step->nr == __NR_sysinfo;
}

/*
 * glibc's mkstemp and malloc draw without waiting, the former as often as it
 * takes until a number is to its taste. Who needs randomness for keys waits.
 */
static bool draws_casually(const struct canon_call *call)
{
	return call->step->nr == __NR_getrandom && call->args[2] & GRND_NONBLOCK;
}

bool canon_is_retry(const struct canon_call *call)
{
	int64_t result = call->step->result[call->variant];

	if (call->step->no_result)
		return false;
	if (call->step->nr == __NR_restart_syscall || result == -EINTR ||
	    (result <= -512 && result >= -516)) /* ERESTARTSYS .. of linux/errno.h */
		return true;
	return result == -EAGAIN &&
	       (call->row->family == FAMILY_IO || call->row->family == FAMILY_SOCKET);
}

enum canon_level canon_level_of(const struct canon_call *call)
{
	if (call->step->executed == EXECUTED_LOCAL || call->row->run == RUN_LOCAL ||
	    call->step->nr == __NR_rt_sigreturn || canon_is_retry(call) ||
	    canon_asks_for_time(call) || draws_casually(call))
		return CANON_ALL;
	if (is_effect(call))
		return CANON_EFFECTS;
	return is_room(call) || canon_waits_for_events(call->row) ? CANON_ARGS : CANON_CALLS;
}

enum canon_weight canon_weight_of(const struct canon_call *call, enum canon_level level)
{
	if (level == CANON_EFFECTS)
		return makes_executable(call) || changes_powers(call) ||
				       call->row->family == FAMILY_EXEC ?
			       WEIGHT_SECURITY :
			       WEIGHT_EFFECT;
	if (is_room(call))
		return WEIGHT_COSMETIC;
	return level == CANON_ALL || canon_waits_for_events(call->row) ? WEIGHT_TIMING :
									 WEIGHT_BEHAVIOUR;
}
