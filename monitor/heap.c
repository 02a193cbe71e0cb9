/* The program break moves by a prctl in the task itself, before the program has made a call. */
#include "monitor/heap.h"

#include <linux/prctl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

/*
 * Bytes that must be free where a heap is to be. It may meet the image or what
 * lies behind it later, as one that has grown: that is a rare chance (2^-40 for
 * each byte), and to ask for more room now would make it one for small heaps, too.
 */
#define HEAP_ROOM_BYTES (UINT64_C(1) << 20)

int heap_find(struct remote *r, uint64_t *addr)
{
	int64_t result = 0;
	int code = remote_call(r, SYS_brk, (const uint64_t[6]){ 0 }, &result);

	*addr = (uint64_t)result;
	return code;
}

static bool is_free(pid_t pid, uint64_t start, uint64_t end)
{
	char path[64], line[512];
	cleanup_file FILE *file = NULL;
	uint64_t from, to;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from < end && start < to)
			return false;
	return file;
}

/*
 * What prctl(2) wants to be told of everything for changing one thing: fields
 * 26 to 28 and 45 to 51 of /proc/PID/stat (proc(5)), zeros to those who may
 * not see them.
 */
static bool image_places(pid_t pid, struct prctl_mm_map *map)
{
	char path[64], text[2048];
	cleanup_file FILE *file = NULL;
	const char *at;
	size_t got;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	got = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[got] = '\0';
	/* The name, in parentheses, may hold anything. */
	at = strrchr(text, ')');
	*map = (struct prctl_mm_map){ .exe_fd = (uint32_t)-1 };
	return at &&
	       sscanf(at,
		      ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %*s %*s %*s %*s %llu %llu %llu %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %*s %*s %*s %*s %*s %llu %llu %llu %llu %llu %llu %llu",
		      &map->start_code, &map->end_code, &map->start_stack, &map->start_data,
		      &map->end_data, &map->start_brk, &map->arg_start, &map->arg_end,
		      &map->env_start, &map->env_end) == 10 &&
	       map->start_brk;
}

int heap_move(struct remote *r, uint64_t place, uint64_t scratch_addr)
{
	struct prctl_mm_map map;
	uint64_t own;
	int64_t result;
	int code = heap_find(r, &own);

	if (code < 0 || own == place || !is_free(r->tid, place, place + HEAP_ROOM_BYTES) ||
	    !image_places(r->tid, &map))
		return code;
	map.start_brk = place;
	map.brk = place;
	/* This one asks for no capability (kernel/sys.c, prctl_set_mm_map). */
	code = r->backend->ops->write_memory(r->backend, r->tid, scratch_addr, &map, sizeof(map));
	if (code < 0)
		return code;
	return remote_call(r, SYS_prctl,
			   (const uint64_t[6]){ PR_SET_MM, PR_SET_MM_MAP, scratch_addr, sizeof(map),
						0 },
			   &result);
}
