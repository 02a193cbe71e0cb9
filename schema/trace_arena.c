/* A bump allocator with a limit; see trace_arena.h. */
#include "schema/trace_arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"

#define ALIGNMENT   16
#define BLOCK_BYTES ((size_t)64 << 10)
/* A block larger than this is returned at reset: one huge record must not stay resident. */
#define BLOCK_KEPT_BYTES ((size_t)4 << 20)

struct trace_arena_block {
	struct trace_arena_block *older;
	size_t used, capacity;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

void trace_arena_init(struct trace_arena *arena, size_t limit)
{
	*arena = (struct trace_arena){ .limit = limit };
}

static void drop_blocks(struct trace_arena_block *block)
{
	while (block) {
		struct trace_arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void trace_arena_finish(struct trace_arena *arena)
{
	drop_blocks(arena->newest);
	arena->newest = NULL;
}

void trace_arena_reset(struct trace_arena *arena, size_t limit)
{
	struct trace_arena_block *block = arena->newest;

	arena->given = 0;
	arena->limit = limit;
	if (!block)
		return;
	drop_blocks(block->older);
	block->older = NULL;
	block->used = 0;
	if (block->capacity > BLOCK_KEPT_BYTES)
		trace_arena_finish(arena);
}

static void add_block(struct trace_arena *arena, size_t length)
{
	size_t capacity = arena->newest ? 2 * arena->newest->capacity : BLOCK_BYTES;
	struct trace_arena_block *block;

	if (capacity > BLOCK_KEPT_BYTES)
		capacity = BLOCK_KEPT_BYTES;
	if (capacity < length)
		capacity = length;
	block = malloc(sizeof(*block) + capacity);
	CHECK(block);
	block->older = arena->newest;
	block->used = 0;
	block->capacity = capacity;
	arena->newest = block;
}

void *trace_arena_take(struct trace_arena *arena, size_t length)
{
	struct trace_arena_block *block = arena->newest;
	void *bytes;

	/* Every piece counts with its padding, or small ones would cost more than the limit. */
	if (length > SIZE_MAX - ALIGNMENT)
		return NULL;
	length = (length + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (length > arena->limit - arena->given)
		return NULL;
	arena->given += length;
	if (!block || length > block->capacity - block->used) {
		add_block(arena, length);
		block = arena->newest;
	}
	bytes = block->bytes + block->used;
	block->used += length;
	return bytes;
}
