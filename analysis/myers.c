/* Differences of two sequences; see myers.h. */
#include "analysis/myers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/lower_bound.h"

/* edits one search looks for from each end before it turns to anchors: bounds its memory, too */
#define EDITS_MAX 8192
/* the diagonals -EDITS_MAX-1 .. EDITS_MAX+1 */
#define DIAGONALS (2 * EDITS_MAX + 3)
/* a diagonal nobody has been on */
#define NOWHERE (-1)

/* A stretch of a against a stretch of b. */
struct box {
	size_t a_first, a_end, b_first, b_end;
};

struct search {
	const uint64_t *a, *b;
	uint8_t *a_gone, *b_new; /* owned: what is not common */
	struct box *boxes;       /* owned: still to be looked at */
	size_t n_boxes, boxes_capacity;
	int64_t *forward, *backward; /* owned: how far each diagonal was followed; DIAGONALS */
	uint64_t work;
	bool gave_up;
};

static void push_box(struct search *s, struct box box)
{
	if (box.a_first == box.a_end && box.b_first == box.b_end)
		return;
	alloc_grow(&s->boxes, &s->boxes_capacity, s->n_boxes + 1);
	s->boxes[s->n_boxes++] = box;
}

static void mark_replaced(struct search *s, const struct box *box)
{
	memset(s->a_gone + box->a_first, 1, box->a_end - box->a_first);
	memset(s->b_new + box->b_first, 1, box->b_end - box->b_first);
}

static void trim(const struct search *s, struct box *box)
{
	while (box->a_first < box->a_end && box->b_first < box->b_end &&
	       s->a[box->a_first] == s->b[box->b_first])
		box->a_first++, box->b_first++;
	while (box->a_first < box->a_end && box->b_first < box->b_end &&
	       s->a[box->a_end - 1] == s->b[box->b_end - 1])
		box->a_end--, box->b_end--;
}

/* ---- the search from both ends ---- */

/* One direction: diagonal k holds the points with x - y = k, counted from its own end. */
struct front {
	const struct search *s;
	const struct box *box;
	int64_t *reach; /* by diagonal, 0 in the middle */
	int64_t n, m;   /* of the box */
	bool reversed;
};

static bool is_common(const struct front *f, int64_t x, int64_t y)
{
	const struct box *box = f->box;

	if (f->reversed)
		return f->s->a[box->a_end - 1 - (size_t)x] == f->s->b[box->b_end - 1 - (size_t)y];
	return f->s->a[box->a_first + (size_t)x] == f->s->b[box->b_first + (size_t)y];
}

/* One more edit onto diagonal k, then along it as far as it goes. */
static int64_t advance(const struct front *f, int64_t k)
{
	int64_t right = f->reach[k - 1] == NOWHERE ? NOWHERE : f->reach[k - 1] + 1;
	int64_t down = f->reach[k + 1];
	int64_t x;

	if (right > f->n)
		right = NOWHERE;
	if (down - k > f->m)
		down = NOWHERE;
	x = right > down ? right : down;
	while (x != NOWHERE && x < f->n && x - k < f->m && is_common(f, x, x - k))
		x++;
	f->reach[k] = x;
	return x;
}

/*
 * All diagonals of f with d edits. True when one meets the other front, whose
 * diagonals -other_d .. other_d are known; *meeting is then f's.
 */
static bool advance_all(const struct front *f, const struct front *other, int64_t d,
			int64_t other_d, int64_t *meeting)
{
	int64_t delta = f->n - f->m;

	f->reach[-d - 1] = d ? NOWHERE : f->reach[-d - 1];
	f->reach[d + 1] = d ? NOWHERE : f->reach[d + 1];
	for (int64_t k = -d; k <= d; k += 2) {
		int64_t x = advance(f, k), facing = delta - k;

		if (x == NOWHERE || facing < -other_d || facing > other_d ||
		    (facing + other_d) % 2 || other->reach[facing] == NOWHERE)
			continue;
		if (x + other->reach[facing] >= f->n) {
			*meeting = k;
			return true;
		}
	}
	return false;
}

static void front_start(struct front *f)
{
	f->reach[-1] = NOWHERE;
	f->reach[0] = NOWHERE;
	f->reach[1] = 0;
}

/* A point of a shortest way through the box, by both coordinates; false when it costs too much. */
static bool find_middle(struct search *s, const struct box *box, size_t *x, size_t *y)
{
	struct front ahead = { .s = s,
			       .box = box,
			       .reach = s->forward + EDITS_MAX + 1,
			       .n = (int64_t)(box->a_end - box->a_first),
			       .m = (int64_t)(box->b_end - box->b_first) };
	struct front back = ahead;
	int64_t k;

	back.reversed = true;
	back.reach = s->backward + EDITS_MAX + 1;
	front_start(&ahead);
	front_start(&back);
	for (int64_t d = 0; d <= EDITS_MAX; d++) {
		uint64_t cost = 2 * (uint64_t)d + 2;

		if (s->work < cost)
			return false;
		s->work -= cost;
		if (advance_all(&ahead, &back, d, d - 1, &k)) {
			*x = box->a_first + (size_t)ahead.reach[k];
			*y = box->b_first + (size_t)(ahead.reach[k] - k);
			return true;
		}
		if (advance_all(&back, &ahead, d, d, &k)) {
			*x = box->a_end - (size_t)back.reach[k];
			*y = box->b_end - (size_t)(back.reach[k] - k);
			return true;
		}
	}
	return false;
}

/* ---- anchors ---- */

struct place {
	uint64_t hash;
	size_t at;
};

struct anchor {
	size_t a, b;
	size_t before; /* in the longest rising chain that ends here, + 1; 0 for none */
};

static int compare_places(const void *left, const void *right)
{
	const struct place *l = left, *r = right;

	return l->hash < r->hash ? -1 : l->hash > r->hash;
}

static int compare_anchors(const void *left, const void *right)
{
	const struct anchor *l = left, *r = right;

	return l->a < r->a ? -1 : l->a > r->a;
}

static struct place *places_sorted(const uint64_t *hashes, size_t first, size_t end)
{
	struct place *places = alloc_zeroed(end - first + 1, sizeof(*places));

	for (size_t i = first; i < end; i++)
		places[i - first] = (struct place){ hashes[i], i };
	qsort(places, end - first, sizeof(*places), compare_places);
	return places;
}

/* Places of one hash, from `first` on. */
static size_t run_length(const struct place *places, size_t first, size_t count)
{
	size_t n = 1;

	while (first + n < count && places[first + n].hash == places[first].hash)
		n++;
	return n;
}

/* Hashes that occur once on each side, in a's order. Returns how many; the caller frees them. */
static size_t find_anchors(const struct search *s, const struct box *box, struct anchor **out)
{
	size_t n = box->a_end - box->a_first, m = box->b_end - box->b_first, count = 0;
	struct place *a = places_sorted(s->a, box->a_first, box->a_end);
	struct place *b = places_sorted(s->b, box->b_first, box->b_end);
	struct anchor *anchors = alloc_zeroed((n < m ? n : m) + 1, sizeof(*anchors));

	for (size_t i = 0, j = 0; i < n && j < m;) {
		size_t runs_a = run_length(a, i, n), runs_b = run_length(b, j, m);
		bool same = a[i].hash == b[j].hash, a_first = a[i].hash < b[j].hash;

		if (same && runs_a == 1 && runs_b == 1)
			anchors[count++] = (struct anchor){ a[i].at, b[j].at, 0 };
		i += same || a_first ? runs_a : 0;
		j += same || !a_first ? runs_b : 0;
	}
	free(a);
	free(b);
	qsort(anchors, count, sizeof(*anchors), compare_anchors);
	*out = anchors;
	return count;
}

/* Links the longest chain that rises in b as well; returns its last one + 1. */
static size_t link_rising(struct anchor *anchors, size_t count)
{
	size_t *tails = alloc_zeroed(count + 1, sizeof(*tails)); /* by length - 1 */
	size_t longest = 0, last;

	for (size_t i = 0; i < count; i++) {
		size_t at = lower_bound(longest, tail, anchors[tails[tail]].b < anchors[i].b);

		anchors[i].before = at ? tails[at - 1] + 1 : 0;
		tails[at] = i;
		longest += at == longest;
	}
	last = longest ? tails[longest - 1] + 1 : 0;
	free(tails);
	return last;
}

/* What lies between the anchors becomes boxes of their own. False when there are none. */
static bool split_at_anchors(struct search *s, struct box box)
{
	struct anchor *anchors;
	size_t count = find_anchors(s, &box, &anchors);
	size_t at = link_rising(anchors, count);
	bool found = at > 0;

	for (; at; at = anchors[at - 1].before) {
		const struct anchor *anchor = &anchors[at - 1];

		push_box(s, (struct box){ anchor->a + 1, box.a_end, anchor->b + 1, box.b_end });
		box.a_end = anchor->a;
		box.b_end = anchor->b;
	}
	free(anchors);
	if (found)
		push_box(s, box);
	return found;
}

/* ---- all of it ---- */

static void look_at(struct search *s, struct box box)
{
	size_t x, y;

	trim(s, &box);
	if (box.a_first == box.a_end || box.b_first == box.b_end) {
		mark_replaced(s, &box);
	} else if (find_middle(s, &box, &x, &y)) {
		push_box(s, (struct box){ box.a_first, x, box.b_first, y });
		push_box(s, (struct box){ x, box.a_end, y, box.b_end });
	} else {
		s->gave_up = true;
		if (!split_at_anchors(s, box))
			mark_replaced(s, &box);
	}
}

static void collect_hunks(struct myers *m, const struct search *s, size_t n_a, size_t n_b)
{
	size_t i = 0, j = 0;

	while (i < n_a || j < n_b) {
		struct myers_hunk hunk = { .a_first = i, .b_first = j };

		while (i < n_a && s->a_gone[i])
			i++;
		while (j < n_b && s->b_new[j])
			j++;
		hunk.a_count = i - hunk.a_first;
		hunk.b_count = j - hunk.b_first;
		if (hunk.a_count || hunk.b_count) {
			alloc_grow(&m->hunks, &m->capacity, m->count + 1);
			m->hunks[m->count++] = hunk;
			continue;
		}
		CHECK(i < n_a && j < n_b);
		i++;
		j++;
	}
}

void myers_compare(struct myers *m, const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b,
		   uint64_t work)
{
	struct search s = { .a = a, .b = b, .work = work };

	*m = (struct myers){ 0 };
	s.a_gone = alloc_zeroed(n_a + 1, 1);
	s.b_new = alloc_zeroed(n_b + 1, 1);
	s.forward = alloc_zeroed(DIAGONALS, sizeof(*s.forward));
	s.backward = alloc_zeroed(DIAGONALS, sizeof(*s.backward));
	push_box(&s, (struct box){ 0, n_a, 0, n_b });
	while (s.n_boxes)
		look_at(&s, s.boxes[--s.n_boxes]);
	collect_hunks(m, &s, n_a, n_b);
	m->gave_up = s.gave_up;
	free(s.a_gone);
	free(s.b_new);
	free(s.boxes);
	free(s.forward);
	free(s.backward);
}

void myers_finish(struct myers *m)
{
	free(m->hunks);
	*m = (struct myers){ 0 };
}
