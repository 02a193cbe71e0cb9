/* Needs no /proc and opens nothing. The kernel asks whether we may trace the process, which we do. */
#include "monitor/tracee/fd_take.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

int fd_take(pid_t pid, int32_t fd)
{
	cleanup_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int taken = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return taken < 0 ? -errno : taken;
}
