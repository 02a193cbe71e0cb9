/* Sorted by number; see fd_tables.h. */
#include "analysis/fd_tables.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/lower_bound.h"

/* Index of a descriptor, or of the place it belongs. */
static size_t table_place(const struct fd_table *t, int32_t fd)
{
	return lower_bound(t->count, i, t->at[i].fd < fd);
}

struct descriptor *fd_table_find(const struct fd_table *t, int32_t fd)
{
	size_t at = table_place(t, fd);

	return at < t->count && t->at[at].fd == fd ? &t->at[at] : NULL;
}

static void descriptor_end(struct fd_tables *tables, const struct fd_table *t,
			   struct descriptor *descriptor)
{
	if (tables->ended)
		tables->ended(tables->ended_data, t->owner, descriptor, tables->now);
	open_files_release(&tables->files, descriptor->file);
}

void fd_table_set(struct fd_tables *tables, struct fd_table *t, int32_t fd, struct open_file *file,
		  enum descriptor_origin origin, bool close_on_exec)
{
	size_t at = table_place(t, fd);

	file->refs++;
	open_files_touch(&tables->files, file);
	if (fd < 0) {
		open_files_release(&tables->files, file);
		return;
	}
	if (at < t->count && t->at[at].fd == fd) {
		descriptor_end(tables, t, &t->at[at]);
	} else if (t->count >= LIMIT_FOLLOWED_OF_PROCESS ||
		   tables->n_followed >= LIMIT_FOLLOWED_DESCRIPTORS) {
		tables->files.overflown = true;
		open_files_release(&tables->files, file);
		return;
	} else {
		alloc_grow(&t->at, &t->capacity, t->count + 1);
		memmove(&t->at[at + 1], &t->at[at], (t->count - at) * sizeof(t->at[0]));
		t->count++;
		tables->n_followed++;
	}
	t->at[at] = (struct descriptor){ .fd = fd,
					 .close_on_exec = close_on_exec,
					 .origin = (uint8_t)origin,
					 .from_step = tables->now,
					 .file = file };
}

void fd_table_close(struct fd_tables *tables, struct fd_table *t, uint32_t first, uint32_t last,
		    bool at_exec)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		uint32_t fd = (uint32_t)t->at[i].fd;

		if (fd >= first && fd <= last && (!at_exec || t->at[i].close_on_exec))
			descriptor_end(tables, t, &t->at[i]);
		else
			t->at[kept++] = t->at[i];
	}
	tables->n_followed -= t->count - kept;
	t->count = kept;
}

void fd_table_close_one(struct fd_tables *tables, struct fd_table *t, int32_t fd)
{
	size_t at = table_place(t, fd);

	if (at >= t->count || t->at[at].fd != fd)
		return;
	descriptor_end(tables, t, &t->at[at]);
	t->count--;
	tables->n_followed--;
	memmove(&t->at[at], &t->at[at + 1], (t->count - at) * sizeof(t->at[0]));
}

static void table_release(struct fd_tables *tables, struct fd_table *t)
{
	if (--t->refs)
		return;
	fd_table_close(tables, t, 0, UINT32_MAX, false);
	free(t->at);
	free(t);
}

struct fd_table *fd_table_create(uint32_t owner)
{
	struct fd_table *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	t->owner = owner;
	return t;
}

struct fd_table *fd_table_copy(struct fd_tables *tables, uint32_t owner,
			       const struct fd_table *from)
{
	struct fd_table *t = fd_table_create(owner);

	for (size_t i = 0; i < from->count; i++)
		fd_table_set(tables, t, from->at[i].fd, from->at[i].file, ORIGIN_FORK,
			     from->at[i].close_on_exec);
	return t;
}

/* ---- tasks ---- */

struct fd_table *fd_tables_find(const struct fd_tables *tables, uint32_t task)
{
	const struct task_value *entry = task_values_find(&tables->tasks, task);

	return entry ? entry->value : NULL;
}

struct fd_table *fd_tables_put(struct fd_tables *tables, uint32_t task, struct fd_table *table)
{
	struct task_value *entry = task_values_add(&tables->tasks, task);

	if (!entry) {
		tables->files.overflown = true;
		table_release(tables, table);
		return NULL;
	}
	if (entry->value)
		table_release(tables, entry->value);
	entry->value = table;
	return table;
}

void fd_tables_drop(struct fd_tables *tables, uint32_t task)
{
	struct task_value *entry = task_values_find(&tables->tasks, task);

	if (!entry)
		return;
	tables->now = entry->last_step;
	table_release(tables, entry->value);
	task_values_remove(&tables->tasks, entry);
}

struct fd_table *fd_tables_unshare(struct fd_tables *tables, uint32_t task, struct fd_table *table)
{
	return table->refs > 1 ? fd_tables_put(tables, task, fd_table_copy(tables, task, table)) :
				 table;
}

void fd_tables_release(struct fd_tables *tables)
{
	tables->ended = NULL;
	for (size_t i = 0; i < tables->tasks.count; i++)
		table_release(tables, tables->tasks.at[i].value);
	free(tables->tasks.at);
	free(tables->files.wanted);
}
