/* Tables of what lives for a while: descriptors and mappings, each row told at its end. */
#include "analysis/schema.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/follow.h"
#include "base/alloc.h"
#include "schema/syscall_flags.h"

/* bytes of flags by name */
#define FLAGS_BYTES 512

static const char *const origin_names[DESCRIPTOR_ORIGINS] = {
	[ORIGIN_UNKNOWN] = "unknown",   [ORIGIN_INHERITED] = "inherited",
	[ORIGIN_FORK] = "fork",         [ORIGIN_OPEN] = "open",
	[ORIGIN_SOCKET] = "socket",     [ORIGIN_ACCEPT] = "accept",
	[ORIGIN_PIPE] = "pipe",         [ORIGIN_DUP] = "dup",
	[ORIGIN_RECEIVED] = "received", [ORIGIN_OTHER] = "other",
};

/* One that has ended, or was there when the trace did. */
struct life {
	uint32_t owner;
	unsigned variant;
	uint64_t to_step; /* UINT64_MAX: it has not ended */
	struct descriptor descriptor;
	struct open_file file; /* of the descriptor; its strings are owned */
	struct mapping mapping;
};

/*
 * Whoever loads a trace asks for descriptors, then for mappings: the first walk
 * keeps the mappings, unless there are very many.
 */
#define KEPT_MAX 50000

/* A record may end many: those that wait to be given out. */
struct lives {
	struct follow *follow;  /* NULL: all that there are wait already */
	struct lives *mappings; /* found besides; NULL when nobody wants them */
	bool of_descriptors, begun;
	struct life *at;
	size_t first, count, capacity;
	bool all; /* that are open still were told, too */
};

static void life_finish(struct life *life)
{
	free(life->file.name);
	free(life->file.local);
	free(life->file.peer);
}

static void lives_clear(struct lives *l)
{
	for (size_t i = 0; i < l->count; i++)
		life_finish(&l->at[i]);
	l->first = 0;
	l->count = 0;
}

static struct life *lives_add(struct lives *l)
{
	alloc_grow(&l->at, &l->capacity, l->count + 1);
	memset(&l->at[l->count], 0, sizeof(l->at[0]));
	return &l->at[l->count++];
}

static char *copy_string(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

static void take_descriptor(void *data, uint32_t owner, const struct descriptor *descriptor,
			    uint64_t step)
{
	struct life *life = lives_add(data);

	life->owner = owner;
	life->to_step = step;
	life->descriptor = *descriptor;
	life->file = *descriptor->file;
	life->file.name = copy_string(descriptor->file->name);
	life->file.local = copy_string(descriptor->file->local);
	life->file.peer = copy_string(descriptor->file->peer);
}

static void take_mapping(void *data, uint32_t owner, unsigned variant,
			 const struct mapping *mapping, uint64_t step)
{
	struct life *life = lives_add(data);

	life->owner = owner;
	life->variant = variant;
	life->to_step = step;
	life->mapping = *mapping;
	life->mapping.name = NULL;
	life->file.name = mapping->name ? alloc_string(mapping->name->text) : NULL;
}

static void lives_close(void *memory)
{
	struct lives *l = memory;

	if (!l)
		return;
	lives_clear(l);
	lives_close(l->mappings);
	follow_destroy(l->follow);
	free(l->at);
	free(l);
}

static void keep_mapping(void *data, uint32_t owner, unsigned variant,
			 const struct mapping *mapping, uint64_t step)
{
	struct lives *l = data;

	if (l->mappings && l->mappings->count == KEPT_MAX) {
		lives_close(l->mappings);
		l->mappings = NULL;
	}
	if (l->mappings)
		take_mapping(l->mappings, owner, variant, mapping, step);
}

static int fd_open(struct source *source, sqlite3_value *const *arguments, void **memory,
		   struct error *err)
{
	struct lives *l = alloc_zeroed(1, sizeof(*l));

	l->of_descriptors = true;
	l->follow = follow_create(source, source_reads_ahead(source));
	descriptors_observe(l->follow->descriptors, take_descriptor, l);
	if (l->follow->mappings) {
		l->mappings = alloc_zeroed(1, sizeof(*l->mappings));
		mappings_observe(l->follow->mappings, keep_mapping, l);
	}
	*memory = l;
	return 0;
}

static int map_open(struct source *source, sqlite3_value *const *arguments, void **memory,
		    struct error *err)
{
	struct lives *l = source_take_kept(source);

	if (!l) {
		l = alloc_zeroed(1, sizeof(*l));
		l->follow = follow_create(source, true);
		mappings_observe(l->follow->mappings, take_mapping, l);
	}
	*memory = l;
	return 0;
}

/* The trace has ended: what lives still has no end. */
static void lives_end(struct lives *l)
{
	struct follow *f = l->follow;

	l->all = true;
	if (f->mappings)
		mappings_each(f->mappings);
	if (l->of_descriptors)
		descriptors_each(f->descriptors);
	if (l->mappings)
		source_keep(f->source, l->mappings, lives_close);
	l->mappings = NULL;
}

static int lives_next(void *memory, struct error *err)
{
	struct lives *l = memory;
	int ret = 1;

	if (l->first < l->count && l->begun)
		l->first++;
	l->begun = true;
	if (l->first == l->count)
		lives_clear(l);
	while (!l->count && ret > 0)
		ret = l->follow ? follow_next(l->follow, err) : 0;
	if (ret == 0 && !l->count && l->follow && !l->all)
		lives_end(l);
	return ret < 0 ? ret : l->count > 0;
}

static const struct life *life_of(const struct row *row)
{
	const struct lives *l = row->memory;

	return &l->at[l->first];
}

/* ---- values ---- */

static void value_process(sqlite3_context *out, struct source *source, uint32_t task)
{
	cleanup_text struct text t = { 0 };

	text_add_process(&t, source, task);
	value_text(out, text_get(&t));
}

static void value_flags(sqlite3_context *out, enum arg_format format, uint64_t value)
{
	char text[FLAGS_BYTES];
	struct decode_text t = decode_text_make(text, sizeof(text));

	decode_put_flags(&t, format, value);
	decode_text_finish(&t);
	value_text(out, text);
}

static void value_step(sqlite3_context *out, uint64_t step)
{
	if (step != UINT64_MAX)
		sqlite3_result_int64(out, (int64_t)step);
}

/* ---- fd ---- */

enum {
	FD_PROCESS,
	FD_FD,
	FD_FROM,
	FD_TO,
	FD_HOW,
	FD_NAME,
	FD_LOCAL,
	FD_PEER,
	FD_FLAGS,
	FD_CLOEXEC,
	FD_FILE
};

static const struct column fd_columns[] = {
	[FD_PROCESS] = { "process", COLUMN_TEXT, ROLE_NONE,
			 "creation path of the process: P0, P0.2" },
	[FD_FD] = { "fd", COLUMN_INTEGER, ROLE_NONE, "descriptor" },
	[FD_FROM] = { "from_step", COLUMN_INTEGER, ROLE_NONE,
		      "that made it; 0: before the first; of a fork: the parent's last before it" },
	[FD_TO] = { "to_step", COLUMN_INTEGER, ROLE_NONE,
		    "that closed it, or the task's last; NULL: open to the end of the trace" },
	[FD_HOW] = { "how", COLUMN_TEXT, ROLE_NONE,
		     "open, socket, accept, pipe, dup, fork, inherited (from before the run), "
		     "received (SCM_RIGHTS), other or unknown" },
	[FD_NAME] = { "name", COLUMN_TEXT, ROLE_NONE,
		      "path as it was opened, or the call that made it" },
	[FD_LOCAL] = { "local", COLUMN_TEXT, ROLE_NONE,
		       "of a socket: its address, where a call told it" },
	[FD_PEER] = { "peer", COLUMN_TEXT, ROLE_NONE, "of a socket: the other side's" },
	[FD_FLAGS] = { "flags", COLUMN_TEXT, ROLE_NONE,
		       "O_RDWR|... of its opening; NULL where there were none" },
	[FD_CLOEXEC] = { "cloexec", COLUMN_INTEGER, ROLE_NONE,
			 "1: an exec closes it; as it was at last" },
	[FD_FILE] = { "file", COLUMN_INTEGER, ROLE_NONE,
		      "number of the open file: descriptors by dup and fork share it" },
	{ NULL },
};

static void fd_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct life *life = life_of(row);
	const struct descriptor *d = &life->descriptor;

	switch (column) {
	case FD_PROCESS: value_process(out, row->source, life->owner); break;
	case FD_FD: sqlite3_result_int(out, d->fd); break;
	case FD_FROM: sqlite3_result_int64(out, (int64_t)d->from_step); break;
	case FD_TO: value_step(out, life->to_step); break;
	case FD_HOW: value_enum(out, origin_names, DESCRIPTOR_ORIGINS, d->origin); break;
	case FD_NAME: value_text(out, life->file.name); break;
	case FD_LOCAL: value_text(out, life->file.local); break;
	case FD_PEER: value_text(out, life->file.peer); break;
	case FD_FLAGS:
		if (life->file.has_flags)
			value_flags(out, FORMAT_OPEN_FLAGS, life->file.flags);
		break;
	case FD_CLOEXEC: sqlite3_result_int(out, d->close_on_exec); break;
	case FD_FILE: sqlite3_result_int64(out, (int64_t)life->file.number); break;
	}
}

const struct table table_fd = {
	.name = "fd",
	.text = "a descriptor from its opening to its close, in the order of their ends",
	.example = "SELECT process, fd, name FROM fd WHERE to_step IS NULL",
	.columns = fd_columns,
	.walk_open = fd_open,
	.walk_next = lives_next,
	.memory_close = lives_close,
	.value = fd_value,
};

/* ---- map ---- */

enum {
	MAP_VARIANT,
	MAP_PROCESS,
	MAP_START,
	MAP_LENGTH,
	MAP_PROT,
	MAP_FLAGS,
	MAP_PATH,
	MAP_OFFSET,
	MAP_FROM,
	MAP_TO
};

static const struct column map_columns[] = {
	[MAP_VARIANT] = { "variant", COLUMN_INTEGER, ROLE_NONE, "variant.variant" },
	[MAP_PROCESS] = { "process", COLUMN_TEXT, ROLE_NONE,
			  "creation path of the process: P0, P0.2" },
	[MAP_START] = { "start", COLUMN_ADDRESS, ROLE_NONE, "first address" },
	[MAP_LENGTH] = { "length", COLUMN_INTEGER, ROLE_NONE, "bytes, whole pages" },
	[MAP_PROT] = { "prot", COLUMN_TEXT, ROLE_NONE,
		       "PROT_READ|...; NULL: as the kernel had it at an exec" },
	[MAP_FLAGS] = { "flags", COLUMN_TEXT, ROLE_NONE, "MAP_PRIVATE|...; NULL as for prot" },
	[MAP_PATH] = { "path", COLUMN_TEXT, ROLE_NONE,
		       "file as it was opened, or [heap]; NULL for none" },
	[MAP_OFFSET] = { "offset", COLUMN_INTEGER, ROLE_NONE, "in the file, bytes" },
	[MAP_FROM] = { "from_step", COLUMN_INTEGER, ROLE_NONE,
		       "that mapped it, or gave it this protection; of a fork: the parent's last" },
	[MAP_TO] = { "to_step", COLUMN_INTEGER, ROLE_NONE,
		     "that unmapped or changed it, or the task's last; NULL: there to the end" },
	{ NULL },
};

static void map_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct life *life = life_of(row);
	const struct mapping *m = &life->mapping;

	switch (column) {
	case MAP_VARIANT: sqlite3_result_int64(out, life->variant); break;
	case MAP_PROCESS: value_process(out, row->source, life->owner); break;
	case MAP_START: sqlite3_result_int64(out, (int64_t)m->start); break;
	case MAP_LENGTH: sqlite3_result_int64(out, (int64_t)(m->end - m->start)); break;
	case MAP_PROT:
		if (m->has_prot)
			value_flags(out, FORMAT_PROT, m->prot);
		break;
	case MAP_FLAGS:
		if (m->has_flags)
			value_flags(out, FORMAT_MMAP_FLAGS, m->flags);
		break;
	case MAP_PATH: value_text(out, life->file.name); break;
	case MAP_OFFSET:
		if (life->file.name)
			sqlite3_result_int64(out, (int64_t)m->offset);
		break;
	case MAP_FROM: sqlite3_result_int64(out, (int64_t)m->from_step); break;
	case MAP_TO: value_step(out, life->to_step); break;
	}
}

const struct table table_map = {
	.name = "map",
	.text = "memory mapped from one step to another, with one protection, in one variant",
	.example = "SELECT hex64(start), length, path FROM map WHERE prot LIKE '%EXEC%'",
	.columns = map_columns,
	.walk_open = map_open,
	.walk_next = lives_next,
	.memory_close = lives_close,
	.value = map_value,
};
