/* See lane_life.h. */
#include "monitor/lane_life.h"

#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/check.h"
#include "monitor/calls/seccomp.h"
#include "monitor/divergence.h"
#include "monitor/outgoing.h"
#include "monitor/record.h"
#include "monitor/signal_table.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracer.h"
#include "monitor/variant.h"

/* "P0.1.T0" is the first thread of P0's first child. */
static char *lane_label(const struct lane *parent, bool is_thread)
{
	char label[256];

	if (!parent)
		return alloc_string("P0.T0");
	if (is_thread)
		snprintf(label, sizeof(label), "%.*s.T%u",
			 (int)(strrchr(parent->label, '.') - parent->label), parent->label,
			 ++parent->process->threads);
	else
		snprintf(label, sizeof(label), "%.*s.%u.T0",
			 (int)(strrchr(parent->label, '.') - parent->label), parent->label,
			 ++parent->process->children);
	return alloc_string(label);
}

static void lane_inherit(struct lane *lane, const struct lane *parent)
{
	lane->parent_id = parent->id;
	lane->cpus = parent->cpus;
	lane->cpus_set = parent->cpus_set;
	lane->no_new_privs = parent->no_new_privs;
	lane->not_dumpable = parent->not_dumpable;
	lane->ids_changed = parent->ids_changed;
	lane->moved = parent->moved;
	atomic_store(&lane->no_counter, atomic_load(&parent->no_counter));
	seccomp_inherit(lane, parent);
	lane->personality = parent->personality;
}

static void lane_identify(struct lane *lane, struct lane *parent, pid_t leader_tid, bool is_thread)
{
	struct pid_map *pids = lane->session->pids;

	lane->thread = pid_map_add(pids, leader_tid,
				   parent && !is_thread ? parent->process->pid : 0);
	lane->process = is_thread ? parent->process : lane->thread;
	lane->thread->group = is_thread ? parent->process : NULL;
	lane->process->live++;
}

struct lane *lane_create(struct session *s, struct lane *parent, pid_t leader_tid, bool is_thread)
{
	struct lane *lane = alloc_zeroed(1, sizeof(*lane));

	CHECK(parent || !is_thread);
	lane->session = s;
	atomic_store(&lane->refs, s->n_variants + 1);
	lane->call = alloc_zeroed(1, sizeof(*lane->call));
	lane->variants = s->all_variants;
	lane->id = ++s->next_lane_id;
	lane->seq = 1;
	lane->cpus = s->machine_cpus;
	lane->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	lane->personality = (uint32_t)personality(0xffffffff);
	if (parent)
		lane_inherit(lane, parent);
	lane->label = lane_label(parent, is_thread);
	lane_identify(lane, parent, leader_tid, is_thread);
	lane->next = s->lanes;
	if (s->lanes)
		s->lanes->prev = lane;
	s->lanes = lane;
	s->n_lanes++;
	return lane;
}

struct lane *lane_find(struct session *s, pid_t pid)
{
	struct lane *lane = s->lanes;

	while (lane && lane->thread->pid != pid)
		lane = lane->next;
	return lane;
}

static void lane_kill_one(struct lane *lane)
{
	struct session *s = lane->session;

	if (atomic_exchange(&lane->die, true))
		return;
	if (!(atomic_load(&lane->ended) & 1u))
		task_kill(&lane->tasks[LEADER]);
	for (unsigned v = 1; v < s->n_variants; v++)
		tracer_tell_follower(lane, v);
}

/* A kill reaches all threads of a process. */
void lane_kill(struct lane *lane)
{
	for (struct lane *other = lane->session->lanes; other; other = other->next)
		if (other->process == lane->process)
			lane_kill_one(other);
}

void divergence_stop(struct lane *lane, const struct mismatch *mismatch)
{
	struct session *s = lane->session;

	/* The libraries that look for symbols may read the counter. */
	tsc_set_readable(true);
	divergence_report(s, lane, mismatch, lane_arrived(lane, lane->seq));
	session_stop(s, EXIT_DIVERGENCE);
}

/*
 * Wait statuses, whether or not a core was written (the followers write none).
 * Nobody sees the status of a thread, and one that was ending when the process
 * did has either.
 */
static bool ends_agree(struct lane *lane, struct mismatch *out)
{
	struct session *s = lane->session;

	*out = (struct mismatch){ .kind = DIVERGENCE_EXIT, .arg = -1 };
	if (lane->thread != lane->process && lane->ending)
		return true;
	for (unsigned v = 1; v < s->n_variants; v++)
		if ((lane->status[v] ^ lane->status[LEADER]) & ~WCOREFLAG) {
			out->variant = out->odd ? out->variant : v;
			out->odd |= 1u << v;
		}
	return !out->odd || atomic_load(&lane->die);
}

/* A thread's id goes with it, the process's is kept until it is waited for. */
static void process_leave(struct lane *lane)
{
	struct pid_map *pids = lane->session->pids;
	struct process *process = lane->process;

	if (lane->thread != process)
		pid_map_remove(pids, lane->thread);
	if (--process->live)
		return;
	pid_map_remove_children(pids, process->pid);
	process->gone = true;
	if (process->waited)
		pid_map_remove(pids, process);
}

/* Killed in its call: that has no result, and the slot has that of an earlier one. */
static void note_unfinished(struct lane *lane)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	const struct slot *slot = &r->slots[LEADER];

	if (slot->kind == ARRIVAL_CALL && slot->exit_ns < slot->entry_ns)
		r->no_result = true;
}

void lane_finish(struct lane *lane)
{
	struct session *s = lane->session;
	struct mismatch mismatch;

	if (!ends_agree(lane, &mismatch)) {
		divergence_stop(lane, &mismatch);
		return;
	}
	if (lane->id == 1 && !lane->task_seq && WIFEXITED(lane->status[LEADER]))
		session_fail(s, "the program ended before it was started: its system call filter "
				"could not be set up (mvx-monitor --check-system says why)");
	/* We killed them because the leader died: its end is the program's. */
	for (unsigned v = 1; atomic_load(&lane->die) && v < s->n_variants; v++)
		lane->status[v] = lane->status[LEADER];
	outgoing_release(lane->call);
	record_step(lane, lane->seq - 1);
	note_unfinished(lane);
	record_step(lane, lane->seq);
	record_task_end(lane);
	if (lane == atomic_load(&s->root))
		for (unsigned v = 0; v < s->n_variants; v++)
			atomic_store(&s->root_status[v], lane->status[v]);
	if (lane->prev)
		lane->prev->next = lane->next;
	else
		s->lanes = lane->next;
	if (lane->next)
		lane->next->prev = lane->prev;
	s->n_lanes--;
	lane->state = LANE_ENDED;
	fd_table_release(lane->fds);
	signal_table_release(lane->signals);
	mm_leave(lane->mm, lane->scratch_place);
	mm_release(lane->mm);
	process_leave(lane);
	seccomp_release(lane);
	lane_release(lane);
}

/* All its threads are about to go, agreed by one of them. */
void process_ends(struct lane *lane)
{
	lane->ending = true;
	if (lane->process->live == 1)
		return;
	for (struct lane *other = lane->session->lanes; other; other = other->next)
		if (other->process == lane->process)
			other->ending = true;
}
