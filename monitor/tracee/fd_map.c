/* Maps the descriptors a program sees to open-file objects. */
#include "monitor/tracee/fd_map.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

struct open_file *open_file_create(enum fd_kind kind)
{
	struct open_file *file = alloc_zeroed(1, sizeof(*file));

	file->refs = 1;
	file->kind = kind;
	return file;
}

static void watch_drop(struct open_file *epoll, size_t i)
{
	struct open_file *target = epoll->watches[i].target;

	if (!epoll->past)
		epoll->past = alloc_zeroed(EPOLL_PAST, sizeof(epoll->past[0]));
	epoll->past[epoll->n_past++ % EPOLL_PAST] = epoll->watches[i];

	if (target && !--target->watched && !target->refs && target != epoll)
		free(target);
	epoll->n_watches--;
	memmove(&epoll->watches[i], &epoll->watches[i + 1],
		(epoll->n_watches - i) * sizeof(epoll->watches[0]));
}

void open_file_release(struct open_file *file)
{
	if (!file || --file->refs)
		return;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++) {
		free(file->text[v]);
		file->text[v] = NULL;
	}
	while (file->n_watches)
		watch_drop(file, file->n_watches - 1);
	free(file->watches);
	free(file->past);
	file->watches = file->past = NULL;
	if (!file->watched)
		free(file);
}

static size_t watch_index(const struct open_file *epoll, int32_t fd, const struct open_file *target)
{
	size_t i = 0;

	while (i < epoll->n_watches &&
	       (epoll->watches[i].fd != fd || epoll->watches[i].target != target))
		i++;
	return i;
}

struct epoll_watch *epoll_watch_set(struct open_file *epoll, int32_t fd, struct open_file *target)
{
	struct epoll_watch *watch;

	epoll_watch_remove(epoll, fd, target);
	alloc_grow(&epoll->watches, &epoll->watches_capacity, epoll->n_watches + 1);
	watch = &epoll->watches[epoll->n_watches++];
	*watch = (struct epoll_watch){ .fd = fd, .target = target };
	if (target)
		target->watched++;
	return watch;
}

void epoll_watch_remove(struct open_file *epoll, int32_t fd, const struct open_file *target)
{
	size_t i = watch_index(epoll, fd, target);

	if (i < epoll->n_watches)
		watch_drop(epoll, i);
}

void epoll_watches_prune(struct open_file *epoll)
{
	for (size_t i = epoll->n_watches; i-- > 0;)
		if (epoll->watches[i].target && !epoll->watches[i].target->refs)
			watch_drop(epoll, i);
}

const struct epoll_watch *epoll_watch_find(const struct open_file *epoll, uint64_t leader_data)
{
	for (size_t i = epoll->n_watches; i-- > 0;)
		if (epoll->watches[i].data[0] == leader_data)
			return &epoll->watches[i];
	for (size_t i = 1; i <= epoll->n_past && i <= EPOLL_PAST; i++) {
		const struct epoll_watch *past = &epoll->past[(epoll->n_past - i) % EPOLL_PAST];

		if (past->data[0] == leader_data)
			return past;
	}
	return NULL;
}

struct fd_table *fd_table_create(void)
{
	struct fd_table *t = alloc_zeroed(1, sizeof(*t));

	t->refs = 1;
	return t;
}

struct fd_table *fd_table_share(struct fd_table *t)
{
	t->refs++;
	return t;
}

struct fd_table *fd_table_copy(const struct fd_table *t)
{
	struct fd_table *copy = fd_table_create();

	alloc_grow(&copy->files, &copy->capacity, t->capacity);
	for (size_t fd = 0; fd < t->capacity; fd++) {
		copy->files[fd] = t->files[fd];
		if (copy->files[fd])
			copy->files[fd]->refs++;
	}
	return copy;
}

void fd_table_release(struct fd_table *t)
{
	if (!t || --t->refs)
		return;
	for (size_t fd = 0; fd < t->capacity; fd++)
		open_file_release(t->files[fd]);
	free(t->files);
	free(t);
}

struct open_file *fd_table_find(const struct fd_table *t, int64_t fd)
{
	if (fd < 0 || (size_t)fd >= t->capacity)
		return NULL;
	return t->files[fd];
}

void fd_table_set(struct fd_table *t, int64_t fd, struct open_file *file)
{
	CHECK(fd >= 0 && fd < INT32_MAX);
	alloc_grow(&t->files, &t->capacity, (size_t)fd + 1);
	open_file_release(t->files[fd]);
	t->files[fd] = file;
}

void fd_table_dup(struct fd_table *t, int64_t from, int64_t to)
{
	struct open_file *file = fd_table_find(t, from);

	if (from == to)
		return;
	if (file)
		file->refs++;
	else
		file = open_file_create(FD_LEADER);
	fd_table_set(t, to, file);
}

void fd_table_close(struct fd_table *t, int64_t fd)
{
	if (fd_table_find(t, fd))
		fd_table_set(t, fd, NULL);
}

static int compare_ints(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

int fd_list_read(struct fd_list *list, pid_t tid)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	list->count = 0;
	list->is_set = true;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		alloc_grow(&list->fds, &list->capacity, list->count + 1);
		list->fds[list->count++] = (int)strtol(entry->d_name, NULL, 10);
	}
	closedir(dir);
	if (list->count)
		qsort(list->fds, list->count, sizeof(list->fds[0]), compare_ints);
	return 0;
}

bool fd_list_has(const struct fd_list *list, int fd)
{
	return list->count &&
	       bsearch(&fd, list->fds, list->count, sizeof(list->fds[0]), compare_ints);
}

void fd_list_finish(struct fd_list *list)
{
	free(list->fds);
	*list = (struct fd_list){ 0 };
}

void fd_table_intersect(struct fd_table *t, struct fd_list *list)
{
	size_t kept = 0;

	for (size_t fd = 0; fd < t->capacity; fd++)
		if (!fd_list_has(list, (int)fd))
			fd_table_close(t, (int64_t)fd);
	for (size_t i = 0; i < list->count; i++)
		if (fd_table_find(t, list->fds[i]))
			list->fds[kept++] = list->fds[i];
	list->count = kept;
}
