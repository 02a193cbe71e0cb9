/* execve, execveat: every variant its own new image; the setting up is in variant.c. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/call.h"
#include "monitor/calls/foreign.h"
#include "monitor/execute.h"
#include "monitor/facts.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"

/* Close-on-exec has done its work: the kernel knows best which descriptors are left. */
static void descriptors_resync(struct call *c)
{
	struct fd_table *fds = c->lane->fds;
	char path[64];
	bool *open;
	DIR *dir;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/fd", c->task->tid);
	dir = opendir(path);
	if (!dir)
		return;
	open = calloc(fds->capacity + 1, sizeof(*open));
	while (open && (entry = readdir(dir))) {
		size_t fd = (size_t)strtoul(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && fd < fds->capacity)
			open[fd] = true;
	}
	closedir(dir);
	for (size_t fd = 0; open && fd < fds->capacity; fd++)
		if (!open[fd])
			fd_table_close(fds, (int64_t)fd);
	free(open);
}

/* The program itself, whose failing is the run's. */
static bool is_first(const struct call *c)
{
	return c->lane->id == 1 && c->lane->seq == 1;
}

/* The other threads end with it, if it succeeds. */
static void exec_decide(struct call *c)
{
	/* As a kernel without 32-bit emulation: ldd, for one, tries the 32-bit loader first. */
	if (!is_first(c) && foreign_is_executed(c)) {
		call_answer(c, -ENOEXEC);
		return;
	}
	c->lane->process->replacing = c->lane->process->live > 1;
}

static void threads_replaced(struct call *c)
{
	struct process *process = c->lane->process;

	process->replacing = false;
	atomic_store(&process->threaded, false);
	for (struct lane *lane = c->session->lanes; lane; lane = lane->next)
		if (lane->process == process && lane != c->lane)
			lane->ending = true;
}

static void exec_apply(struct call *c)
{
	char path[64];

	if (c->result < 0) {
		c->lane->process->replacing = false;
		/* The program itself could not be started. */
		if (is_first(c))
			session_start_failed(c->session, (int)-c->result);
		return;
	}
	threads_replaced(c);
	c->lane->not_dumpable = false;
	c->lane->ids_changed = false;
	descriptors_resync(c);
	snprintf(path, sizeof(path), "/proc/%d/exe", c->task->tid);
	facts_record_file(c->session, c->lane->id, path, 1);
}

/* Threads that ended while it was tried had to wait for how it comes out. */
static void exec_done(struct call *c)
{
	struct lane *next;

	for (struct lane *lane = c->session->lanes; c->result < 0 && lane; lane = next) {
		next = lane->next;
		if (lane != c->lane && lane->process == c->lane->process)
			execute_advance(c->tracer, lane);
	}
}

const struct call_ops calls_exec = {
	.done = exec_done,
	.decide = exec_decide,
	.apply = exec_apply,
};
const struct call_ops calls_exit = { 0 };
