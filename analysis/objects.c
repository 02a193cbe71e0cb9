/* Descriptors and mappings by what they stand for; see objects.h. */
#include "analysis/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/limits.h"

/* mappings of one process: the kernel's own default limit is 65530 */
#define MAPPINGS_MAX 65530

struct slot {
	struct object *object; /* NULL: closed, or not known */
	bool cloexec;
};

struct mapping {
	uint64_t first, end;
	uint64_t offset; /* of `first` from where the file was mapped first */
	char *name;      /* owned */
};

struct process {
	uint32_t threads;
	struct slot *fds; /* owned */
	size_t n_fds;
	char *cwd; /* owned */
	struct mapping *mappings;
	size_t n_mappings, mappings_capacity;
};

struct objects {
	uint64_t serial;
};

struct objects *objects_create(void)
{
	return alloc_zeroed(1, sizeof(struct objects));
}

void objects_destroy(struct objects *o)
{
	free(o);
}

/* ---- objects ---- */

static bool is_taken(const struct process *p, const struct object *object)
{
	for (size_t i = 0; i < p->n_fds; i++) {
		const struct object *other = p->fds[i].object;

		if (other && other != object && other->stem_hash == object->stem_hash &&
		    other->number == object->number)
			return true;
	}
	return false;
}

static void object_name(const struct process *p, struct object *object, const char *stem,
			const char *suffix)
{
	size_t capacity = strlen(stem) + (suffix ? strlen(suffix) : 0) + 16;
	char *name = alloc_zeroed(capacity, 1);

	/* the suffix tells apart what has one stem and number: both ends of a pipe */
	object->stem_hash = XXH3_64bits(stem, strlen(stem)) ^
			    (suffix ? XXH3_64bits(suffix, strlen(suffix)) : 0);
	object->number = 1;
	while (is_taken(p, object))
		object->number++;
	snprintf(name, capacity, "%s#%u%s", stem, object->number, suffix ? suffix : "");
	free(object->name);
	object->name = name;
}

static void object_drop(struct object *object)
{
	if (!object || --object->uses)
		return;
	free(object->name);
	free(object->path);
	free(object);
}

/* ---- processes ---- */

struct process *process_create(const struct process *parent)
{
	struct process *p = alloc_zeroed(1, sizeof(*p));

	p->threads = 1;
	p->cwd = alloc_string(parent ? parent->cwd : "/");
	if (!parent)
		return p;
	p->fds = alloc_zeroed(parent->n_fds + 1, sizeof(*p->fds));
	p->n_fds = parent->n_fds;
	for (size_t i = 0; i < p->n_fds; i++) {
		p->fds[i] = parent->fds[i];
		if (p->fds[i].object)
			p->fds[i].object->uses++;
	}
	alloc_grow(&p->mappings, &p->mappings_capacity, parent->n_mappings);
	for (size_t i = 0; i < parent->n_mappings; i++) {
		p->mappings[i] = parent->mappings[i];
		p->mappings[i].name = alloc_string(parent->mappings[i].name);
	}
	p->n_mappings = parent->n_mappings;
	return p;
}

struct process *process_share(struct process *p)
{
	p->threads++;
	return p;
}

static void forget_mappings(struct process *p)
{
	for (size_t i = 0; i < p->n_mappings; i++)
		free(p->mappings[i].name);
	p->n_mappings = 0;
}

void process_release(struct process *p)
{
	if (!p || --p->threads)
		return;
	for (size_t i = 0; i < p->n_fds; i++)
		object_drop(p->fds[i].object);
	forget_mappings(p);
	free(p->mappings);
	free(p->fds);
	free(p->cwd);
	free(p);
}

const char *process_cwd(const struct process *p)
{
	return p->cwd;
}

void process_chdir(struct process *p, const char *path)
{
	char *copy = alloc_string(path);

	free(p->cwd);
	p->cwd = copy;
}

void process_exec(struct process *p)
{
	for (size_t i = 0; i < p->n_fds; i++)
		if (p->fds[i].cloexec)
			process_close(p, (int64_t)i);
	forget_mappings(p);
}

/* ---- descriptors ---- */

static struct slot *slot_find(const struct process *p, int64_t fd)
{
	return fd >= 0 && (uint64_t)fd < p->n_fds ? &p->fds[fd] : NULL;
}

/* NULL for a number that no descriptor can have. */
static struct slot *slot_make(struct process *p, int64_t fd)
{
	size_t capacity = p->n_fds;

	if (fd < 0 || fd >= LIMIT_DESCRIPTORS)
		return NULL;
	if ((size_t)fd >= p->n_fds) {
		alloc_grow(&p->fds, &capacity, (size_t)fd + 1);
		p->n_fds = capacity;
	}
	return &p->fds[fd];
}

const struct object *process_fd(const struct process *p, int64_t fd)
{
	const struct slot *slot = slot_find(p, fd);

	return slot ? slot->object : NULL;
}

const struct object *process_open(struct objects *o, struct process *p, int64_t fd,
				  enum object_kind kind, const char *stem, const char *suffix,
				  const char *path)
{
	struct slot *slot = slot_make(p, fd);
	struct object *object;

	if (!slot)
		return NULL;
	object_drop(slot->object);
	object = alloc_zeroed(1, sizeof(*object));
	object->kind = kind;
	object->uses = 1;
	object->serial = ++o->serial;
	object->path = path ? alloc_string(path) : NULL;
	*slot = (struct slot){ .object = object };
	object_name(p, object, stem, suffix);
	return object;
}

void process_rename(struct process *p, int64_t fd, const char *stem)
{
	struct slot *slot = slot_find(p, fd);

	if (slot && slot->object)
		object_name(p, slot->object, stem, NULL);
}

void process_dup(struct process *p, int64_t fd, int64_t to)
{
	struct slot *target = slot_make(p, to);
	const struct slot *from = slot_find(p, fd);

	if (!target || target == from)
		return;
	if (from && from->object)
		from->object->uses++;
	object_drop(target->object);
	*target = (struct slot){ .object = from ? from->object : NULL };
}

void process_close(struct process *p, int64_t fd)
{
	struct slot *slot = slot_find(p, fd);

	if (!slot)
		return;
	object_drop(slot->object);
	*slot = (struct slot){ 0 };
}

void process_close_range(struct process *p, uint64_t first, uint64_t last)
{
	for (uint64_t fd = first; fd < p->n_fds && fd <= last; fd++)
		process_close(p, (int64_t)fd);
}

void process_set_cloexec(struct process *p, int64_t fd, bool cloexec)
{
	struct slot *slot = slot_find(p, fd);

	if (slot)
		slot->cloexec = cloexec;
}

void process_set_cloexec_range(struct process *p, uint64_t first, uint64_t last)
{
	for (uint64_t fd = first; fd < p->n_fds && fd <= last; fd++)
		p->fds[fd].cloexec = true;
}

/* ---- mappings ---- */

/* The first mapping that ends behind the address. */
static size_t mapping_at(const struct process *p, uint64_t address)
{
	size_t low = 0, high = p->n_mappings;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->mappings[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mapping_insert(struct process *p, size_t at, struct mapping mapping)
{
	alloc_grow(&p->mappings, &p->mappings_capacity, p->n_mappings + 1);
	memmove(&p->mappings[at + 1], &p->mappings[at],
		(p->n_mappings - at) * sizeof(*p->mappings));
	p->mappings[at] = mapping;
	p->n_mappings++;
}

static void mapping_remove(struct process *p, size_t at)
{
	free(p->mappings[at].name);
	p->n_mappings--;
	memmove(&p->mappings[at], &p->mappings[at + 1],
		(p->n_mappings - at) * sizeof(*p->mappings));
}

void process_unmap(struct process *p, uint64_t address, uint64_t bytes)
{
	uint64_t end = address + bytes < address ? UINT64_MAX : address + bytes;
	size_t at = mapping_at(p, address);

	while (at < p->n_mappings && p->mappings[at].first < end) {
		struct mapping *m = &p->mappings[at];

		if (m->first < address && m->end > end) {
			struct mapping rest = { end, m->end, m->offset + (end - m->first),
						alloc_string(m->name) };

			m->end = address;
			mapping_insert(p, at + 1, rest);
			return;
		}
		if (m->first >= address && m->end <= end) {
			mapping_remove(p, at);
			continue;
		}
		if (m->first < address) {
			m->end = address;
		} else {
			m->offset += end - m->first;
			m->first = end;
		}
		at++;
	}
}

/* A library is mapped whole, then part by part over that: its parts count from its start. */
static uint64_t base_offset(const struct process *p, uint64_t address, const char *name)
{
	size_t at = mapping_at(p, address);
	const struct mapping *m = at < p->n_mappings ? &p->mappings[at] : NULL;

	if (m && m->first <= address && strcmp(m->name, name) == 0)
		return m->offset + (address - m->first);
	return 0;
}

void process_map(struct process *p, uint64_t address, uint64_t bytes, const char *name)
{
	uint64_t offset = name ? base_offset(p, address, name) : 0;

	if (address + bytes < address)
		return;
	process_unmap(p, address, bytes);
	if (!name || !bytes || p->n_mappings >= MAPPINGS_MAX)
		return;
	mapping_insert(p, mapping_at(p, address),
		       (struct mapping){ address, address + bytes, offset, alloc_string(name) });
}

const char *process_region(const struct process *p, uint64_t address, uint64_t *offset)
{
	size_t at = mapping_at(p, address);
	const struct mapping *m;

	if (at >= p->n_mappings || p->mappings[at].first > address)
		return NULL;
	m = &p->mappings[at];
	*offset = m->offset + (address - m->first);
	return m->name;
}
