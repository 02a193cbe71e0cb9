/*
 * The threads of one process. At level `effects` they are one: nobody outside
 * can tell which of them opened a file, and which worker takes a job is chance.
 * What the first thread does keeps its order; what the others do, all together
 * `P0.T*`, has none.
 */
#pragma once

#include "analysis/canon_written.h"

struct canon_team {
	uint32_t tasks;         /* of it that have not ended */
	uint32_t number;        /* of the first thread */
	uint32_t others_number; /* of the first other; 0 for none */
	char *label;            /* of the first thread, escaped; owned */
	char *others_label;     /* owned */
	struct canon_writes writes;
	struct canon_kept *kept; /* owned; what the others did */
	size_t n_kept, kept_capacity;
	bool ended; /* the first thread has */
	int32_t status;
	uint64_t end_step;
};

struct canon_kept {
	uint64_t step;
	bool is_call;
	enum canon_weight weight;
	char *text; /* owned */
	size_t length;
};

bool canon_is_first_thread(const char *label);
/* With one task, of this label. */
struct canon_team *canon_team_create(const char *label, uint32_t number);
/* One more thread; canon_team_leave undoes either. */
void canon_team_join(struct canon_team *team, uint32_t number);
/* True when it was the last. */
bool canon_team_leave(struct canon_team *team);
/* Keeps a record of one of the others. */
void canon_team_keep(struct canon_team *team, uint64_t step, bool is_call, enum canon_weight weight,
		     const char *text, size_t length);
/* Puts the records kept into an order that does not depend on when they were made. */
void canon_team_sort(struct canon_team *team);
/* Accepts NULL. */
void canon_team_destroy(struct canon_team *team);
