/*
 * Turns: of the tasks that share writable memory, one at a time runs its own
 * code, in each variant in the order in which the leader's did.
 *
 * What a process does between two stops depends on the memory it shares with
 * others, and so on who was there before. When only one runs at a time, and in
 * the same order everywhere, all variants find the same there: locks are taken
 * by the same process in each. A turn begins when a task is let go and ends at
 * its next stop; what the kernel does meanwhile needs none.
 *
 * A fork copies what the others are at: it is made when none of them runs, and
 * between the same turns in all variants.
 *
 * A task that waits for another in a loop without calls would never see it
 * come. So a turn that has become long no longer holds up the others, whose
 * turns then run beside it; what these share with it is in no order any more.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane;
struct session;
struct slot;
struct task;
struct tracer;

/* entries: how far the leader may be ahead of a follower */
#define TURNS_AHEAD 4096u

/* One turn, as the leader's thread has given it. */
struct turn {
	struct lane *lane; /* a reference */
	bool beside;       /* the one before may still be running */
	bool forks;        /* for a fork, which the leader has made */
};

/* A tracer's; `given` has one producer, the leader's thread, and one consumer. */
struct turns {
	_Atomic uint32_t head, tail; /* of `given`: next to take, next to fill */
	struct turn *given;          /* TURNS_AHEAD; there from the first one on */
	uint32_t looked;             /* the tail when the consumer has last looked */
	struct task *holder;         /* its turn it is; NULL for nobody's */
	uint64_t since_ns;           /* the leader: when it became so */
	uint64_t watched_ns;         /* the leader: since_ns of the turn that a tick has found */
	uint64_t watched_ticks;      /* ... and its task's CPU time then, clock ticks */
	struct task *left;           /* the leader: the last holder, when its turn has not ended */
	struct task *first, *last;   /* the leader: waiting */
};

/* Whether the lane's tasks take turns from now on: before its orders are given, by the leader's thread. */
void turns_decide(struct lane *lane);
/* The same for a new lane, before it begins. */
void turns_inherit(struct lane *parent, struct lane *child);
/* As it was decided at the rendezvous that the task comes from. */
bool turns_apply(const struct task *task);

/* Lets a task go into its own code, with a signal or 0, as soon as it is its turn. */
void turns_go(struct tracer *t, struct task *task, int signo);

/* Whether a task that stands before a fork makes it so. */
bool turns_apply_to_fork(const struct task *task, uint64_t clone_flags);
/* The task makes the fork at which it stands, as soon as nobody that it would copy runs. */
void turns_fork(struct tracer *t, struct task *task);
/* The fork has been made, or broken off; the leader's that was made the followers make at the same point. */
void turns_forked(struct tracer *t, struct task *task, bool made);

/* The task is in its own code no more, whether or not it had a turn. */
void turns_end(struct tracer *t, struct task *task);

/* The task goes on, or is stopped, and is in nobody's way any more: the next turn is beside it. */
void turns_leave(struct tracer *t, struct task *task);

/* A follower: gives the turns that have come. True for any. */
bool turns_look(struct tracer *t);
bool turns_have_come(const struct turns *turns);

/* The leader, now and then: a turn that has become long. */
void turns_tick(struct tracer *t);
