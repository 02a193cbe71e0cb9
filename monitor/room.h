/*
 * How many processes and threads may still be made here. N variants need N
 * times as many, so a limit that leaves the program room alone may not leave
 * it for all, and that is better said before the leader has a child that the
 * others cannot have.
 */
#pragma once

#include <stdint.h>

struct room {
	uint64_t tasks; /* all variants' together, where there is a limit */
	char limit[96]; /* which one, in words; empty for none */
};

/*
 * Looks at RLIMIT_NPROC (which does not bind root; setrlimit(2)) and at the
 * limits of our control groups (pids.max; cgroups(7)).
 */
void room_find(struct room *room);
