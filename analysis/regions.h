/*
 * What the addresses of a process lie in, from the calls that map memory and
 * move the break: files, room without a file behind it, the heap, stacks. What
 * the kernel maps at an exec makes no call of its own: the program and the
 * dynamic linker are told by the first exec's auxiliary vector or by where
 * the rest lies, and so is the first thread's stack.
 *
 * Room has numbers as descriptors have: the lowest that is free among those
 * that the same thread has made.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum region_kind {
	REGION_FILE,
	REGION_ROOM,
	REGION_HEAP,
	REGION_STACK, /* of the first thread when it has no name */
	REGION_IMAGE, /* that exec mapped: the program, the dynamic linker */
};

struct region {
	enum region_kind kind;
	const char *name; /* valid until the regions change; NULL for heap and first stack */
	uint32_t number;  /* of room, from 1; 0 for others */
	bool placed;      /* the offset is known */
	uint64_t offset;  /* from the start of the file as mapped first, or of the region */
};

struct regions;

/* Those of `parent`, as fork has it; NULL for none. */
struct regions *regions_create(const struct regions *parent);
/* Accepts NULL. */
void regions_destroy(struct regions *r);

/* An exec: nothing of before is there any more. */
void regions_forget(struct regions *r);
/* Where the exec that comes next maps the program and the dynamic linker; 0 where there is none. */
void regions_expect_images(struct regions *r, uint64_t program_addr, uint64_t linker_addr);
/* What brk(2) answers. */
void regions_set_break(struct regions *r, uint64_t break_addr);

void regions_map_file(struct regions *r, uint64_t address, uint64_t bytes, const char *name);
/* Room; `maker` is a thread's name, empty for the first. */
void regions_map_room(struct regions *r, uint64_t address, uint64_t bytes, const char *maker);
void regions_unmap(struct regions *r, uint64_t address, uint64_t bytes);
/* mremap(2) */
void regions_move(struct regions *r, uint64_t from, uint64_t from_bytes, uint64_t to,
		  uint64_t to_bytes);
/* The room at `address` is the stack of the thread of this name. */
void regions_name_stack(struct regions *r, uint64_t address, const char *thread);

/* False when nothing is known of the address. */
bool regions_find(const struct regions *r, uint64_t address, struct region *found);
