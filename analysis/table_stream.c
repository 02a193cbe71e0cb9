/* The table function stream(proc, fd, step): one open file's bytes, a row for each call. */
#include "analysis/schema.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/facts.h"
#include "analysis/stream_walk.h"
#include "base/alloc.h"

enum {
	STREAM_STEP,
	STREAM_TASK,
	STREAM_NAME,
	STREAM_DIRECTION,
	STREAM_OFFSET,
	STREAM_LENGTH,
	STREAM_MISSING,
	STREAM_DATA,
	STREAM_PROC,
	STREAM_FD,
	STREAM_AT
};

static const struct column stream_columns[] = {
	[STREAM_STEP] = { "step", COLUMN_INTEGER, ROLE_NONE, "step.step" },
	[STREAM_TASK] = { "task", COLUMN_TEXT, ROLE_NONE, "label of the task" },
	[STREAM_NAME] = { "name", COLUMN_TEXT, ROLE_NONE, "system call name" },
	[STREAM_DIRECTION] = { "direction", COLUMN_TEXT, ROLE_NONE, "read or written" },
	[STREAM_OFFSET] = { "offset", COLUMN_INTEGER, ROLE_NONE,
			    "bytes moved in that direction before" },
	[STREAM_LENGTH] = { "length", COLUMN_INTEGER, ROLE_NONE, "bytes moved" },
	[STREAM_MISSING] = { "missing", COLUMN_INTEGER, ROLE_NONE,
			     "of them not in the trace, at the end" },
	[STREAM_DATA] = { "data", COLUMN_BLOB, ROLE_NONE, "the others" },
	[STREAM_PROC] = { "proc", COLUMN_TEXT, ROLE_NONE,
			  "argument: a process (P0) or a task (P0.T0)" },
	[STREAM_FD] = { "fd", COLUMN_INTEGER, ROLE_NONE, "argument: its descriptor" },
	[STREAM_AT] = { "at_step", COLUMN_INTEGER, ROLE_NONE,
			"argument: a step at which it is open" },
	{ NULL },
};

struct table_stream {
	struct stream_candidates candidates;
	struct stream_walk *walk;
	struct stream_piece piece;
};

static void stream_close(void *memory)
{
	struct table_stream *s = memory;

	stream_walk_destroy(s->walk);
	stream_candidates_finish(&s->candidates);
	free(s);
}

/* 1 when there is exactly one file to be meant; 0 for none. */
static int find_file(struct table_stream *s, struct source *source, sqlite3_value *const *arguments,
		     struct error *err)
{
	const char *label = (const char *)sqlite3_value_text(arguments[0]);
	sqlite3_int64 step = arguments[2] ? sqlite3_value_int64(arguments[2]) : 0;
	struct position where = { .kind = POSITION_STEPS,
				  .first = (uint64_t)step,
				  .last = (uint64_t)step,
				  .variant = -1 };
	int ret;

	if (!label || !label[0] || step < 0)
		return 0;
	ret = stream_find(source, label, sqlite3_value_int(arguments[1]), step ? &where : NULL,
			  &s->candidates, err);
	if (ret <= 0 || !s->candidates.count)
		return ret < 0 ? ret : 0;
	if (s->candidates.count > 1)
		return error_set(err, -EINVAL,
				 "stream(): descriptor %d of %s was several files; "
				 "a step as the third argument says which",
				 sqlite3_value_int(arguments[1]), label);
	return 1;
}

static int stream_open(struct source *source, sqlite3_value *const *arguments, void **memory,
		       struct error *err)
{
	struct table_stream *s = alloc_zeroed(1, sizeof(*s));
	int ret = find_file(s, source, arguments, err);

	if (ret > 0)
		ret = stream_walk_create(&s->walk, source, &s->candidates.at[0], err);
	if (s->walk)
		*memory = s;
	else
		stream_close(s);
	return ret < 0 ? ret : 0;
}

static int stream_next(void *memory, struct error *err)
{
	struct table_stream *s = memory;

	return stream_walk_next(s->walk, &s->piece, err);
}

static void stream_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct table_stream *s = row->memory;
	const struct transfer *t = s->piece.transfer;
	cleanup_text struct text label = { 0 };

	switch (column) {
	case STREAM_STEP: sqlite3_result_int64(out, (int64_t)s->piece.step->step); break;
	case STREAM_TASK:
		text_add_task(&label, row->source, s->piece.step->task);
		value_text(out, text_get(&label));
		break;
	case STREAM_NAME: value_syscall_name(out, row->source, s->piece.step->nr); break;
	case STREAM_DIRECTION:
		value_text(out, t->direction == TRANSFER_READ ? "read" : "written");
		break;
	case STREAM_OFFSET: sqlite3_result_int64(out, (int64_t)s->piece.offset); break;
	case STREAM_LENGTH: sqlite3_result_int64(out, (int64_t)t->bytes); break;
	case STREAM_MISSING: sqlite3_result_int64(out, (int64_t)(t->bytes - t->data.length)); break;
	case STREAM_DATA: value_blob(out, &t->data); break;
	}
}

const struct table table_stream = {
	.name = "stream",
	.text = "what one open file, socket or pipe moved: stream(proc, fd, step)",
	.example = "SELECT group_concat(CAST(data AS TEXT), '') FROM stream('P0', 1)",
	.columns = stream_columns,
	.n_arguments = 3,
	.n_required = 2,
	.walk_open = stream_open,
	.walk_next = stream_next,
	.memory_close = stream_close,
	.value = stream_value,
};
