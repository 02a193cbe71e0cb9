/* Reads and writes the memory of a stopped task. Knows nothing of system calls. */
#include "monitor/tracee/memory.h"

#include <errno.h>
#include <sys/uio.h>

ssize_t memory_read_some(pid_t pid, uint64_t addr, void *to, size_t length)
{
	size_t done = 0;

	/* process_vm_readv stops short at 2 GiB and at the first bad page. */
	while (done < length) {
		struct iovec local = { .iov_base = (char *)to + done, .iov_len = length - done };
		struct iovec remote = { .iov_base = (void *)(addr + done),
					.iov_len = length - done };
		ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

		if (got < 0)
			return done ? (ssize_t)done : -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int memory_read(pid_t pid, uint64_t addr, void *to, size_t length)
{
	ssize_t got = memory_read_some(pid, addr, to, length);

	if (got < 0)
		return (int)got;
	return (size_t)got == length ? 0 : -EFAULT;
}

int memory_write(pid_t pid, uint64_t addr, const void *from, size_t length)
{
	struct iovec local = { .iov_base = (void *)from, .iov_len = length };
	struct iovec remote = { .iov_base = (void *)addr, .iov_len = length };
	ssize_t put = length ? process_vm_writev(pid, &local, 1, &remote, 1, 0) : 0;

	if (put < 0)
		return -errno;
	return (size_t)put == length ? 0 : -EFAULT;
}
