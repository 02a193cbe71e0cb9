/*
 * The descriptors of a process and the open-file objects behind them. The
 * object, not the number, carries the kind: dup, fork and exec share it.
 * Knows nothing of system calls; the families in monitor/calls use it. Belongs
 * to the leader's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

enum fd_kind {
	FD_LEADER,    /* operated by variant 0 only; followers hold a placeholder */
	FD_EACH_READ, /* opened by every variant, so that mapping works; read by variant 0 */
	FD_PRIVATE,   /* every operation by each variant */
	FD_SYNTHETIC, /* the monitor answers reads from `text` */
};

/* One registration in an epoll object: what each variant wants to be told. */
#define EPOLL_PAST 64u
struct epoll_watch {
	int32_t fd;
	struct open_file *target;
	uint64_t data[LIMIT_VARIANTS];
};

struct open_file {
	unsigned refs;    /* descriptors; the object is closed at 0 */
	unsigned watched; /* registrations that name it: keep the memory, not the object */
	enum fd_kind kind;
	bool shared_writable; /* a regular file open for writing, and the followers can open it too */
	bool identified;      /* device_id and inode are known */
	bool device;          /* EACH_READ: null, zero or full */
	bool signals;         /* a signalfd: reads bring what signals carry */
	bool untouched;       /* SYNTHETIC: not read yet */
	int pid; /* SYNTHETIC, PRIVATE below /proc: whose file it is, as the program sees it */
	uint64_t device_id, inode;  /* of a file */
	char file[16];              /* SYNTHETIC: its name below /proc/PID */
	uint64_t offset;            /* SYNTHETIC */
	char *text[LIMIT_VARIANTS]; /* SYNTHETIC: what each variant reads */
	size_t length[LIMIT_VARIANTS];
	struct epoll_watch *watches; /* epoll: oldest first */
	size_t n_watches, watches_capacity;
	struct epoll_watch
		*past; /* epoll: a ring of EPOLL_PAST that are gone, whose events may come yet */
	size_t n_past; /* ever put there */
};

struct fd_table {
	unsigned refs;
	struct open_file **files; /* by descriptor; NULL where there is none */
	size_t capacity;
};

/* An object with one reference, to be given to fd_table_set. */
struct open_file *open_file_create(enum fd_kind kind);
void open_file_release(struct open_file *file);

/* Registers fd in place of an earlier registration of the same; `target` may be NULL. */
struct epoll_watch *epoll_watch_set(struct open_file *epoll, int32_t fd, struct open_file *target);
void epoll_watch_remove(struct open_file *epoll, int32_t fd, const struct open_file *target);
/* Forgets what the kernel has forgotten: registrations of objects that are closed. */
void epoll_watches_prune(struct open_file *epoll);
/*
 * The registration that the leader's kernel reports with this data, or NULL.
 * Of those that are gone, too: another thread may have removed it after its
 * event was reported, and of a descriptor that was passed on the kernel keeps it.
 */
const struct epoll_watch *epoll_watch_find(const struct open_file *epoll, uint64_t leader_data);

struct fd_table *fd_table_create(void);
struct fd_table *fd_table_share(struct fd_table *t);
struct fd_table *fd_table_copy(const struct fd_table *t);
void fd_table_release(struct fd_table *t);

/* NULL where no descriptor is open. */
struct open_file *fd_table_find(const struct fd_table *t, int64_t fd);
/* Puts the object at a number, taking over one reference; what was there is released. */
void fd_table_set(struct fd_table *t, int64_t fd, struct open_file *file);
/* Makes `to` another name of what `from` names. */
void fd_table_dup(struct fd_table *t, int64_t from, int64_t to);
void fd_table_close(struct fd_table *t, int64_t fd);

/* The descriptors a task has, or may have: ascending. All zero is none at all. */
struct fd_list {
	int *fds;
	size_t count, capacity;
	bool is_set;
};

/* What the task has open now (proc(5), /proc/PID/fd). 0 or -errno. */
int fd_list_read(struct fd_list *list, pid_t tid);
bool fd_list_has(const struct fd_list *list, int fd);
void fd_list_finish(struct fd_list *list);

/* Keeps of both only what is in both. */
void fd_table_intersect(struct fd_table *t, struct fd_list *list);
