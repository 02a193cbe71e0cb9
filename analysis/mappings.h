/*
 * What is mapped where in each variant of each process, followed through the
 * records of a trace from its start: mmap, mprotect, mremap, munmap and brk
 * change it, fork copies it, exec ends it. Bounded, as descriptors.h is.
 *
 * What the kernel maps at an exec is not in a trace, but for where the first
 * program lies: its auxiliary vector tells.
 */
#pragma once

#include "analysis/descriptors.h"

/* The path of a file that is mapped; shared by the mappings of it. */
struct mapped_name {
	uint64_t refs;
	char text[]; /* foreign */
};

/* A stretch of memory that is alike all over. */
struct mapping {
	uint64_t start, end;
	uint64_t offset; /* in the file */
	uint64_t from_step;
	uint32_t prot, flags; /* as mmap(2) has them */
	bool has_prot, has_flags;
	struct mapped_name *name; /* one reference; NULL for none */
};

struct mappings;

struct mappings *mappings_create(struct source *source);
/* Accepts NULL. */
void mappings_destroy(struct mappings *m);

/* Takes in one record, before `descriptors` does, which know the files by number. */
void mappings_learn(struct mappings *m, struct descriptors *descriptors,
		    const struct trace_record *record);

/* The mapping an address lies in, NULL when none is known. Valid until the next mappings_learn. */
const struct mapping *mappings_find(const struct mappings *m, uint32_t task, unsigned variant,
				    uint64_t addr);

/* As descriptors_observe and descriptors_each. */
typedef void mapping_ended(void *data, uint32_t owner, unsigned variant,
			   const struct mapping *mapping, uint64_t step);
void mappings_observe(struct mappings *m, mapping_ended *ended, void *data);
void mappings_each(struct mappings *m);

/* False when the trace mapped more than is followed. */
bool mappings_complete(const struct mappings *m);
