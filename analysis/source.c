/* The open trace; see source.h. */
#include "analysis/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/scan.h"
#include "analysis/text.h"
#include "base/alloc.h"
#include "base/lower_bound.h"
#include "schema/syscall_model.h"
#include "schema/syscall_names.h"

struct pooled_reader {
	struct trace_reader *reader;
	bool used;
};

struct source {
	char *path;
	struct trace_reader *reader; /* for header, frames and end; walks nowhere */
	const struct trace_frame_stat *frames;
	size_t n_frames;
	bool frames_known, frames_ordered;
	uint64_t steps;
	struct pooled_reader *pool;
	size_t n_pool, pool_capacity;
	const char *syscall_names[SYSCALL_LIMIT]; /* from the header */
	struct source_task *tasks;                /* sorted by number */
	size_t n_tasks, tasks_capacity;
	bool tasks_loaded;
	struct source_variant variants[LIMIT_VARIANTS];
	bool variants_loaded;
	struct trace_hole *holes; /* merged */
	size_t n_holes, holes_capacity;
	struct error failure;
	bool reads_ahead;
	void *kept;
	void (*drop_kept)(void *kept);
};

/* bytes of one step on disk, roughly, for an estimate where statistics are missing */
#define STEP_BYTES_GUESS 24

static void measure_frames(struct source *s)
{
	uint64_t last = 0;

	s->steps = 0;
	s->frames_known = true;
	s->frames_ordered = true;
	for (size_t i = 0; i < s->n_frames; i++) {
		const struct trace_frame_stat *stat = &s->frames[i];

		if (!stat->known)
			s->frames_known = false;
		s->steps += stat->calls;
		if (!stat->first_step)
			continue;
		if (stat->first_step <= last || stat->last_step < stat->first_step)
			s->frames_ordered = false;
		last = stat->last_step;
	}
	if (!s->frames_known)
		s->steps = trace_reader_file_bytes(s->reader) / STEP_BYTES_GUESS + 1;
}

static void index_names(struct source *s)
{
	const struct trace_header *header = trace_reader_header(s->reader);

	for (size_t i = 0; header && i < header->n_syscalls; i++) {
		const struct trace_name *name = &header->syscalls[i];

		if (name->number >= 0 && name->number < SYSCALL_LIMIT && name->name &&
		    name->name[0])
			s->syscall_names[name->number] = name->name;
	}
}

int source_open(struct source **out, const char *path, struct error *err)
{
	struct source *s = alloc_zeroed(1, sizeof(*s));
	int ret = trace_reader_open(&s->reader, path, err);

	if (ret < 0) {
		free(s);
		return ret;
	}
	s->path = alloc_string(path);
	s->frames = trace_reader_frames(s->reader, &s->n_frames);
	measure_frames(s);
	index_names(s);
	*out = s;
	return 0;
}

int source_refresh(struct source *s, struct error *err)
{
	int ret = trace_reader_refresh(s->reader, NULL, err);

	for (size_t i = 0; ret == 0 && i < s->n_pool; i++)
		ret = trace_reader_refresh(s->pool[i].reader, s->reader, err);
	s->frames = trace_reader_frames(s->reader, &s->n_frames);
	measure_frames(s);
	index_names(s);
	return ret;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	source_keep(s, NULL, NULL);
	for (size_t i = 0; i < s->n_pool; i++)
		trace_reader_close(s->pool[i].reader);
	trace_reader_close(s->reader);
	for (size_t i = 0; i < s->n_tasks; i++)
		free(s->tasks[i].label);
	for (size_t i = 0; i < LIMIT_VARIANTS; i++) {
		free(s->variants[i].path);
		free(s->variants[i].layout);
		free(s->variants[i].command_line);
		free(s->variants[i].build_id);
	}
	free(s->tasks);
	free(s->pool);
	free(s->holes);
	free(s->path);
	free(s);
}

const char *source_path(const struct source *s)
{
	return s->path;
}

const struct trace_header *source_header(const struct source *s)
{
	return trace_reader_header(s->reader);
}

const struct trace_end *source_end(const struct source *s)
{
	return trace_reader_end(s->reader);
}

enum trace_state source_state(const struct source *s)
{
	return trace_reader_state(s->reader);
}

const struct trace_frame_stat *source_frames(const struct source *s, size_t *count)
{
	*count = s->n_frames;
	return s->frames;
}

bool source_frames_known(const struct source *s)
{
	return s->frames_known;
}

bool source_frames_ordered(const struct source *s)
{
	return s->frames_ordered;
}

uint64_t source_file_bytes(const struct source *s)
{
	return trace_reader_file_bytes(s->reader);
}

uint64_t source_chain_hash(const struct source *s)
{
	return trace_reader_chain_hash(s->reader);
}

uint64_t source_steps_estimate(const struct source *s)
{
	return s->steps;
}

void source_read_ahead(struct source *s)
{
	s->reads_ahead = true;
}

bool source_reads_ahead(const struct source *s)
{
	return s->reads_ahead;
}

void source_keep(struct source *s, void *found, void (*drop)(void *found))
{
	void *before = source_take_kept(s);

	if (before)
		s->drop_kept(before);
	s->kept = found;
	s->drop_kept = drop;
}

void *source_take_kept(struct source *s)
{
	void *kept = s->kept;

	s->kept = NULL;
	return kept;
}

unsigned source_variant_count(const struct source *s)
{
	const struct trace_header *header = source_header(s);

	if (!header || !header->variants)
		return 1;
	return header->variants < LIMIT_VARIANTS ? header->variants : LIMIT_VARIANTS;
}

const char *source_syscall_name(const struct source *s, int64_t nr)
{
	const struct syscall_row *row;

	if (nr >= 0 && nr < SYSCALL_LIMIT && s->syscall_names[nr])
		return s->syscall_names[nr];
	row = syscall_row_find(nr);
	return row ? row->name : NULL;
}

static const char *name_find(const struct trace_name *names, size_t count, int64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number && names[i].name && names[i].name[0])
			return names[i].name;
	return NULL;
}

const char *source_errno_name(const struct source *s, int64_t number)
{
	const struct trace_header *header = source_header(s);
	const char *name = header ? name_find(header->errnos, header->n_errnos, number) : NULL;

	if (name || number < 0 || number > 4095)
		return name;
	return errno_name_find((int)number);
}

const char *source_signal_name(const struct source *s, int64_t number)
{
	const struct trace_header *header = source_header(s);
	const char *name = header ? name_find(header->signals, header->n_signals, number) : NULL;

	if (name || number < 0 || number > 64)
		return name;
	return signal_name_find((int)number);
}

/* ---- tasks and variants ---- */

/* Index of a task's number among the sorted ones, or of the place it belongs. */
static size_t task_place(const struct source *s, uint32_t task)
{
	return lower_bound(s->n_tasks, i, s->tasks[i].task < task);
}

/* The entry of a task, made if need be; NULL when there are too many. */
static struct source_task *task_entry(struct source *s, uint32_t task)
{
	size_t at = task_place(s, task);

	if (at < s->n_tasks && s->tasks[at].task == task)
		return &s->tasks[at];
	if (s->n_tasks >= LIMIT_TASKS)
		return NULL;
	alloc_grow(&s->tasks, &s->tasks_capacity, s->n_tasks + 1);
	memmove(&s->tasks[at + 1], &s->tasks[at], (s->n_tasks - at) * sizeof(s->tasks[0]));
	s->tasks[at] = (struct source_task){ .task = task };
	s->n_tasks++;
	return &s->tasks[at];
}

static void learn_task_start(struct source *s, const struct trace_task_start *start)
{
	struct source_task *task = task_entry(s, start->task);

	if (!task || task->started)
		return;
	task->started = true;
	task->parent = start->parent;
	task->label = alloc_string(start->label ? start->label : "");
	task->start_ns = start->time_ns;
	task->clone_flags = start->clone_flags;
	task->variants = start->variants;
	memcpy(task->pid, start->pid, sizeof(task->pid));
	memcpy(task->tid, start->tid, sizeof(task->tid));
}

static void learn_task_end(struct source *s, const struct trace_task_end *end)
{
	struct source_task *task = task_entry(s, end->task);

	if (!task || task->ended)
		return;
	task->ended = true;
	task->end_ns = end->time_ns;
	task->ended_variants = end->variants;
	memcpy(task->status, end->status, sizeof(task->status));
}

/* A word as a shell would take it. Foreign bytes stay; output escapes them. */
static void add_shell_word(struct text *t, const struct trace_blob *word)
{
	bool plain = word->length > 0;

	for (size_t i = 0; i < word->length; i++)
		if (!word->data[i] || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789_-./=:,+@%",
					      word->data[i]))
			plain = false;
	if (plain) {
		text_add_bytes(t, word->data, word->length);
		return;
	}
	text_add_char(t, '\'');
	for (size_t i = 0; i < word->length; i++) {
		if (word->data[i] == '\'')
			text_add(t, "'\\''");
		else if (word->data[i])
			text_add_bytes(t, &word->data[i], 1);
	}
	text_add_char(t, '\'');
}

static void learn_variant(struct source *s, const struct trace_variant_start *start)
{
	struct source_variant *v;
	cleanup_text struct text words = { 0 };

	if (start->variant >= LIMIT_VARIANTS || s->variants[start->variant].known)
		return;
	v = &s->variants[start->variant];
	for (size_t i = 0; i < start->n_argv; i++) {
		text_add(&words, i ? " " : "");
		add_shell_word(&words, &start->argv[i]);
	}
	v->known = true;
	v->pid = start->pid;
	v->path = alloc_string(start->path ? start->path : "");
	v->layout = alloc_string(start->layout ? start->layout : "");
	v->command_line = alloc_string(text_get(&words));
	v->build_id = alloc_zeroed(start->build_id.length, 1);
	v->build_id_length = start->build_id.length;
	if (v->build_id_length)
		memcpy(v->build_id, start->build_id.data, v->build_id_length);
	v->size = start->size;
	v->hash = start->hash;
}

void source_learn(struct source *s, const struct trace_record *record)
{
	if (record->kind == TRACE_TASK_START)
		learn_task_start(s, &record->task_start);
	else if (record->kind == TRACE_TASK_END)
		learn_task_end(s, &record->task_end);
	else if (record->kind == TRACE_VARIANT_START)
		learn_variant(s, &record->variant_start);
}

/* Walks the records of some kinds; with `stop_at` variants known it ends early. */
static int learn_kinds(struct source *s, unsigned kinds, unsigned stop_at, struct error *err)
{
	struct scan_filter filter = scan_filter_all(kinds);
	const struct trace_record *record;
	struct scan *scan;
	unsigned known = 0;
	int ret = scan_create(&scan, s, err);

	if (ret < 0)
		return ret;
	scan_start(scan, &filter);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s, record);
		known += record->kind == TRACE_VARIANT_START;
		if (stop_at && known >= stop_at)
			break;
	}
	scan_destroy(scan);
	return ret < 0 ? ret : 0;
}

int source_tasks(struct source *s, const struct source_task **out, size_t *count, struct error *err)
{
	if (!s->tasks_loaded) {
		int ret = learn_kinds(s, SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END), 0,
				      err);

		if (ret < 0)
			return ret;
		s->tasks_loaded = true;
	}
	*out = s->tasks;
	*count = s->n_tasks;
	return 0;
}

const struct source_task *source_task_find(struct source *s, uint32_t task, struct error *err)
{
	const struct source_task *all;
	size_t count, at = task_place(s, task);

	/* what a walk has learnt on its way is enough to name a task */
	if (at < s->n_tasks && s->tasks[at].task == task && s->tasks[at].started)
		return &s->tasks[at];
	if (source_tasks(s, &all, &count, err) < 0)
		return NULL;
	at = task_place(s, task);
	return at < count && all[at].task == task ? &all[at] : NULL;
}

int source_variants(struct source *s, const struct source_variant **out, struct error *err)
{
	if (!s->variants_loaded) {
		int ret = learn_kinds(s, SCAN_KIND(TRACE_VARIANT_START), source_variant_count(s),
				      err);

		if (ret < 0)
			return ret;
		s->variants_loaded = true;
	}
	*out = s->variants;
	return 0;
}

/* ---- holes ---- */

static void merge_holes(struct source *s, const struct trace_reader *reader)
{
	size_t count;
	const struct trace_hole *holes = trace_reader_holes(reader, &count);

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < s->n_holes && s->holes[at].offset != holes[i].offset)
			at++;
		if (at < s->n_holes)
			continue;
		alloc_grow(&s->holes, &s->holes_capacity, s->n_holes + 1);
		s->holes[s->n_holes++] = holes[i];
	}
}

const struct trace_hole *source_holes(struct source *s, size_t *count)
{
	merge_holes(s, s->reader);
	for (size_t i = 0; i < s->n_pool; i++)
		merge_holes(s, s->pool[i].reader);
	*count = s->n_holes;
	return s->holes;
}

bool source_gap_describe(struct source *s, char *text, size_t capacity)
{
	size_t count;
	const struct trace_hole *holes = source_holes(s, &count);
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += holes[i].bytes;
	if (count) {
		snprintf(text, capacity,
			 "%s has %zu unreadable part%s (%" PRIu64
			 " bytes; the first at offset %" PRIu64
			 ": %s): the answer may lack what was there",
			 s->path, count, count == 1 ? "" : "s", bytes, holes[0].offset,
			 holes[0].reason);
		return true;
	}
	switch (source_state(s)) {
	case TRACE_COMPLETE:
		if (source_header(s) && source_end(s)->clean)
			return false;
		if (source_header(s)) {
			snprintf(text, capacity,
				 "%s did not end cleanly, or was repaired: "
				 "the answer covers what was kept",
				 s->path);
			return true;
		}
		snprintf(text, capacity, "%s has lost its header: names are this program's own",
			 s->path);
		return true;
	case TRACE_INCOMPLETE:
		snprintf(text, capacity,
			 "%s is incomplete, its end is missing: "
			 "the answer covers what is there",
			 s->path);
		return true;
	case TRACE_RECORDING:
		snprintf(text, capacity,
			 "%s is still being recorded: "
			 "the answer covers what is there so far",
			 s->path);
		return true;
	}
	return false;
}

void source_fail(struct source *s, const struct error *err)
{
	if (!s->failure.code)
		s->failure = *err;
}

const struct error *source_failure(const struct source *s)
{
	return s->failure.code ? &s->failure : NULL;
}

/* ---- pool ---- */

int source_reader_get(struct source *s, struct trace_reader **out, struct error *err)
{
	int ret;

	for (size_t i = 0; i < s->n_pool; i++) {
		if (!s->pool[i].used) {
			s->pool[i].used = true;
			*out = s->pool[i].reader;
			return 0;
		}
	}
	ret = trace_reader_open(out, s->path, err);
	if (ret < 0)
		return ret;
	alloc_grow(&s->pool, &s->pool_capacity, s->n_pool + 1);
	s->pool[s->n_pool++] = (struct pooled_reader){ .reader = *out, .used = true };
	return 0;
}

void source_reader_put(struct source *s, struct trace_reader *reader)
{
	for (size_t i = 0; i < s->n_pool; i++)
		if (s->pool[i].reader == reader)
			s->pool[i].used = false;
}
