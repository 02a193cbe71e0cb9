/* Memory of a recorded run; see mappings.h. */
#include "analysis/mappings.h"

#include <asm/unistd.h>
#include <elf.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "analysis/schema.h"
#include "analysis/spaces.h"
#include "analysis/task_values.h"
#include "base/alloc.h"
#include "base/bytes.h"

#define HEAP "[heap]"

/* Where a program lies, waiting for the exec that puts it there. */
struct image {
	uint64_t start, bytes;
	char *path; /* owned */
};

struct mappings {
	struct source *source;
	struct task_values tasks; /* each a struct space, one reference */
	struct spaces spaces;
	uint64_t page_bytes;
	struct image images[LIMIT_VARIANTS];
};

/* ---- tasks ---- */

/* Takes over one reference; false, and the space gone, when there are too many tasks. */
static bool task_put(struct mappings *m, uint32_t task, struct space *space)
{
	struct task_value *entry = task_values_add(&m->tasks, task);

	if (!entry) {
		m->spaces.overflown = true;
		space_release(&m->spaces, space);
		return false;
	}
	if (entry->value)
		space_release(&m->spaces, entry->value);
	entry->value = space;
	return true;
}

static void learn_task_start(struct mappings *m, const struct trace_task_start *start)
{
	const struct task_value *parent = task_values_find(&m->tasks, start->parent);
	struct space *space;

	m->spaces.now = parent ? parent->last_step : 0;
	if (!parent) {
		space = space_create(start->task);
	} else if (start->clone_flags & CLONE_VM) {
		space = parent->value;
		space->refs++;
	} else {
		space = space_copy(&m->spaces, start->task, parent->value);
	}
	task_put(m, start->task, space);
}

static void learn_task_end(struct mappings *m, const struct trace_task_end *end)
{
	struct task_value *known = task_values_find(&m->tasks, end->task);

	if (!known)
		return;
	m->spaces.now = known->last_step;
	space_release(&m->spaces, known->value);
	task_values_remove(&m->tasks, known);
}

/* ---- the first program ---- */

/* The value of an entry of the auxiliary vector (getauxval(3)), 0 for none. */
static uint64_t auxv_value(const struct trace_blob *auxv, uint64_t type)
{
	struct bytes left = bytes_make(auxv->data, auxv->length);

	while (left.left >= 2 * sizeof(uint64_t)) {
		uint64_t key = bytes_u64(&left), value = bytes_u64(&left);

		if (key == type)
			return value;
	}
	return 0;
}

/* Its headers lie in its first page; it reaches as far as its file, and maybe further. */
static void learn_image(struct mappings *m, const struct trace_variant_start *start)
{
	struct image *image;
	uint64_t headers = auxv_value(&start->auxv, AT_PHDR);

	if (start->variant >= LIMIT_VARIANTS || !headers || !start->path || !start->path[0])
		return;
	image = &m->images[start->variant];
	free(image->path);
	image->path = alloc_string(start->path);
	image->start = headers & ~(m->page_bytes - 1);
	image->bytes = start->size;
}

static void put_images(struct mappings *m, struct space *space, uint32_t variants)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct image *image = &m->images[v];
		struct place p = space_place(&m->spaces, space, v);
		uint64_t end = image->start + image->bytes + m->page_bytes - 1;
		struct mapping mapping = { .start = image->start,
					   .end = end & ~(m->page_bytes - 1),
					   .from_step = m->spaces.now };

		if (!image->path || !(variants & 1u << v))
			continue;
		if (end > image->start) {
			mapping.name = mapped_name_create(&m->spaces, image->path);
			area_map(&p, &mapping);
		}
		free(image->path);
		*image = (struct image){ 0 };
	}
}

/* ---- calls ---- */

struct call {
	struct mappings *m;
	struct descriptors *descriptors;
	const struct trace_step *step;
	struct place place;
	const uint64_t *args; /* of the variant */
	uint64_t result;
};

/* Up to the end of the last page, or of all memory. */
static uint64_t end_of(const struct call *c, uint64_t start, uint64_t bytes)
{
	uint64_t end = start + bytes + c->m->page_bytes - 1;

	return end < start ? UINT64_MAX & ~(c->m->page_bytes - 1) : end & ~(c->m->page_bytes - 1);
}

static struct mapped_name *name_of_file(const struct call *c, int32_t fd)
{
	const struct open_file *file = descriptors_find(c->descriptors, c->step->task, fd);

	return file && file->name ? mapped_name_create(&c->m->spaces, file->name) : NULL;
}

static void learn_mmap(const struct call *c)
{
	struct mapping mapping = { .start = c->result,
				   .end = end_of(c, c->result, c->args[1]),
				   .from_step = c->m->spaces.now,
				   .prot = (uint32_t)c->args[2],
				   .flags = (uint32_t)c->args[3],
				   .has_prot = true,
				   .has_flags = true };

	if (!(mapping.flags & MAP_ANONYMOUS)) {
		mapping.offset = c->args[5];
		mapping.name = name_of_file(c, (int32_t)c->args[4]);
	}
	area_map(&c->place, &mapping);
}

/* The new place is as the old one was, up to its length; mremap(2). */
static void learn_mremap(const struct call *c)
{
	const struct area *area = c->place.area;
	size_t at = area_place(area, c->args[0]);
	struct mapping moved = { 0 };

	if (at < area->count && area->at[at].start <= c->args[0])
		moved = mapping_part(&area->at[at], c->args[0], area->at[at].end);
	mapped_name_share(moved.name);
	moved.start = c->result;
	moved.end = end_of(c, c->result, c->args[2]);
	moved.from_step = c->m->spaces.now;
	/* an old length of 0 leaves the old one as it is */
	if (c->args[1] && !(c->args[3] & MREMAP_DONTUNMAP))
		area_cut(&c->place, c->args[0], end_of(c, c->args[0], c->args[1]));
	area_map(&c->place, &moved);
}

/* brk(2) says where the heap ends now, whatever it was asked for. */
static void learn_brk(const struct call *c)
{
	struct area *area = c->place.area;
	uint64_t end = end_of(c, c->result, 0), was = area->heap_end;
	struct mapping grown = { .start = was,
				 .end = end,
				 .from_step = c->m->spaces.now,
				 .prot = PROT_READ | PROT_WRITE,
				 .flags = MAP_PRIVATE | MAP_ANONYMOUS,
				 .has_prot = true,
				 .has_flags = true };

	area->heap_end = end;
	if (!area->heap_start) {
		area->heap_start = end;
		return;
	}
	area_cut(&c->place, end > area->heap_start ? end : area->heap_start, was);
	if (end <= was)
		return;
	grown.name = mapped_name_create(&c->m->spaces, HEAP);
	area_map(&c->place, &grown);
}

static void learn_call(const struct call *c)
{
	switch (c->step->nr) {
	case __NR_mmap: learn_mmap(c); break;
	case __NR_munmap: area_cut(&c->place, c->args[0], end_of(c, c->args[0], c->args[1])); break;
	case __NR_mprotect:
	case __NR_pkey_mprotect:
		area_protect(&c->place, c->args[0], end_of(c, c->args[0], c->args[1]),
			     (uint32_t)c->args[2]);
		break;
	case __NR_mremap: learn_mremap(c); break;
	case __NR_brk: learn_brk(c); break;
	}
}

static void learn_exec(struct mappings *m, const struct trace_step *step)
{
	struct space *space = space_create(step->task);

	if (task_put(m, step->task, space))
		put_images(m, space, step->variants);
}

static bool changes_memory(const struct trace_step *step)
{
	switch (step->nr) {
	case __NR_mmap:
	case __NR_munmap:
	case __NR_mprotect:
	case __NR_pkey_mprotect:
	case __NR_mremap:
	case __NR_brk:
	case __NR_execve:
	case __NR_execveat: return true;
	}
	return false;
}

static void learn_step(struct mappings *m, struct descriptors *descriptors,
		       const struct trace_step *step)
{
	struct task_value *known = task_values_find(&m->tasks, step->task);

	m->spaces.now = step->step;
	if (known)
		known->last_step = step->step;
	if (step->no_result || step->abi || !changes_memory(step))
		return;
	if (!known && !task_put(m, step->task, space_create(step->task)))
		return;
	known = task_values_find(&m->tasks, step->task);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct call c = { .m = m,
				  .descriptors = descriptors,
				  .step = step,
				  .place = space_place(&m->spaces, known->value, v),
				  .args = step->args[v],
				  .result = (uint64_t)step->result[v] };

		if (!(step->variants & 1u << v) || result_errno(step->result[v]))
			continue;
		if (step->nr == __NR_execve || step->nr == __NR_execveat) {
			learn_exec(m, step);
			return;
		}
		learn_call(&c);
	}
}

struct mappings *mappings_create(struct source *source)
{
	const struct trace_header *header = source_header(source);
	struct mappings *m = alloc_zeroed(1, sizeof(*m));

	m->source = source;
	m->page_bytes = header ? header->page_bytes : 0;
	/* a power of two, or what x86-64 has */
	if (!m->page_bytes || m->page_bytes & (m->page_bytes - 1) || m->page_bytes > 1u << 30)
		m->page_bytes = 4096;
	return m;
}

void mappings_destroy(struct mappings *m)
{
	if (!m)
		return;
	m->spaces.ended = NULL;
	for (size_t i = 0; i < m->tasks.count; i++)
		space_release(&m->spaces, m->tasks.at[i].value);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		free(m->images[v].path);
	free(m->tasks.at);
	free(m);
}

void mappings_learn(struct mappings *m, struct descriptors *descriptors,
		    const struct trace_record *record)
{
	if (record->kind == TRACE_VARIANT_START)
		learn_image(m, &record->variant_start);
	else if (record->kind == TRACE_TASK_START)
		learn_task_start(m, &record->task_start);
	else if (record->kind == TRACE_TASK_END)
		learn_task_end(m, &record->task_end);
	else if (record->kind == TRACE_STEP)
		learn_step(m, descriptors, &record->step);
}

const struct mapping *mappings_find(const struct mappings *m, uint32_t task, unsigned variant,
				    uint64_t addr)
{
	const struct task_value *known = task_values_find(&m->tasks, task);
	const struct space *space;
	const struct area *area;
	size_t at;

	if (!known || variant >= LIMIT_VARIANTS)
		return NULL;
	space = known->value;
	area = &space->areas[variant];
	at = area_place(area, addr);
	return at < area->count && area->at[at].start <= addr ? &area->at[at] : NULL;
}

void mappings_observe(struct mappings *m, mapping_ended *ended, void *data)
{
	m->spaces.ended = ended;
	m->spaces.ended_data = data;
}

void mappings_each(struct mappings *m)
{
	for (size_t i = 0; i < m->tasks.count; i++) {
		struct space *space = m->tasks.at[i].value;

		space->visited = false;
	}
	for (size_t i = 0; i < m->tasks.count; i++) {
		struct space *space = m->tasks.at[i].value;

		for (unsigned v = 0; v < LIMIT_VARIANTS && !space->visited; v++) {
			struct place p = space_place(&m->spaces, space, v);

			for (size_t k = 0; k < p.area->count; k++)
				area_tell_end(&p, &p.area->at[k], UINT64_MAX);
		}
		space->visited = true;
	}
}

bool mappings_complete(const struct mappings *m)
{
	return !m->spaces.overflown;
}
