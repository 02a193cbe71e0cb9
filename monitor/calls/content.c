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

struct stand_in *content_stand_in(const struct call *c, int64_t fd)
{
	struct open_file *file = fd_table_find(c->lane->fds, fd);
	char path[64];
	struct stat st;

	if (!c->session->stand_ins || !file)
		return NULL;
	if (!file->identified) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, (int)fd);
		if (stat(path, &st) < 0)
			return NULL;
		file->identified = true;
		file->device_id = st.st_dev;
		file->inode = st.st_ino;
	}
	return stand_in_find(c->session, file->device_id, file->inode);
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

void content_decide(struct call *c)
{
	const struct writer *w = writer_find(c->nr);

	if (!c->session->stand_ins)
		return;
	if (c->nr == SYS_truncate)
		c->stand_in = stand_in_at_path(c, 0);
	else
		c->stand_in = content_stand_in(c, (int32_t)c->args[w ? w->fd_arg : 0]);
	if (!c->stand_in || !w)
		return;
	if (appends(c, w))
		c->position = stand_in_size(c->stand_in);
	else if (stated_offset(c, w) < 0)
		c->position = position_get(c, (int32_t)c->args[w->fd_arg]);
	else
		c->position = (uint64_t)stated_offset(c, w);
}

/*
 * The bytes as they were written, if the file has them where they were to be;
 * else another process wrote with the same descriptor meanwhile, and what the
 * file has now between the two places is right for both.
 */
static int repeat_write(struct call *c, const struct writer *w)
{
	const struct capture_buf *buf = capture_find(&c->slot->in, 1, PART_CONTENT);
	uint64_t end = c->position + (uint64_t)c->result;
	bool exact = buf && buf->length >= (size_t)c->result && w->fd_arg == 0 &&
		     c->nr != SYS_sendfile;

	if (appends(c, w)) {
		exact = exact && stand_in_size(c->stand_in) == end;
		end = stand_in_size(c->stand_in);
	} else if (stated_offset(c, w) < 0) {
		uint64_t now = position_get(c, (int32_t)c->args[w->fd_arg]);

		exact = exact && now == end;
		end = now > end ? now : end;
	}
	if (exact)
		return stand_in_write(c->stand_in, capture_bytes(&c->slot->in, buf),
				      (size_t)c->result, c->position);
	return stand_in_copy(c->stand_in, c->position, end);
}

static void repeated(struct call *c, int code)
{
	if (code < 0)
		call_unsupported(c, "on a file that is mapped shared: %s", strerror(-code));
}

void content_apply(struct call *c)
{
	const struct writer *w = writer_find(c->nr);

	if (!c->stand_in || c->result < 0)
		return;
	if (w)
		repeated(c, c->result ? repeat_write(c, w) : 0);
	else if (c->nr == SYS_truncate || c->nr == SYS_ftruncate)
		repeated(c, stand_in_resize(c->stand_in, c->args[1]));
	else if (c->nr == SYS_fallocate)
		repeated(c,
			 stand_in_fallocate(c->stand_in, (int)c->args[1], c->args[2], c->args[3]));
}

void content_truncated(struct call *c, int32_t fd)
{
	const struct stand_in *in = content_stand_in(c, fd);

	if (in)
		repeated(c, stand_in_resize(in, 0));
}
