/* The threads of one process; see canon_team.h. */
#include "analysis/canon_team.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

bool canon_is_first_thread(const char *label)
{
	const char *thread = strrchr(label, '.');

	return !thread || strcmp(thread, ".T0") == 0;
}

/* The label of another thread of the same process. */
static char *label_of(const char *label, const char *thread)
{
	const char *dot = strrchr(label, '.');
	cleanup_text struct text text = { 0 };

	text_add_bytes(&text, label, dot ? (size_t)(dot - label) : strlen(label));
	text_add(&text, thread);
	return alloc_string(text_get(&text));
}

struct canon_team *canon_team_create(const char *label, uint32_t number)
{
	struct canon_team *team = alloc_zeroed(1, sizeof(*team));
	bool first = canon_is_first_thread(label);

	team->tasks = 1;
	team->number = number;
	team->others_number = first ? 0 : number;
	team->label = first ? alloc_string(label) : label_of(label, ".T0");
	team->others_label = label_of(label, ".T*");
	return team;
}

void canon_team_join(struct canon_team *team, uint32_t number)
{
	team->tasks++;
	if (!team->others_number)
		team->others_number = number;
}

bool canon_team_leave(struct canon_team *team)
{
	return --team->tasks == 0;
}

void canon_team_keep(struct canon_team *team, uint64_t step, bool is_call, enum canon_weight weight,
		     const char *text, size_t length)
{
	alloc_grow(&team->kept, &team->kept_capacity, team->n_kept + 1);
	team->kept[team->n_kept++] = (struct canon_kept){ .step = step,
							  .is_call = is_call,
							  .weight = weight,
							  .text = alloc_string(text),
							  .length = length };
}

static int compare_kept(const void *left, const void *right)
{
	const struct canon_kept *l = left, *r = right;
	int order = strcmp(l->text, r->text);

	if (order)
		return order;
	return l->step < r->step ? -1 : l->step > r->step;
}

void canon_team_sort(struct canon_team *team)
{
	if (team->n_kept)
		qsort(team->kept, team->n_kept, sizeof(team->kept[0]), compare_kept);
}

void canon_team_destroy(struct canon_team *team)
{
	if (!team)
		return;
	for (size_t i = 0; i < team->n_kept; i++)
		free(team->kept[i].text);
	free(team->kept);
	canon_writes_finish(&team->writes);
	free(team->label);
	free(team->others_label);
	free(team);
}
