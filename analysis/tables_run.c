/* Tables kept in memory: what there is once, or a few times, in a trace. */
#include "analysis/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/facts.h"
#include "analysis/filter.h"
#include "base/alloc.h"
#include "schema/syscall_model.h"

/* ---- meta ---- */

enum { META_KEY, META_VALUE };

static const struct column meta_columns[] = {
	[META_KEY] = { "key", COLUMN_TEXT, ROLE_NONE, "what" },
	[META_VALUE] = { "value", COLUMN_ANY, ROLE_NONE, "text or integer" },
	{ NULL },
};

static int meta_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	struct facts *facts = alloc_zeroed(1, sizeof(*facts));

	facts_collect(facts, source, true);
	*memory = facts;
	*count = facts->count;
	return 0;
}

static void meta_close(void *memory)
{
	facts_finish(memory);
	free(memory);
}

static void meta_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct facts *facts = row->memory;
	const struct fact *fact = &facts->at[row->index];

	if (column == META_KEY)
		value_text(out, fact->key);
	else if (fact->number && fact->value)
		sqlite3_result_int64(out, (int64_t)strtoull(fact->value, NULL, 10));
	else
		value_text(out, fact->value);
}

const struct table table_meta = {
	.name = "meta",
	.text = "facts about the whole run: host, options, start state, totals, environment",
	.example = "SELECT value FROM meta WHERE key = 'kernel_release'",
	.columns = meta_columns,
	.memory_open = meta_open,
	.memory_close = meta_close,
	.value = meta_value,
};

/* ---- variant ---- */

enum {
	VARIANT_VARIANT,
	VARIANT_PID,
	VARIANT_PATH,
	VARIANT_ARGV,
	VARIANT_LAYOUT,
	VARIANT_BUILD_ID,
	VARIANT_SIZE,
	VARIANT_HASH,
	VARIANT_STATUS,
	VARIANT_EXIT,
	VARIANT_SIGNAL
};

static const struct column variant_columns[] = {
	[VARIANT_VARIANT] = { "variant", COLUMN_INTEGER, ROLE_NONE, "number, 0 is the leader" },
	[VARIANT_PID] = { "pid", COLUMN_INTEGER, ROLE_NONE, "of its first process" },
	[VARIANT_PATH] = { "path", COLUMN_TEXT, ROLE_NONE, "of its executable, resolved" },
	[VARIANT_ARGV] = { "argv", COLUMN_TEXT, ROLE_NONE, "command line, quoted for a shell" },
	[VARIANT_LAYOUT] = { "layout", COLUMN_TEXT, ROLE_NONE,
			     "independent, code, same, off or leader-fixed" },
	[VARIANT_BUILD_ID] = { "build_id", COLUMN_TEXT, ROLE_NONE,
			       "in hex; empty when it has none" },
	[VARIANT_SIZE] = { "size", COLUMN_INTEGER, ROLE_NONE, "of the executable, bytes" },
	[VARIANT_HASH] = { "hash", COLUMN_TEXT, ROLE_NONE,
			   "XXH3 of the executable in hex, NULL if unknown" },
	[VARIANT_STATUS] = { "status", COLUMN_INTEGER, ROLE_NONE,
			     "wait status; NULL when it is not known" },
	[VARIANT_EXIT] = { "exit_code", COLUMN_INTEGER, ROLE_NONE, "NULL unless it exited" },
	[VARIANT_SIGNAL] = { "exit_signal", COLUMN_TEXT, ROLE_NONE,
			     "NULL unless a signal killed it" },
	{ NULL },
};

static int variant_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	const struct source_variant *variants;

	*count = source_variant_count(source);
	return source_variants(source, &variants, err);
}

static void value_status(const struct row *row, bool known, int32_t status, int part,
			 sqlite3_context *out)
{
	if (!known)
		return;
	if (part == VARIANT_STATUS)
		sqlite3_result_int64(out, status);
	else if (part == VARIANT_EXIT && WIFEXITED(status))
		sqlite3_result_int64(out, WEXITSTATUS(status));
	else if (part == VARIANT_SIGNAL && WIFSIGNALED(status))
		value_text(out, source_signal_name(row->source, WTERMSIG(status)));
}

static void value_build_id(sqlite3_context *out, const struct source_variant *v)
{
	cleanup_text struct text hex = { 0 };

	for (size_t i = 0; i < v->build_id_length; i++)
		text_printf(&hex, "%02x", v->build_id[i]);
	value_text(out, text_get(&hex));
}

static void variant_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_end *end = source_end(row->source);
	const struct source_variant *variants, *v;

	if (source_variants(row->source, &variants, NULL) < 0)
		return;
	v = &variants[row->index];
	if (column == VARIANT_VARIANT)
		sqlite3_result_int64(out, (int64_t)row->index);
	else if (column >= VARIANT_STATUS)
		value_status(row, end && (end->variants & 1u << row->index),
			     end ? end->status[row->index] : 0, column, out);
	if (!v->known)
		return;
	switch (column) {
	case VARIANT_PID: sqlite3_result_int64(out, v->pid); break;
	case VARIANT_PATH: value_text(out, v->path); break;
	case VARIANT_ARGV: value_text(out, v->command_line); break;
	case VARIANT_LAYOUT: value_text(out, v->layout); break;
	case VARIANT_BUILD_ID: value_build_id(out, v); break;
	case VARIANT_SIZE: sqlite3_result_int64(out, (int64_t)v->size); break;
	case VARIANT_HASH:
		if (v->hash)
			value_hex(out, v->hash);
		break;
	}
}

const struct table table_variant = {
	.name = "variant",
	.text = "a running copy of the program",
	.example = "SELECT variant, path, exit_code FROM variant",
	.columns = variant_columns,
	.memory_open = variant_open,
	.value = variant_value,
};

/* ---- task ---- */

enum { TASK_TASK, TASK_PARENT, TASK_LABEL, TASK_START, TASK_END, TASK_FLAGS, TASK_VARIANTS };

static const struct column task_columns[] = {
	[TASK_TASK] = { "task", COLUMN_INTEGER, ROLE_TASK, "number, from 1" },
	[TASK_PARENT] = { "parent", COLUMN_INTEGER, ROLE_NONE,
			  "task that made it, 0 for the first" },
	[TASK_LABEL] = { "label", COLUMN_TEXT, ROLE_NONE, "creation path: P0.T0, P0.2.T0" },
	[TASK_START] = { "start_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[TASK_END] = { "end_ns", COLUMN_INTEGER, ROLE_NONE,
		       "ns since the run started; NULL: no end recorded" },
	[TASK_FLAGS] = { "clone_flags", COLUMN_INTEGER, ROLE_NONE, "as clone(2) has them" },
	[TASK_VARIANTS] = { "variants", COLUMN_TEXT, ROLE_NONE, "those that have it: 0,1" },
	{ NULL },
};

static int task_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	const struct source_task *tasks;

	return source_tasks(source, &tasks, count, err);
}

static void task_range(struct source *source, int64_t number, size_t *first, size_t *end)
{
	const struct source_task *tasks, *task = NULL;
	size_t count;

	if (number >= 0 && number <= UINT32_MAX && source_tasks(source, &tasks, &count, NULL) == 0)
		task = source_task_find(source, (uint32_t)number, NULL);
	*first = task ? (size_t)(task - tasks) : 0;
	*end = task ? *first + 1 : 0;
}

static void task_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct source_task *tasks, *task;
	size_t count;

	if (source_tasks(row->source, &tasks, &count, NULL) < 0 || row->index >= count)
		return;
	task = &tasks[row->index];
	if (column == TASK_TASK)
		sqlite3_result_int64(out, task->task);
	else if (column == TASK_END && task->ended)
		sqlite3_result_int64(out, (int64_t)task->end_ns);
	if (!task->started)
		return;
	switch (column) {
	case TASK_PARENT: sqlite3_result_int64(out, task->parent); break;
	case TASK_LABEL: value_text(out, task->label); break;
	case TASK_START: sqlite3_result_int64(out, (int64_t)task->start_ns); break;
	case TASK_FLAGS: sqlite3_result_int64(out, (int64_t)task->clone_flags); break;
	case TASK_VARIANTS: value_mask(out, task->variants); break;
	}
}

const struct table table_task = {
	.name = "task",
	.text = "a thread, the corresponding ones of all variants together",
	.example = "SELECT label, end_ns - start_ns FROM task",
	.columns = task_columns,
	.memory_open = task_open,
	.task_range = task_range,
	.value = task_value,
};

/* ---- task_variant: LIMIT_VARIANTS places a task, so that a row is found by its index ---- */

struct task_place {
	uint32_t task;
	uint8_t variant;
};

enum { TV_TASK, TV_VARIANT, TV_PID, TV_TID, TV_STATUS };

static const struct column task_variant_columns[] = {
	[TV_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	[TV_VARIANT] = { "variant", COLUMN_INTEGER, ROLE_NONE, "variant.variant" },
	[TV_PID] = { "pid", COLUMN_INTEGER, ROLE_NONE, "process id in this variant" },
	[TV_TID] = { "tid", COLUMN_INTEGER, ROLE_NONE, "thread id in this variant" },
	[TV_STATUS] = { "status", COLUMN_INTEGER, ROLE_NONE, "wait status; NULL: no end recorded" },
	{ NULL },
};

static int task_variant_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	const struct source_task *tasks;
	struct task_place *places = NULL;
	size_t n_tasks, capacity = 0, n = 0;
	int ret = source_tasks(source, &tasks, &n_tasks, err);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < n_tasks; i++) {
		for (uint8_t v = 0; v < LIMIT_VARIANTS; v++) {
			if (!((tasks[i].variants | tasks[i].ended_variants) & 1u << v))
				continue;
			alloc_grow(&places, &capacity, n + 1);
			places[n++] = (struct task_place){ .task = tasks[i].task, .variant = v };
		}
	}
	*memory = places;
	*count = n;
	return 0;
}

static void task_variant_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct task_place *place = (const struct task_place *)row->memory + row->index;
	const struct source_task *task = source_task_find(row->source, place->task, NULL);
	unsigned v = place->variant;

	if (!task)
		return;
	switch (column) {
	case TV_TASK: sqlite3_result_int64(out, task->task); break;
	case TV_VARIANT: sqlite3_result_int64(out, v); break;
	case TV_PID:
	case TV_TID:
		if (task->variants & 1u << v)
			sqlite3_result_int64(out, column == TV_PID ? task->pid[v] : task->tid[v]);
		break;
	case TV_STATUS:
		if (task->ended_variants & 1u << v)
			sqlite3_result_int64(out, task->status[v]);
		break;
	}
}

const struct table table_task_variant = {
	.name = "task_variant",
	.text = "one variant's thread of a task",
	.example = "SELECT variant, pid, tid FROM task_variant WHERE task = 1",
	.columns = task_variant_columns,
	.memory_open = task_variant_open,
	.memory_close = free,
	.value = task_variant_value,
};

/* ---- frame ---- */

enum {
	FRAME_FRAME,
	FRAME_OFFSET,
	FRAME_STORED,
	FRAME_RAW,
	FRAME_FIRST_STEP,
	FRAME_LAST_STEP,
	FRAME_FIRST_NS,
	FRAME_LAST_NS,
	FRAME_RECORDS,
	FRAME_CALLS,
	FRAME_SIGNALS,
	FRAME_DIVERGENCES,
	FRAME_ERRORS
};

static const struct column frame_columns[] = {
	[FRAME_FRAME] = { "frame", COLUMN_INTEGER, ROLE_NONE, "number, from 0" },
	[FRAME_OFFSET] = { "offset", COLUMN_INTEGER, ROLE_NONE, "in the file, bytes" },
	[FRAME_STORED] = { "stored_bytes", COLUMN_INTEGER, ROLE_NONE, "compressed" },
	[FRAME_RAW] = { "raw_bytes", COLUMN_INTEGER, ROLE_NONE, "content" },
	[FRAME_FIRST_STEP] = { "first_step", COLUMN_INTEGER, ROLE_NONE, "NULL when it holds none" },
	[FRAME_LAST_STEP] = { "last_step", COLUMN_INTEGER, ROLE_NONE, "NULL when it holds none" },
	[FRAME_FIRST_NS] = { "first_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[FRAME_LAST_NS] = { "last_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[FRAME_RECORDS] = { "records", COLUMN_INTEGER, ROLE_NONE, "of all kinds" },
	[FRAME_CALLS] = { "calls", COLUMN_INTEGER, ROLE_NONE, "steps" },
	[FRAME_SIGNALS] = { "signals", COLUMN_INTEGER, ROLE_NONE, "signal decisions" },
	[FRAME_DIVERGENCES] = { "divergences", COLUMN_INTEGER, ROLE_NONE, "divergences" },
	[FRAME_ERRORS] = { "errors", COLUMN_INTEGER, ROLE_NONE, "steps that failed" },
	{ NULL },
};

static int frame_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	source_frames(source, count);
	return 0;
}

static uint64_t frame_number(const struct trace_frame_stat *f, int column)
{
	switch (column) {
	case FRAME_FIRST_STEP: return f->first_step;
	case FRAME_LAST_STEP: return f->last_step;
	case FRAME_FIRST_NS: return f->first_ns;
	case FRAME_LAST_NS: return f->last_ns;
	case FRAME_RECORDS: return f->records;
	case FRAME_CALLS: return f->calls;
	case FRAME_SIGNALS: return f->signals;
	case FRAME_DIVERGENCES: return f->divergences;
	case FRAME_ERRORS: return f->errors;
	}
	return 0;
}

static void frame_value(const struct row *row, int column, sqlite3_context *out)
{
	size_t count;
	const struct trace_frame_stat *f = source_frames(row->source, &count) + row->index;
	bool is_step = column == FRAME_FIRST_STEP || column == FRAME_LAST_STEP;

	switch (column) {
	case FRAME_FRAME: sqlite3_result_int64(out, (int64_t)row->index); return;
	case FRAME_OFFSET: sqlite3_result_int64(out, (int64_t)f->offset); return;
	case FRAME_STORED: sqlite3_result_int64(out, (int64_t)f->stored_bytes); return;
	case FRAME_RAW: sqlite3_result_int64(out, (int64_t)f->raw_bytes); return;
	}
	if (f->known && !(is_step && !frame_number(f, column)))
		sqlite3_result_int64(out, (int64_t)frame_number(f, column));
}

const struct table table_frame = {
	.name = "frame",
	.text = "a compressed piece of the file, by its statistics (NULL where it has none)",
	.example = "SELECT sum(raw_bytes) * 1.0 / sum(stored_bytes) FROM frame",
	.columns = frame_columns,
	.memory_open = frame_open,
	.value = frame_value,
};

/* ---- stat: reads the whole trace once ---- */

struct stat_row {
	const char *name, *severity;
	int64_t value;
	char *text; /* owned */
};

struct stat_list {
	struct stat_row *rows;
	size_t count, capacity;
};

enum { STAT_NAME, STAT_SEVERITY, STAT_VALUE, STAT_TEXT };

static const struct column stat_columns[] = {
	[STAT_NAME] = { "name", COLUMN_TEXT, ROLE_NONE, "what was counted" },
	[STAT_SEVERITY] = { "severity", COLUMN_TEXT, ROLE_NONE,
			    "info, warning, error or data_loss" },
	[STAT_VALUE] = { "value", COLUMN_INTEGER, ROLE_NONE, "how many" },
	[STAT_TEXT] = { "text", COLUMN_TEXT, ROLE_NONE, "one sentence" },
	{ NULL },
};

static void add_stat(struct stat_list *list, const char *name, const char *severity, uint64_t value,
		     const char *text)
{
	alloc_grow(&list->rows, &list->capacity, list->count + 1);
	list->rows[list->count++] = (struct stat_row){ .name = name,
						       .severity = severity,
						       .value = (int64_t)value,
						       .text = alloc_string(text) };
}

static void add_kind_stats(struct stat_list *list, const uint64_t *kinds)
{
	static const struct {
		enum trace_record_kind kind;
		const char *name, *text;
	} counted[] = {
		{ TRACE_STEP, "steps", "Step records read" },
		{ TRACE_SIGNAL, "signals", "signal decisions read" },
		{ TRACE_TRAP, "traps", "answered instructions read" },
		{ TRACE_TASK_START, "tasks", "tasks started" },
		{ TRACE_MARK, "marks", "notes read" },
		{ TRACE_FILE_IDENTITY, "files", "file identities read" },
	};

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		add_stat(list, counted[i].name, "info", kinds[counted[i].kind], counted[i].text);
	add_stat(list, "divergences", kinds[TRACE_DIVERGENCE] ? "warning" : "info",
		 kinds[TRACE_DIVERGENCE], "divergences read");
}

static void add_loss_stats(struct stat_list *list, struct source *source, const uint64_t *kinds)
{
	size_t count;
	const struct trace_hole *holes = source_holes(source, &count);
	const struct trace_end *end = source_end(source);

	for (size_t i = 0; i < count; i++)
		add_stat(list, "hole", "data_loss", holes[i].bytes, holes[i].reason);
	if (source_state(source) != TRACE_COMPLETE)
		add_stat(list, "no_end", "data_loss", 1,
			 source_state(source) == TRACE_RECORDING ? "still being recorded" :
								   "the end is missing");
	if (end && end->steps != kinds[TRACE_STEP])
		add_stat(list, "steps_missing", "data_loss", end->steps - kinds[TRACE_STEP],
			 "steps the end counts and nobody can read");
	if (end && !end->clean)
		add_stat(list, "unclean", "error", 1, "it did not end cleanly, or was repaired");
}

/* Counts every record: also what meets every hole. */
static int count_records(struct source *source, uint64_t *kinds, uint64_t *disorder,
			 struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);
	const struct trace_record *record;
	struct scan *scan;
	uint64_t last = 0;
	int ret = scan_create(&scan, source, err);

	if (ret < 0)
		return ret;
	scan_start(scan, &filter);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		kinds[record->kind]++;
		if (record->kind != TRACE_STEP)
			continue;
		*disorder += record->step.step <= last;
		last = record->step.step;
	}
	scan_destroy(scan);
	return ret;
}

static int stat_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	uint64_t kinds[TRACE_END + 1] = { 0 }, disorder = 0;
	struct stat_list *list;
	int ret = count_records(source, kinds, &disorder, err);

	if (ret < 0)
		return ret;
	list = alloc_zeroed(1, sizeof(*list));
	add_kind_stats(list, kinds);
	add_loss_stats(list, source, kinds);
	if (disorder)
		add_stat(list, "disorder", "error", disorder, "step numbers that do not go up");
	*memory = list;
	*count = list->count;
	return 0;
}

static void stat_close(void *memory)
{
	struct stat_list *list = memory;

	for (size_t i = 0; i < list->count; i++)
		free(list->rows[i].text);
	free(list->rows);
	free(list);
}

static void stat_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct stat_row *stat = &((const struct stat_list *)row->memory)->rows[row->index];

	switch (column) {
	case STAT_NAME: value_text(out, stat->name); break;
	case STAT_SEVERITY: value_text(out, stat->severity); break;
	case STAT_VALUE: sqlite3_result_int64(out, stat->value); break;
	case STAT_TEXT: value_text(out, stat->text); break;
	}
}

const struct table table_stat = {
	.name = "stat",
	.text = "what reading all of the trace showed, losses included",
	.example = "SELECT * FROM stat WHERE severity <> 'info'",
	.columns = stat_columns,
	.memory_open = stat_open,
	.memory_close = stat_close,
	.value = stat_value,
};

/* ---- names: system calls, errno, signals ---- */

struct number_list {
	int *at;
	size_t count, capacity;
};

static int numbers_open(struct source *source, const char *(*name)(const struct source *, int64_t),
			int end, void **memory, size_t *count)
{
	struct number_list list = { 0 };

	for (int number = 0; number < end; number++) {
		if (!name(source, number))
			continue;
		alloc_grow(&list.at, &list.capacity, list.count + 1);
		list.at[list.count++] = number;
	}
	*memory = list.at;
	*count = list.count;
	return 0;
}

static int syscall_def_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	return numbers_open(source, source_syscall_name, SYSCALL_LIMIT, memory, count);
}

static int errno_def_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	return numbers_open(source, source_errno_name, 4096, memory, count);
}

static int signal_def_open(struct source *source, void **memory, size_t *count, struct error *err)
{
	return numbers_open(source, source_signal_name, 65, memory, count);
}

enum { DEF_NR, DEF_NAME, DEF_ARGC, DEF_RUN, DEF_LEVEL, DEF_SUPPORT, DEF_CLASSES };

static const struct column syscall_def_columns[] = {
	[DEF_NR] = { "nr", COLUMN_INTEGER, ROLE_NONE, "number" },
	[DEF_NAME] = { "name", COLUMN_TEXT, ROLE_NONE, "as the recording host knew it" },
	[DEF_ARGC] = { "argc", COLUMN_INTEGER, ROLE_NONE, "arguments the kernel looks at" },
	[DEF_RUN] = { "run", COLUMN_TEXT, ROLE_NONE,
		      "who executes it: each, leader, nobody, local" },
	[DEF_LEVEL] = { "level", COLUMN_TEXT, ROLE_NONE,
			"how sensitive: query, read, write, file, network, control" },
	[DEF_SUPPORT] = { "support", COLUMN_TEXT, ROLE_NONE, "live or refused" },
	[DEF_CLASSES] = { "classes", COLUMN_TEXT, ROLE_NONE,
			  "those of -e trace=%CLASS, a blank between: file desc" },
	{ NULL },
};

static void syscall_def_value(const struct row *row, int column, sqlite3_context *out)
{
	static const char *const run[] = {
		[RUN_EACH] = "each", [RUN_LEADER] = "leader", [RUN_NOBODY] = "nobody", [RUN_LOCAL] = "local"
	};
	static const char *const level[] = {
		[LEVEL_QUERY] = "query", [LEVEL_READ] = "read",       [LEVEL_WRITE] = "write",
		[LEVEL_FILE] = "file",   [LEVEL_NETWORK] = "network", [LEVEL_CONTROL] = "control"
	};
	static const char *const support[] = {
		[SUPPORT_NONE] = "none", [SUPPORT_LIVE] = "live", [SUPPORT_REFUSED] = "refused"
	};
	int nr = ((const int *)row->memory)[row->index];
	const struct syscall_row *def = syscall_row_find(nr);
	cleanup_text struct text words = { 0 };

	if (column == DEF_NR)
		sqlite3_result_int(out, nr);
	else if (column == DEF_NAME)
		value_syscall_name(out, row->source, nr);
	if (!def)
		return;
	switch (column) {
	case DEF_ARGC: sqlite3_result_int(out, def->argc); break;
	case DEF_RUN: value_enum(out, run, sizeof(run) / sizeof(run[0]), def->run); break;
	case DEF_LEVEL: value_enum(out, level, sizeof(level) / sizeof(level[0]), def->level); break;
	case DEF_SUPPORT:
		value_enum(out, support, sizeof(support) / sizeof(support[0]), def->support);
		break;
	case DEF_CLASSES:
		text_add_classes(&words, def);
		value_text(out, text_get(&words));
		break;
	}
}

const struct table table_syscall_def = {
	.name = "syscall_def",
	.text = "a system call by number",
	.example = "SELECT name FROM syscall_def WHERE level = 'network'",
	.columns = syscall_def_columns,
	.memory_open = syscall_def_open,
	.memory_close = free,
	.value = syscall_def_value,
};

static const struct column errno_def_columns[] = {
	{ "errno", COLUMN_INTEGER, ROLE_NONE, "number" },
	{ "name", COLUMN_TEXT, ROLE_NONE, "as the recording host knew it" },
	{ NULL },
};

static void errno_def_value(const struct row *row, int column, sqlite3_context *out)
{
	int number = ((const int *)row->memory)[row->index];

	if (column == 0)
		sqlite3_result_int(out, number);
	else
		value_text(out, source_errno_name(row->source, number));
}

const struct table table_errno_def = {
	.name = "errno_def",
	.text = "an error number",
	.example = "SELECT name FROM errno_def WHERE errno = 2",
	.columns = errno_def_columns,
	.memory_open = errno_def_open,
	.memory_close = free,
	.value = errno_def_value,
};

static const struct column signal_def_columns[] = {
	{ "signo", COLUMN_INTEGER, ROLE_NONE, "number" },
	{ "name", COLUMN_TEXT, ROLE_NONE, "as the recording host knew it" },
	{ NULL },
};

static void signal_def_value(const struct row *row, int column, sqlite3_context *out)
{
	int number = ((const int *)row->memory)[row->index];

	if (column == 0)
		sqlite3_result_int(out, number);
	else
		value_text(out, source_signal_name(row->source, number));
}

const struct table table_signal_def = {
	.name = "signal_def",
	.text = "a signal by number",
	.example = "SELECT name FROM signal_def WHERE signo = 11",
	.columns = signal_def_columns,
	.memory_open = signal_def_open,
	.memory_close = free,
	.value = signal_def_value,
};
