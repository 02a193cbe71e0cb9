/* Memory of a recorded run; see mappings.h. */
#include "analysis/mappings.h"

#include <asm/unistd.h>
#include <elf.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "analysis/schema.h"
#include "analysis/task_values.h"
#include "base/alloc.h"
#include "base/bytes.h"

#define HEAP "[heap]"

/* What one variant has mapped: sorted, without overlaps. */
struct area {
	struct mapping *at;
	size_t count, capacity;
	uint64_t heap_start, heap_end; /* 0 until brk(2) told */
};

/* The memory of one process, or of several that share it (CLONE_VM). */
struct space {
	unsigned refs;  /* tasks */
	uint32_t owner; /* the task that had it first */
	bool visited;
	struct area areas[LIMIT_VARIANTS];
};

/* Where a program lies, waiting for the exec that puts it there. */
struct image {
	uint64_t start, bytes;
	char *path; /* owned */
};

struct mappings {
	struct source *source;
	struct task_values tasks; /* each a struct space, one reference */
	size_t n_followed;        /* mappings in all spaces */
	size_t names_bytes;
	bool overflown;
	uint64_t page_bytes;
	uint64_t now; /* the step at which what is learnt happens */
	struct image images[LIMIT_VARIANTS];
	mapping_ended *ended;
	void *ended_data;
};

/* ---- names ---- */

static struct mapped_name *name_create(struct mappings *m, const char *text)
{
	size_t length = strlen(text);
	struct mapped_name *name;

	if (m->names_bytes + length > LIMIT_OPEN_FILE_NAMES)
		return NULL;
	name = alloc_zeroed(sizeof(*name) + length + 1, 1);
	memcpy(name->text, text, length);
	name->refs = 1;
	m->names_bytes += length;
	return name;
}

static struct mapped_name *name_share(struct mapped_name *name)
{
	if (name)
		name->refs++;
	return name;
}

static void name_release(struct mappings *m, struct mapped_name *name)
{
	if (!name || --name->refs)
		return;
	m->names_bytes -= strlen(name->text);
	free(name);
}

/* ---- areas ---- */

/* Whose area it is, for those who are told. */
struct place {
	struct mappings *m;
	struct space *space;
	unsigned variant;
	struct area *area;
};

/* The first mapping that ends behind the address. */
static size_t area_place(const struct area *area, uint64_t addr)
{
	size_t low = 0, high = area->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (area->at[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Takes over the name's reference. */
static void area_insert(const struct place *p, const struct mapping *mapping)
{
	struct area *area = p->area;
	size_t at = area_place(area, mapping->start);

	if (mapping->start >= mapping->end || area->count >= LIMIT_FOLLOWED_MAPPINGS_EACH ||
	    p->m->n_followed >= LIMIT_FOLLOWED_MAPPINGS) {
		p->m->overflown |= mapping->start < mapping->end;
		name_release(p->m, mapping->name);
		return;
	}
	alloc_grow(&area->at, &area->capacity, area->count + 1);
	memmove(&area->at[at + 1], &area->at[at], (area->count - at) * sizeof(area->at[0]));
	area->at[at] = *mapping;
	area->count++;
	p->m->n_followed++;
}

static void tell_end(const struct place *p, const struct mapping *mapping, uint64_t step)
{
	if (p->m->ended)
		p->m->ended(p->m->ended_data, p->space->owner, p->variant, mapping, step);
}

/* The part of a mapping from start to end. */
static struct mapping mapping_part(const struct mapping *whole, uint64_t start, uint64_t end)
{
	struct mapping part = *whole;

	part.start = start;
	part.end = end;
	part.offset += start - whole->start;
	return part;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Takes out what lies between start and end: the parts taken end here, the rest stays. */
static void area_cut(const struct place *p, uint64_t start, uint64_t end)
{
	struct area *area = p->area;
	size_t first = area_place(area, start), last = first;
	struct mapping before = { 0 }, after = { 0 };

	if (start >= end)
		return;
	for (; last < area->count && area->at[last].start < end; last++) {
		struct mapping *at = &area->at[last], part;

		part = mapping_part(at, greater(at->start, start), lesser(at->end, end));
		tell_end(p, &part, p->m->now);
		if (at->start < start) {
			before = mapping_part(at, at->start, start);
			name_share(at->name);
		}
		if (at->end > end) {
			after = mapping_part(at, end, at->end);
			name_share(at->name);
		}
		name_release(p->m, at->name);
	}
	if (last == first)
		return;
	memmove(&area->at[first], &area->at[last], (area->count - last) * sizeof(area->at[0]));
	area->count -= last - first;
	p->m->n_followed -= last - first;
	area_insert(p, &before);
	area_insert(p, &after);
}

/* Replaces whatever is there. Takes over the name's reference. */
static void area_map(const struct place *p, const struct mapping *mapping)
{
	area_cut(p, mapping->start, mapping->end);
	area_insert(p, mapping);
}

static void area_clear(const struct place *p)
{
	for (size_t i = 0; i < p->area->count; i++) {
		tell_end(p, &p->area->at[i], p->m->now);
		name_release(p->m, p->area->at[i].name);
	}
	p->m->n_followed -= p->area->count;
	free(p->area->at);
	*p->area = (struct area){ 0 };
}

/* Another protection: what has it already goes on, the rest begins anew. */
static void area_protect(const struct place *p, uint64_t start, uint64_t end, uint32_t prot)
{
	while (start < end) {
		size_t at = area_place(p->area, start);
		struct mapping part = { .start = start, .end = end };

		if (at < p->area->count && p->area->at[at].start <= start)
			part = mapping_part(&p->area->at[at], start,
					    lesser(end, p->area->at[at].end));
		else if (at < p->area->count)
			part.end = lesser(end, p->area->at[at].start);
		start = part.end;
		if (part.has_prot && part.prot == prot)
			continue;
		part.prot = prot;
		part.has_prot = true;
		part.from_step = p->m->now;
		name_share(part.name);
		area_map(p, &part);
	}
}

/* ---- spaces ---- */

static struct place place_of(struct mappings *m, struct space *space, unsigned variant)
{
	return (struct place){ m, space, variant, &space->areas[variant] };
}

static struct space *space_create(uint32_t owner)
{
	struct space *space = alloc_zeroed(1, sizeof(*space));

	space->refs = 1;
	space->owner = owner;
	return space;
}

static struct space *space_copy(struct mappings *m, uint32_t owner, const struct space *from)
{
	struct space *space = space_create(owner);

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct place p = place_of(m, space, v);

		p.area->heap_start = from->areas[v].heap_start;
		p.area->heap_end = from->areas[v].heap_end;
		for (size_t i = 0; i < from->areas[v].count; i++) {
			struct mapping copy = from->areas[v].at[i];

			copy.from_step = m->now;
			name_share(copy.name);
			area_insert(&p, &copy);
		}
	}
	return space;
}

static void space_release(struct mappings *m, struct space *space)
{
	if (--space->refs)
		return;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		struct place p = place_of(m, space, v);

		area_clear(&p);
	}
	free(space);
}

/* ---- tasks ---- */

/* Takes over one reference; false, and the space gone, when there are too many tasks. */
static bool task_put(struct mappings *m, uint32_t task, struct space *space)
{
	struct task_value *entry = task_values_add(&m->tasks, task);

	if (!entry) {
		m->overflown = true;
		space_release(m, space);
		return false;
	}
	if (entry->value)
		space_release(m, entry->value);
	entry->value = space;
	return true;
}

static void learn_task_start(struct mappings *m, const struct trace_task_start *start)
{
	const struct task_value *parent = task_values_find(&m->tasks, start->parent);
	struct space *space;

	m->now = parent ? parent->last_step : 0;
	if (!parent) {
		space = space_create(start->task);
	} else if (start->clone_flags & CLONE_VM) {
		space = parent->value;
		space->refs++;
	} else {
		space = space_copy(m, start->task, parent->value);
	}
	task_put(m, start->task, space);
}

static void learn_task_end(struct mappings *m, const struct trace_task_end *end)
{
	struct task_value *known = task_values_find(&m->tasks, end->task);

	if (!known)
		return;
	m->now = known->last_step;
	space_release(m, known->value);
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
		struct place p = place_of(m, space, v);
		uint64_t end = image->start + image->bytes + m->page_bytes - 1;
		struct mapping mapping = { .start = image->start,
					   .end = end & ~(m->page_bytes - 1),
					   .from_step = m->now };

		if (!image->path || !(variants & 1u << v))
			continue;
		if (end > image->start) {
			mapping.name = name_create(m, image->path);
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

	return file && file->name ? name_create(c->m, file->name) : NULL;
}

static void learn_mmap(const struct call *c)
{
	struct mapping mapping = { .start = c->result,
				   .end = end_of(c, c->result, c->args[1]),
				   .from_step = c->m->now,
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
	name_share(moved.name);
	moved.start = c->result;
	moved.end = end_of(c, c->result, c->args[2]);
	moved.from_step = c->m->now;
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
				 .from_step = c->m->now,
				 .prot = PROT_READ | PROT_WRITE,
				 .flags = MAP_PRIVATE | MAP_ANONYMOUS,
				 .has_prot = true,
				 .has_flags = true };

	area->heap_end = end;
	if (!area->heap_start) {
		area->heap_start = end;
		return;
	}
	area_cut(&c->place, greater(end, area->heap_start), was);
	if (end <= was)
		return;
	grown.name = name_create(c->m, HEAP);
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

	m->now = step->step;
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
				  .place = place_of(m, known->value, v),
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
	m->ended = NULL;
	for (size_t i = 0; i < m->tasks.count; i++)
		space_release(m, m->tasks.at[i].value);
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
	m->ended = ended;
	m->ended_data = data;
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
			struct place p = place_of(m, space, v);

			for (size_t k = 0; k < p.area->count; k++)
				tell_end(&p, &p.area->at[k], UINT64_MAX);
		}
		space->visited = true;
	}
}

bool mappings_complete(const struct mappings *m)
{
	return !m->overflown;
}
