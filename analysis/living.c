/* Tasks and what they live with; see living.h. */
#include "analysis/living.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "analysis/schema.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "schema/syscall_numbers.h"

#define PAGE_BYTES 4096

/*
 * A call whose effect is still there. Of memory all calls are kept: the number of
 * a mapping (regions.h) depends on those that were there when it was made, also on
 * some that are gone. What is undone so that all is as it was before it goes.
 */
struct trail_entry {
	struct file_touch call;
	uint64_t start, end;      /* of the mapping it made, which is still there; or 0 */
	size_t about;             /* the entry that made the mapping it is about */
	bool stays;               /* more than one mapping, or a part of one */
	uint32_t child;           /* the task it started on a stack of its own, or 0 */
	struct file_story *story; /* of the file it is about; one reference, or NULL */
	bool wanted;
};

/* Such calls, in their order: of a memory map, or of a directory. */
struct trail {
	unsigned refs;   /* tasks */
	bool all_wanted; /* each entry is */
	struct trail_entry *at;
	size_t count, capacity;
	size_t floor; /* those before are others' too, by fork */
	bool full;
	struct file_touch breaks[2]; /* the first brk and the last one */
	unsigned n_breaks;
};

struct living_task {
	bool alive, needed;
	uint32_t parent;
	struct trail *memory, *directory; /* one reference each while alive */
	uint32_t child;                   /* the last one it started */
};

struct living {
	struct descriptors *descriptors;
	struct living_task *tasks; /* by number */
	size_t n_tasks;
	uint64_t *steps; /* what living_steps gave */
	bool overflown;
	bool has_run;    /* some program */
	uint64_t chosen; /* the last step that living_want_step was called for */
};

/* ---- trails ---- */

static struct trail *trail_create(void)
{
	struct trail *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	return t;
}

static void trail_cut(struct trail *t, size_t from)
{
	for (size_t i = from; i < t->count; i++)
		file_story_release(t->at[i].story);
	t->count = from;
}

static void trail_release(struct trail *t)
{
	if (!t || --t->refs)
		return;
	trail_cut(t, 0);
	free(t->at);
	free(t);
}

/* Takes over the entry's reference. */
static void trail_add(struct living *l, struct trail *t, struct trail_entry entry)
{
	if (t->count >= LIMIT_LIVING_CALLS) {
		l->overflown = t->full = true;
		file_story_release(entry.story);
		return;
	}
	alloc_grow(&t->at, &t->capacity, t->count + 1);
	t->at[t->count++] = entry;
	t->all_wanted = false;
}

static struct trail *trail_copy(struct living *l, struct trail *from)
{
	struct trail *t = trail_create();

	for (size_t i = 0; from && i < from->count; i++) {
		if (from->at[i].story)
			from->at[i].story->refs++;
		trail_add(l, t, from->at[i]);
	}
	if (!from)
		return t;
	t->floor = from->floor = from->count;
	t->full = from->full;
	t->n_breaks = from->n_breaks;
	memcpy(t->breaks, from->breaks, sizeof(t->breaks));
	return t;
}

static struct trail *trail_share(struct living *l, struct trail *from, bool shared)
{
	if (!shared || !from)
		return trail_copy(l, from);
	from->refs++;
	return from;
}

static void trail_want(struct living *l, struct trail *t)
{
	if (!t || t->all_wanted)
		return;
	t->all_wanted = true;
	for (unsigned i = 0; i < t->n_breaks; i++)
		descriptors_want_touch(l->descriptors, t->breaks[i]);
	for (size_t i = 0; i < t->count; i++) {
		if (t->at[i].wanted)
			continue;
		t->at[i].wanted = true;
		descriptors_want_touch(l->descriptors, t->at[i].call);
		descriptors_want(l->descriptors, t->at[i].story);
		if (t->at[i].child)
			living_want_task(l, t->at[i].child);
	}
}

/* ---- tasks ---- */

static struct living_task *task_find(struct living *l, uint32_t number)
{
	return number < l->n_tasks ? &l->tasks[number] : NULL;
}

static struct living_task *task_get(struct living *l, uint32_t number)
{
	struct living_task *t;

	if (number >= LIMIT_TASKS) {
		l->overflown = true;
		return NULL;
	}
	if (number >= l->n_tasks)
		alloc_grow(&l->tasks, &l->n_tasks, (size_t)number + 1);
	t = &l->tasks[number];
	if (!t->memory)
		t->memory = trail_create();
	if (!t->directory)
		t->directory = trail_create();
	return t;
}

static void task_end(struct living_task *t)
{
	trail_release(take_ptr(&t->memory));
	trail_release(take_ptr(&t->directory));
	t->alive = false;
}

static void learn_task_start(struct living *l, const struct trace_task_start *start)
{
	struct living_task *t = task_get(l, start->task), *parent = task_find(l, start->parent);
	struct trail *memory, *directory;

	if (!t)
		return;
	memory = trail_share(l, parent ? parent->memory : NULL,
			     start->clone_flags & (CLONE_VM | CLONE_THREAD));
	directory = trail_share(l, parent ? parent->directory : NULL,
				start->clone_flags & (CLONE_FS | CLONE_THREAD));
	task_end(t);
	t->memory = memory;
	t->directory = directory;
	t->parent = start->parent;
	t->alive = true;
	if ((parent = task_find(l, start->parent)))
		parent->child = start->task;
}

/* ---- calls ---- */

/* A reference to the story of the file behind a descriptor. */
static struct file_story *story_get(struct living *l, uint32_t task, uint64_t fd)
{
	const struct open_file *file = descriptors_find(l->descriptors, task, (int32_t)fd);

	if (!file || !file->story)
		return NULL;
	file->story->refs++;
	return file->story;
}

/* A new directory: what was before does not count, unless the new one is said from there. */
static void learn_directory(struct living *l, struct trail *t, const struct trace_step *step,
			    unsigned v)
{
	struct trail_entry entry = { .call = { step->step, step->task } };
	bool relative = step->nr == __NR_chdir;

	for (size_t i = 0; relative && i < step->n_bufs; i++)
		if (step->bufs[i].arg == 0 && step->bufs[i].data.length &&
		    step->bufs[i].data.data[0] == '/')
			relative = false;
	if (!relative)
		trail_cut(t, 0);
	if (step->nr == __NR_fchdir)
		entry.story = story_get(l, step->task, step->args[v][0]);
	trail_add(l, t, entry);
}

/* ---- memory ---- */

/* Whole pages, as the kernel has it. */
static uint64_t end_of(uint64_t start, uint64_t bytes)
{
	return (start + bytes + (PAGE_BYTES - 1)) & ~(uint64_t)(PAGE_BYTES - 1);
}

/* The entry that made exactly this mapping, t->count for none. */
static size_t maker_of(const struct trail *t, uint64_t start, uint64_t end)
{
	for (size_t i = t->full ? t->floor : t->count; i > t->floor; i--)
		if (t->at[i - 1].end == end && t->at[i - 1].start == start && end)
			return i - 1;
	return t->count;
}

/* Everything since some call is undone: no name or number depends on it any more. */
static void forget_undone(struct trail *t)
{
	size_t lowest = SIZE_MAX, undone = t->count;

	for (size_t i = t->count; i > t->floor; i--) {
		const struct trail_entry *entry = &t->at[i - 1];

		if (entry->wanted || entry->stays || entry->end)
			break;
		lowest = entry->about < lowest ? entry->about : lowest;
		if (lowest >= i - 1)
			undone = i - 1;
	}
	trail_cut(t, undone);
}

/* The step is chosen itself: so is all that undoes it. */
static void add_memory_call(struct living *l, struct trail *t, const struct trace_step *step,
			    struct trail_entry entry)
{
	entry.call = (struct file_touch){ step->step, step->task };
	entry.wanted = step->step == l->chosen;
	if (entry.wanted && entry.child)
		living_want_task(l, entry.child);
	trail_add(l, t, entry);
}

static void learn_mmap(struct living *l, struct trail *t, const struct trace_step *step, unsigned v)
{
	uint64_t start = (uint64_t)step->result[v];
	struct trail_entry entry = { .about = t->count };

	if (!(step->args[v][3] & MAP_ANONYMOUS))
		entry.story = story_get(l, step->task, step->args[v][4]);
	entry.stays = step->args[v][3] & MAP_FIXED;
	if (!entry.stays) {
		entry.start = start;
		entry.end = end_of(start, step->args[v][1]);
	}
	add_memory_call(l, t, step, entry);
}

/* One that is about a mapping as a whole, or else one that stays. */
static size_t add_change(struct living *l, struct trail *t, const struct trace_step *step,
			 uint64_t start, uint64_t bytes)
{
	size_t maker = maker_of(t, start, end_of(start, bytes)), count = t->count;

	add_memory_call(l, t, step,
			(struct trail_entry){ .about = maker, .stays = maker == count });
	return maker < count && t->count > count ? maker : SIZE_MAX;
}

static void learn_munmap(struct living *l, struct trail *t, const struct trace_step *step,
			 unsigned v)
{
	size_t maker = add_change(l, t, step, step->args[v][0], step->args[v][1]);

	if (maker == SIZE_MAX)
		return;
	t->at[maker].start = t->at[maker].end = 0;
	forget_undone(t);
}

static void learn_mremap(struct living *l, struct trail *t, const struct trace_step *step,
			 unsigned v)
{
	uint64_t start = (uint64_t)step->result[v];
	size_t maker;

	if (step->args[v][3] & ~(uint64_t)MREMAP_MAYMOVE || !step->args[v][1]) {
		add_memory_call(l, t, step, (struct trail_entry){ .stays = true });
		return;
	}
	maker = add_change(l, t, step, step->args[v][0], step->args[v][1]);
	if (maker == SIZE_MAX)
		return;
	t->at[maker].start = start;
	t->at[maker].end = end_of(start, step->args[v][2]);
}

static void learn_brk(struct trail *t, const struct trace_step *step)
{
	t->breaks[t->n_breaks ? 1 : 0] = (struct file_touch){ step->step, step->task };
	t->n_breaks = t->n_breaks ? 2 : 1;
	t->all_wanted = false;
}

/* The end of the stack that clone3 is given; 0 for none. */
static uint64_t clone3_stack(const struct trace_step *step, unsigned v)
{
	uint64_t stack = 0, bytes = 0;

	for (size_t i = 0; i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];
		struct bytes cursor = bytes_make(buf->data.data, buf->data.length);

		/* struct clone_args of linux/sched.h: the stack is the sixth field, its size the next */
		if (buf->arg || buf->direction != DIRECTION_IN || buf->part != PART_CONTENT ||
		    !(buf->variants >> v & 1) || !bytes_take(&cursor, 5 * sizeof(uint64_t)))
			continue;
		stack = bytes_u64(&cursor);
		bytes = bytes_u64(&cursor);
		break;
	}
	return stack && bytes ? stack + bytes : 0;
}

/* A mapping becomes the stack of a thread and is called by it. */
static void learn_clone(struct living *l, struct living_task *t, const struct trace_step *step,
			uint64_t stack)
{
	struct trail_entry entry = { .child = t->child, .stays = true };

	if (!stack)
		return;
	for (size_t i = t->memory->count; i > t->memory->floor; i--) {
		const struct trail_entry *mapping = &t->memory->at[i - 1];

		if (mapping->start >= stack || mapping->end < stack)
			continue;
		entry.about = i - 1;
		entry.stays = false;
		break;
	}
	add_memory_call(l, t->memory, step, entry);
}

static void learn_exec(struct living *l, struct living_task *t, const struct trace_step *step)
{
	trail_release(t->memory);
	t->memory = trail_create();
	add_memory_call(l, t->memory, step, (struct trail_entry){ .stays = true });
	/* only of the first one it is known where it was put: none may be taken for it */
	if (!l->has_run)
		descriptors_want_touch(l->descriptors, t->memory->at[0].call);
	l->has_run = true;
}

/* Only calls that succeeded come here, before the descriptors learn of them. */
static void learn_call(struct living *l, struct living_task *t, const struct trace_step *step,
		       unsigned v)
{
	switch (step->nr) {
	case __NR_execve:
	case __NR_execveat: learn_exec(l, t, step); break;
	case __NR_chdir:
	case __NR_fchdir: learn_directory(l, t->directory, step, v); break;
	case __NR_mmap: learn_mmap(l, t->memory, step, v); break;
	case __NR_munmap: learn_munmap(l, t->memory, step, v); break;
	case __NR_mremap: learn_mremap(l, t->memory, step, v); break;
	case __NR_brk: learn_brk(t->memory, step); break;
	case __NR_clone: learn_clone(l, t, step, step->args[v][1]); break;
	case __NR_clone3: learn_clone(l, t, step, clone3_stack(step, v)); break;
	default: break;
	}
}

static void learn_step(struct living *l, const struct trace_step *step)
{
	struct living_task *t = task_get(l, step->task);
	unsigned v = mask_variant(step->variants, 0);

	if (t && v < LIMIT_VARIANTS && !step->abi && !step->no_result &&
	    !result_errno(step->result[v]))
		learn_call(l, t, step, v);
}

struct living *living_create(struct source *source)
{
	struct living *l = alloc_zeroed(1, sizeof(*l));

	l->descriptors = descriptors_create(source);
	descriptors_keep_stories(l->descriptors);
	return l;
}

void living_destroy(struct living *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_tasks; i++)
		task_end(&l->tasks[i]);
	free(l->tasks);
	free(l->steps);
	descriptors_destroy(l->descriptors);
	free(l);
}

void living_learn(struct living *l, const struct trace_record *record)
{
	struct living_task *t;

	if (record->kind == TRACE_TASK_START)
		learn_task_start(l, &record->task_start);
	else if (record->kind == TRACE_STEP)
		learn_step(l, &record->step);
	descriptors_learn(l->descriptors, record);
	if (record->kind == TRACE_TASK_END && (t = task_find(l, record->task_end.task)))
		task_end(t);
}

/* ---- what is needed ---- */

void living_want_all(struct living *l)
{
	for (size_t i = 0; i < l->n_tasks; i++) {
		if (!l->tasks[i].alive)
			continue;
		l->tasks[i].needed = true;
		trail_want(l, l->tasks[i].memory);
		trail_want(l, l->tasks[i].directory);
	}
	descriptors_want_open(l->descriptors);
}

void living_want_task(struct living *l, uint32_t task)
{
	struct living_task *t = task_get(l, task);

	if (t)
		t->needed = true;
}

void living_want_step(struct living *l, const struct trace_step *step)
{
	const struct syscall_row *row = syscall_row_find(step->nr);
	struct living_task *t = task_get(l, step->task);
	unsigned v = mask_variant(step->variants, 0);

	descriptors_want_touch(l->descriptors, (struct file_touch){ step->step, step->task });
	l->chosen = step->step;
	if (!t)
		return;
	t->needed = true;
	trail_want(l, t->memory);
	trail_want(l, t->directory);
	for (unsigned i = 0; row && v < LIMIT_VARIANTS && i < SYSCALL_ARGS; i++) {
		const struct open_file *file = row->args[i].kind == ARG_FD ?
						       descriptors_find(l->descriptors, step->task,
									(int32_t)step->args[v][i]) :
						       NULL;

		if (file)
			descriptors_want(l->descriptors, file->story);
	}
}

static int compare_steps(const void *left, const void *right)
{
	const uint64_t *l = left, *r = right;

	return *l < *r ? -1 : *l > *r;
}

const uint64_t *living_steps(struct living *l, size_t *count)
{
	size_t n, unique = 0;
	const struct file_touch *wanted = descriptors_wanted(l->descriptors, &n);

	free(l->steps);
	l->steps = alloc_zeroed(n + 1, sizeof(*l->steps));
	for (size_t i = 0; i < n; i++) {
		l->steps[i] = wanted[i].step;
		living_want_task(l, wanted[i].task);
	}
	qsort(l->steps, n, sizeof(*l->steps), compare_steps);
	for (size_t i = 0; i < n; i++)
		if (!i || l->steps[i] != l->steps[unique - 1])
			l->steps[unique++] = l->steps[i];
	/* a task's parent has the lower number; one that has not is a stranger's making */
	for (size_t i = l->n_tasks; i-- > 0;)
		if (l->tasks[i].needed && l->tasks[i].parent < i)
			l->tasks[l->tasks[i].parent].needed = true;
	*count = unique;
	return l->steps;
}

bool living_has_task(struct living *l, uint32_t task)
{
	const struct living_task *t = task_find(l, task);

	return t && t->needed;
}

bool living_complete(const struct living *l)
{
	return !l->overflown && descriptors_complete(l->descriptors);
}
