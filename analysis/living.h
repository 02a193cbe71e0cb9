/*
 * What each task of a run lives with, and the calls that made it so: open
 * files, the files in its memory, its directory. Followed from the start of a
 * trace; slice.c takes from it what a part of the trace needs to be understood.
 */
#pragma once

#include "analysis/descriptors.h"

struct living;

struct living *living_create(struct source *source);
/* Accepts NULL. */
void living_destroy(struct living *l);

/* Takes in one record; all of them, in order. */
void living_learn(struct living *l, const struct trace_record *record);

/* Everything that is alive now is needed, and the tasks. */
void living_want_all(struct living *l);
/* The task, what its memory and directory come from, and the files the call is about. */
void living_want_step(struct living *l, const struct trace_step *step);
void living_want_task(struct living *l, uint32_t task);

/* Steps needed so far, ascending, each once. Valid until the next call on l. */
const uint64_t *living_steps(struct living *l, size_t *count);
/* Is the task's start needed? Parents of those that are, are. */
bool living_has_task(struct living *l, uint32_t task);
/* False when the trace held more than is followed: something may be missing. */
bool living_complete(const struct living *l);
