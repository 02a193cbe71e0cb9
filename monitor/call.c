/* What families and phases share about one call. */
#include "monitor/call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"

static const struct call_ops no_code;

static const struct call_ops *const families[FAMILY_COUNT] = {
	[FAMILY_OPEN] = &calls_open,       [FAMILY_FD] = &calls_fd,
	[FAMILY_IO] = &calls_io,           [FAMILY_FCNTL] = &calls_fcntl,
	[FAMILY_IOCTL] = &calls_ioctl,     [FAMILY_STAT] = &calls_stat,
	[FAMILY_MEMORY] = &calls_memory,   [FAMILY_CLONE] = &calls_clone,
	[FAMILY_EXEC] = &calls_exec,       [FAMILY_EXIT] = &calls_exit,
	[FAMILY_WAIT] = &calls_wait,       [FAMILY_IDS] = &calls_ids,
	[FAMILY_KILL] = &calls_ids,        [FAMILY_SIGNAL] = &calls_signal,
	[FAMILY_POLL] = &calls_poll,       [FAMILY_SOCKET] = &calls_socket,
	[FAMILY_SCHED] = &calls_sched,     [FAMILY_PRCTL] = &calls_prctl,
	[FAMILY_EPOLL] = &calls_epoll,     [FAMILY_TIME] = &calls_timers,
	[FAMILY_SYSV] = &calls_sysv,       [FAMILY_MADE] = &calls_made,
	[FAMILY_SYSTEM] = &calls_system,   [FAMILY_KEYS] = &calls_keys,
	[FAMILY_REMOTE] = &calls_remote,   [FAMILY_PLACE] = &calls_place,
	[FAMILY_FUTEX] = &calls_futex,     [FAMILY_SHM] = &calls_shm,
	[FAMILY_SECCOMP] = &calls_seccomp, [FAMILY_LISTING] = &calls_listing,
};

const struct call_ops *call_ops_get(unsigned family)
{
	CHECK(family < FAMILY_COUNT);
	return families[family] ? families[family] : &no_code;
}

const uint8_t *call_input(const struct call *c, unsigned arg, unsigned part, size_t *length)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, arg, part);

	*length = buf ? buf->length : 0;
	return buf && !buf->faulted ? capture_bytes(&c->slot->in, buf) : NULL;
}

const char *call_path(const struct call *c, unsigned arg)
{
	size_t length;
	const uint8_t *path = call_input(c, arg, PART_CONTENT, &length);

	/* The terminating NUL stands behind a captured string that was not cut. */
	return path ? (const char *)path : "";
}

/* Where threads take turns, what one maps depends on what others have unmapped, in all variants alike (memory_is_local). */
static bool places_mappings(const struct call *c)
{
	return (c->nr == SYS_mmap || c->nr == SYS_munmap || c->nr == SYS_mremap) &&
	       c->session->options->threads == OPTION_THREADS_TURNS;
}

bool call_is_gated(const struct call *c)
{
	uint64_t parent, child;

	if (!c->among_threads)
		return false;
	if (c->row->family == FAMILY_CLONE && c->nr != SYS_set_tid_address)
		return !(clone_flags_get(c->slot, &parent, &child) & CLONE_FILES);
	/* Mapping a stand-in takes a descriptor for as long as it lasts. */
	return (c->row->effects & EFFECT_FD) || places_mappings(c) ||
	       (c->stand_in && (c->row->effects & EFFECT_MAP));
}

void call_answer(struct call *c, int64_t result)
{
	c->run = RUN_NOBODY;
	c->answered = true;
	c->result = result;
}

void call_answer_bytes(struct call *c, unsigned arg, const void *data, size_t length)
{
	if (c->args[arg] && length)
		memcpy(capture_add(&c->rendezvous->out, arg, PART_CONTENT, c->row->args[arg].format,
				   c->args[arg], length),
		       data, length);
}

struct order_call *call_add_order(struct call *c, unsigned v, int64_t nr)
{
	struct slot *slot = &c->rendezvous->slots[v];
	struct order_call *call;

	alloc_grow(&slot->calls, &slot->calls_capacity, slot->n_calls + 1);
	call = &slot->calls[slot->n_calls++];
	*call = (struct order_call){
		.nr = nr,
		.path_arg = -1,
		.result_arg = -1,
		.result_back = 1,
		.fd = -1,
		.handed_fd = -1,
	};
	return call;
}

void call_add_placeholder(struct call *c, unsigned v, int32_t fd, bool cloexec)
{
	struct order_call *call = call_add_order(c, v, SYS_eventfd2);

	call->args[1] = cloexec ? EFD_CLOEXEC : 0;
	call->fd = fd;
}

bool call_followers_see_proc(const struct call *c)
{
	return !c->lane->ids_changed && !c->lane->moved;
}

/* What a process's descriptor names, opened anew: by the follower, or by us for it. */
static struct order_call *add_open(struct call *c, unsigned v, pid_t pid, int fd, uint64_t flags)
{
	struct order_call *call = call_add_order(c, v, SYS_openat);

	call->args[0] = (uint64_t)AT_FDCWD;
	call->args[2] = flags;
	call->path_arg = 1;
	snprintf(call->path, sizeof(call->path), "/proc/%d/fd/%d", pid, fd);
	if (call_followers_see_proc(c))
		return call;
	call->handed_fd = open(call->path, (int)flags | O_CLOEXEC);
	if (call->handed_fd < 0)
		call_unsupported(c, "after a change of user or root: cannot open %s: %s",
				 call->path, strerror(errno));
	return call;
}

void call_add_same_object(struct call *c, unsigned v, int32_t fd, uint64_t flags)
{
	add_open(c, v, c->task->tid, fd, flags)->fd = fd;
}

int call_fd_flags(pid_t tid, int32_t fd)
{
	char path[64], line[128];
	cleanup_file FILE *file = NULL;
	unsigned flags;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid, fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "flags: %o", &flags) == 1)
			return (int)flags;
	return -EBADF;
}

int call_fd_stat(pid_t tid, int32_t fd, struct stat *st)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	return stat(path, st);
}

void call_made_fd_apply(struct call *c)
{
	fd_table_set(c->lane->fds, c->result, open_file_create(FD_LEADER));
}

void call_made_fd_order(struct call *c, unsigned v)
{
	int flags = call_fd_flags(c->task->tid, (int32_t)c->result);

	call_add_placeholder(c, v, (int32_t)c->result, flags >= 0 && (flags & O_CLOEXEC));
}

struct order_call *call_add_mapping(struct call *c, unsigned v, int monitor_fd, uint64_t open_flags,
				    const uint64_t args[6])
{
	struct order_call *call;

	add_open(c, v, c->session->monitor_pid, monitor_fd, open_flags | O_CLOEXEC);
	call = call_add_order(c, v, SYS_mmap);
	memcpy(call->args, args, sizeof(call->args));
	call->result_arg = 4;
	call->is_result = true;
	call = call_add_order(c, v, SYS_close);
	call->result_arg = 0;
	call->result_back = 2;
	return call - 1;
}

void call_unsupported(struct call *c, const char *format, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	c->rendezvous->verdict = VERDICT_UNSUPPORTED;
	if (why[0])
		session_fail(c->session, "%s (%d) is not supported yet: %s", c->row->name,
			     (int)c->nr, why);
	else
		session_fail(c->session, "%s (%d) is not supported yet", c->row->name, (int)c->nr);
}
