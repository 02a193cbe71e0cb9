/* Where a task is, from its /proc/PID/maps; a bounded walk of its stack. */
#include "monitor/location.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "monitor/tracee/memory.h"
#include "schema/memory_maps.h"

/* bytes of stack looked through where frame pointers lead nowhere */
#define STACK_SCAN_BYTES 2048
/* bytes: the longest call instruction that leaves a return address, ff /2 with SIB and disp32 */
#define CALL_INSN_BYTES 7

struct range {
	uint64_t start, end;
};

/* The executable mappings of one task, and its memory. */
struct code {
	pid_t pid;
	struct range *ranges;
	size_t capacity, n_ranges;
};

size_t location_text(pid_t pid, uint64_t addr, char *text, size_t capacity)
{
	cleanup_free char *maps = location_maps(pid);

	return memory_maps_locate(maps, addr, text, capacity);
}

static size_t read_all(int fd, char **text)
{
	size_t capacity = 0, used = 0;
	ssize_t got;

	do {
		alloc_grow(text, &capacity, used + 4096 + 1);
		got = read(fd, *text + used, capacity - used - 1);
		if (got > 0)
			used += (size_t)got;
	} while (got > 0 && used < LIMIT_TEXT_BYTES);
	return used < LIMIT_TEXT_BYTES ? used : LIMIT_TEXT_BYTES;
}

char *location_maps(pid_t pid)
{
	char path[32], *text = NULL, *last;
	cleanup_fd int fd = -1;
	size_t used;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	used = read_all(fd, &text);
	/* A task that is already gone has an empty map. */
	last = used ? memrchr(text, '\n', used) : NULL;
	if (!last) {
		free(text);
		return NULL;
	}
	last[1] = '\0';
	return text;
}

static void code_init(struct code *code, pid_t pid)
{
	cleanup_free char *maps = location_maps(pid);
	const char *at = maps;
	struct mapping m;

	*code = (struct code){ .pid = pid };
	while (at && mapping_next(&at, &m)) {
		if (!m.executable)
			continue;
		alloc_grow(&code->ranges, &code->capacity, code->n_ranges + 1);
		code->ranges[code->n_ranges++] = (struct range){ m.start, m.end };
	}
}

static void code_finish(struct code *code)
{
	free(code->ranges);
	*code = (struct code){ 0 };
}

/* Does a call instruction end there? e8 disp32, or ff /2 in its lengths of 2 to 7 bytes. */
static bool follows_call(const struct code *code, uint64_t addr)
{
	uint8_t before[CALL_INSN_BYTES];

	if (memory_read(code->pid, addr - sizeof(before), before, sizeof(before)) < 0)
		return false;
	if (before[CALL_INSN_BYTES - 5] == 0xe8)
		return true;
	for (unsigned length = 2; length <= CALL_INSN_BYTES; length++) {
		const uint8_t *insn = before + CALL_INSN_BYTES - length;

		if (insn[0] == 0xff && (insn[1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

static bool is_return_address(const struct code *code, uint64_t addr)
{
	for (size_t i = 0; i < code->n_ranges; i++)
		if (addr > code->ranges[i].start && addr < code->ranges[i].end)
			return follows_call(code, addr);
	return false;
}

static size_t walk_frame_pointers(const struct code *code, const registers *regs, uint64_t *frames,
				  size_t used, size_t max)
{
	uint64_t frame = regs->rbp, below = regs->rsp;

	/* Each frame lies above the one it calls, or the chain is none. */
	while (used < max && frame >= below && frame % sizeof(uint64_t) == 0) {
		uint64_t saved[2]; /* the caller's frame pointer, the return address */

		if (memory_read(code->pid, frame, saved, sizeof(saved)) < 0 ||
		    !is_return_address(code, saved[1]))
			break;
		if (frames[used - 1] != saved[1])
			frames[used++] = saved[1];
		below = frame + sizeof(saved);
		frame = saved[0];
	}
	return used;
}

static bool has_frame(const uint64_t *frames, size_t used, uint64_t addr)
{
	for (size_t i = 0; i < used; i++)
		if (frames[i] == addr)
			return true;
	return false;
}

static size_t scan_stack(const struct code *code, const registers *regs, uint64_t *frames,
			 size_t used, size_t max)
{
	uint64_t words[STACK_SCAN_BYTES / sizeof(uint64_t)];
	ssize_t got = memory_read_some(code->pid, regs->rsp, words, sizeof(words));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(words[0]) && used < max; i++)
		if (!has_frame(frames, used, words[i]) && is_return_address(code, words[i]))
			frames[used++] = words[i];
	return used;
}

size_t location_frames(pid_t pid, const registers *regs, uint64_t *frames, size_t max)
{
	struct code code;
	uint64_t top;
	size_t used = 1;

	if (max > LOCATION_FRAMES)
		max = LOCATION_FRAMES;
	if (!max)
		return 0;
	frames[0] = regs->rip;
	code_init(&code, pid);
	/* The wrappers of libc have no frame: their caller is on top of the stack. */
	if (used < max && memory_read(code.pid, regs->rsp, &top, sizeof(top)) == 0 &&
	    is_return_address(&code, top))
		frames[used++] = top;
	used = walk_frame_pointers(&code, regs, frames, used, max);
	if (used < 3)
		used = scan_stack(&code, regs, frames, used, max);
	code_finish(&code);
	return used;
}
