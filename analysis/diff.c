/*
 * Comparing two traces; see diff.h. A first pass keeps hashes only; a second
 * one makes the texts of what differs.
 */
#include "analysis/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analysis/diff_tasks.h"
#include "analysis/diff_words.h"
#include "analysis/myers.h"
#include "base/alloc.h"

/* how far apart two records of one stretch are still taken for one that changed */
#define PAIRING_WINDOW 256

const char *const diff_change_names[DIFF_CHANGES] = { "changed", "missing", "extra", "moved" };

/* The records of one task, as hashes. */
struct track {
	char *label; /* owned */
	bool runs_program;
	uint64_t signature; /* the program it runs, else its first record */
	uint64_t *hashes;
	size_t count, capacity;
	size_t pair; /* index of its pair */
	size_t next; /* second pass: records seen, and the hunk they are at */
	size_t next_hunk;
};

struct tracks {
	struct track *at; /* owned */
	size_t count, capacity;
	uint32_t *by_task; /* index + 1 by task number; owned */
	size_t n_by_task;
	uint64_t records;
};

/* Corresponding tasks; a side may lack. */
struct pair {
	struct track *track[DIFF_SIDES];
	struct myers myers;
	uint64_t (*before)[DIFF_SIDES]; /* step before each hunk; owned */
};

/* A record that has no equal at its place. */
struct change {
	size_t pair, hunk;
	uint64_t step, hash;
	enum canon_weight weight;
	char *text;              /* owned */
	bool unordered, weighed; /* by a rule */
	bool told;
};

struct changes {
	struct change *at; /* owned; by pair and hunk once sorted */
	size_t count, capacity;
};

struct comparison {
	struct diff *diff;
	struct tracks tracks[DIFF_SIDES];
	struct pair *pairs; /* owned */
	size_t n_pairs, pairs_capacity;
	struct changes changes[DIFF_SIDES];
	size_t *slots; /* of findings by their hash, + 1; owned */
	size_t n_slots;
	enum diff_side side; /* being walked */
};

/* ---- first pass: hashes ---- */

static struct track *track_get(struct tracks *tracks, const struct canon_record *record)
{
	if (record->task >= tracks->n_by_task)
		alloc_grow(&tracks->by_task, &tracks->n_by_task, (size_t)record->task + 1);
	if (!tracks->by_task[record->task]) {
		alloc_grow(&tracks->at, &tracks->capacity, tracks->count + 1);
		tracks->at[tracks->count++] = (struct track){ .label = alloc_string(
								      record->label) };
		tracks->by_task[record->task] = (uint32_t)tracks->count;
	}
	return &tracks->at[tracks->by_task[record->task] - 1];
}

static int take_hash(void *data, const struct canon_record *record)
{
	struct comparison *c = data;
	struct tracks *tracks = &c->tracks[c->side];
	struct track *track = track_get(tracks, record);

	if (!track->count || (!track->runs_program && strncmp(record->text, "execve", 6) == 0))
		track->signature = record->hash;
	track->runs_program |= strncmp(record->text, "execve", 6) == 0;
	alloc_grow(&track->hashes, &track->capacity, track->count + 1);
	track->hashes[track->count++] = record->hash;
	tracks->records++;
	return 0;
}

/* ---- corresponding tasks ---- */

static void add_pair(struct comparison *c, struct track *a, struct track *b)
{
	struct pair *pair;

	alloc_grow(&c->pairs, &c->pairs_capacity, c->n_pairs + 1);
	pair = &c->pairs[c->n_pairs];
	*pair = (struct pair){ .track = { a, b } };
	myers_compare(&pair->myers, a ? a->hashes : NULL, a ? a->count : 0, b ? b->hashes : NULL,
		      b ? b->count : 0, MYERS_WORK_MAX);
	pair->before = alloc_zeroed(pair->myers.count + 1, sizeof(*pair->before));
	for (size_t side = 0; side < DIFF_SIDES; side++)
		if (pair->track[side])
			pair->track[side]->pair = c->n_pairs;
	c->diff->gave_up |= pair->myers.gave_up;
	c->n_pairs++;
}

static struct diff_task *tasks_of(const struct tracks *tracks)
{
	struct diff_task *tasks = alloc_zeroed(tracks->count + 1, sizeof(*tasks));

	for (size_t i = 0; i < tracks->count; i++)
		tasks[i] = (struct diff_task){ tracks->at[i].label, tracks->at[i].signature };
	return tasks;
}

static void match_tasks(struct comparison *c)
{
	struct tracks *a = &c->tracks[DIFF_A], *b = &c->tracks[DIFF_B];
	struct diff_task *tasks_a = tasks_of(a), *tasks_b = tasks_of(b);
	struct diff_task_pair *pairs;
	size_t count = diff_tasks_match(tasks_a, a->count, tasks_b, b->count, &pairs);

	for (size_t i = 0; i < count; i++)
		add_pair(c, pairs[i].a ? &a->at[pairs[i].a - 1] : NULL,
			 pairs[i].b ? &b->at[pairs[i].b - 1] : NULL);
	free(pairs);
	free(tasks_a);
	free(tasks_b);
}

/* ---- second pass: texts ---- */

static size_t hunk_first(const struct myers_hunk *h, enum diff_side side)
{
	return side == DIFF_A ? h->a_first : h->b_first;
}

static size_t hunk_count(const struct myers_hunk *h, enum diff_side side)
{
	return side == DIFF_A ? h->a_count : h->b_count;
}

static void keep(struct comparison *c, size_t pair, size_t hunk, const struct canon_record *record)
{
	struct changes *changes = &c->changes[c->side];

	c->diff->differing[c->side]++;
	if (changes->count >= DIFF_TEXTS_MAX) {
		c->diff->untold++;
		return;
	}
	alloc_grow(&changes->at, &changes->capacity, changes->count + 1);
	changes->at[changes->count++] = (struct change){ .pair = pair,
							 .hunk = hunk,
							 .step = record->step,
							 .hash = record->hash,
							 .weight = record->weight,
							 .unordered = record->unordered,
							 .weighed = record->weighed,
							 .text = alloc_string(record->text) };
}

static int take_text(void *data, const struct canon_record *record)
{
	struct comparison *c = data;
	struct track *track = track_get(&c->tracks[c->side], record);
	struct pair *pair = &c->pairs[track->pair];
	size_t at = track->next++;

	for (; track->next_hunk < pair->myers.count; track->next_hunk++) {
		const struct myers_hunk *h = &pair->myers.hunks[track->next_hunk];
		size_t first = hunk_first(h, c->side);

		if (at < first) {
			pair->before[track->next_hunk][c->side] = record->step;
			return 0;
		}
		if (at < first + hunk_count(h, c->side)) {
			keep(c, track->pair, track->next_hunk, record);
			return 0;
		}
		/* the next hunk starts behind this one at the earliest */
		if (track->next_hunk + 1 < pair->myers.count)
			pair->before[track->next_hunk + 1][c->side] =
				pair->before[track->next_hunk][c->side];
	}
	return 0;
}

static int compare_changes(const void *left, const void *right)
{
	const struct change *l = left, *r = right;

	if (l->pair != r->pair)
		return l->pair < r->pair ? -1 : 1;
	if (l->hunk != r->hunk)
		return l->hunk < r->hunk ? -1 : 1;
	return l->step < r->step ? -1 : l->step > r->step;
}

/* ---- findings ---- */

static void slots_grow(struct comparison *c)
{
	size_t n = c->n_slots ? 2 * c->n_slots : 256;
	size_t *slots = alloc_zeroed(n, sizeof(*slots));

	for (size_t i = 0; i < c->diff->count; i++) {
		const char *sentence = c->diff->findings[i].sentence;
		size_t at = XXH3_64bits(sentence, strlen(sentence)) % n;

		while (slots[at])
			at = (at + 1) % n;
		slots[at] = i + 1;
	}
	free(c->slots);
	c->slots = slots;
	c->n_slots = n;
}

/* The finding with that sentence; a new one has no places yet. */
static struct diff_finding *finding_get(struct comparison *c, const char *sentence)
{
	struct diff *d = c->diff;
	size_t at;

	if (2 * d->count >= c->n_slots)
		slots_grow(c);
	at = XXH3_64bits(sentence, strlen(sentence)) % c->n_slots;
	for (; c->slots[at]; at = (at + 1) % c->n_slots)
		if (strcmp(d->findings[c->slots[at] - 1].sentence, sentence) == 0)
			return &d->findings[c->slots[at] - 1];
	alloc_grow(&d->findings, &d->capacity, d->count + 1);
	d->findings[d->count] = (struct diff_finding){ .sentence = alloc_string(sentence) };
	c->slots[at] = ++d->count;
	return &d->findings[d->count - 1];
}

static void tell(struct comparison *c, enum diff_change what, enum canon_weight weight,
		 const char *sentence, struct change *a, struct change *b)
{
	struct diff_finding *f = finding_get(c, sentence);
	const struct change *any = a ? a : b;
	const struct pair *pair = &c->pairs[any->pair];
	const struct track *track = pair->track[a ? DIFF_A : DIFF_B];

	if (a)
		a->told = true;
	if (b)
		b->told = true;
	if (f->places++)
		return;
	f->weight = weight;
	f->change = what;
	f->label = alloc_string(track->label);
	for (size_t side = 0; side < DIFF_SIDES; side++)
		f->task[side] = pair->track[side] ? alloc_string(pair->track[side]->label) : NULL;
	f->step[DIFF_A] = a ? a->step : pair->before[any->hunk][DIFF_A];
	f->step[DIFF_B] = b ? b->step : pair->before[any->hunk][DIFF_B];
	f->text[DIFF_A] = a ? alloc_string(a->text) : NULL;
	f->text[DIFF_B] = b ? alloc_string(b->text) : NULL;
}

static struct change **by_hash(struct changes *changes, int (*compare)(const void *, const void *))
{
	struct change **sorted = alloc_zeroed(changes->count + 1, sizeof(struct change *));

	for (size_t i = 0; i < changes->count; i++)
		sorted[i] = &changes->at[i];
	qsort(sorted, changes->count, sizeof(struct change *), compare);
	return sorted;
}

static int compare_places(const struct change *l, const struct change *r)
{
	if (l->pair != r->pair)
		return l->pair < r->pair ? -1 : 1;
	return l->hash < r->hash ? -1 : l->hash > r->hash;
}

static int compare_hashes(const void *left, const void *right)
{
	const struct change *const *l = left, *const *r = right;
	int order = compare_places(*l, *r);

	return order ? order : (*l)->step < (*r)->step ? -1 : (*l)->step > (*r)->step;
}

/* What a finding weighs when no rule says so. */
static enum canon_weight weigh(const struct change *change, enum canon_weight weight)
{
	return change->weighed ? change->weight : weight;
}

/* What one task does in both, at another place. */
static void tell_moved(struct comparison *c)
{
	struct change **a = by_hash(&c->changes[DIFF_A], compare_hashes);
	struct change **b = by_hash(&c->changes[DIFF_B], compare_hashes);

	for (size_t i = 0, j = 0; i < c->changes[DIFF_A].count && j < c->changes[DIFF_B].count;) {
		int order = compare_places(a[i], b[j]);

		if (order == 0 && (a[i]->unordered || b[j]->unordered)) {
			a[i]->told = b[j]->told = true;
		} else if (order == 0) {
			cleanup_text struct text sentence = { 0 };

			text_add(&sentence, "elsewhere: ");
			canon_text_put(&sentence, a[i]->text);
			tell(c, DIFF_MOVED,
			     weigh(a[i], a[i]->weight < WEIGHT_ORDER ? a[i]->weight : WEIGHT_ORDER),
			     text_get(&sentence), a[i], b[j]);
		}
		i += order <= 0;
		j += order >= 0;
	}
	free(a);
	free(b);
}

static void tell_changed(struct comparison *c, struct change *a, struct change *b)
{
	cleanup_text struct text sentence = { 0 };
	bool harmless = diff_words_put(&sentence, a->text, b->text);
	enum canon_weight weight = a->weight > b->weight ? a->weight : b->weight;

	if (harmless && weight > WEIGHT_BEHAVIOUR)
		weight = WEIGHT_BEHAVIOUR;
	weight = weigh(a, weigh(b, weight));
	tell(c, DIFF_CHANGED, weight, text_get(&sentence), a, b);
}

/* The record of b's stretch that is most like it, among those nobody has. */
static struct change *find_partner(const struct change *a, struct change *b, size_t n_b,
				   unsigned likeness)
{
	for (size_t j = 0; j < n_b && j < PAIRING_WINDOW; j++)
		if (!b[j].told && diff_words_likeness(a->text, b[j].text) >= likeness)
			return &b[j];
	return NULL;
}

static void tell_stretch(struct comparison *c, struct change *a, size_t n_a, struct change *b,
			 size_t n_b)
{
	for (unsigned likeness = DIFF_LIKENESS_MAX; likeness >= 1; likeness--) {
		for (size_t i = 0; i < n_a; i++) {
			struct change *partner = a[i].told ? NULL :
							     find_partner(&a[i], b, n_b, likeness);

			if (partner)
				tell_changed(c, &a[i], partner);
		}
	}
}

/* Stretches one after the other: both lists are sorted by them. */
static void tell_stretches(struct comparison *c)
{
	struct changes *a = &c->changes[DIFF_A], *b = &c->changes[DIFF_B];

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		struct change *ca = &a->at[i], *cb = &b->at[j];
		size_t n = 0, m = 0;

		while (i + n < a->count && a->at[i + n].pair == ca->pair &&
		       a->at[i + n].hunk == ca->hunk)
			n++;
		while (j + m < b->count && b->at[j + m].pair == cb->pair &&
		       b->at[j + m].hunk == cb->hunk)
			m++;
		if (ca->pair == cb->pair && ca->hunk == cb->hunk) {
			tell_stretch(c, ca, n, cb, m);
			i += n;
			j += m;
		} else if (ca->pair < cb->pair || (ca->pair == cb->pair && ca->hunk < cb->hunk)) {
			i += n;
		} else {
			j += m;
		}
	}
}

static void tell_rest(struct comparison *c, enum diff_side side)
{
	for (size_t i = 0; i < c->changes[side].count; i++) {
		struct change *change = &c->changes[side].at[i];
		cleanup_text struct text sentence = { 0 };
		bool a = side == DIFF_A;

		if (change->told)
			continue;
		text_add(&sentence, a ? "only in A: " : "only in B: ");
		canon_text_put(&sentence, change->text);
		tell(c, a ? DIFF_MISSING : DIFF_EXTRA,
		     weigh(change,
			   change->weight == WEIGHT_BEHAVIOUR ? WEIGHT_EXTRA : change->weight),
		     text_get(&sentence), a ? change : NULL, a ? NULL : change);
	}
}

static int compare_findings(const void *left, const void *right)
{
	const struct diff_finding *l = left, *r = right;
	int order;

	if (l->weight != r->weight)
		return l->weight > r->weight ? -1 : 1;
	order = strcmp(l->label, r->label);
	if (order)
		return order;
	if (l->step[DIFF_A] != r->step[DIFF_A])
		return l->step[DIFF_A] < r->step[DIFF_A] ? -1 : 1;
	if (l->step[DIFF_B] != r->step[DIFF_B])
		return l->step[DIFF_B] < r->step[DIFF_B] ? -1 : 1;
	return strcmp(l->sentence, r->sentence);
}

static int compare(struct comparison *c, struct source *const sources[],
		   const struct diff_options *options, canon_take take, struct error *err)
{
	for (size_t side = 0; side < DIFF_SIDES; side++) {
		int ret;

		c->side = (enum diff_side)side;
		ret = rules_canon_run(options->views[side], sources[side], options->level,
				      options->filters[side], take, c, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static bool any_hunk(const struct comparison *c)
{
	for (size_t i = 0; i < c->n_pairs; i++)
		if (c->pairs[i].myers.count)
			return true;
	return false;
}

static void comparison_finish(struct comparison *c)
{
	for (size_t side = 0; side < DIFF_SIDES; side++) {
		for (size_t i = 0; i < c->tracks[side].count; i++) {
			free(c->tracks[side].at[i].label);
			free(c->tracks[side].at[i].hashes);
		}
		for (size_t i = 0; i < c->changes[side].count; i++)
			free(c->changes[side].at[i].text);
		free(c->tracks[side].at);
		free(c->tracks[side].by_task);
		free(c->changes[side].at);
	}
	for (size_t i = 0; i < c->n_pairs; i++) {
		myers_finish(&c->pairs[i].myers);
		free(c->pairs[i].before);
	}
	free(c->pairs);
	free(c->slots);
}

int diff_run(struct diff *d, struct source *const sources[DIFF_SIDES],
	     const struct diff_options *options, struct error *err)
{
	struct comparison c = { .diff = d };
	int ret;

	*d = (struct diff){ 0 };
	ret = compare(&c, sources, options, take_hash, err);
	if (ret == 0)
		match_tasks(&c);
	if (ret == 0 && any_hunk(&c))
		ret = compare(&c, sources, options, take_text, err);
	for (size_t side = 0; ret == 0 && side < DIFF_SIDES; side++) {
		d->records[side] = c.tracks[side].records;
		d->tasks[side] = c.tracks[side].count;
		if (c.changes[side].count)
			qsort(c.changes[side].at, c.changes[side].count,
			      sizeof(*c.changes[side].at), compare_changes);
	}
	if (ret == 0) {
		tell_moved(&c);
		tell_stretches(&c);
		tell_rest(&c, DIFF_A);
		tell_rest(&c, DIFF_B);
		if (d->count)
			qsort(d->findings, d->count, sizeof(*d->findings), compare_findings);
	}
	comparison_finish(&c);
	return ret;
}

void diff_finish(struct diff *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->findings[i].sentence);
		free(d->findings[i].label);
		for (size_t side = 0; side < DIFF_SIDES; side++) {
			free(d->findings[i].text[side]);
			free(d->findings[i].task[side]);
		}
	}
	free(d->findings);
	*d = (struct diff){ 0 };
}
