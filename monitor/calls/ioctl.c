/*
 * ioctl: once, by the leader. What the argument points to is said by the table
 * of requests (requests.c). A request that is in no table is made all the same,
 * by what its number says, and the trace notes it.
 */
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/major.h>
#include <linux/random.h>
#include <linux/vt.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "monitor/call.h"
#include "monitor/calls/content.h"
#include "monitor/calls/requests.h"
#include "monitor/record.h"
#include "monitor/tracee/fd_map.h"

/* An address, not a small number: the first page is never mapped. */
#define FIRST_ADDRESS 4096
/* struct fiemap: start, length, flags come in; the number of extents is at 20 out, at 24 in */
#define FIEMAP_INPUT_BYTES 20
#define FIEMAP_FILLED_AT   20
#define FIEMAP_ROOM_AT     24
/* struct file_dedupe_range, at 16 how many elements follow, of which the first half comes in */
#define RANGES_COUNT_AT     16
#define RANGES_HEAD_BYTES   24
#define RANGE_BYTES         32
#define RANGE_INPUT_BYTES   16
#define RANGES_LIMIT        127 /* a page holds no more (ioctl_fideduperange(2)) */
#define ENTROPY_HEAD_BYTES  8   /* struct rand_pool_info: entropy_count, buf_size */
#define ENTROPY_LIMIT_BYTES 4096
/* struct pidfd_info: mask, cgroupid, pid, tgid, ppid (linux/pidfd.h) */
#define PIDFD_TYPE           0xff
#define PIDFD_INFO_NR        11
#define PIDFD_INFO_PARENT_AT 24
/* types of requests: on interfaces, on wireless ones, and on files */
#define SOCKETS_TYPE  0x89
#define WIRELESS_TYPE 0x8b
#define FILES_TYPE    'f'

/* A name up to its NUL, and as much behind it as the request looks at. */
static void gather_interface(struct gather *g, const struct request *request)
{
	uint64_t addr = g->args[2];

	gather_add_string(g, 2, addr, IFNAMSIZ);
	if (request->input)
		gather_add(g, 2, PART_LAYOUT, FORMAT_BYTES, addr + IFNAMSIZ, request->input);
}

/* struct ifconf: a length, and where the list goes. */
static void gather_list(struct gather *g)
{
	uint64_t list = 0;

	gather_add(g, 2, PART_CONTENT, FORMAT_INT32, g->args[2], sizeof(int32_t));
	if (gather_read(g, g->args[2] + offsetof(struct ifconf, ifc_buf), &list, sizeof(list)) ==
		    0 &&
	    list)
		gather_add(g, 2, PART_CONTROL, FORMAT_BYTES, list, 0);
}

static void output_list(struct gather *g)
{
	const struct capture_buf *list = capture_find(g->entry, 2, PART_CONTROL);
	int32_t length = 0;

	gather_add(g, 2, PART_CONTENT, FORMAT_INT32, g->args[2], sizeof(length));
	if (list && gather_read(g, g->args[2], &length, sizeof(length)) == 0 && length > 0)
		gather_add(g, 2, PART_CONTROL, FORMAT_BYTES, list->addr, (size_t)length);
}

static void gather_extents(struct gather *g)
{
	gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], FIEMAP_INPUT_BYTES);
	gather_add(g, 2, PART_LAYOUT, FORMAT_BYTES, g->args[2] + FIEMAP_ROOM_AT, sizeof(uint32_t));
}

static void output_extents(struct gather *g)
{
	uint32_t filled = 0, room = 0;

	gather_read(g, g->args[2] + FIEMAP_FILLED_AT, &filled, sizeof(filled));
	gather_read(g, g->args[2] + FIEMAP_ROOM_AT, &room, sizeof(room));
	if (filled > room) /* without room they are only counted */
		filled = room;
	gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2],
		   sizeof(struct fiemap) + filled * sizeof(struct fiemap_extent));
}

static uint16_t ranges_count(const struct gather *g)
{
	uint16_t count = 0;

	gather_read(g, g->args[2] + RANGES_COUNT_AT, &count, sizeof(count));
	return count < RANGES_LIMIT ? count : RANGES_LIMIT;
}

static void gather_ranges(struct gather *g)
{
	uint8_t ranges[RANGES_LIMIT][RANGE_INPUT_BYTES] = { { 0 } };
	uint16_t count = ranges_count(g);

	gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], RANGES_HEAD_BYTES);
	for (uint64_t i = 0; i < count; i++)
		gather_read(g, g->args[2] + RANGES_HEAD_BYTES + i * RANGE_BYTES, ranges[i],
			    RANGE_INPUT_BYTES);
	memcpy(capture_add(g->to, 2, PART_LAYOUT, FORMAT_BYTES, g->args[2],
			   (size_t)count * RANGE_INPUT_BYTES),
	       ranges, (size_t)count * RANGE_INPUT_BYTES);
}

static void gather_entropy(struct gather *g)
{
	int32_t head[2] = { 0 };

	gather_read(g, g->args[2], head, sizeof(head));
	gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2],
		   ENTROPY_HEAD_BYTES +
			   (head[1] > 0 && head[1] < ENTROPY_LIMIT_BYTES ? (size_t)head[1] : 0));
}

static void ioctl_gather(struct gather *g)
{
	struct request request = request_get((uint32_t)g->args[1]);

	if (request.kind == REQUEST_VALUE ||
	    (request.kind == REQUEST_OPAQUE && g->args[2] < FIRST_ADDRESS))
		g->to->value_args |= 1u << 2;
	if (!g->args[2])
		return;
	switch ((enum request_kind)request.kind) {
	case REQUEST_VALUE:
	case REQUEST_NOTHING:
	case REQUEST_POINTERS:
	case REQUEST_OPAQUE: return;
	case REQUEST_INTERFACE: gather_interface(g, &request); return;
	case REQUEST_INDEX:
		gather_add(g, 2, PART_LAYOUT, FORMAT_INT32, g->args[2] + IFNAMSIZ, sizeof(int32_t));
		return;
	case REQUEST_LIST: gather_list(g); return;
	case REQUEST_EXTENTS: gather_extents(g); return;
	case REQUEST_RANGES: gather_ranges(g); return;
	case REQUEST_ENTROPY: gather_entropy(g); return;
	case REQUEST_DATA:
		if (request.input)
			gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], request.input);
		return;
	}
}

static void ioctl_gather_output(struct gather *g, int64_t result)
{
	struct request request = request_get((uint32_t)g->args[1]);
	size_t bytes = 0;

	(void)result;
	if (!g->args[2])
		return;
	switch ((enum request_kind)request.kind) {
	case REQUEST_VALUE:
	case REQUEST_NOTHING:
	case REQUEST_POINTERS:
	case REQUEST_ENTROPY:
	case REQUEST_OPAQUE: return;
	case REQUEST_LIST: output_list(g); return;
	case REQUEST_EXTENTS: output_extents(g); return;
	case REQUEST_INDEX: bytes = sizeof(struct ifreq); break;
	case REQUEST_INTERFACE: bytes = request.output ? sizeof(struct ifreq) : 0; break;
	case REQUEST_RANGES:
		bytes = RANGES_HEAD_BYTES + (size_t)ranges_count(g) * RANGE_BYTES;
		break;
	case REQUEST_DATA: bytes = request.output; break;
	}
	if (bytes)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], bytes);
}

/*
 * What has a list behind it must stay where the program has it. Those of
 * extents and ranges hand nothing out: where they are changed meanwhile, other
 * parts are looked up, or compared and found equal (ioctl_fideduperange(2)).
 */
static size_t ioctl_extent(const struct call *c, unsigned arg, bool *written)
{
	struct request request = request_get((uint32_t)c->args[1]);
	size_t length = 0;

	*written = request.output > 0;
	if (arg != 2 || !c->args[2])
		return 0;
	switch ((enum request_kind)request.kind) {
	case REQUEST_VALUE:
	case REQUEST_NOTHING:
	case REQUEST_POINTERS:
	case REQUEST_OPAQUE:
	case REQUEST_EXTENTS:
	case REQUEST_RANGES: break;
	case REQUEST_INTERFACE: return sizeof(struct ifreq);
	case REQUEST_INDEX: *written = true; return sizeof(struct ifreq);
	case REQUEST_LIST: *written = true; return sizeof(struct ifconf);
	case REQUEST_ENTROPY: call_input(c, 2, PART_CONTENT, &length); return length;
	case REQUEST_DATA:
		if (!request.input)
			return 0;
		return request.input > request.output ? request.input : request.output;
	}
	return 0;
}

/* XFS's way to allocate and to punch, which other file systems have too (linux/falloc.h) */
#define FALLOC_TYPE       'X'
#define FALLOC_FIRST      40
#define FALLOC_LAST       43
#define FALLOC_ZERO_RANGE 57

/* Requests that change a file's content (ioctl_ficlonerange(2)). */
static bool moves_content(uint32_t number)
{
	unsigned nr = _IOC_NR(number);

	if (number == (uint32_t)FICLONE || number == (uint32_t)FICLONERANGE)
		return true;
	return _IOC_TYPE(number) == FALLOC_TYPE &&
	       ((nr >= FALLOC_FIRST && nr <= FALLOC_LAST) || nr == FALLOC_ZERO_RANGE);
}

/* A virtual console, or what may lead to one: /dev/tty, /dev/console (admin-guide/devices.txt). */
static bool may_be_console(dev_t device)
{
	return (major(device) == TTY_MAJOR && minor(device) <= MAX_NR_CONSOLES) ||
	       (major(device) == TTYAUX_MAJOR && minor(device) <= 1);
}

/*
 * Might the kernel do a request with pointers to what the leader has there? If
 * not, its answer (ENOTTY, EBADF) is the program's. Only the driver of virtual
 * consoles knows TIOCLINUX (drivers/tty/vt), enabling verity is for files, and
 * what is behind KVM's descriptors has no type.
 */
static bool may_follow_pointers(const struct call *c)
{
	uint32_t number = (uint32_t)c->args[1];
	unsigned type = _IOC_TYPE(number);
	bool is_sockets = type == SOCKETS_TYPE || type == WIRELESS_TYPE;
	struct stat st;

	if (call_fd_stat(c->task->tid, (int32_t)c->args[0], &st) < 0)
		return errno != ENOENT; /* not open */
	if (number == TIOCLINUX)
		return S_ISCHR(st.st_mode) && may_be_console(st.st_rdev);
	if (S_ISSOCK(st.st_mode))
		return is_sockets;
	if (S_ISFIFO(st.st_mode))
		return false;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return type == FILES_TYPE;
	return !S_ISBLK(st.st_mode) || !is_sockets;
}

static void refuse_pointers(struct call *c)
{
	call_unsupported(c, "request %#x, whose structure has pointers in it",
			 (uint32_t)c->args[1]);
}

static void ioctl_decide(struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	uint32_t number = (uint32_t)c->args[1];

	if (number == FIOCLEX || number == FIONCLEX || (file && file->kind == FD_PRIVATE)) {
		c->run = RUN_EACH;
		c->early = true;
		return;
	}
	if (moves_content(number) && content_stand_in(c, (int32_t)c->args[0]))
		call_unsupported(c, "request %#x on a file that is mapped shared", number);
	else if (request_get(number).kind == REQUEST_POINTERS && c->session->n_variants > 1 &&
		 may_follow_pointers(c))
		refuse_pointers(c);
}

/* Its size grows with the kernel. */
static bool is_pidfd_info(uint32_t number)
{
	return _IOC_DIR(number) == (_IOC_READ | _IOC_WRITE) && _IOC_TYPE(number) == PIDFD_TYPE &&
	       _IOC_NR(number) == PIDFD_INFO_NR;
}

/* A process's parent, where it is the monitor: who started that (PIDFD_GET_INFO, Linux 6.13). */
static void show_parent(struct call *c)
{
	const struct capture *out = &c->rendezvous->out;
	const struct capture_buf *info = capture_find(out, 2, PART_CONTENT);
	struct backend *b = c->tracer->backend;
	int32_t parent;

	if (!info || info->length < PIDFD_INFO_PARENT_AT + sizeof(parent))
		return;
	memcpy(&parent, capture_bytes(out, info) + PIDFD_INFO_PARENT_AT, sizeof(parent));
	if (parent != c->session->monitor_pid)
		return;
	parent = getppid();
	memcpy(capture_bytes(out, info) + PIDFD_INFO_PARENT_AT, &parent, sizeof(parent));
	b->ops->write_memory(b, c->task->tid, c->args[2] + PIDFD_INFO_PARENT_AT, &parent,
			     sizeof(parent));
}

/* What nobody has written down may do more than its number says: who reads the trace should know. */
static void note_request(struct call *c)
{
	struct session *s = c->session;
	uint32_t number = (uint32_t)c->args[1];
	char text[96];

	for (unsigned i = 0; i < s->n_noted_requests; i++)
		if (s->noted_requests[i] == number)
			return;
	if (s->n_noted_requests == NOTED_REQUESTS)
		return;
	s->noted_requests[s->n_noted_requests++] = number;
	snprintf(text, sizeof(text), "ioctl request %#x is in no table: taken as its number says",
		 number);
	record_mark(c->lane, text);
}

static void ioctl_apply(struct call *c)
{
	struct request request = request_get((uint32_t)c->args[1]);

	if (c->result < 0 || c->run == RUN_EACH)
		return;
	if (request.makes_fd)
		call_made_fd_apply(c);
	if (is_pidfd_info(request.number))
		show_parent(c);
	if (request.kind == REQUEST_POINTERS && c->session->n_variants > 1) {
		refuse_pointers(c); /* the number had become another object's meanwhile */
		return;
	}
	if (request.listed || c->session->n_variants == 1)
		return;
	note_request(c);
	/* It worked, and what it may have written there the others do not get. */
	if (request.kind == REQUEST_OPAQUE && c->args[2] >= FIRST_ADDRESS)
		call_unsupported(c, "request %#x is not in the table", request.number);
}

static void ioctl_order(struct call *c, unsigned v, struct order *o)
{
	(void)o;
	if (c->result >= 0 && c->run != RUN_EACH && request_get((uint32_t)c->args[1]).makes_fd)
		call_made_fd_order(c, v);
}

const struct call_ops calls_ioctl = {
	.gather = ioctl_gather,
	.gather_output = ioctl_gather_output,
	.extent = ioctl_extent,
	.decide = ioctl_decide,
	.order = ioctl_order,
	.apply = ioctl_apply,
};
