/* One read: these files are short. */
#include "monitor/tracee/proc_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

bool proc_text_read(pid_t tid, const char *name, char *text, size_t capacity)
{
	char path[64];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	got = fd < 0 ? -1 : read(fd, text, capacity - 1);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}
