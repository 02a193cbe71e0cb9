/* Addresses by what they lie in; see regions.h. */
#include "analysis/regions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/lower_bound.h"

/* mappings of one process: the kernel's own default limit is 65530 */
#define MAPPINGS_MAX 65530
/* "anon@" and the name of a thread */
#define ROOM_NAME_BYTES 64
#define PAGE_BYTES      4096
/*
 * The kernel maps the dynamic linker first, from the top down, and what the
 * program maps follows below it; between it and the stack it leaves 128 MiB at
 * least (mmap_base of arch/x86/mm/mmap.c).
 */
#define LINKER_BYTES_MAX (UINT64_C(64) << 20)
/* from the program to the heap behind it: its size and up to 1 GiB of chance (arch_randomize_brk) */
#define PROGRAM_BYTES_MAX (UINT64_C(2) << 30)
/* from the heap's end to where the break may be moved by one call */
#define HEAP_STEP_MAX (UINT64_C(1) << 30)

struct mapping {
	uint64_t first, end;
	uint64_t offset; /* of `first` from where the file was mapped first */
	enum region_kind kind;
	uint32_t number;
	char *name; /* owned */
};

struct regions {
	struct mapping *mappings; /* owned, by address */
	size_t n_mappings, capacity;
	uint64_t heap_first, heap_end; /* 0 while not known */
	uint64_t program, linker;      /* 0 while not known */
	uint64_t next_program, next_linker;
};

struct regions *regions_create(const struct regions *parent)
{
	struct regions *r = alloc_zeroed(1, sizeof(*r));

	if (!parent)
		return r;
	*r = *parent;
	r->mappings = NULL;
	r->capacity = 0;
	alloc_grow(&r->mappings, &r->capacity, parent->n_mappings);
	for (size_t i = 0; i < parent->n_mappings; i++) {
		r->mappings[i] = parent->mappings[i];
		r->mappings[i].name = alloc_string(parent->mappings[i].name);
	}
	return r;
}

void regions_forget(struct regions *r)
{
	for (size_t i = 0; i < r->n_mappings; i++)
		free(r->mappings[i].name);
	r->n_mappings = 0;
	r->heap_first = r->heap_end = 0;
	r->program = r->next_program;
	r->linker = r->next_linker;
	r->next_program = r->next_linker = 0;
}

void regions_destroy(struct regions *r)
{
	if (!r)
		return;
	regions_forget(r);
	free(r->mappings);
	free(r);
}

void regions_expect_images(struct regions *r, uint64_t program_addr, uint64_t linker_addr)
{
	r->next_program = program_addr;
	r->next_linker = linker_addr;
}

void regions_set_break(struct regions *r, uint64_t break_addr)
{
	if (!r->heap_first)
		r->heap_first = break_addr;
	r->heap_end = break_addr;
}

/* ---- mappings ---- */

/* The end of the mapping, whole pages; the last page when there is no such end. */
static uint64_t end_of(uint64_t address, uint64_t bytes)
{
	uint64_t end = address + bytes + (PAGE_BYTES - 1);

	return end < address || end < bytes ? UINT64_MAX : end & ~(uint64_t)(PAGE_BYTES - 1);
}

/* The first mapping that ends behind the address. */
static size_t mapping_at(const struct regions *r, uint64_t address)
{
	return lower_bound(r->n_mappings, i, r->mappings[i].end <= address);
}

static struct mapping *mapping_find(const struct regions *r, uint64_t address)
{
	size_t at = mapping_at(r, address);

	return at < r->n_mappings && r->mappings[at].first <= address ? &r->mappings[at] : NULL;
}

static void mapping_insert(struct regions *r, struct mapping mapping)
{
	size_t at = mapping_at(r, mapping.first);

	alloc_grow(&r->mappings, &r->capacity, r->n_mappings + 1);
	memmove(&r->mappings[at + 1], &r->mappings[at],
		(r->n_mappings - at) * sizeof(*r->mappings));
	r->mappings[at] = mapping;
	r->n_mappings++;
}

static void mapping_remove(struct regions *r, size_t at)
{
	free(r->mappings[at].name);
	r->n_mappings--;
	memmove(&r->mappings[at], &r->mappings[at + 1],
		(r->n_mappings - at) * sizeof(*r->mappings));
}

/* The lowest that no other of this name has. */
static uint32_t number_free(const struct regions *r, const char *name)
{
	static const unsigned bits = 64;
	uint64_t taken[MAPPINGS_MAX / 64 + 1] = { 0 };
	uint32_t number = 0;

	for (size_t i = 0; i < r->n_mappings; i++) {
		const struct mapping *m = &r->mappings[i];

		if (m->kind == REGION_ROOM && m->number && m->number <= MAPPINGS_MAX &&
		    strcmp(m->name, name) == 0)
			taken[(m->number - 1) / bits] |= UINT64_C(1) << ((m->number - 1) % bits);
	}
	while (number < MAPPINGS_MAX && taken[number / bits] >> (number % bits) & 1)
		number++;
	return number + 1;
}

/* What is left of it from `first` on. Room counts from its own start: an allocator trims it. */
static void mapping_cut_head(struct mapping *m, uint64_t first)
{
	if (m->kind == REGION_FILE)
		m->offset += first - m->first;
	m->first = first;
}

/* A hole in its middle. */
static void mapping_split(struct regions *r, struct mapping *m, uint64_t first, uint64_t end)
{
	struct mapping rest = *m;

	m->end = first;
	if (r->n_mappings >= MAPPINGS_MAX)
		return;
	mapping_cut_head(&rest, end);
	rest.name = alloc_string(rest.name);
	if (rest.kind == REGION_ROOM)
		rest.number = number_free(r, rest.name);
	mapping_insert(r, rest);
}

void regions_unmap(struct regions *r, uint64_t address, uint64_t bytes)
{
	uint64_t end = end_of(address, bytes);
	size_t at = mapping_at(r, address);

	while (at < r->n_mappings && r->mappings[at].first < end) {
		struct mapping *m = &r->mappings[at];

		if (m->first < address && m->end > end) {
			mapping_split(r, m, address, end);
			return;
		}
		if (m->first >= address && m->end <= end) {
			mapping_remove(r, at);
			continue;
		}
		if (m->first < address)
			m->end = address;
		else
			mapping_cut_head(m, end);
		at++;
	}
}

/* Takes the name. */
static void mapping_place(struct regions *r, struct mapping mapping)
{
	if (mapping.end > mapping.first)
		regions_unmap(r, mapping.first, mapping.end - mapping.first);
	if (mapping.end <= mapping.first || r->n_mappings >= MAPPINGS_MAX) {
		free(mapping.name);
		return;
	}
	if (mapping.kind == REGION_ROOM && !mapping.number)
		mapping.number = number_free(r, mapping.name);
	mapping_insert(r, mapping);
}

/* A library is mapped whole, then part by part over that: its parts count from its start. */
static uint64_t base_offset(const struct regions *r, uint64_t address, const char *name)
{
	const struct mapping *m = mapping_find(r, address);

	return m && m->kind == REGION_FILE && strcmp(m->name, name) == 0 ?
		       m->offset + (address - m->first) :
		       0;
}

void regions_map_file(struct regions *r, uint64_t address, uint64_t bytes, const char *name)
{
	mapping_place(r, (struct mapping){ .first = address,
					   .end = end_of(address, bytes),
					   .offset = base_offset(r, address, name),
					   .kind = REGION_FILE,
					   .name = alloc_string(name) });
}

/* The zeros behind a library's data lie within what was mapped for it, and belong to it. */
static bool is_behind_data(const struct regions *r, uint64_t address)
{
	const struct mapping *around = mapping_find(r, address);
	const struct mapping *before = address ? mapping_find(r, address - 1) : NULL;

	return around && before && around->kind == REGION_FILE && before->kind == REGION_FILE &&
	       strcmp(around->name, before->name) == 0;
}

void regions_map_room(struct regions *r, uint64_t address, uint64_t bytes, const char *maker)
{
	char name[ROOM_NAME_BYTES];

	if (is_behind_data(r, address)) {
		cleanup_free char *library = alloc_string(mapping_find(r, address)->name);

		regions_map_file(r, address, bytes, library);
		return;
	}
	snprintf(name, sizeof(name), "anon%s%s", maker[0] ? "@" : "", maker);
	mapping_place(r, (struct mapping){ .first = address,
					   .end = end_of(address, bytes),
					   .kind = REGION_ROOM,
					   .name = alloc_string(name) });
}

void regions_move(struct regions *r, uint64_t from, uint64_t from_bytes, uint64_t to,
		  uint64_t to_bytes)
{
	const struct mapping *m = mapping_find(r, from);
	struct mapping moved;

	if (!m) {
		regions_unmap(r, to, to_bytes);
		return;
	}
	moved = *m;
	moved.name = alloc_string(m->name);
	mapping_cut_head(&moved, from);
	moved.first = to;
	moved.end = end_of(to, to_bytes);
	if (!from_bytes) /* a second mapping of the same */
		moved.number = 0;
	regions_unmap(r, from, from_bytes);
	mapping_place(r, moved);
}

void regions_name_stack(struct regions *r, uint64_t address, const char *thread)
{
	struct mapping *m = mapping_find(r, address);

	if (!m || (m->kind != REGION_ROOM && m->kind != REGION_STACK))
		return;
	free(m->name);
	m->name = alloc_string(thread);
	m->kind = REGION_STACK;
	m->number = 0;
}

/* ---- addresses ---- */

static bool find_image(const char *name, uint64_t base, uint64_t address, struct region *found)
{
	*found = (struct region){ .kind = REGION_IMAGE,
				  .name = name,
				  .placed = base && address >= base,
				  .offset = address - base };
	return true;
}

/* By where it lies: below the heap, above all mappings, far above them. */
static bool find_unmapped(const struct regions *r, uint64_t address, struct region *found)
{
	uint64_t top = r->n_mappings ? r->mappings[r->n_mappings - 1].end : UINT64_MAX;

	if (r->linker && address >= r->linker && address - r->linker < LINKER_BYTES_MAX)
		return find_image("ld.so", r->linker, address, found);
	if (r->heap_first && address >= r->heap_first &&
	    (address <= r->heap_end || address - r->heap_end < HEAP_STEP_MAX)) {
		*found = (struct region){ .kind = REGION_HEAP,
					  .placed = true,
					  .offset = address - r->heap_first };
		return true;
	}
	if (r->heap_first && address < r->heap_first && r->heap_first - address < PROGRAM_BYTES_MAX)
		return find_image("program", r->program, address, found);
	if (address < top)
		return false;
	if (address - top < LINKER_BYTES_MAX)
		return find_image("ld.so", r->linker, address, found);
	*found = (struct region){ .kind = REGION_STACK };
	return true;
}

bool regions_find(const struct regions *r, uint64_t address, struct region *found)
{
	const struct mapping *m = mapping_find(r, address);

	if (!m)
		return find_unmapped(r, address, found);
	*found = (struct region){ .kind = m->kind,
				  .name = m->name,
				  .number = m->number,
				  .placed = m->kind != REGION_STACK,
				  .offset = m->offset + (address - m->first) };
	return true;
}
