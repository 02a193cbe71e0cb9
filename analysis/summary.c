/* Groups of calls; see summary.h. */
#include "analysis/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/descriptors.h"
#include "analysis/schema.h"
#include "analysis/transfer.h"
#include "base/alloc.h"
#include "base/lower_bound.h"
#include "schema/syscall_args.h"
#include "schema/syscall_numbers.h"

const char *const summary_by_names[SUMMARY_BY_COUNT] = {
	[SUMMARY_SYSCALL] = "syscall", [SUMMARY_TASK] = "task",       [SUMMARY_FILE] = "file",
	[SUMMARY_ERRNO] = "errno",     [SUMMARY_VARIANT] = "variant",
};
const char *const summary_sort_names[SUMMARY_SORT_COUNT] = {
	[SUMMARY_TIME] = "time",       [SUMMARY_CALLS] = "calls",     [SUMMARY_ERRORS] = "errors",
	[SUMMARY_AVERAGE] = "average", [SUMMARY_LONGEST] = "longest", [SUMMARY_BYTES] = "bytes",
	[SUMMARY_NAME] = "name",
};

struct summary {
	const struct summary_options *options;
	struct source *source;
	struct descriptors *descriptors; /* by file only */
	struct summary_group **groups;   /* by name, then number; owned */
	size_t n_groups, capacity;
	struct summary_group rest; /* what came when there were too many groups */
	struct summary_group total;
};

/* ---- groups ---- */

static int compare_keys(const struct summary_group *group, const char *name, int64_t number)
{
	if (name && group->name)
		return strcmp(group->name, name);
	return (group->number > number) - (group->number < number);
}

static struct summary_group *group_get(struct summary *s, const char *name, int64_t number)
{
	size_t at = lower_bound(s->n_groups, i, compare_keys(s->groups[i], name, number) < 0);
	struct summary_group *group;

	if (at < s->n_groups && compare_keys(s->groups[at], name, number) == 0)
		return s->groups[at];
	if (s->n_groups >= LIMIT_SUMMARY_GROUPS)
		return &s->rest;
	group = alloc_zeroed(1, sizeof(*group));
	group->number = number;
	group->name = name ? alloc_string(name) : NULL;
	alloc_grow(&s->groups, &s->capacity, s->n_groups + 1);
	memmove(&s->groups[at + 1], &s->groups[at], (s->n_groups - at) * sizeof(s->groups[0]));
	s->groups[at] = group;
	s->n_groups++;
	return group;
}

/* No more than a column holds. */
static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > INT64_MAX || b > INT64_MAX - a ? INT64_MAX : a + b;
}

static void group_count(struct summary_group *group, const struct trace_step *step, unsigned v,
			uint64_t bytes)
{
	group->calls++;
	group->errors += !step->no_result && result_errno(step->result[v]);
	group->bytes = add_up(group->bytes, bytes);
	if (!step->no_result && step->exit_ns[v] && step->exit_ns[v] >= step->entry_ns[v]) {
		uint64_t ns = step->exit_ns[v] - step->entry_ns[v];

		group->timed++;
		group->total_ns = add_up(group->total_ns, ns);
		if (ns > group->longest_ns)
			group->longest_ns = ns;
	}
}

static uint64_t group_average(const struct summary_group *group)
{
	return group->timed ? group->total_ns / group->timed : 0;
}

/* ---- files ---- */

static void count_file(struct summary *s, const char *name, const struct trace_step *step,
		       unsigned v, uint64_t bytes)
{
	struct summary_group *group = group_get(s, name, 0);

	if (group->last_step == step->step + 1 + v)
		return;
	group->last_step = step->step + 1 + v;
	group_count(group, step, v, bytes);
}

/* Bytes this call moved by one descriptor. */
static uint64_t bytes_of_fd(const struct trace_step *step, unsigned v, int32_t fd)
{
	struct transfer transfers[TRANSFERS_MAX];
	size_t count = transfers_get(step, v, transfers);
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += transfers[i].fd == fd ? transfers[i].bytes : 0;
	return bytes;
}

static void count_descriptor(struct summary *s, const struct trace_step *step, unsigned v,
			     int32_t fd)
{
	const struct open_file *file = descriptors_find(s->descriptors, step->task, fd);
	char unknown[48];

	snprintf(unknown, sizeof(unknown), "(descriptor %" PRId32 ", opened before)", fd);
	if (file)
		count_file(s, file->name ? file->name : unknown, step, v, bytes_of_fd(step, v, fd));
}

static void count_paths(struct summary *s, const struct trace_step *step, unsigned v,
			const struct syscall_row *row)
{
	for (size_t i = 0; i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];
		char path[LIMIT_PATH_BYTES];
		size_t length = buf->data.length;

		if (buf->arg >= SYSCALL_ARGS || row->args[buf->arg].kind != ARG_PATH ||
		    !(buf->variants & 1u << v) || !length)
			continue;
		if (length >= sizeof(path))
			length = sizeof(path) - 1;
		memcpy(path, buf->data.data, length);
		path[length] = '\0';
		/* "" with AT_EMPTY_PATH is the descriptor itself */
		if (path[0])
			count_file(s, path, step, v, 0);
		else if (row->args[0].kind == ARG_DIRFD)
			count_descriptor(s, step, v, (int32_t)step->args[v][0]);
	}
}

static void count_files(struct summary *s, const struct trace_step *step, unsigned v)
{
	const struct syscall_row *row = syscall_row_find(step->nr);
	unsigned used = row ? arg_used_mask(step->nr, step->args[v]) : 0;

	if (!row)
		return;
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == ARG_FD && (used & 1u << i))
			count_descriptor(s, step, v, (int32_t)step->args[v][i]);
	count_paths(s, step, v, row);
}

/* ---- steps ---- */

static uint64_t bytes_of_call(const struct trace_step *step, unsigned v)
{
	const struct syscall_row *row = syscall_row_find(step->nr);
	struct transfer transfers[TRANSFERS_MAX];

	if (transfers_get(step, v, transfers))
		return transfers[0].bytes;
	if (!row || row->result != RESULT_LENGTH || step->no_result || step->result[v] < 0)
		return 0;
	return (uint64_t)step->result[v];
}

static int64_t key_of(const struct summary *s, const struct trace_step *step, unsigned v)
{
	switch (s->options->by) {
	case SUMMARY_SYSCALL: return step->nr;
	case SUMMARY_TASK: return step->task;
	case SUMMARY_ERRNO: return step->no_result ? 0 : result_errno(step->result[v]);
	case SUMMARY_VARIANT: return v;
	case SUMMARY_FILE: break;
	}
	return 0;
}

static void count_call(struct summary *s, const struct trace_step *step, unsigned v)
{
	uint64_t bytes = bytes_of_call(step, v);

	group_count(&s->total, step, v, bytes);
	if (s->options->by == SUMMARY_FILE)
		count_files(s, step, v);
	else
		group_count(group_get(s, NULL, key_of(s, step, v)), step, v, bytes);
}

static void count_step(struct summary *s, const struct trace_step *step)
{
	uint32_t variants = step->variants & ((1u << LIMIT_VARIANTS) - 1);
	int variant;

	if (!selection_has(&s->options->selection, step, &variant))
		return;
	if (variant >= 0)
		variants &= 1u << variant;
	else if (!s->options->all_variants)
		variants &= 1u;
	for (; variants; variants &= variants - 1)
		count_call(s, step, (unsigned)__builtin_ctz(variants));
}

/* A file is known once the call that opens it has been learnt, and until the one that closes it is. */
static void take_step(struct summary *s, const struct trace_record *record)
{
	bool first = record->step.nr == __NR_close || record->step.nr == __NR_close_range;

	if (first)
		count_step(s, &record->step);
	if (s->descriptors)
		descriptors_learn(s->descriptors, record);
	if (!first)
		count_step(s, &record->step);
}

void summary_take(struct summary *s, const struct trace_record *record)
{
	if (record->kind == TRACE_STEP)
		take_step(s, record);
	else if (s->descriptors)
		descriptors_learn(s->descriptors, record);
}

static int walk(struct summary *s, struct scan *scan, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(s->source, record);
		summary_take(s, record);
	}
	return ret;
}

static int count_all(struct summary *s, struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	struct scan *scan;
	int ret = scan_create(&scan, s->source, err);

	if (ret < 0)
		return ret;
	if (s->descriptors) {
		filter.kinds |= SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END);
		selection_narrow_end(&s->options->selection, &filter);
	} else {
		selection_narrow(&s->options->selection, &filter);
	}
	scan_start(scan, &filter);
	ret = walk(s, scan, err);
	scan_destroy(scan);
	return ret;
}

/* ---- order ---- */

static uint64_t sort_value(const struct summary_group *group, enum summary_sort sort)
{
	switch (sort) {
	case SUMMARY_TIME: return group->total_ns;
	case SUMMARY_CALLS: return group->calls;
	case SUMMARY_ERRORS: return group->errors;
	case SUMMARY_AVERAGE: return group_average(group);
	case SUMMARY_LONGEST: return group->longest_ns;
	case SUMMARY_BYTES: return group->bytes;
	case SUMMARY_NAME: break;
	}
	return 0;
}

/* The largest first; what is equal by its name. */
static int compare_groups(const void *a, const void *b, void *sort)
{
	const struct summary_group *one = *(struct summary_group *const *)a,
				   *other = *(struct summary_group *const *)b;
	enum summary_sort by = *(const enum summary_sort *)sort;
	uint64_t left = sort_value(one, by), right = sort_value(other, by);

	if (left != right)
		return left < right ? 1 : -1;
	return strverscmp(one->name, other->name); /* P0.2 before P0.10 */
}

/* Until here a number was enough. */
static void name_group(struct summary *s, struct summary_group *group)
{
	const struct source_task *task;
	const char *known = NULL;
	char number[48];

	if (group->name)
		return;
	snprintf(number, sizeof(number), "%" PRId64, group->number);
	switch (s->options->by) {
	case SUMMARY_SYSCALL:
		known = source_syscall_name(s->source, group->number);
		snprintf(number, sizeof(number), "syscall_%" PRId64, group->number);
		break;
	case SUMMARY_TASK:
		task = source_task_find(s->source, (uint32_t)group->number, NULL);
		known = task && task->label && task->label[0] ? task->label : NULL;
		snprintf(number, sizeof(number), "T?%" PRId64, group->number);
		break;
	case SUMMARY_ERRNO:
		known = group->number ? source_errno_name(s->source, group->number) : "(no error)";
		snprintf(number, sizeof(number), "E%" PRId64, group->number);
		break;
	case SUMMARY_FILE:
	case SUMMARY_VARIANT: break;
	}
	group->name = alloc_string(known ? known : number);
}

/* ---- output ---- */

#define SUMMARY_COLUMNS 8

/* Of the time of all calls, to a hundredth. */
static double time_percent(const struct summary *s, const struct summary_group *group)
{
	double share = s->total.total_ns ? (double)group->total_ns / (double)s->total.total_ns :
					   0.0;

	return (double)(uint64_t)(share * 10000 + 0.5) / 100;
}

static struct cell integer_cell(uint64_t value)
{
	return (struct cell){ .type = CELL_INTEGER, .integer = (int64_t)value };
}

static struct cell text_cell(const char *text)
{
	return (struct cell){ .type = CELL_TEXT, .data = text, .length = strlen(text) };
}

static const char *const eye_columns[SUMMARY_COLUMNS] = { "% time",     "    seconds", "us/call",
							  "longest us", "calls",       "errors",
							  "bytes",      NULL };
static const char *const machine_columns[SUMMARY_COLUMNS] = {
	NULL, "calls", "errors", "total_ns", "average_ns", "longest_ns", "time_percent", "bytes"
};

static int put_for_eyes(const struct summary *s, struct output *output,
			const struct summary_group *group)
{
	char percent[16], seconds[32];

	snprintf(percent, sizeof(percent), "%6.2f", time_percent(s, group));
	snprintf(seconds, sizeof(seconds), "%11.6f", (double)group->total_ns / 1e9);
	return output_row(output, (struct cell[]){
					  text_cell(percent),
					  text_cell(seconds),
					  integer_cell(group_average(group) / 1000),
					  integer_cell(group->longest_ns / 1000),
					  integer_cell(group->calls),
					  integer_cell(group->errors),
					  integer_cell(group->bytes),
					  text_cell(group->name),
				  });
}

static int put_for_programs(const struct summary *s, struct output *output,
			    const struct summary_group *group)
{
	struct cell name = text_cell(group->name);

	if (s->options->by == SUMMARY_VARIANT)
		name = integer_cell((uint64_t)group->number);
	else if (s->options->by == SUMMARY_ERRNO && !group->number && group != &s->rest)
		name = (struct cell){ .type = CELL_NULL };
	return output_row(output, (struct cell[]){
					  name,
					  integer_cell(group->calls),
					  integer_cell(group->errors),
					  integer_cell(group->total_ns),
					  integer_cell(group_average(group)),
					  integer_cell(group->longest_ns),
					  { .type = CELL_REAL, .real = time_percent(s, group) },
					  integer_cell(group->bytes),
				  });
}

static int put_groups(struct summary *s, FILE *stream)
{
	bool eyes = s->options->output.format == OUTPUT_TABLE;
	const char *names[SUMMARY_COLUMNS];
	struct output *output;
	int ret = 0;

	memcpy(names, eyes ? eye_columns : machine_columns, sizeof(names));
	names[eyes ? SUMMARY_COLUMNS - 1 : 0] = summary_by_names[s->options->by];
	output = output_create(stream, &s->options->output, names, SUMMARY_COLUMNS);
	for (size_t i = 0; ret == 0 && i < s->n_groups; i++)
		ret = eyes ? put_for_eyes(s, output, s->groups[i]) :
			     put_for_programs(s, output, s->groups[i]);
	if (ret == 0 && s->rest.calls)
		ret = eyes ? put_for_eyes(s, output, &s->rest) :
			     put_for_programs(s, output, &s->rest);
	if (ret == 0 && eyes && s->n_groups)
		ret = put_for_eyes(s, output, &s->total);
	if (ret == 0)
		ret = output_end(output);
	output_destroy(output);
	return ret;
}

/* ---- */

struct summary *summary_create(struct source *source, const struct summary_options *options)
{
	struct summary *s = alloc_zeroed(1, sizeof(*s));

	s->source = source;
	s->options = options;
	s->rest.name = alloc_string("(others)");
	s->total.name = alloc_string("total");
	if (options->by == SUMMARY_FILE)
		s->descriptors = descriptors_create(source);
	return s;
}

void summary_destroy(struct summary *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_groups; i++) {
		free(s->groups[i]->name);
		free(s->groups[i]);
	}
	free(s->groups);
	free(s->rest.name);
	free(s->total.name);
	descriptors_destroy(s->descriptors);
	free(s);
}

struct descriptors *summary_descriptors(struct summary *s)
{
	return s->descriptors;
}

void summary_order(struct summary *s)
{
	enum summary_sort sort = s->options->sort;

	for (size_t i = 0; i < s->n_groups; i++)
		name_group(s, s->groups[i]);
	if (s->n_groups)
		qsort_r(s->groups, s->n_groups, sizeof(s->groups[0]), compare_groups, &sort);
}

const struct summary_group *summary_group_at(const struct summary *s, size_t place)
{
	return place < s->n_groups ? s->groups[place] : NULL;
}

const struct summary_group *summary_total(const struct summary *s)
{
	return &s->total;
}

const struct summary_group *summary_rest(const struct summary *s)
{
	return &s->rest;
}

int summary_run(struct source *source, const struct summary_options *options, FILE *stream,
		uint64_t *calls, uint64_t *unnamed, bool *stream_failed, struct error *err)
{
	struct summary *s = summary_create(source, options);
	int ret = count_all(s, err);

	*stream_failed = false;
	if (ret == 0) {
		summary_order(s);
		ret = put_groups(s, stream);
		*stream_failed = ret < 0;
		if (ret < 0)
			error_set(err, ret, "cannot write standard output: %s", strerror(-ret));
	}
	*calls = s->total.calls;
	*unnamed = s->rest.calls;
	summary_destroy(s);
	return ret;
}
