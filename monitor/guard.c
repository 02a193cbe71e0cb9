/* Looked up in /proc, and only for ids that the program's own processes do not have. */
#include "monitor/guard.h"

#include <linux/ioprio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/tracee/pid_map.h"

static bool is_our_thread(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	return tid > 0 && access(path, F_OK) == 0;
}

bool guard_is_traced(pid_t pid)
{
	char path[64], line[256];
	cleanup_file FILE *file = NULL;
	int tracer = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	return is_our_thread(tracer);
}

static bool is_follower(const struct session *s, pid_t pid)
{
	return !pid_map_find(s->pids, pid) && guard_is_traced(pid);
}

bool guard_is_ours(const struct session *s, pid_t pid)
{
	return is_our_thread(pid) || is_follower(s, pid);
}

/* Asking and arranging: what cannot do anything to another process, or names a group. */
static bool is_harmless(const struct call *c)
{
	if (c->row->level != LEVEL_CONTROL)
		return true;
	switch (c->nr) {
	case SYS_setpgid: return true;
	case SYS_prlimit64: return !c->args[2];
	case SYS_setpriority: return c->args[0] != PRIO_PROCESS;
	case SYS_ioprio_set: return c->args[0] != IOPRIO_WHO_PROCESS;
	}
	/* Signal 0: is it there? */
	for (unsigned i = 0; i < c->row->argc; i++)
		if (c->row->args[i].kind == ARG_SIGNAL && !(int)c->args[i])
			return true;
	return false;
}

/*
 * A negative id names a group: the monitor shares its group with the program,
 * as it would be alone, but the followers have groups of their own.
 */
static bool names_ours(const struct session *s, pid_t pid)
{
	return pid < -1 ? is_follower(s, -pid) : pid > 0 && guard_is_ours(s, pid);
}

bool guard_stops(struct call *c)
{
	if (is_harmless(c))
		return false;
	for (unsigned i = 0; i < c->row->argc; i++) {
		pid_t pid = (pid_t)c->args[i];

		if (c->row->args[i].kind != ARG_PID || pid_map_find(c->session->pids, pid) ||
		    !names_ours(c->session, pid))
			continue;
		session_fail(c->session, "the program reached for the monitor: %s of process %d",
			     c->row->name, pid);
		return true;
	}
	return false;
}
