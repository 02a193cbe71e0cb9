/* One open file through a trace; see stream_walk.h. */
#include "analysis/stream_walk.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/descriptors.h"
#include "analysis/schema.h"
#include "base/alloc.h"

static int start_walk(struct scan **scan, struct source *source, struct error *err)
{
	struct scan_filter filter = scan_filter_all(
		SCAN_KIND(TRACE_STEP) | SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END));
	int ret = scan_create(scan, source, err);

	if (ret == 0)
		scan_start(*scan, &filter);
	return ret;
}

/* ---- which file ---- */

struct search {
	struct source *source;
	struct descriptors *descriptors;
	uint32_t *tasks; /* owned, ascending: those the label means */
	size_t n_tasks;
	int32_t fd;
	const struct position *where;
	struct stream_candidates *out;
	uint64_t step; /* the last one read */
};

bool label_means(const char *label, const char *task)
{
	size_t length = strlen(label);

	if (!task || strncmp(task, label, length) != 0)
		return false;
	return !task[length] || strncmp(task + length, ".T", 2) == 0;
}

static int find_tasks(struct search *s, const char *label, struct error *err)
{
	const struct source_task *tasks;
	size_t count;
	int ret = source_tasks(s->source, &tasks, &count, err);

	if (ret < 0)
		return ret;
	s->tasks = alloc_zeroed(count, sizeof(*s->tasks));
	for (size_t i = 0; i < count; i++)
		if (label_means(label, tasks[i].label))
			s->tasks[s->n_tasks++] = tasks[i].task;
	return s->n_tasks > 0;
}

static int compare_tasks(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

static bool is_meant(const struct search *s, uint32_t task)
{
	return bsearch(&task, s->tasks, s->n_tasks, sizeof(task), compare_tasks);
}

static void add_candidate(struct search *s, const struct open_file *file)
{
	struct stream_candidates *out = s->out;

	for (size_t i = 0; i < out->count; i++)
		if (out->at[i].file == file->number)
			return;
	if (out->count == STREAM_CANDIDATES) {
		out->more = true;
		return;
	}
	out->at[out->count++] = (struct stream_candidate){
		.file = file->number,
		.step = file->step ? file->step : s->step,
		.name = file->name ? alloc_string(file->name) : NULL,
		.opened = file->step,
		.inherited = file->inherited,
		.is_received = file->is_received,
	};
}

/* Whatever one of the tasks has there now. */
static const struct open_file *file_now(struct search *s)
{
	const struct open_file *file = NULL;

	for (size_t i = 0; !file && i < s->n_tasks; i++)
		file = descriptors_find(s->descriptors, s->tasks[i], s->fd);
	return file;
}

/* True when the place was reached. */
static bool look_at_place(struct search *s, const struct trace_record *record)
{
	const struct open_file *file;

	if (record->kind != TRACE_STEP || !position_has_step(s->where, &record->step, 0, 0)) {
		descriptors_learn(s->descriptors, record);
		return false;
	}
	file = file_now(s);
	if (file)
		add_candidate(s, file);
	descriptors_learn(s->descriptors, record);
	file = file_now(s);
	if (file && s->out->count && s->out->at[0].file != file->number)
		stream_candidates_finish(s->out);
	if (file)
		add_candidate(s, file);
	return true;
}

static void look_at_any(struct search *s, const struct trace_record *record)
{
	const struct open_file *file;
	uint32_t task = record->kind == TRACE_STEP       ? record->step.task :
			record->kind == TRACE_TASK_START ? record->task_start.task :
							   0;

	descriptors_learn(s->descriptors, record);
	if (!task || !is_meant(s, task))
		return;
	file = descriptors_find(s->descriptors, task, s->fd);
	if (file)
		add_candidate(s, file);
}

static int search_walk(struct search *s, struct error *err)
{
	const struct trace_record *record;
	struct scan *scan;
	bool reached = false;
	int ret = start_walk(&scan, s->source, err);

	if (ret < 0)
		return ret;
	while (!reached && (ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s->source, record);
		if (record->kind == TRACE_STEP)
			s->step = record->step.step;
		if (s->where)
			reached = look_at_place(s, record);
		else
			look_at_any(s, record);
	}
	scan_destroy(scan);
	return ret < 0 ? ret : 1;
}

int stream_find(struct source *source, const char *label, int32_t fd, const struct position *where,
		struct stream_candidates *out, struct error *err)
{
	struct search s = { .source = source, .fd = fd, .where = where, .out = out };
	int ret;

	*out = (struct stream_candidates){ 0 };
	ret = find_tasks(&s, label, err);
	if (ret > 0) {
		s.descriptors = descriptors_create(source);
		ret = search_walk(&s, err);
		out->incomplete = !descriptors_complete(s.descriptors);
	}
	descriptors_destroy(s.descriptors);
	free(s.tasks);
	return ret;
}

void stream_candidates_finish(struct stream_candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		free(candidates->at[i].name);
	candidates->count = 0;
}

/* ---- what it moved ---- */

struct stream_walk {
	struct scan *scan;
	struct source *source;
	struct descriptors *descriptors;
	const struct stream_candidate *file;
	const struct trace_step *now; /* whose transfers are below */
	struct transfer transfers[TRANSFERS_MAX];
	size_t next, count;
	uint64_t offset[2]; /* by direction: bytes moved so far */
	uint64_t step;      /* the last one read */
	bool by_exit;       /* the last record was a task's end */
};

int stream_walk_create(struct stream_walk **out, struct source *source,
		       const struct stream_candidate *file, struct error *err)
{
	struct stream_walk *w = alloc_zeroed(1, sizeof(*w));
	int ret = start_walk(&w->scan, source, err);

	if (ret < 0) {
		free(w);
		return ret;
	}
	w->source = source;
	w->file = file;
	w->descriptors = descriptors_create(source);
	descriptors_watch(w->descriptors, file->file);
	*out = w;
	return 0;
}

void stream_walk_destroy(struct stream_walk *w)
{
	if (!w)
		return;
	scan_destroy(w->scan);
	descriptors_destroy(w->descriptors);
	free(w);
}

static bool is_of_file(const struct stream_walk *w, const struct transfer *t)
{
	const struct open_file *file = descriptors_find(w->descriptors, w->now->task, t->fd);

	return file && file->number == w->file->file;
}

/* The next one of the calls read so far. */
static bool take_transfer(struct stream_walk *w, struct stream_piece *out)
{
	while (w->next < w->count) {
		const struct transfer *t = &w->transfers[w->next++];

		if (!is_of_file(w, t))
			continue;
		*out = (struct stream_piece){ w->now, t, w->offset[t->direction] };
		w->offset[t->direction] += t->bytes;
		return true;
	}
	return false;
}

int stream_walk_next(struct stream_walk *w, struct stream_piece *out, struct error *err)
{
	while (!take_transfer(w, out)) {
		const struct trace_record *record;
		unsigned v;
		int ret;

		if (descriptors_watched_ended(w->descriptors))
			return 0;
		ret = scan_next(w->scan, &record, err);
		if (ret <= 0)
			return ret;
		source_learn(w->source, record);
		descriptors_learn(w->descriptors, record);
		w->by_exit = record->kind == TRACE_TASK_END;
		if (record->kind != TRACE_STEP)
			continue;
		w->step = record->step.step;
		w->now = &record->step;
		v = mask_variant(record->step.variants, 0);
		w->next = 0;
		w->count = v < LIMIT_VARIANTS ? transfers_get(w->now, v, w->transfers) : 0;
	}
	return 1;
}

bool stream_walk_closed(const struct stream_walk *w, bool *by_exit, uint64_t *step)
{
	*by_exit = w->by_exit;
	*step = w->step;
	return descriptors_watched_ended(w->descriptors);
}
