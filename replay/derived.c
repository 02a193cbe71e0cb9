/* Files made from traces; see derived.h. */
#include "replay/derived.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* For the signal handler: the name to remove, or NULL. */
static char *volatile unfinished;

static void remove_and_die(int signo)
{
	if (unfinished)
		unlink(unfinished);
	/* SA_RESETHAND: this time it is the default */
	raise(signo);
}

static void watch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXCPU, SIGXFSZ };
	struct sigaction action = { .sa_handler = remove_and_die, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction old;

		/* nohup and the like stay */
		if (!sigaction(ending[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

static int check_target(const char *path, const char *trace_path, bool overwrite, struct error *err)
{
	struct stat target, trace;

	if (lstat(path, &target))
		return errno == ENOENT ? 0 :
					 error_set(err, -errno, "cannot create %s: %s", path,
						   strerror(errno));
	if (!S_ISREG(target.st_mode))
		return error_set(err, -EINVAL, "%s is there and is not a regular file", path);
	if (!stat(trace_path, &trace) && trace.st_dev == target.st_dev &&
	    trace.st_ino == target.st_ino)
		return error_set(err, -EINVAL, "%s is the trace itself", path);
	if (!overwrite)
		return error_set(err, -EEXIST, "%s is there already; -f replaces it", path);
	return 0;
}

int derived_open(struct derived *d, const char *path, const char *trace_path, bool overwrite,
		 struct error *err)
{
	static const char suffix[] = ".XXXXXX";
	size_t length = strlen(path);
	int ret;

	*d = (struct derived){ .fd = -1, .overwrite = overwrite };
	ret = check_target(path, trace_path, overwrite, err);
	if (ret < 0)
		return ret;
	d->path = alloc_string(path);
	d->temporary = alloc_zeroed(length + sizeof(suffix), 1);
	memcpy(d->temporary, path, length);
	memcpy(d->temporary + length, suffix, sizeof(suffix));
	d->fd = mkostemp(d->temporary, O_CLOEXEC);
	if (d->fd < 0) {
		free(take_ptr(&d->temporary));
		return error_set(err, -errno, "cannot create a file beside %s: %s", path,
				 strerror(errno));
	}
	unfinished = d->temporary;
	watch_signals();
	return 0;
}

/* The rename lasts when the folder is on the disk; a file system that cannot say so is let be. */
static void sync_folder(const char *path)
{
	cleanup_free char *copy = alloc_string(path);
	cleanup_fd int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

static int take_name(const struct derived *d)
{
	if (d->overwrite)
		return rename(d->temporary, d->path) ? -errno : 0;
	if (!renameat2(AT_FDCWD, d->temporary, AT_FDCWD, d->path, RENAME_NOREPLACE))
		return 0;
	/* not every file system knows the flag; the name was free a moment ago */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (!access(d->path, F_OK))
		return -EEXIST;
	return rename(d->temporary, d->path) ? -errno : 0;
}

int derived_commit(struct derived *d, struct error *err)
{
	int ret;

	if (fsync(d->fd))
		return error_set(err, -errno, "cannot write %s: %s", d->path, strerror(errno));
	ret = take_name(d);
	if (ret < 0)
		return error_set(err, ret, "cannot rename %s to %s: %s", d->temporary, d->path,
				 strerror(-ret));
	unfinished = NULL;
	free(take_ptr(&d->temporary));
	sync_folder(d->path);
	return 0;
}

void derived_finish(struct derived *d)
{
	if (d->temporary) {
		unfinished = NULL;
		unlink(d->temporary);
		cleanup_close_fd(&d->fd);
	} else if (d->path) {
		cleanup_close_fd(&d->fd);
	}
	free(d->temporary);
	free(d->path);
	*d = (struct derived){ .fd = -1 };
}
