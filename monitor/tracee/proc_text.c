/* One read: these files are short. */
#include "monitor/tracee/proc_text.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
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

uint64_t proc_text_pending(pid_t pid)
{
	char text[4096];
	const char *line;

	proc_text_read(pid, "status", text, sizeof(text));
	line = strstr(text, "\nShdPnd:");
	return line ? strtoull(line + strlen("\nShdPnd:"), NULL, 16) : 0;
}

bool proc_text_is_there(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

bool proc_text_is_file(const char *path, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size == 0 && major(st->st_dev) == 0 &&
	       proc_text_is_there(path);
}
