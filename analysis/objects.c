/* Descriptors by what they stand for; see objects.h. */
#include "analysis/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/limits.h"

struct slot {
	struct object *object; /* NULL: closed, or not known */
	bool cloexec;
};

struct process {
	uint32_t threads;
	struct slot *fds; /* owned */
	size_t n_fds;
	char *cwd;               /* owned */
	struct regions *regions; /* owned */
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

void object_drop(struct object *object)
{
	if (!object || --object->uses)
		return;
	free(object->name);
	free(object->path);
	free(object);
}

struct object *object_copy(const struct object *object)
{
	struct object *copy = alloc_zeroed(1, sizeof(*copy));

	*copy = *object;
	copy->uses = 1;
	copy->name = alloc_string(object->name);
	copy->path = object->path ? alloc_string(object->path) : NULL;
	return copy;
}

/* ---- processes ---- */

struct process *process_create(const struct process *parent)
{
	struct process *p = alloc_zeroed(1, sizeof(*p));

	p->threads = 1;
	p->regions = regions_create(parent ? parent->regions : NULL);
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
	return p;
}

struct process *process_share(struct process *p)
{
	p->threads++;
	return p;
}

void process_release(struct process *p)
{
	if (!p || --p->threads)
		return;
	for (size_t i = 0; i < p->n_fds; i++)
		object_drop(p->fds[i].object);
	regions_destroy(p->regions);
	free(p->fds);
	free(p->cwd);
	free(p);
}

struct regions *process_regions(const struct process *p)
{
	return p->regions;
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
	regions_forget(p->regions);
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

void process_pair(struct process *p, int64_t one, int64_t other)
{
	const struct slot *a = slot_find(p, one), *b = slot_find(p, other);

	if (!a || !a->object || !b || !b->object)
		return;
	a->object->peer = b->object->serial;
	b->object->peer = a->object->serial;
}

int64_t process_fds_end(const struct process *p)
{
	return (int64_t)p->n_fds;
}

bool process_is_cloexec(const struct process *p, int64_t fd)
{
	const struct slot *slot = slot_find(p, fd);

	return slot && slot->cloexec;
}

void process_place(struct process *p, int64_t fd, struct object *object)
{
	struct slot *slot = slot_make(p, fd);

	if (!slot) {
		object_drop(object);
		return;
	}
	object_drop(slot->object);
	*slot = (struct slot){ .object = object };
}

void process_dup(struct process *p, int64_t fd, int64_t to)
{
	const struct slot *from = slot_find(p, fd);

	if (fd == to)
		return;
	if (from && from->object)
		from->object->uses++;
	process_place(p, to, from ? from->object : NULL);
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
