/*
 * A tracer thread: one a variant, beside the tasks it serves. It waits for
 * their stops and for lanes at once, and never for one lane alone.
 */
#pragma once

#include <pthread.h>

#include "monitor/lane.h"
#include "monitor/mailbox.h"
#include "monitor/turns.h"

#define TRACER_HASH 4096

struct tracer {
	struct session *session;
	unsigned variant;
	pthread_t thread;
	bool started;
	struct backend *backend;
	_Atomic(struct backend *) bell; /* the same, for other threads; NULL until it exists */
	struct mailbox *from_leader;    /* a follower's: lanes with an order */
	struct mailbox *to_leader;      /* a follower's: lanes with an arrival */
	struct turns turns;
	struct task *tasks[TRACER_HASH];
	pid_t *strangers; /* stopped for the first time before their parent's stop said so */
	size_t n_strangers, strangers_capacity;
	unsigned n_tasks;
	unsigned n_running;     /* tasks in their own code or in a short call */
	unsigned n_blocked;     /* tasks in a call that may block */
	bool slept;             /* since the last look for stops */
	uint64_t held_until_ns; /* the leader's: when to look at held signals; 0 none are */
	uint64_t pause_look_ns; /* a follower's: when to look at tasks that are to be stopped; 0 none are */
	uint64_t stops, sleeps; /* counted for -v */
};

/* The thread's body. */
void *tracer_main(void *tracer);

/* What the thread's loop does with one stop, and with the lanes that were sent to it: true for any. */
void tracer_on_stop(struct tracer *t, const struct stop *stop);
bool tracer_look_at_mail(struct tracer *t);

/* Wakes a tracer thread, if it sleeps. Any thread. */
void tracer_ring(struct tracer *t);

/* Tells the leader's thread that a slot of this lane has arrived; from a follower's thread. */
void tracer_tell_leader(struct tracer *t, struct lane *lane);
/* Tells a follower's thread to look at its slot; from the leader's thread. */
void tracer_tell_follower(struct lane *lane, unsigned variant);

/*
 * Lets a task go on. Keeps the counts the waiting policy needs. ESRCH is not an
 * error: the task is dying and its end will be reported.
 */
void task_resume(struct tracer *t, struct task *task, enum resume_how how, int signo);
/* Sends a signal, whose stop is to come. */
void task_send(struct tracer *t, struct task *task, int signo);
/* Into its own code, with a signal or 0, and what came for it while it could not take it. */
void task_go_on(struct tracer *t, struct task *task, int signo);
/* False when the task is dying. */
bool task_read_registers(struct tracer *t, struct task *task);
void task_write_registers(struct tracer *t, struct task *task);
/* Kills the task's process. */
void task_kill(struct task *task);

/*
 * Makes `tid` this variant's task of the lane; the leader's thread and the
 * followers' each join their own. A first stop that came earlier is taken up.
 */
struct task *tracer_join_task(struct tracer *t, struct lane *lane, pid_t tid);
void tracer_remove_task(struct tracer *t, struct task *task);
struct task *tracer_find_task(struct tracer *t, pid_t tid);
/*
 * A follower has ended before it made the child that the slot's order speaks
 * of: that one ends with it, unborn, in the child's lane.
 */
void tracer_child_missing(struct tracer *t, struct slot *slot, int status);
/*
 * A child was made that nobody traces: another thread has changed clone3's
 * flags after they were compared. It ends, and the run with it.
 */
void tracer_child_escaped(struct tracer *t, pid_t child);
/* A joined task has had its first stop: lets it begin. */
void task_begin(struct tracer *t, struct task *task);
/* The slot of the task's current rendezvous, and publishing it. */
struct slot *task_slot(const struct task *task);
void task_arrive(struct tracer *t, struct task *task, enum arrival_kind kind);
/* ... at a call of another ABI. */
void task_arrive_foreign(struct tracer *t, struct task *task, int64_t nr, uint32_t arch);
/* The task's part of its rendezvous is over: slot DONE, on to the next. */
void task_pass(struct tracer *t, struct task *task);

/* The thread that runs lanes' leaders: takes what all slots have arrived at, tables, records. */
static inline bool tracer_is_leader(const struct tracer *t)
{
	return t->variant == 0;
}
