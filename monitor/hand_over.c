/* The task makes a socket pair, the monitor takes one end (pidfd_getfd(2)) and sends, the task receives. */
#include "monitor/hand_over.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/tracee/fd_take.h"
#include "monitor/tracee/remote.h"
#include "monitor/tracer.h"
#include "monitor/variant.h"

/* What the task's recvmsg needs, in its scratch bytes. */
struct letter {
	struct msghdr message;
	struct iovec part;
	char byte;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control; /* last: its header has no size of its own */
};

_Static_assert(sizeof(struct letter) <= MM_PLACE_BYTES, "a task has no more scratch bytes");

/* The same message, its parts lying at `addr`. */
static void letter_fill(struct letter *letter, uint64_t addr)
{
	memset(letter, 0, sizeof(*letter));
	letter->part.iov_base = (void *)(addr + offsetof(struct letter, byte));
	letter->part.iov_len = 1;
	letter->message.msg_iov = (struct iovec *)(addr + offsetof(struct letter, part));
	letter->message.msg_iovlen = 1;
	letter->message.msg_control = (void *)(addr + offsetof(struct letter, control));
	letter->message.msg_controllen = sizeof(letter->control.bytes);
	letter->control.align.cmsg_level = SOL_SOCKET;
	letter->control.align.cmsg_type = SCM_RIGHTS;
	letter->control.align.cmsg_len = CMSG_LEN(sizeof(int));
}

/* What `from` names in the task's process is sent `fd`. */
static int letter_send(const struct task *task, int from, int fd)
{
	cleanup_fd int end = fd_take(task->pid, from);
	struct letter letter;

	if (end < 0)
		return end;
	letter_fill(&letter, (uint64_t)&letter);
	memcpy(CMSG_DATA(&letter.control.align), &fd, sizeof(fd));
	return sendmsg(end, &letter.message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int checked_call(struct remote *r, int64_t nr, const uint64_t args[6])
{
	int64_t result = -EINVAL;
	int code = remote_call(r, nr, args, &result);

	return code < 0 ? code : result < 0 ? (int)result : 0;
}

static int letter_receive(struct tracer *t, struct task *task, struct remote *r, int end,
			  int64_t *result)
{
	uint64_t addr = variant_scratch_addr(task);
	struct letter letter;
	int code, fd;

	letter_fill(&letter, addr);
	code = t->backend->ops->write_memory(t->backend, task->tid, addr, &letter, sizeof(letter));
	if (code == 0)
		code = checked_call(r, SYS_recvmsg,
				    (const uint64_t[6]){ (uint64_t)end, addr,
							 MSG_CMSG_CLOEXEC | MSG_DONTWAIT });
	if (code < 0)
		return code;
	if (t->backend->ops->read_memory(t->backend, task->tid, addr, &letter, sizeof(letter)) !=
		    (ssize_t)sizeof(letter) ||
	    letter.message.msg_controllen < CMSG_LEN(sizeof(fd)))
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(&letter.control.align), sizeof(fd));
	*result = fd;
	return 0;
}

int hand_over(struct tracer *t, struct task *task, struct remote *r, int fd, int64_t *result)
{
	uint64_t addr = variant_scratch_addr(task);
	int32_t ends[2];
	int code = checked_call(r, SYS_socketpair,
				(const uint64_t[6]){ AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, addr });

	if (code < 0)
		return code;
	if (t->backend->ops->read_memory(t->backend, task->tid, addr, ends, sizeof(ends)) !=
	    (ssize_t)sizeof(ends))
		return -EFAULT;
	code = letter_send(task, ends[0], fd);
	if (code == 0)
		code = letter_receive(t, task, r, ends[1], result);
	for (unsigned i = 0; i < 2 && code == 0; i++)
		code = checked_call(r, SYS_close, (const uint64_t[6]){ (uint64_t)ends[i] });
	return code;
}
