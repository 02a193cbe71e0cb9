/* A list, looked through from its newest end: programs have few such values. */
#include "monitor/signal_values.h"

#include <string.h>

#include "base/alloc.h"
#include "monitor/session.h"

/* values; more than any program has timers and queued signals with addresses in them */
#define LIMIT_VALUES 65536
/* What can be an address of a program's: above the first 64 KiB (vm.mmap_min_addr), below the kernel's half. */
#define LOWEST_ADDRESS  UINT64_C(0x10000)
#define HIGHEST_ADDRESS UINT64_C(0x7fffffffffff)

static bool are_equal(const struct session *s, const struct signal_value *a)
{
	for (unsigned v = 1; v < s->n_variants; v++)
		if (a->value[v] != a->value[LEADER])
			return false;
	return true;
}

static bool are_addresses(const struct session *s, const struct signal_value *a)
{
	for (unsigned v = 0; v < s->n_variants; v++)
		if (a->value[v] < LOWEST_ADDRESS || a->value[v] > HIGHEST_ADDRESS)
			return false;
	return true;
}

const struct signal_value *signal_values_find(const struct session *s, uint64_t leader)
{
	for (size_t i = s->n_signal_values; i-- > 0;)
		if (s->signal_values[i].value[LEADER] == leader)
			return &s->signal_values[i];
	return NULL;
}

bool signal_values_add(struct session *s, const struct signal_value *values)
{
	const struct signal_value *known = signal_values_find(s, values->value[LEADER]);

	if (known)
		return memcmp(known->value, values->value,
			      s->n_variants * sizeof(known->value[0])) == 0;
	if (are_equal(s, values))
		return true;
	if (!are_addresses(s, values) || s->n_signal_values == LIMIT_VALUES)
		return false;
	alloc_grow(&s->signal_values, &s->signal_values_capacity, s->n_signal_values + 1);
	s->signal_values[s->n_signal_values++] = *values;
	return true;
}

const struct signal_value *signal_values_of(const struct session *s, const siginfo_t *info)
{
	switch (info->si_code) {
	case SI_TIMER:
	case SI_MESGQ:
	case SI_QUEUE: return signal_values_find(s, (uint64_t)info->si_value.sival_ptr);
	}
	return NULL;
}
