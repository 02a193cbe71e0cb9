/* Tables over Step records: step, call (one variant's part) and buf. */
#include "analysis/schema.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/filter.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"

/* bytes of decoded text in a column; longer ones end in "..." */
#define DECODED_BYTES 8192

static const char *const executed_names[] = {
	[EXECUTED_LEADER] = "leader",
	[EXECUTED_EACH] = "each",
	[EXECUTED_NOBODY] = "nobody",
	[EXECUTED_LOCAL] = "local",
};
static const char *const direction_names[] = { [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out" };
static const char *const part_names[] = {
	[PART_CONTENT] = "content", [PART_LAYOUT] = "layout", [PART_NAME] = "name", [PART_CONTROL] = "control"
};

#define VALUE_ENUM(out, names, number) \
	value_enum(out, names, sizeof(names) / sizeof((names)[0]), number)

/* The one whose values stand for the step: the leader, or the only one there. */
static unsigned step_leader(const struct trace_step *step)
{
	unsigned v = mask_variant(step->variants, 0);

	return v < LIMIT_VARIANTS ? v : 0;
}

static void value_result(sqlite3_context *out, const struct trace_step *step, unsigned v)
{
	if (!step->no_result)
		sqlite3_result_int64(out, step->result[v]);
}

static void value_errno(sqlite3_context *out, const struct row *row, unsigned v)
{
	const struct trace_step *step = &row->record->step;
	int number = step->no_result ? 0 : result_errno(step->result[v]);
	const char *name = number ? source_errno_name(row->source, number) : NULL;

	if (name)
		value_text(out, name);
	else if (number)
		sqlite3_result_text(out, sqlite3_mprintf("E%d", number), -1, sqlite3_free);
}

static void value_duration(sqlite3_context *out, const struct trace_step *step, unsigned v)
{
	if (step->exit_ns[v] >= step->entry_ns[v] && step->exit_ns[v])
		sqlite3_result_int64(out, (int64_t)(step->exit_ns[v] - step->entry_ns[v]));
}

static size_t decode(const struct trace_step *step, unsigned v, char text[DECODED_BYTES])
{
	struct decode_options options = { 0 };

	return syscall_decode(step, v, &options, text, DECODED_BYTES);
}

/* What the calls of a step's variants look like. */
struct texts {
	const char *of[LIMIT_VARIANTS]; /* NULL: not among them */
	size_t length[LIMIT_VARIANTS];
};

static const void *prepare_texts(const struct trace_step *step, uint32_t variants,
				 struct trace_arena *arena)
{
	struct texts *texts = trace_arena_take(arena, sizeof(*texts));
	char text[DECODED_BYTES];

	if (!texts)
		return NULL;
	memset(texts, 0, sizeof(*texts));
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		char *copy;

		if (!(variants & 1u << v))
			continue;
		texts->length[v] = decode(step, v, text);
		copy = trace_arena_take(arena, texts->length[v]);
		if (!copy)
			return NULL;
		memcpy(copy, text, texts->length[v]);
		texts->of[v] = copy;
	}
	return texts;
}

static void value_decoded(sqlite3_context *out, const struct row *row, unsigned v)
{
	const struct texts *texts = row->prepared;
	char text[DECODED_BYTES];
	size_t length;

	if (texts && texts->of[v]) {
		sqlite3_result_text64(out, texts->of[v], texts->length[v], SQLITE_TRANSIENT,
				      SQLITE_UTF8);
		return;
	}
	length = decode(&row->record->step, v, text);
	sqlite3_result_text64(out, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

enum {
	STEP_STEP,
	STEP_TASK,
	STEP_TASK_SEQ,
	STEP_NR,
	STEP_NAME,
	STEP_TIME,
	STEP_DURATION,
	STEP_VARIANTS,
	STEP_EXECUTED,
	STEP_VERDICT,
	STEP_POLICY,
	STEP_RESULT,
	STEP_ERRNO,
	STEP_TICKET,
	STEP_ABI,
	STEP_TEXT,
	STEP_COUNT
};

/* clang-format off */
#define STEP_COLUMNS \
	[STEP_STEP] = { "step", COLUMN_INTEGER, ROLE_STEP, "global number, from 1" }, \
	[STEP_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" }, \
	[STEP_TASK_SEQ] = { "task_seq", COLUMN_INTEGER, ROLE_NONE, \
			    "number within the task, from 1" }, \
	[STEP_NR] = { "nr", COLUMN_INTEGER, ROLE_NR, "system call number" }, \
	[STEP_NAME] = { "name", COLUMN_TEXT, ROLE_NAME, "system call name" }, \
	[STEP_TIME] = { "time_ns", COLUMN_INTEGER, ROLE_TIME, \
			"leader's entry, ns since the run started" }, \
	[STEP_DURATION] = { "duration_ns", COLUMN_INTEGER, ROLE_NONE, \
			    "leader's entry to exit, ns" }, \
	[STEP_VARIANTS] = { "variants", COLUMN_TEXT, ROLE_NONE, "those that took part: 0,1" }, \
	[STEP_EXECUTED] = { "executed", COLUMN_TEXT, ROLE_NONE, "leader, each, nobody or local" }, \
	[STEP_VERDICT] = { "verdict", COLUMN_TEXT, ROLE_VERDICT, \
			   "same, diverged, local, refused or unsupported" }, \
	[STEP_POLICY] = { "policy", COLUMN_INTEGER, ROLE_NONE, "policy decision, 0 for allowed" }, \
	[STEP_RESULT] = { "result", COLUMN_INTEGER, ROLE_NONE, \
			  "leader's; NULL when it does not return" }, \
	[STEP_ERRNO] = { "errno", COLUMN_TEXT, ROLE_ERRNO, "name, NULL when it did not fail" }, \
	[STEP_TICKET] = { "ticket", COLUMN_INTEGER, ROLE_NONE, \
			  "order among calls on shared objects, 0 for none" }, \
	[STEP_ABI] = { "abi", COLUMN_INTEGER, ROLE_NONE, "0 for x86-64" }, \
	[STEP_TEXT] = { "text", COLUMN_TEXT, ROLE_NONE, \
			"leader's call decoded, as strace prints it" }
/* clang-format on */

static const struct column step_columns[] = { STEP_COLUMNS, { NULL } };

static void step_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_step *step = &row->record->step;
	unsigned v = step_leader(step);

	switch (column) {
	case STEP_STEP: sqlite3_result_int64(out, (int64_t)step->step); break;
	case STEP_TASK: sqlite3_result_int64(out, step->task); break;
	case STEP_TASK_SEQ: sqlite3_result_int64(out, (int64_t)step->task_seq); break;
	case STEP_NR: sqlite3_result_int64(out, step->nr); break;
	case STEP_NAME: value_syscall_name(out, row->source, step->nr); break;
	case STEP_TIME: value_time(out, step->entry_ns[v]); break;
	case STEP_DURATION: value_duration(out, step, v); break;
	case STEP_VARIANTS: value_mask(out, step->variants); break;
	case STEP_EXECUTED: VALUE_ENUM(out, executed_names, step->executed); break;
	case STEP_VERDICT: VALUE_ENUM(out, verdict_names, step->verdict); break;
	case STEP_POLICY: sqlite3_result_int64(out, step->policy); break;
	case STEP_RESULT: value_result(out, step, v); break;
	case STEP_ERRNO: value_errno(out, row, v); break;
	case STEP_TICKET: sqlite3_result_int64(out, (int64_t)step->ticket); break;
	case STEP_ABI: sqlite3_result_int64(out, step->abi); break;
	case STEP_TEXT: value_decoded(out, row, v); break;
	}
}

static const void *step_prepare(const struct trace_step *step, struct trace_arena *arena)
{
	return prepare_texts(step, 1u << step_leader(step), arena);
}

const struct table table_step = {
	.name = "step",
	.text = "one rendezvous: a system call of all variants, or a local one of fewer",
	.example = "SELECT name, count(*) FROM step GROUP BY name ORDER BY 2 DESC",
	.columns = step_columns,
	.kind = TRACE_STEP,
	.prepare = step_prepare,
	.value = step_value,
};

/* ---- context: steps around one ---- */

enum { CONTEXT_DISTANCE = STEP_COUNT, CONTEXT_AROUND, CONTEXT_BEFORE, CONTEXT_AFTER };

static const struct column context_columns[] = {
	STEP_COLUMNS,
	[CONTEXT_DISTANCE] = { "distance", COLUMN_INTEGER, ROLE_NONE,
			       "steps after the one asked for; negative before it" },
	[CONTEXT_AROUND] = { "around", COLUMN_INTEGER, ROLE_NONE, "argument: the step" },
	[CONTEXT_BEFORE] = { "before", COLUMN_INTEGER, ROLE_NONE, "argument: steps before it (0)" },
	[CONTEXT_AFTER] = { "after", COLUMN_INTEGER, ROLE_NONE, "argument: steps after it (0)" },
	{ NULL },
};

struct context {
	struct scan *scan;
	const struct trace_record *record;
	uint64_t around;
};

/* Negative and too great ones meet their bounds. */
static uint64_t get_count(sqlite3_value *value)
{
	sqlite3_int64 count = value ? sqlite3_value_int64(value) : 0;

	return count < 0 ? 0 : (uint64_t)count;
}

static int context_open(struct source *source, sqlite3_value *const *arguments, void **memory,
			struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	uint64_t around = get_count(arguments[0]), before = get_count(arguments[1]);
	uint64_t after = get_count(arguments[2]);
	struct context *c;
	int ret;

	if (!around)
		return 0;
	c = alloc_zeroed(1, sizeof(*c));
	c->around = around;
	ret = scan_create(&c->scan, source, err);
	if (ret < 0) {
		free(c);
		return ret;
	}
	filter.first_step = before < around ? around - before : 1;
	filter.last_step = around + after;
	scan_start(c->scan, &filter);
	*memory = c;
	return 0;
}

static void context_close(void *memory)
{
	scan_destroy(((struct context *)memory)->scan);
	free(memory);
}

static int context_next(void *memory, struct error *err)
{
	struct context *c = memory;

	return scan_next(c->scan, &c->record, err);
}

static void context_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct context *c = row->memory;
	struct row step = { .source = row->source, .record = c->record };

	if (column < STEP_COUNT)
		step_value(&step, column, out);
	else if (column == CONTEXT_DISTANCE)
		sqlite3_result_int64(out, (sqlite3_int64)(c->record->step.step - c->around));
}

const struct table table_context = {
	.name = "context",
	.text = "the step asked for and those around it: context(step, before, after)",
	.example = "SELECT c.* FROM divergence AS d, context(d.step, 20, 5) AS c",
	.columns = context_columns,
	.n_arguments = 3,
	.n_required = 1,
	.walk_open = context_open,
	.walk_next = context_next,
	.memory_close = context_close,
	.value = context_value,
};

/* ---- call ---- */

enum {
	CALL_STEP,
	CALL_VARIANT,
	CALL_TASK,
	CALL_NR,
	CALL_NAME,
	CALL_A0,
	CALL_A1,
	CALL_A2,
	CALL_A3,
	CALL_A4,
	CALL_A5,
	CALL_RESULT,
	CALL_ERRNO,
	CALL_ENTRY,
	CALL_EXIT,
	CALL_DURATION,
	CALL_VERDICT,
	CALL_TEXT
};

static const struct column call_columns[] = {
	[CALL_STEP] = { "step", COLUMN_INTEGER, ROLE_STEP, "step.step" },
	[CALL_VARIANT] = { "variant", COLUMN_INTEGER, ROLE_NONE, "variant.variant" },
	[CALL_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	[CALL_NR] = { "nr", COLUMN_INTEGER, ROLE_NR, "system call number" },
	[CALL_NAME] = { "name", COLUMN_TEXT, ROLE_NAME, "system call name" },
	[CALL_A0] = { "a0", COLUMN_INTEGER, ROLE_NONE,
		      "first argument as the register held it, signed" },
	[CALL_A1] = { "a1", COLUMN_INTEGER, ROLE_NONE,
		      "second argument; hex64(a1) shows an address" },
	[CALL_A2] = { "a2", COLUMN_INTEGER, ROLE_NONE, "third argument" },
	[CALL_A3] = { "a3", COLUMN_INTEGER, ROLE_NONE, "fourth argument" },
	[CALL_A4] = { "a4", COLUMN_INTEGER, ROLE_NONE, "fifth argument" },
	[CALL_A5] = { "a5", COLUMN_INTEGER, ROLE_NONE, "sixth argument" },
	[CALL_RESULT] = { "result", COLUMN_INTEGER, ROLE_NONE,
			  "-errno on failure; NULL: does not return" },
	/* no ROLE_ERRNO: a frame counts the leader's errors only */
	[CALL_ERRNO] = { "errno", COLUMN_TEXT, ROLE_NONE, "name, NULL when it did not fail" },
	[CALL_ENTRY] = { "entry_ns", COLUMN_INTEGER, ROLE_TIME,
			 "this variant arrived, ns since the start" },
	[CALL_EXIT] = { "exit_ns", COLUMN_INTEGER, ROLE_TIME,
			"this variant went on, ns since the start" },
	[CALL_DURATION] = { "duration_ns", COLUMN_INTEGER, ROLE_NONE, "exit_ns - entry_ns" },
	[CALL_VERDICT] = { "verdict", COLUMN_TEXT, ROLE_VERDICT, "as in step" },
	[CALL_TEXT] = { "text", COLUMN_TEXT, ROLE_NONE, "this variant's call decoded" },
	{ NULL },
};

static size_t call_rows(const struct trace_record *record)
{
	return (size_t)__builtin_popcount(record->step.variants & ((1u << LIMIT_VARIANTS) - 1));
}

static void call_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_step *step = &row->record->step;
	unsigned v = mask_variant(step->variants, row->index);

	switch (column) {
	case CALL_STEP: sqlite3_result_int64(out, (int64_t)step->step); break;
	case CALL_VARIANT: sqlite3_result_int64(out, v); break;
	case CALL_TASK: sqlite3_result_int64(out, step->task); break;
	case CALL_NR: sqlite3_result_int64(out, step->nr); break;
	case CALL_NAME: value_syscall_name(out, row->source, step->nr); break;
	case CALL_A0:
	case CALL_A1:
	case CALL_A2:
	case CALL_A3:
	case CALL_A4:
	case CALL_A5: sqlite3_result_int64(out, (int64_t)step->args[v][column - CALL_A0]); break;
	case CALL_RESULT: value_result(out, step, v); break;
	case CALL_ERRNO: value_errno(out, row, v); break;
	case CALL_ENTRY: value_time(out, step->entry_ns[v]); break;
	case CALL_EXIT: value_time(out, step->exit_ns[v]); break;
	case CALL_DURATION: value_duration(out, step, v); break;
	case CALL_VERDICT: VALUE_ENUM(out, verdict_names, step->verdict); break;
	case CALL_TEXT: value_decoded(out, row, v); break;
	}
}

static const void *call_prepare(const struct trace_step *step, struct trace_arena *arena)
{
	return prepare_texts(step, step->variants, arena);
}

const struct table table_call = {
	.name = "call",
	.text = "one variant's part of a step",
	.example = "SELECT variant, a0, result FROM call WHERE step = 12",
	.columns = call_columns,
	.kind = TRACE_STEP,
	.record_rows = call_rows,
	.prepare = call_prepare,
	.value = call_value,
};

enum {
	BUF_STEP,
	BUF_ARG,
	BUF_DIRECTION,
	BUF_PART,
	BUF_VARIANTS,
	BUF_LENGTH,
	BUF_TRUNCATED,
	BUF_HASH,
	BUF_IS_PATH,
	BUF_DATA
};

static const struct column buf_columns[] = {
	[BUF_STEP] = { "step", COLUMN_INTEGER, ROLE_STEP, "step.step" },
	[BUF_ARG] = { "arg", COLUMN_INTEGER, ROLE_NONE, "argument it belongs to: 0 is call.a0" },
	[BUF_DIRECTION] = { "direction", COLUMN_TEXT, ROLE_NONE,
			    "in (read from the variant) or out" },
	[BUF_PART] = { "part", COLUMN_TEXT, ROLE_NONE,
		       "content, layout (lengths), name or control" },
	[BUF_VARIANTS] = { "variants", COLUMN_TEXT, ROLE_NONE, "whose bytes these are: 0,1" },
	[BUF_LENGTH] = { "full_length", COLUMN_INTEGER, ROLE_NONE, "bytes there were" },
	[BUF_TRUNCATED] = { "truncated", COLUMN_INTEGER, ROLE_NONE, "1: data is only the head" },
	[BUF_HASH] = { "hash", COLUMN_TEXT, ROLE_NONE,
		       "XXH3 of all bytes in hex; NULL when data is whole" },
	[BUF_IS_PATH] = { "is_path", COLUMN_INTEGER, ROLE_NONE, "1: data is a file name" },
	[BUF_DATA] = { "data", COLUMN_BLOB, ROLE_NONE, "the bytes kept" },
	{ NULL },
};

static size_t buf_rows(const struct trace_record *record)
{
	return record->step.n_bufs;
}

static void buf_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_buf *buf = &row->record->step.bufs[row->index];

	switch (column) {
	case BUF_STEP: sqlite3_result_int64(out, (int64_t)row->record->step.step); break;
	case BUF_ARG: sqlite3_result_int64(out, buf->arg); break;
	case BUF_DIRECTION: VALUE_ENUM(out, direction_names, buf->direction); break;
	case BUF_PART: VALUE_ENUM(out, part_names, buf->part); break;
	case BUF_VARIANTS: value_mask(out, buf->variants); break;
	case BUF_LENGTH: sqlite3_result_int64(out, (int64_t)buf->full_length); break;
	case BUF_TRUNCATED: sqlite3_result_int64(out, buf->truncated); break;
	case BUF_HASH:
		if (buf->hash)
			value_hex(out, buf->hash);
		break;
	case BUF_IS_PATH: sqlite3_result_int(out, call_buf_is_path(&row->record->step, buf)); break;
	case BUF_DATA: value_blob(out, &buf->data); break;
	}
}

const struct table table_buf = {
	.name = "buf",
	.text = "bytes that went with a step: names, what was written, what was read",
	.example = "SELECT step, printable(data, 60) FROM buf WHERE data LIKE '%passwd%'",
	.columns = buf_columns,
	.kind = TRACE_STEP,
	.record_rows = buf_rows,
	.value = buf_value,
};
