/* Matching tasks; see diff_tasks.h. */
#include "analysis/diff_tasks.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/myers.h"
#include "base/alloc.h"
#include "base/check.h"

/* A process and all that come from it: a stretch of the labels in order. */
struct family {
	size_t first, end;
	size_t prefix; /* bytes of its own name in each label: "P0.2" */
};

/* A list of tasks, sorted by label. */
struct side {
	const struct diff_task *tasks;
	size_t *order; /* owned: indices into tasks */
	size_t count;
};

struct child {
	struct family family;
	unsigned long number;
	uint64_t signature;
};

struct children {
	struct child *at; /* owned */
	size_t count, capacity;
};

/* Families that correspond, still to be looked at; an empty one has nobody. */
struct work {
	struct family a, b;
};

struct matching {
	struct side a, b;
	struct work *works; /* owned */
	size_t n_works, works_capacity;
	struct diff_task_pair *pairs; /* the result */
	size_t count, capacity;
};

static const char *label_at(const struct side *s, size_t i)
{
	return s->tasks[s->order[i]].label;
}

static int compare_labels(const void *left, const void *right, void *data)
{
	const struct diff_task *tasks = data;
	const size_t *l = left, *r = right;

	return strcmp(tasks[*l].label, tasks[*r].label);
}

static struct side side_make(const struct diff_task *tasks, size_t count)
{
	struct side s = { .tasks = tasks, .count = count };

	s.order = alloc_zeroed(count + 1, sizeof(*s.order));
	for (size_t i = 0; i < count; i++)
		s.order[i] = i;
	qsort_r(s.order, count, sizeof(*s.order), compare_labels, (void *)(uintptr_t)tasks);
	return s;
}

static void add_pair(struct matching *m, size_t a, size_t b)
{
	alloc_grow(&m->pairs, &m->capacity, m->count + 1);
	m->pairs[m->count++] = (struct diff_task_pair){ a, b };
}

static void add_work(struct matching *m, struct family a, struct family b)
{
	alloc_grow(&m->works, &m->works_capacity, m->n_works + 1);
	m->works[m->n_works++] = (struct work){ a, b };
}

/* What stands behind the family's name: ".2.T0"; "" for what is nobody's. */
static const char *rest_at(const struct side *s, const struct family *f, size_t i)
{
	const char *label = label_at(s, i);

	return strlen(label) > f->prefix ? label + f->prefix : "";
}

/* ".2.T0" is of child 2, ".T1" is a thread of the family's own process. */
static bool is_of_child(const char *rest)
{
	return rest[0] == '.' && isdigit((unsigned char)rest[1]);
}

static int compare_children(const void *left, const void *right)
{
	const struct child *l = left, *r = right;

	return l->number < r->number ? -1 : l->number > r->number;
}

/* Neighbours with the same number are one child: the labels are sorted. */
static struct children children_of(const struct side *s, const struct family *f)
{
	struct children c = { 0 };

	for (size_t i = f->first; i < f->end; i++) {
		const char *rest = rest_at(s, f, i);
		unsigned long number;
		struct child *last;
		char *behind;

		if (!is_of_child(rest))
			continue;
		number = strtoul(rest + 1, &behind, 10);
		last = c.count ? &c.at[c.count - 1] : NULL;
		if (!last || last->number != number || last->family.end != i) {
			alloc_grow(&c.at, &c.capacity, c.count + 1);
			last = &c.at[c.count++];
			*last = (struct child){ .family = { i, i,
							    f->prefix + (size_t)(behind - rest) },
						.number = number };
		}
		last->family.end = i + 1;
		if (strcmp(behind, ".T0") == 0)
			last->signature = s->tasks[s->order[i]].signature;
	}
	if (c.count)
		qsort(c.at, c.count, sizeof(*c.at), compare_children);
	return c;
}

static void match_threads(struct matching *m, const struct work *w)
{
	size_t i = w->a.first, j = w->b.first;

	while (i < w->a.end || j < w->b.end) {
		const char *x = i < w->a.end ? rest_at(&m->a, &w->a, i) : NULL;
		const char *y = j < w->b.end ? rest_at(&m->b, &w->b, j) : NULL;
		int order;

		if (x && is_of_child(x)) {
			i++;
			continue;
		}
		if (y && is_of_child(y)) {
			j++;
			continue;
		}
		order = !x ? 1 : !y ? -1 : strcmp(x, y);
		add_pair(m, order <= 0 ? m->a.order[i] + 1 : 0, order >= 0 ? m->b.order[j] + 1 : 0);
		i += order <= 0;
		j += order >= 0;
	}
}

static uint64_t *signatures_of(const struct children *c)
{
	uint64_t *signatures = alloc_zeroed(c->count + 1, sizeof(*signatures));

	for (size_t i = 0; i < c->count; i++)
		signatures[i] = c->at[i].signature;
	return signatures;
}

static struct family family_of(const struct children *c, size_t i)
{
	CHECK(c->at && i < c->count);
	return c->at[i].family;
}

/* Equal ones are each other's; what lies between them is in order, as far as it goes. */
static void match_children(struct matching *m, const struct children *a, const struct children *b)
{
	uint64_t *x = signatures_of(a), *y = signatures_of(b);
	const struct family nobody = { 0 };
	size_t i = 0, j = 0;
	struct myers myers;

	myers_compare(&myers, x, a->count, y, b->count, MYERS_WORK_MAX);
	for (size_t h = 0; h <= myers.count; h++) {
		bool last = h == myers.count;
		size_t until = last ? a->count : myers.hunks[h].a_first;
		size_t n = last ? 0 : myers.hunks[h].a_count;
		size_t k = last ? 0 : myers.hunks[h].b_count;

		while (i < until)
			add_work(m, family_of(a, i++), family_of(b, j++));
		for (; n || k; n -= n > 0, k -= k > 0)
			add_work(m, n ? family_of(a, i++) : nobody, k ? family_of(b, j++) : nobody);
	}
	myers_finish(&myers);
	free(x);
	free(y);
}

size_t diff_tasks_match(const struct diff_task *a, size_t n_a, const struct diff_task *b,
			size_t n_b, struct diff_task_pair **out)
{
	struct matching m = { .a = side_make(a, n_a), .b = side_make(b, n_b) };
	const size_t root = strlen("P0");

	add_work(&m, (struct family){ 0, n_a, root }, (struct family){ 0, n_b, root });
	while (m.n_works) {
		struct work w = m.works[--m.n_works];
		struct children x = children_of(&m.a, &w.a), y = children_of(&m.b, &w.b);

		match_threads(&m, &w);
		match_children(&m, &x, &y);
		free(x.at);
		free(y.at);
	}
	free(m.a.order);
	free(m.b.order);
	free(m.works);
	*out = m.pairs;
	return m.count;
}
