/*
 * Which open file a received descriptor is. The kernel tells whether two
 * descriptors name the same one (kcmp(2)); what is under way has none in any
 * process, so it is known by what it was when it was sent.
 */
#include "monitor/calls/received.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/calls/open.h"
#include "monitor/tracee/fd_map.h"

/* a process's own pidfd in a message, since Linux 6.5 (include/linux/socket.h) */
#define SCM_PIDFD_TYPE 4
/* objects that were sent and not yet received: what goes out of the set never is */
#define SENT_FILES 1024

static bool carries_descriptors(const struct cmsghdr *header)
{
	return header->cmsg_level == SOL_SOCKET &&
	       (header->cmsg_type == SCM_RIGHTS || header->cmsg_type == SCM_PIDFD_TYPE);
}

/* The next descriptor in control data; *at and *left begin as 0. */
static bool next_descriptor(const uint8_t *control, size_t length, size_t *at, size_t *left,
			    int32_t *fd)
{
	struct cmsghdr header;

	while (*left < sizeof(*fd)) {
		*at = CMSG_ALIGN(*at + *left);
		if (*at + sizeof(header) > length)
			return false;
		memcpy(&header, control + *at, sizeof(header));
		if (header.cmsg_len < sizeof(header) || header.cmsg_len > length - *at)
			return false;
		*at += sizeof(header);
		*left = header.cmsg_len - sizeof(header);
		if (!carries_descriptors(&header)) {
			*at += *left;
			*left = 0;
		}
	}
	memcpy(fd, control + *at, sizeof(*fd));
	*at += sizeof(*fd);
	*left -= sizeof(*fd);
	return true;
}

static bool identity_get(const struct call *c, int32_t fd, struct sent_file *out)
{
	struct stat st;

	if (call_fd_stat(c->task->tid, fd, &st) < 0)
		return false;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	out->flags = open_flags_get(c, fd) & (O_ACCMODE | O_PATH);
	return true;
}

static void sent_remove(struct session *s, size_t i)
{
	open_file_release(s->sent[i].file);
	s->n_sent--;
	memmove(&s->sent[i], &s->sent[i + 1], (s->n_sent - i) * sizeof(s->sent[0]));
}

static void sent_add(struct call *c, int32_t fd)
{
	struct session *s = c->session;
	struct sent_file sent = { .file = fd_table_find(c->lane->fds, fd) };

	if (!sent.file || !identity_get(c, fd, &sent))
		return;
	sent.file->refs++;
	if (s->n_sent == SENT_FILES)
		sent_remove(s, 0);
	alloc_grow(&s->sent, &s->sent_capacity, s->n_sent + 1);
	s->sent[s->n_sent++] = sent;
}

void received_remember(struct call *c, const uint8_t *control, size_t length)
{
	size_t at = 0, left = 0;
	int32_t fd;

	while (control && next_descriptor(control, length, &at, &left, &fd))
		sent_add(c, fd);
}

void received_forget(struct call *c, const uint8_t *control, size_t length)
{
	struct session *s = c->session;
	size_t at = 0, left = 0;
	int32_t fd;

	while (control && next_descriptor(control, length, &at, &left, &fd)) {
		const struct open_file *file = fd_table_find(c->lane->fds, fd);
		size_t i = s->n_sent;

		while (i > 0 && s->sent[i - 1].file != file)
			i--;
		if (i > 0)
			sent_remove(s, i - 1);
	}
}

/* A process of the program that has this open file, and its number there. */
static const struct lane *holder_find(const struct session *s, const struct open_file *file,
				      size_t *fd)
{
	for (const struct lane *lane = s->lanes; lane; lane = lane->next)
		for (*fd = 0; *fd < lane->fds->capacity; ++*fd)
			if (lane->fds->files[*fd] == file &&
			    !(atomic_load(&lane->ended) & 1u << LEADER))
				return lane;
	return NULL;
}

enum likeness { OTHER, PERHAPS, SAME };

/* PERHAPS: it looks like that one, and nobody has it open any more, or the kernel does not say. */
static enum likeness compare_open_files(const struct call *c, int32_t fd,
					const struct sent_file *now, const struct sent_file *sent)
{
	const struct lane *lane;
	size_t other;
	long order;

	if (now->device != sent->device || now->inode != sent->inode || now->flags != sent->flags)
		return OTHER;
	lane = holder_find(c->session, sent->file, &other);
	if (!lane)
		return PERHAPS;
	order = syscall(SYS_kcmp, c->task->tid, lane->tasks[LEADER].tid, KCMP_FILE, fd, other);
	return order < 0 ? PERHAPS : order ? OTHER : SAME;
}

struct open_file *received_object(struct call *c, int32_t fd, bool peek)
{
	struct session *s = c->session;
	struct sent_file now = { 0 };
	struct open_file *file;
	size_t found = s->n_sent;

	if (!identity_get(c, fd, &now))
		return open_file_create(FD_LEADER);
	/* Messages come in the order in which they went: the oldest of several. */
	for (size_t i = 0; i < s->n_sent; i++) {
		enum likeness likeness = compare_open_files(c, fd, &now, &s->sent[i]);

		if (likeness == SAME || (likeness == PERHAPS && found == s->n_sent))
			found = i;
		if (likeness == SAME)
			break;
	}
	if (found == s->n_sent)
		return open_describe(c, fd, now.flags);
	file = s->sent[found].file;
	file->refs++;
	if (!peek)
		sent_remove(s, found);
	return file;
}

void received_take(struct call *c, const uint8_t *control, size_t length, bool peek)
{
	size_t at = 0, left = 0;
	int32_t fd;

	while (next_descriptor(control, length, &at, &left, &fd)) {
		struct open_file *file = received_object(c, fd, peek);

		if (file->kind == FD_PRIVATE && c->session->n_variants > 1)
			call_unsupported(c, "a descriptor that each variant has its own of");
		fd_table_set(c->lane->fds, fd, file);
	}
}

void received_order_one(struct call *c, unsigned v, int32_t fd)
{
	open_add_order(c, v, fd, fd_table_find(c->lane->fds, fd), open_flags_get(c, fd));
}

void received_order(struct call *c, unsigned v, const uint8_t *control, size_t length)
{
	size_t at = 0, left = 0;
	int32_t fd;

	while (next_descriptor(control, length, &at, &left, &fd))
		received_order_one(c, v, fd);
}
