/* Reads and writes the memory of a stopped task. Knows nothing of system calls. */
#include "monitor/tracee/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static ssize_t read_once(const struct memory *m, uint64_t addr, void *to, size_t length)
{
	struct iovec local = { .iov_base = to, .iov_len = length };
	struct iovec remote = { .iov_base = (void *)addr, .iov_len = length };
	ssize_t got;

	if (m->mem_fd >= 0)
		got = pread(m->mem_fd, to, length, (off_t)addr);
	else
		got = process_vm_readv(m->pid, &local, 1, &remote, 1, 0);
	if (got < 0)
		return errno == EIO ? -EFAULT : -errno;
	return got;
}

ssize_t memory_read_some(const struct memory *m, uint64_t addr, void *to, size_t length)
{
	size_t done = 0;

	/* process_vm_readv stops short at 2 GiB and at the first bad page. */
	while (done < length) {
		ssize_t got = read_once(m, addr + done, (char *)to + done, length - done);

		if (got < 0)
			return done ? (ssize_t)done : got;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int memory_read(const struct memory *m, uint64_t addr, void *to, size_t length)
{
	ssize_t got = memory_read_some(m, addr, to, length);

	if (got < 0)
		return (int)got;
	return (size_t)got == length ? 0 : -EFAULT;
}

int memory_write(const struct memory *m, uint64_t addr, const void *from, size_t length)
{
	struct iovec local = { .iov_base = (void *)from, .iov_len = length };
	struct iovec remote = { .iov_base = (void *)addr, .iov_len = length };
	ssize_t put;

	if (!length)
		return 0;
	if (m->mem_fd >= 0)
		return memory_write_forced(m, addr, from, length);
	put = process_vm_writev(m->pid, &local, 1, &remote, 1, 0);
	if (put < 0)
		return -errno;
	return (size_t)put == length ? 0 : -EFAULT;
}

int memory_write_forced(const struct memory *m, uint64_t addr, const void *from, size_t length)
{
	char path[64];
	cleanup_fd int fd = -1;
	ssize_t put;

	if (m->mem_fd >= 0) {
		put = pwrite(m->mem_fd, from, length, (off_t)addr);
	} else {
		snprintf(path, sizeof(path), "/proc/%d/mem", m->pid);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		put = pwrite(fd, from, length, (off_t)addr);
	}
	if (put < 0)
		return errno == EIO ? -EFAULT : -errno;
	return (size_t)put == length ? 0 : -EFAULT;
}
