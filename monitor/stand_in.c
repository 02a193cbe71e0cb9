/* Makes stand-ins, keeps them as the file is, and gives them back. */
#include "monitor/stand_in.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/session.h"
#include "monitor/tracee/fd_map.h"

/* bytes copied in one go */
#define COPY_BYTES (1u << 20)

struct stand_in *stand_in_find(const struct session *s, uint64_t device, uint64_t inode)
{
	struct stand_in *in = s->stand_ins;

	while (in && (in->device != device || in->inode != inode))
		in = in->next;
	return in;
}

const struct stand_in *stand_in_find_own(const struct session *s, unsigned v, uint64_t inode)
{
	const struct stand_in *in = s->stand_ins;

	while (in && in->inodes[v] != inode)
		in = in->next;
	return in;
}

uint64_t stand_in_size(const struct stand_in *in)
{
	struct stat st = { 0 };

	fstat(in->real_fd, &st);
	return (uint64_t)st.st_size;
}

bool stand_in_is_sealed(const struct stand_in *in)
{
	int seals = fcntl(in->real_fd, F_GET_SEALS);

	return seals >= 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
}

static int write_all(int fd, const uint8_t *data, size_t length, uint64_t offset)
{
	while (length) {
		ssize_t done = pwrite(fd, data, length, (off_t)offset);

		if (done < 0)
			return -errno;
		data += done;
		length -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

int stand_in_write(const struct stand_in *in, const void *data, size_t length, uint64_t offset)
{
	int code = 0;

	for (unsigned v = 0; v < LIMIT_VARIANTS && code == 0; v++)
		if (in->fds[v] >= 0)
			code = write_all(in->fds[v], data, length, offset);
	return code;
}

int stand_in_copy(const struct stand_in *in, uint64_t from, uint64_t to)
{
	cleanup_free uint8_t *piece = alloc_zeroed(1, COPY_BYTES);
	int code = 0;

	while (from < to && code == 0) {
		size_t want = to - from < COPY_BYTES ? (size_t)(to - from) : COPY_BYTES;
		ssize_t got = pread(in->real_fd, piece, want, (off_t)from);

		if (got <= 0)
			return got < 0 ? -errno : 0;
		code = stand_in_write(in, piece, (size_t)got, from);
		from += (uint64_t)got;
	}
	return code;
}

int stand_in_resize(const struct stand_in *in, uint64_t size)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (in->fds[v] >= 0 && ftruncate(in->fds[v], (off_t)size) < 0)
			return -errno;
	return 0;
}

/* A hole in a memfd reads as zeroes, as what the file has there does now. */
static int zero_range(const struct stand_in *in, uint64_t offset, uint64_t length)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (in->fds[v] >= 0 &&
		    fallocate(in->fds[v], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			      (off_t)length) < 0)
			return -errno;
	return 0;
}

int stand_in_fallocate(const struct stand_in *in, int mode, uint64_t offset, uint64_t length)
{
	int code = 0;

	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
		return -EOPNOTSUPP;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		code = zero_range(in, offset, length);
	return code < 0 ? code : stand_in_resize(in, stand_in_size(in));
}

/* Only where there is data: the file may be far larger than what it holds. */
static int copy_content(const struct stand_in *in)
{
	uint64_t size = stand_in_size(in);
	off_t at = 0;
	int code = stand_in_resize(in, size);

	while (code == 0 && (uint64_t)at < size) {
		off_t data = lseek(in->real_fd, at, SEEK_DATA);
		off_t hole;

		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(in->real_fd, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		code = stand_in_copy(in, (uint64_t)data, (uint64_t)hole);
		at = hole;
	}
	return code;
}

static void stand_in_free(struct stand_in *in)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (in->fds[v] >= 0)
			close(in->fds[v]);
	if (in->real_fd >= 0)
		close(in->real_fd);
	free(in);
}

/* Opened by its name: a descriptor as it is born the kernel does not count among those that write. */
static int memory_open(void)
{
	cleanup_fd int born = memfd_create(STAND_IN_NAME, MFD_CLOEXEC);
	char path[64];

	if (born < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", born);
	return open(path, O_RDWR | O_CLOEXEC);
}

static int stand_in_open(const struct session *s, struct stand_in *in, const char *path)
{
	struct stat st;

	in->real_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->real_fd < 0 || fstat(in->real_fd, &st) < 0)
		return -errno;
	in->device = st.st_dev;
	in->inode = st.st_ino;
	for (unsigned v = 1; v < s->n_variants; v++) {
		in->fds[v] = memory_open();
		if (in->fds[v] < 0 || fstat(in->fds[v], &st) < 0)
			return -errno;
		in->inodes[v] = st.st_ino;
	}
	return copy_content(in);
}

struct stand_in *stand_in_create(struct session *s, const char *path, struct error *err)
{
	struct stand_in *in = alloc_zeroed(1, sizeof(*in));
	int code;

	stand_in_prune(s);
	in->real_fd = -1;
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		in->fds[v] = -1;
	code = stand_in_open(s, in, path);
	if (code < 0) {
		error_set(err, code, "cannot copy a file that is mapped shared: %s",
			  strerror(-code));
		stand_in_free(in);
		return NULL;
	}
	in->next = s->stand_ins;
	s->stand_ins = in;
	return in;
}

static bool is_named_in(const struct fd_table *fds, const struct stand_in *in)
{
	for (size_t fd = 0; fd < fds->capacity; fd++) {
		const struct open_file *file = fds->files[fd];

		if (file && file->identified && file->device_id == in->device &&
		    file->inode == in->inode)
			return true;
	}
	return false;
}

/* What was stored there may not be in the file, where variants store different things (addresses). */
static bool is_named(const struct session *s, const struct stand_in *in)
{
	for (const struct lane *lane = s->lanes; lane; lane = lane->next)
		if (is_named_in(lane->fds, in))
			return true;
	for (size_t i = 0; i < s->n_sent; i++)
		if (s->sent[i].device == in->device && s->sent[i].inode == in->inode)
			return true;
	return false;
}

/*
 * The kernel gives a lease for writing only on a file that nobody else has
 * open, and what is mapped is open (F_SETLEASE, fcntl(2)).
 */
static bool is_mapped(const struct session *s, const struct stand_in *in)
{
	for (unsigned v = 1; v < s->n_variants; v++) {
		if (fcntl(in->fds[v], F_SETLEASE, F_WRLCK) < 0)
			return true;
		fcntl(in->fds[v], F_SETLEASE, F_UNLCK);
	}
	return false;
}

void stand_in_prune(struct session *s)
{
	struct stand_in **link = &s->stand_ins;

	while (*link) {
		struct stand_in *in = *link;

		if (atomic_load(&in->pending) || is_named(s, in) || is_mapped(s, in)) {
			link = &in->next;
			continue;
		}
		*link = in->next;
		stand_in_free(in);
	}
}
