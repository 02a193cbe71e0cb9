/* Sorted arrays of mappings; see spaces.h. */
#include "analysis/spaces.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/lower_bound.h"

/* ---- names ---- */

struct mapped_name *mapped_name_create(struct spaces *all, const char *text)
{
	size_t length = strlen(text);
	struct mapped_name *name;

	if (all->names_bytes + length > LIMIT_OPEN_FILE_NAMES)
		return NULL;
	name = alloc_zeroed(sizeof(*name) + length + 1, 1);
	memcpy(name->text, text, length);
	name->refs = 1;
	all->names_bytes += length;
	return name;
}

struct mapped_name *mapped_name_share(struct mapped_name *name)
{
	if (!name)
		return NULL;
	CHECK(name->refs);
	name->refs++;
	return name;
}

static void name_release(struct spaces *all, struct mapped_name *name)
{
	if (!name || --name->refs)
		return;
	all->names_bytes -= strlen(name->text);
	free(name);
}

/* ---- areas ---- */

size_t area_place(const struct area *area, uint64_t addr)
{
	return lower_bound(area->count, i, area->at[i].end <= addr);
}

/* Takes over the name's reference. */
static void area_insert(const struct place *p, const struct mapping *mapping)
{
	struct area *area = p->area;
	size_t at = area_place(area, mapping->start);

	if (mapping->start >= mapping->end || area->count >= LIMIT_FOLLOWED_MAPPINGS_EACH ||
	    p->all->n_followed >= LIMIT_FOLLOWED_MAPPINGS) {
		p->all->overflown |= mapping->start < mapping->end;
		name_release(p->all, mapping->name);
		return;
	}
	alloc_grow(&area->at, &area->capacity, area->count + 1);
	memmove(&area->at[at + 1], &area->at[at], (area->count - at) * sizeof(area->at[0]));
	area->at[at] = *mapping;
	area->count++;
	p->all->n_followed++;
}

void area_tell_end(const struct place *p, const struct mapping *mapping, uint64_t step)
{
	if (p->all->ended)
		p->all->ended(p->all->ended_data, p->space->owner, p->variant, mapping, step);
}

struct mapping mapping_part(const struct mapping *whole, uint64_t start, uint64_t end)
{
	struct mapping part = *whole;

	part.start = start;
	part.end = end;
	part.offset += start - whole->start;
	return part;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void area_cut(const struct place *p, uint64_t start, uint64_t end)
{
	struct area *area = p->area;
	size_t first = area_place(area, start), last = first;
	struct mapping before = { 0 }, after = { 0 };

	if (start >= end)
		return;
	for (; last < area->count && area->at[last].start < end; last++) {
		struct mapping *at = &area->at[last], part;

		part = mapping_part(at, greater(at->start, start), lesser(at->end, end));
		area_tell_end(p, &part, p->all->now);
		if (at->start < start) {
			before = mapping_part(at, at->start, start);
			mapped_name_share(at->name);
		}
		if (at->end > end) {
			after = mapping_part(at, end, at->end);
			mapped_name_share(at->name);
		}
		name_release(p->all, at->name);
	}
	if (last == first)
		return;
	memmove(&area->at[first], &area->at[last], (area->count - last) * sizeof(area->at[0]));
	area->count -= last - first;
	p->all->n_followed -= last - first;
	area_insert(p, &before);
	area_insert(p, &after);
}

void area_map(const struct place *p, const struct mapping *mapping)
{
	area_cut(p, mapping->start, mapping->end);
	area_insert(p, mapping);
}

static void area_clear(const struct place *p)
{
	for (size_t i = 0; i < p->area->count; i++) {
		area_tell_end(p, &p->area->at[i], p->all->now);
		name_release(p->all, p->area->at[i].name);
	}
	p->all->n_followed -= p->area->count;
	free(p->area->at);
	*p->area = (struct area){ 0 };
}

void area_protect(const struct place *p, uint64_t start, uint64_t end, uint32_t prot)
{
	while (start < end) {
		size_t at = area_place(p->area, start);
		struct mapping part = { .start = start, .end = end };

		if (at < p->area->count && p->area->at[at].start <= start)
			part = mapping_part(&p->area->at[at], start,
					    lesser(end, p->area->at[at].end));
		else if (at < p->area->count)
			part.end = lesser(end, p->area->at[at].start);
		start = part.end;
		if (part.has_prot && part.prot == prot)
			continue;
		part.prot = prot;
		part.has_prot = true;
		part.from_step = p->all->now;
		mapped_name_share(part.name);
		area_map(p, &part);
	}
}

/* ---- spaces ---- */

struct place space_place(struct spaces *all, struct space *space, unsigned variant)
{
	return (struct place){ all, space, variant, &space->areas[variant] };
}

struct space *space_create(uint32_t owner)
{
	struct space *space = alloc_zeroed(1, sizeof(*space));

	space->refs = 1;
	space->owner = owner;
	return space;
}

struct space *space_copy(struct spaces *all, uint32_t owner, const struct space *from)
{
	struct space *space = space_create(owner);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct place p = space_place(all, space, v);

		p.area->heap_start = from->areas[v].heap_start;
		p.area->heap_end = from->areas[v].heap_end;
		for (size_t i = 0; i < from->areas[v].count; i++) {
			struct mapping copy = from->areas[v].at[i];

			copy.from_step = all->now;
			mapped_name_share(copy.name);
			area_insert(&p, &copy);
		}
	}
	return space;
}

void space_release(struct spaces *all, struct space *space)
{
	if (--space->refs)
		return;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct place p = space_place(all, space, v);

		area_clear(&p);
	}
	free(space);
}
