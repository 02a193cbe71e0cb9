/* How lanes begin and end, and how the run ends with one: the leader's thread. */
#pragma once

#include "monitor/compare.h"
#include "monitor/lane.h"
#include "monitor/session.h"

/* A new lane, on the session's list; `parent` NULL for the first; a thread of its process, or a process. */
struct lane *lane_create(struct session *s, struct lane *parent, pid_t leader_tid, bool is_thread);

/* The live lane of a process, by the id the program sees; NULL for one outside the set. */
struct lane *lane_find(struct session *s, pid_t pid);

/* Every task of the lane is killed, with the other threads of its process. */
void lane_kill(struct lane *lane);

/* The process is about to end, in all variants: that its tasks go is agreed. */
void process_ends(struct lane *lane);

/* All its tasks have ended: alike, or that is a divergence. Nobody may use the lane afterwards. */
void lane_finish(struct lane *lane);

/* The variants disagree: that is told and recorded, and the run stops. */
void divergence_stop(struct lane *lane, const struct mismatch *mismatch);
