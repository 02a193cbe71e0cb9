/*
 * What a program wants to be told with a signal (sigevent(7), sigqueue(3)) may
 * be an address, and so each variant's own. The leader's kernel tells the
 * leader's; here the others' are found again. The leader's thread only.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

struct session;

struct signal_value {
	uint64_t value[LIMIT_VARIANTS];
};

/*
 * Remembers what each variant gave. False when that cannot be kept apart: the
 * leader's stood for something else before, or values differ that are no addresses.
 */
bool signal_values_add(struct session *s, const struct signal_value *values);

/* What the variants gave where the leader gave this; NULL when they gave the same. */
const struct signal_value *signal_values_find(const struct session *s, uint64_t leader);

/* The same for a signal; NULL for one that carries no value of the program's. */
const struct signal_value *signal_values_of(const struct session *s, const siginfo_t *info);
