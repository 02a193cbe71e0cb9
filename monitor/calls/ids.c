/*
 * Process ids in arguments and results. The leader's processes are the ones
 * the program knows, so most of these are its calls; the followers' own groups
 * and sessions are never seen.
 */
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/call.h"
#include "monitor/lane_life.h"
#include "monitor/signal_values.h"
#include "monitor/calls/open.h"
#include "monitor/calls/received.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"

/* bytes of struct sched_attr since Linux 5.3, and what the kernel looks at, at most (a page) */
#define SCHED_ATTR_SIZE_VER0 48
#define SCHED_ATTR_BYTES     56
#define SCHED_ATTR_LIMIT     4096
/* struct __user_cap_header_struct: version, pid (capset(2)) */
#define CAP_HEADER_BYTES  8
#define CAP_HEADER_PID_AT 4

static bool makes_pidfd(int64_t nr)
{
	return nr == SYS_pidfd_open || nr == SYS_pidfd_getfd;
}

static bool changes_ids(int64_t nr)
{
	switch (nr) {
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setfsuid:
	case SYS_setfsgid:
	case SYS_capset: return true;
	}
	return false;
}

static bool siginfo_of(const struct call *c, unsigned v, unsigned arg, siginfo_t *info)
{
	const struct capture *in = &c->rendezvous->slots[v].in;
	const struct capture_buf *buf = capture_find(in, arg, PART_CONTENT);

	if (!buf || buf->faulted || buf->length < sizeof(*info))
		return false;
	memcpy(info, capture_bytes(in, buf), sizeof(*info));
	return true;
}

/* An address would be each variant's own. */
static void check_value(struct call *c)
{
	unsigned arg = c->nr == SYS_rt_tgsigqueueinfo ? 3 : 2;
	struct signal_value values = { 0 };
	siginfo_t info;

	for (unsigned v = 0; v < c->session->n_variants; v++) {
		if (!siginfo_of(c, v, arg, &info))
			return;
		values.value[v] = (uint64_t)info.si_value.sival_ptr;
	}
	if (!signal_values_add(c->session, &values))
		call_unsupported(c, "a value that differs and is no address, or stood for another");
}

/* Whom capset is for; 0 is the caller. */
static int32_t header_pid(const struct call *c)
{
	size_t length;
	const uint8_t *header = call_input(c, 0, PART_CONTENT, &length);
	int32_t pid = 0;

	if (header && length == CAP_HEADER_BYTES)
		memcpy(&pid, header + CAP_HEADER_PID_AT, sizeof(pid));
	return pid;
}

/* With E2BIG the kernel writes into the structure (sched_setattr(2)). */
static void check_attributes(struct call *c)
{
	size_t length;

	call_input(c, 1, PART_CONTENT, &length);
	if (length > SCHED_ATTR_BYTES)
		call_unsupported(c, "a structure of %zu bytes", length);
}

/* The program's process that a pidfd stands for, or NULL. */
static const struct lane *pidfd_lane(const struct call *c, int32_t fd)
{
	const struct open_file *pidfd = fd_table_find(c->lane->fds, fd);

	return pidfd && pidfd->pid ? lane_find(c->session, pidfd->pid) : NULL;
}

/* A process of the set has the object; but some are each variant's own. */
static void check_target(struct call *c)
{
	const struct lane *lane = pidfd_lane(c, (int32_t)c->args[0]);
	const struct open_file *file = lane ? fd_table_find(lane->fds, (int32_t)c->args[1]) : NULL;

	c->run = RUN_LEADER;
	if (file && file->kind == FD_PRIVATE && c->session->n_variants > 1)
		call_unsupported(c, "a descriptor that each variant has its own of");
}

static void ids_decide(struct call *c)
{
	if (changes_ids(c->nr))
		c->early = true;
	switch (c->nr) {
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
	case SYS_pidfd_send_signal: check_value(c); return;
	case SYS_capset:
		c->early = !header_pid(c); /* whose the id is, the leader's kernel knows */
		return;
	case SYS_sched_setattr: check_attributes(c); return;
	case SYS_pidfd_getfd: check_target(c); return;
	case SYS_prlimit64:
		if (!c->args[2])
			c->run = RUN_LEADER; /* it only asks */
		return;
	}
}

static bool all_are(const char *line, unsigned long id)
{
	char *end = strchr(line, ':') + 1;

	for (int i = 0; i < 4; i++)
		if (strtoul(end, &end, 10) != id)
			return false;
	return true;
}

/*
 * May a process with the same ids follow /proc/PID/fd of this one? That takes
 * CAP_SYS_PTRACE, or ids that are all alike and no change of them that made
 * the process not dumpable; its files below /proc then belong to root (ptrace(2),
 * PTRACE_MODE_READ_FSCREDS; proc(5)).
 */
static bool is_open_to_its_like(pid_t pid)
{
	char path[64], line[256];
	cleanup_file FILE *file = NULL;
	bool alike = true, traces = false;
	struct stat st;

	/* /proc/PID itself shows the effective user in any case. */
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if (stat(path, &st) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Uid:", 4) == 0)
			alike &= all_are(line, st.st_uid) && st.st_uid != 0;
		else if (strncmp(line, "Gid:", 4) == 0)
			alike &= all_are(line, st.st_gid);
		else if (strncmp(line, "CapEff:", 7) == 0)
			traces = strtoull(line + 7, NULL, 16) >> CAP_SYS_PTRACE & 1;
	}
	return file && (alike || traces);
}

/* The object behind what pidfd_open and pidfd_getfd have made. */
static struct open_file *pidfd_result(struct call *c)
{
	struct open_file *file;
	const struct lane *lane;

	if (c->nr == SYS_pidfd_open) {
		file = open_file_create(FD_LEADER);
		file->pid = (int)c->args[0];
		return file;
	}
	lane = pidfd_lane(c, (int32_t)c->args[0]);
	file = lane ? fd_table_find(lane->fds, (int32_t)c->args[1]) : NULL;
	if (!file)
		return open_describe(c, (int32_t)c->result, open_flags_get(c, (int32_t)c->result));
	file->refs++;
	return file;
}

static void ids_apply(struct call *c)
{
	/* The program's parent is who started the monitor. */
	if (c->nr == SYS_getppid && c->result == c->session->monitor_pid) {
		c->result = getppid();
		c->new_result = true;
	}
	if (result_is_error(c->result))
		return;
	if (makes_pidfd(c->nr)) {
		fd_table_set(c->lane->fds, c->result, pidfd_result(c));
	} else if (changes_ids(c->nr)) {
		c->lane->ids_changed = !is_open_to_its_like(c->task->tid);
	}
}

/* Only these types look at what follows: a descriptor each; or an entry of an epoll object (kcmp(2)). */
static void gather_kcmp(struct gather *g)
{
	int type = (int)g->args[2];

	if (type == KCMP_FILE)
		g->to->value_args |= 1u << 3 | 1u << 4;
	if (type != KCMP_EPOLL_TFD)
		return;
	g->to->value_args |= 1u << 3;
	gather_add(g, 4, PART_CONTENT, FORMAT_BYTES, g->args[4], sizeof(struct kcmp_epoll_slot));
}

/* struct sched_attr says its own size first; 0 stands for the first version (sched_setattr(2)). */
static void ids_gather(struct gather *g)
{
	uint32_t size;

	if (g->nr == SYS_kcmp)
		gather_kcmp(g);
	if (g->nr != SYS_sched_setattr || gather_read(g, g->args[1], &size, sizeof(size)) < 0)
		return;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	gather_add(g, 1, PART_CONTENT, FORMAT_SCHED_ATTR, g->args[1],
		   size < SCHED_ATTR_LIMIT ? size : SCHED_ATTR_LIMIT);
}

/* Only what the kernel filled, which may be less than there was room for. */
static void ids_gather_output(struct gather *g, int64_t result)
{
	uint32_t size;

	if (g->nr != SYS_sched_getattr || result != 0 ||
	    gather_read(g, g->args[1], &size, sizeof(size)) < 0)
		return;
	gather_add(g, 1, PART_CONTENT, FORMAT_SCHED_ATTR, g->args[1],
		   size < (uint32_t)g->args[2] ? size : (uint32_t)g->args[2]);
}

/* The leader's pidfd is the one in use, the followers' numbers are taken by something else. */
static void order_placeholder(const struct call *c, struct order *o)
{
	if (c->result < 0)
		return;
	o->kind = ORDER_EXECUTE;
	o->substitute = true;
	o->nr = SYS_eventfd2;
	memset(o->args, 0, sizeof(o->args));
	o->args[1] = EFD_CLOEXEC; /* as pidfds are born */
}

/*
 * Limits hold for each variant's own process, but followers write no cores,
 * and what a limit of time brings, all get when the leader does.
 */
static bool is_leaders_limit(uint64_t resource)
{
	return resource == RLIMIT_CORE || resource == RLIMIT_CPU || resource == RLIMIT_RTTIME;
}

static void order_limit(struct call *c, unsigned v, struct order *o)
{
	struct process *process = pid_map_find(c->session->pids, (pid_t)c->args[0]);

	if (o->kind != ORDER_EXECUTE)
		return;
	o->write_output = true;
	if ((c->args[0] && !process) || is_leaders_limit(c->args[1])) {
		o->kind = ORDER_ANSWER;
		return;
	}
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	o->args[0] = c->args[0] ? (uint64_t)atomic_load(&process->pids[v]) : 0;
	o->args[3] = 0;
}

/* It worked, so the id is the leader's own (since Linux 2.6.24): a follower's is another, or 0. */
static void order_capabilities(struct call *c, unsigned v, struct order *o)
{
	size_t length;
	const uint8_t *header = call_input(c, 0, PART_CONTENT, &length);

	if (o->kind != ORDER_EXECUTE || !header_pid(c))
		return;
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	o->path_arg = 0;
	memset(o->path, 0, CAP_HEADER_BYTES);
	memcpy(o->path, header, CAP_HEADER_PID_AT);
}

static void ids_order(struct call *c, unsigned v, struct order *o)
{
	if (c->nr == SYS_prlimit64)
		order_limit(c, v, o);
	else if (c->nr == SYS_capset)
		order_capabilities(c, v, o);
	else if (c->nr == SYS_pidfd_open)
		order_placeholder(c, o);
	else if (c->nr == SYS_pidfd_getfd && c->result >= 0)
		received_order_one(c, v, (int32_t)c->result);
	else if (c->nr == SYS_setrlimit && is_leaders_limit(c->args[0]))
		o->kind = ORDER_ANSWER;
}

const struct call_ops calls_ids = {
	.gather = ids_gather,
	.gather_output = ids_gather_output,
	.decide = ids_decide,
	.order = ids_order,
	.apply = ids_apply,
};
const struct call_ops calls_stat = { 0 };
