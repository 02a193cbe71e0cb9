/* decode, canon, has_path, path_of and region; see functions_steps.h. */
#include "analysis/functions_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/canon.h"
#include "analysis/follow.h"
#include "analysis/filter.h"
#include "analysis/schema.h"
#include "analysis/stream_walk.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"

/* bytes of decoded text; longer ones end in "..." */
#define DECODED_BYTES 8192

/* A descriptor that the last step of the walk closed, or put another file in place of. */
struct grave {
	uint32_t owner;
	int32_t fd;
	char *name; /* owned; NULL for none */
};

struct function_state {
	unsigned refs;
	struct source *source;
	struct scan *scan;
	struct canon_steps *canon[LIMIT_VARIANTS + 1]; /* the first is the leader's */
	struct follow *follow;
	struct grave *graves; /* of follow's last step */
	size_t n_graves, graves_capacity;
	uint64_t graves_step;
	char *label; /* owned: whose tasks are below */
	uint32_t *tasks;
	size_t n_tasks, tasks_capacity;
};

struct function_state *function_state_create(struct source *source)
{
	struct function_state *s = alloc_zeroed(1, sizeof(*s));

	s->refs = 1;
	s->source = source;
	return s;
}

struct function_state *function_state_share(struct function_state *s)
{
	s->refs++;
	return s;
}

static void forget_graves(struct function_state *s)
{
	for (size_t i = 0; i < s->n_graves; i++)
		free(s->graves[i].name);
	s->n_graves = 0;
}

void function_state_release(void *state)
{
	struct function_state *s = state;

	if (--s->refs)
		return;
	scan_destroy(s->scan);
	for (size_t i = 0; i <= LIMIT_VARIANTS; i++)
		canon_steps_destroy(s->canon[i]);
	follow_destroy(s->follow);
	forget_graves(s);
	free(s->graves);
	free(s->label);
	free(s->tasks);
	free(s);
}

struct source *function_state_source(const struct function_state *s)
{
	return s->source;
}

/* ---- one step ---- */

/* A step's number, 0 for NULL and what is none. */
static uint64_t get_step(sqlite3_value *value)
{
	sqlite3_int64 step = sqlite3_value_int64(value);

	return step > 0 ? (uint64_t)step : 0;
}

static int find_step(struct function_state *s, uint64_t step, const struct trace_record **out,
		     struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	int ret = 0;

	if (!s->scan)
		ret = scan_create(&s->scan, s->source, err);
	if (ret < 0)
		return ret;
	filter.first_step = step;
	filter.last_step = step;
	scan_start(s->scan, &filter);
	return scan_next(s->scan, out, err);
}

/* The step a function is asked about, or NULL with the reason, if any, as its result. */
static const struct trace_step *get_record(sqlite3_context *context, sqlite3_value *value)
{
	const struct trace_record *record;
	uint64_t step = get_step(value);
	struct error err = { 0 };
	int ret = step ? find_step(sqlite3_user_data(context), step, &record, &err) : 0;

	if (ret < 0)
		sqlite3_result_error(context, err.message, -1);
	return ret > 0 ? &record->step : NULL;
}

static bool has_one_or_two(sqlite3_context *context, int argc, const char *message)
{
	if (argc == 1 || argc == 2)
		return true;
	sqlite3_result_error(context, message, -1);
	return false;
}

void run_decode(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct decode_options options = { 0 };
	const struct trace_step *step;
	char text[DECODED_BYTES];
	unsigned variant;

	if (!has_one_or_two(context, argc, "decode() takes a step and a variant"))
		return;
	step = get_record(context, values[0]);
	if (!step)
		return;
	variant = argc > 1 ? (unsigned)sqlite3_value_int(values[1]) :
			     mask_variant(step->variants, 0);
	if (variant >= LIMIT_VARIANTS || !(step->variants & 1u << variant))
		return;
	syscall_decode(step, variant, &options, text, sizeof(text));
	value_text(context, text);
}

void run_has_path(sqlite3_context *context, int argc, sqlite3_value **values)
{
	const char *path = (const char *)sqlite3_value_text(values[1]);
	const struct trace_step *step = path ? get_record(context, values[0]) : NULL;

	if (step)
		sqlite3_result_int(context, call_names_path(step, path));
}

void run_canon(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct function_state *s = sqlite3_user_data(context);
	cleanup_text struct text t = { 0 };
	struct error err = { 0 };
	uint64_t step;
	int variant, ret;

	if (!has_one_or_two(context, argc, "canon() takes a step and a variant"))
		return;
	step = get_step(values[0]);
	variant = argc > 1 ? sqlite3_value_int(values[1]) : -1;
	if (!step || variant < -1 || variant >= LIMIT_VARIANTS)
		return;
	if (!s->canon[variant + 1])
		s->canon[variant + 1] = canon_steps_create(s->source, variant);
	ret = canon_steps_put(s->canon[variant + 1], step, &t, &err);
	if (ret < 0)
		sqlite3_result_error(context, err.message, -1);
	if (ret > 0)
		function_result(context, &t);
}

/* ---- the state at a step ---- */

static void bury(void *data, uint32_t owner, const struct descriptor *descriptor, uint64_t step)
{
	struct function_state *s = data;
	const char *name = descriptor->file->name;

	if (step != s->graves_step)
		forget_graves(s);
	s->graves_step = step;
	alloc_grow(&s->graves, &s->graves_capacity, s->n_graves + 1);
	s->graves[s->n_graves++] = (struct grave){ .owner = owner,
						   .fd = descriptor->fd,
						   .name = name ? alloc_string(name) : NULL };
}

/* Follows the run up to a step, from its start when it has gone past. 1, 0 when there is none, or -errno. */
static int go_to(struct function_state *s, uint64_t step, struct error *err)
{
	if (s->follow && step == s->follow->step && !s->follow->ended)
		return 1;
	forget_graves(s);
	if (s->follow && (step < s->follow->step || s->follow->ended)) {
		follow_destroy(s->follow);
		s->follow = NULL;
	}
	if (!s->follow) {
		s->follow = follow_create(s->source, true);
		descriptors_observe(s->follow->descriptors, bury, s);
	}
	return follow_to(s->follow, step, err);
}

/* P0.T3 is itself, P0 all of P0.T0, P0.T1 ...; a number is the task with it. */
static void find_tasks(struct function_state *s, sqlite3_value *proc)
{
	const char *label = (const char *)sqlite3_value_text(proc);
	const struct source_task *tasks;
	size_t count;

	if (s->label && label && strcmp(s->label, label) == 0)
		return;
	free(s->label);
	s->label = label ? alloc_string(label) : NULL;
	s->n_tasks = 0;
	if (!label || source_tasks(s->source, &tasks, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%" PRIu32, tasks[i].task);
		if (!label_means(label, tasks[i].label) && strcmp(label, number) != 0)
			continue;
		alloc_grow(&s->tasks, &s->tasks_capacity, s->n_tasks + 1);
		s->tasks[s->n_tasks++] = tasks[i].task;
	}
}

/* Before the step; what the step itself opened, when it was not open then. */
static const char *name_of(const struct function_state *s, uint32_t task, int32_t fd)
{
	uint32_t owner = descriptors_owner(s->follow->descriptors, task);
	const struct open_file *file;

	for (size_t i = 0; i < s->n_graves && s->graves_step == s->follow->step; i++)
		if (s->graves[i].owner == owner && s->graves[i].fd == fd)
			return s->graves[i].name;
	file = descriptors_find(s->follow->descriptors, task, fd);
	return file ? file->name : NULL;
}

void run_path_of(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct function_state *s = sqlite3_user_data(context);
	uint64_t step = get_step(values[2]);
	const char *name = NULL;
	struct error err = { 0 };
	int ret;

	if (!step || sqlite3_value_type(values[1]) == SQLITE_NULL)
		return;
	find_tasks(s, values[0]);
	ret = go_to(s, step, &err);
	if (ret < 0)
		sqlite3_result_error(context, err.message, -1);
	for (size_t i = 0; ret > 0 && !name && i < s->n_tasks; i++)
		name = name_of(s, s->tasks[i], sqlite3_value_int(values[1]));
	value_text(context, name);
}

/* After the step: what it mapped is there. */
void run_region(sqlite3_context *context, int argc, sqlite3_value **values)
{
	struct function_state *s = sqlite3_user_data(context);
	const struct trace_step *at = get_record(context, values[2]);
	sqlite3_int64 variant = sqlite3_value_int64(values[0]);
	uint64_t addr = (uint64_t)sqlite3_value_int64(values[1]);
	const struct mapping *mapping;
	cleanup_text struct text t = { 0 };
	struct error err = { 0 };
	int ret;

	if (!at || variant < 0 || variant >= LIMIT_VARIANTS ||
	    sqlite3_value_type(values[1]) == SQLITE_NULL)
		return;
	ret = go_to(s, at->step, &err);
	if (ret < 0)
		sqlite3_result_error(context, err.message, -1);
	if (ret <= 0)
		return;
	mapping = mappings_find(s->follow->mappings, at->task, (unsigned)variant, addr);
	if (!mapping)
		return;
	if (mapping->name)
		text_add(&t, mapping->name->text);
	else
		text_printf(&t, "[0x%" PRIx64 "]", mapping->start);
	text_printf(&t, "+0x%" PRIx64, addr - mapping->start + mapping->offset);
	function_result(context, &t);
}
