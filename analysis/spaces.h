/*
 * The memory of each process of a trace, as the walk of mappings.h makes it:
 * what lies where in each variant. Bounded: what is too much is not followed.
 */
#pragma once

#include "analysis/mappings.h"
#include "base/limits.h"

/* What one variant has mapped: sorted, without overlaps. */
struct area {
	struct mapping *at;
	size_t count, capacity;
	uint64_t heap_start, heap_end; /* 0 until brk(2) told */
};

/* The memory of one process, or of several that share it (CLONE_VM). */
struct space {
	unsigned refs;  /* tasks */
	uint32_t owner; /* the task that had it first */
	bool visited;
	struct area areas[LIMIT_VARIANTS];
};

struct spaces {
	size_t n_followed; /* mappings in all of them */
	size_t names_bytes;
	bool overflown;
	uint64_t now; /* the step at which what is learnt happens */
	mapping_ended *ended;
	void *ended_data;
};

/* Whose area it is, for those who are told. */
struct place {
	struct spaces *all;
	struct space *space;
	unsigned variant;
	struct area *area;
};

/* With one reference; NULL when there is no room for names any more. */
struct mapped_name *mapped_name_create(struct spaces *all, const char *text);
/* One more; accepts NULL. */
struct mapped_name *mapped_name_share(struct mapped_name *name);

/* Empty, and a copy as fork makes it; with one reference. */
struct space *space_create(uint32_t owner);
struct space *space_copy(struct spaces *all, uint32_t owner, const struct space *from);
void space_release(struct spaces *all, struct space *space);
struct place space_place(struct spaces *all, struct space *space, unsigned variant);

/* The first mapping that ends behind the address. */
size_t area_place(const struct area *area, uint64_t addr);
/* Replaces whatever is there. Takes over the name's reference. */
void area_map(const struct place *p, const struct mapping *mapping);
/* Takes out what lies between start and end: the parts taken end here, the rest stays. */
void area_cut(const struct place *p, uint64_t start, uint64_t end);
/* Another protection: what has it already goes on, the rest begins anew. */
void area_protect(const struct place *p, uint64_t start, uint64_t end, uint32_t prot);
void area_tell_end(const struct place *p, const struct mapping *mapping, uint64_t step);
/* The part of a mapping from start to end. */
struct mapping mapping_part(const struct mapping *whole, uint64_t start, uint64_t end);
