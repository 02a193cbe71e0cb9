/* What calls change; see canon_follow.h. */
#include "analysis/canon_follow.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "analysis/canon_level.h"
#include "analysis/canon_message.h"
#include "analysis/canon_value.h"
#include "base/bytes.h"
#include "schema/syscall_args.h"

static void open_plain(struct objects *o, const struct canon_call *call, int64_t fd,
		       enum object_kind kind, const char *name)
{
	cleanup_text struct text stem = { 0 };

	text_add(&stem, name);
	canon_put_maker(call, &stem);
	process_open(o, call->process, fd, kind, text_get(&stem), NULL, NULL);
}

static void open_file(struct objects *o, const struct canon_call *call, unsigned path_arg,
		      int64_t fd)
{
	cleanup_text struct text path = { 0 }, stem = { 0 };

	if (!canon_path_get(call, path_arg, &path)) {
		open_plain(o, call, fd, OBJECT_FILE, "file");
		return;
	}
	text_add(&stem, "file:");
	path_names_put(call->words->names, &stem, text_get(&path));
	process_open(o, call->process, fd, OBJECT_FILE, text_get(&stem), NULL, text_get(&path));
}

static void open_pair(struct objects *o, const struct canon_call *call, unsigned arg,
		      const char *name)
{
	static const char *const suffixes[] = { ".r", ".w" };
	const struct trace_buf *buf = canon_buf_find(call, arg, DIRECTION_OUT, PART_CONTENT);
	bool pipe = strcmp(name, "pipe") == 0;
	cleanup_text struct text stem = { 0 };
	int32_t fds[2] = { -1, -1 };
	struct bytes cursor;

	if (!buf)
		return;
	text_add(&stem, name);
	canon_put_maker(call, &stem);
	cursor = bytes_make(buf->data.data, buf->data.length);
	for (unsigned i = 0; i < 2 && cursor.left >= 4; i++) {
		fds[i] = (int32_t)bytes_u32(&cursor);
		process_open(o, call->process, fds[i], OBJECT_INTERNAL, text_get(&stem),
			     pipe ? suffixes[i] : NULL, NULL);
	}
	if (!pipe)
		process_pair(call->process, fds[0], fds[1]);
}

static void open_socket(struct objects *o, const struct canon_call *call, int64_t fd)
{
	bool kernel = call->args[0] == AF_NETLINK;

	open_plain(o, call, fd, kernel ? OBJECT_INTERNAL : OBJECT_SOCKET,
		   kernel ? "sock:netlink" : "sock");
}

static void open_made(struct objects *o, const struct canon_call *call, int64_t fd)
{
	cleanup_text struct text name = { 0 };

	text_add(&name, call->row->name[0] ? call->row->name : "fd");
	open_plain(o, call, fd, OBJECT_INTERNAL, text_get(&name));
}

/* A socket is known by its address once it has one. */
static void name_socket(const struct canon_call *call)
{
	cleanup_text struct text stem = { 0 };

	text_add(&stem, call->step->nr == __NR_bind ? "sock:at:" : "sock:");
	if (canon_put_sockaddr(call, 1, PART_CONTENT, &stem))
		process_rename(call->process, (int)call->args[0], text_get(&stem));
}

static void open_accepted(struct objects *o, const struct canon_call *call, int64_t fd)
{
	const struct object *listener = process_fd(call->process, (int)call->args[0]);
	cleanup_text struct text stem = { 0 };

	text_printf(&stem, "accepted:%s", listener ? listener->name : "sock");
	process_open(o, call->process, fd, OBJECT_SOCKET, text_get(&stem), NULL, NULL);
}

/* A new descriptor as the call's result. */
static void follow_new_fd(struct objects *o, const struct canon_call *call, int64_t fd)
{
	int path = canon_path_arg(call->row);

	switch (call->step->nr) {
	case __NR_dup:
	case __NR_dup2:
	case __NR_dup3: process_dup(call->process, (int)call->args[0], fd); return;
	case __NR_socket: open_socket(o, call, fd); return;
	case __NR_accept:
	case __NR_accept4: open_accepted(o, call, fd); return;
	}
	if (path >= 0)
		open_file(o, call, (unsigned)path, fd);
	else
		open_made(o, call, fd);
}

/* Whether the new descriptor goes at an exec: each call has its own flag for that. */
static bool asks_for_cloexec(const struct canon_call *call)
{
	for (unsigned i = 0; i < call->row->argc; i++) {
		const struct trace_buf *how;

		switch (call->row->args[i].format) {
		case FORMAT_OPEN_FLAGS:
		case FORMAT_FD_CLOEXEC_FLAGS:
		case FORMAT_SOCKET_TYPE:
		case FORMAT_SOCK_FLAGS:
		case FORMAT_EVENTFD_FLAGS:
		case FORMAT_EPOLL_FLAGS: return call->args[i] & O_CLOEXEC;
		case FORMAT_MEMFD_FLAGS: return call->args[i] & 1;
		case FORMAT_OPEN_HOW:
			how = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
			return how && how->data.length >= 4 &&
			       (how->data.data[2] & (O_CLOEXEC >> 16));
		}
	}
	return false;
}

static void follow_fcntl(const struct canon_call *call, int64_t result)
{
	uint32_t command = (uint32_t)call->args[1];

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
		process_dup(call->process, (int)call->args[0], result);
		process_set_cloexec(call->process, result, command == F_DUPFD_CLOEXEC);
	} else if (command == F_SETFD) {
		process_set_cloexec(call->process, (int)call->args[0], call->args[2] & FD_CLOEXEC);
	}
}

/* The thread that makes the call; empty for a process's first. */
static const char *thread_of(const struct canon_call *call)
{
	const char *dot = strrchr(call->label, '.');

	return dot && strcmp(dot, ".T0") != 0 ? dot + 1 : "";
}

/* Python's way to say close-on-exec. */
static void follow_ioctl(const struct canon_call *call)
{
	uint32_t request = (uint32_t)call->args[1];

	if (request == FIOCLEX || request == FIONCLEX)
		process_set_cloexec(call->process, (int)call->args[0], request == FIOCLEX);
}

static void follow_mmap(const struct canon_call *call, uint64_t address)
{
	const struct object *object = call->args[3] & MAP_ANONYMOUS ?
					      NULL :
					      process_fd(call->process, (int)call->args[4]);
	const char *slash = object && object->path ? strrchr(object->path, '/') : NULL;
	cleanup_text struct text name = { 0 };

	if (slash)
		text_add_escaped(&name, slash + 1, strlen(slash + 1),
				 ESCAPE_BACKSLASH | ESCAPE_HIGH);
	if (slash)
		regions_map_file(process_regions(call->process), address, call->args[1],
				 text_get(&name));
	else
		regions_map_room(process_regions(call->process), address, call->args[1],
				 thread_of(call));
}

static void follow_mremap(const struct canon_call *call, uint64_t address)
{
	struct regions *r = process_regions(call->process);

	if (call->args[3] & MREMAP_DONTUNMAP)
		regions_map_room(r, address, call->args[2], thread_of(call));
	else
		regions_move(r, call->args[0], call->args[1], address, call->args[2]);
}

/* The last byte of the stack that a new thread is given; 0 when it gets none. */
static uint64_t stack_of_clone(const struct canon_call *call)
{
	const struct trace_buf *buf;
	struct bytes cursor;
	uint64_t stack = 0, bytes = 0;

	if (call->step->nr == __NR_clone)
		return call->args[1] ? call->args[1] - 1 : 0;
	buf = canon_buf_find(call, 0, DIRECTION_IN, PART_CONTENT);
	if (!buf)
		return 0;
	cursor = bytes_make(buf->data.data, buf->data.length);
	/* struct clone_args of linux/sched.h: the stack is the sixth field, its size the next */
	if (bytes_take(&cursor, 5 * sizeof(uint64_t))) {
		stack = bytes_u64(&cursor);
		bytes = bytes_u64(&cursor);
	}
	return stack && bytes ? stack + bytes - 1 : 0;
}

static void follow_clone(const struct canon_call *call, int64_t tid)
{
	uint64_t stack = stack_of_clone(call);
	cleanup_text struct text name = { 0 };

	text_add(&name, "stack:");
	canon_put_pid(call, &name, tid);
	if (stack)
		regions_name_stack(process_regions(call->process), stack, text_get(&name));
}

static void follow_directory(const struct canon_call *call)
{
	const struct object *object = process_fd(call->process, (int)call->args[0]);
	cleanup_text struct text path = { 0 };

	if (call->step->nr == __NR_chdir && canon_path_get(call, 0, &path))
		process_chdir(call->process, text_get(&path));
	else if (call->step->nr == __NR_fchdir && object && object->path)
		process_chdir(call->process, object->path);
}

static void follow_close_range(const struct canon_call *call)
{
	uint32_t first = (uint32_t)call->args[0], last = (uint32_t)call->args[1];

	if (call->args[2] & CLOSE_RANGE_CLOEXEC)
		process_set_cloexec_range(call->process, first, last);
	else
		process_close_range(call->process, first, last);
}

void canon_follow(struct objects *o, const struct canon_call *call)
{
	int64_t result = call->step->result[call->variant];

	/* the call that closes has closed even when it says EINTR or EIO (close(2)) */
	if (call->step->nr == __NR_close && !call->step->no_result && result != -EBADF)
		process_close(call->process, (int)call->args[0]);
	if (call->step->nr == __NR_connect && result == -EINPROGRESS)
		name_socket(call);
	if (!canon_succeeded(call))
		return;
	switch (call->step->nr) {
	case __NR_execve:
	case __NR_execveat: process_exec(call->process); return;
	case __NR_pipe:
	case __NR_pipe2: open_pair(o, call, 0, "pipe"); return;
	case __NR_socketpair: open_pair(o, call, 3, "socketpair"); return;
	case __NR_connect:
	case __NR_bind: name_socket(call); return;
	case __NR_fcntl: follow_fcntl(call, result); return;
	case __NR_ioctl: follow_ioctl(call); return;
	case __NR_mmap: follow_mmap(call, (uint64_t)result); return;
	case __NR_sendmsg:
	case __NR_sendmmsg:
	case __NR_recvmsg:
	case __NR_recvmmsg: canon_message_follow(o, call); return;
	case __NR_mremap: follow_mremap(call, (uint64_t)result); return;
	case __NR_munmap:
		regions_unmap(process_regions(call->process), call->args[0], call->args[1]);
		return;
	case __NR_brk: regions_set_break(process_regions(call->process), (uint64_t)result); return;
	case __NR_clone:
	case __NR_clone3: follow_clone(call, result); return;
	case __NR_chdir:
	case __NR_fchdir: follow_directory(call); return;
	case __NR_close_range: follow_close_range(call); return;
	}
	if (call->row->result == RESULT_FD) {
		follow_new_fd(o, call, result);
		process_set_cloexec(call->process, result, asks_for_cloexec(call));
	}
}

/* ---- names that were made up ---- */

void canon_note_temporary(const struct canon_call *call)
{
	int arg = canon_path_arg(call->row);
	bool directory = call->step->nr == __NR_mkdir || call->step->nr == __NR_mkdirat;
	cleanup_text struct text path = { 0 };
	enum path_maker maker = PATH_PUBLIC;
	uint64_t flags = 0, mode = 0;

	if (arg < 0 || arg + 2 >= SYSCALL_ARGS || !canon_succeeded(call))
		return;
	if (directory) {
		mode = call->args[arg + 1];
	} else if (call->row->args[arg + 1].format == FORMAT_OPEN_FLAGS) {
		flags = call->args[arg + 1];
		mode = call->args[arg + 2];
	}
	if (!directory && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		return;
	if (!(mode & 077) || !(mode & 0222)) /* git's are for reading only */
		maker = flags & O_RDWR ? PATH_MKSTEMP : PATH_PRIVATE;
	if (canon_path_get(call, (unsigned)arg, &path) &&
	    path_is_temporary(call->words->names, text_get(&path), maker, call->pid))
		path_names_add_temporary(call->words->names, text_get(&path), call->label);
}
