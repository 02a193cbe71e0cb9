/* Repeats on stand-ins what a call has done to a file. */
#include "monitor/calls/content.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "monitor/calls/open.h"
#include "monitor/stand_in.h"
#include "monitor/tracee/fd_map.h"

/* Where a call's data goes. */
enum place {
	PLACE_NONE,
	PLACE_POSITION, /* the descriptor's offset */
	PLACE_ARG,      /* an argument */
	PLACE_POINTER,  /* what an argument points to; without one the descriptor's offset */
};

struct writer {
	int64_t nr;
	enum place place;
	uint8_t fd_arg;
	uint8_t offset_arg;
	uint8_t flags_arg; /* RWF_ flags; 0 for none */
};

static const struct writer writers[] = {
	{ SYS_write, PLACE_POSITION, 0, 0, 0 },
	{ SYS_writev, PLACE_POSITION, 0, 0, 0 },
	{ SYS_pwrite64, PLACE_ARG, 0, 3, 0 },
	{ SYS_pwritev, PLACE_ARG, 0, 3, 0 },
	{ SYS_pwritev2, PLACE_ARG, 0, 3, 5 },
	{ SYS_sendfile, PLACE_POSITION, 0, 0, 0 },
	{ SYS_copy_file_range, PLACE_POINTER, 2, 3, 0 },
	{ SYS_splice, PLACE_POINTER, 2, 3, 0 },
};

static const struct writer *writer_find(int64_t nr)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (writers[i].nr == nr)
			return &writers[i];
	return NULL;
}

/* The file that the leader has at fd, if it is one that may be mapped. */
static bool file_identify(const struct call *c, int64_t fd, uint64_t *device, uint64_t *inode)
{
	struct open_file *file = fd_table_find(c->lane->fds, fd);
	struct stat st;

	if (!file)
		return false;
	if (!file->identified) {
		if (call_fd_stat(c->task->tid, (int32_t)fd, &st) < 0)
			return false;
		file->identified = true;
		file->device_id = st.st_dev;
		file->inode = st.st_ino;
	}
	*device = file->device_id;
	*inode = file->inode;
	return true;
}

struct stand_in *content_stand_in(const struct call *c, int64_t fd)
{
	uint64_t device, inode;

	if (!c->session->stand_ins || !file_identify(c, fd, &device, &inode))
		return NULL;
	return stand_in_find(c->session, device, inode);
}

/* A path of the program's, for us. */
static struct stand_in *stand_in_at_path(const struct call *c, unsigned arg)
{
	const char *path = call_path(c, arg);
	char ours[LIMIT_PATH_BYTES + 64];
	struct stat st;

	snprintf(ours, sizeof(ours), "/proc/%d/%s/%s", c->task->tid, *path == '/' ? "root" : "cwd",
		 path);
	return stat(ours, &st) < 0 ? NULL : stand_in_find(c->session, st.st_dev, st.st_ino);
}

static uint64_t position_get(const struct call *c, int64_t fd)
{
	char path[64], line[64];
	cleanup_file FILE *file = NULL;
	unsigned long position = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", c->task->tid, (int)fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "pos: %lu", &position) == 1)
			break;
	return position;
}

/* Does the kernel write at the file's end, whatever the offset says (open(2), BUGS of pwrite(2))? */
static bool appends(const struct call *c, const struct writer *w)
{
	return (w->flags_arg && (c->args[w->flags_arg] & RWF_APPEND)) ||
	       (open_flags_get(c, (int32_t)c->args[w->fd_arg]) & O_APPEND);
}

/* The offset that an argument gives; -1 for none. */
static int64_t stated_offset(const struct call *c, const struct writer *w)
{
	size_t length = 0;
	int64_t offset = -1;
	const uint8_t *bytes;

	if (w->place == PLACE_ARG)
		return (int64_t)c->args[w->offset_arg];
	if (w->place != PLACE_POINTER || !c->args[w->offset_arg])
		return -1;
	bytes = call_input(c, w->offset_arg, PART_CONTENT, &length);
	if (bytes && length == sizeof(offset))
		memcpy(&offset, bytes, sizeof(offset));
	return offset;
}

static bool has_offset(const struct call *c, const struct writer *w)
{
	return !appends(c, w) && stated_offset(c, w) >= 0;
}

void content_decide(struct call *c)
{
	const struct writer *w = writer_find(c->nr);
	struct stand_in *in = w ? content_stand_in(c, (int32_t)c->args[w->fd_arg]) : NULL;

	if (!in)
		return;
	c->position_known = true;
	c->position = has_offset(c, w) ? (uint64_t)stated_offset(c, w) :
		      appends(c, w)    ? stand_in_size(in) :
					 position_get(c, (int32_t)c->args[w->fd_arg]);
}

/*
 * The bytes as they were written, if the file has them where they were to be;
 * else another process wrote with the same descriptor meanwhile, and what the
 * file has now between the two places is right for both.
 */
static int repeat_write(struct call *c, const struct writer *w, const struct stand_in *in)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, 1, PART_CONTENT);
	uint64_t length = (uint64_t)c->result;
	bool exact = buf && buf->length >= length && w->fd_arg == 0 && c->nr != SYS_sendfile;
	uint64_t end;

	end = has_offset(c, w) ? (uint64_t)stated_offset(c, w) + length :
	      appends(c, w)    ? stand_in_size(in) :
				 position_get(c, (int32_t)c->args[w->fd_arg]);
	/* The stand-in was made during the call. */
	if (!c->position_known)
		c->position = end < length ? 0 : end - length;
	if (end < c->position + length) {
		/* Somebody has moved the offset meanwhile. */
		end = c->position + length;
		exact = false;
	}
	if (exact && end == c->position + length)
		return stand_in_write(in, capture_bytes(&c->slot->in, buf), length, c->position);
	return stand_in_copy(in, c->position, end);
}

static void repeated(struct call *c, int code)
{
	if (code < 0)
		call_unsupported(c, "on a file that is mapped shared: %s", strerror(-code));
}

void content_apply(struct call *c)
{
	const struct writer *w = writer_find(c->nr);
	const struct stand_in *in;

	if (!c->session->stand_ins || c->result < 0)
		return;
	if (w) {
		in = content_stand_in(c, (int32_t)c->args[w->fd_arg]);
		repeated(c, in && c->result ? repeat_write(c, w, in) : 0);
	} else if (c->nr == SYS_truncate) {
		in = stand_in_at_path(c, 0);
		repeated(c, in ? stand_in_resize(in, c->args[1]) : 0);
	} else if (c->nr == SYS_ftruncate) {
		in = content_stand_in(c, (int32_t)c->args[0]);
		repeated(c, in ? stand_in_resize(in, c->args[1]) : 0);
	} else if (c->nr == SYS_fallocate) {
		in = content_stand_in(c, (int32_t)c->args[0]);
		repeated(c,
			 in ? stand_in_fallocate(in, (int)c->args[1], c->args[2], c->args[3]) : 0);
	}
}

void content_truncated(struct call *c, int32_t fd)
{
	const struct stand_in *in = content_stand_in(c, fd);

	if (in)
		repeated(c, stand_in_resize(in, 0));
}
