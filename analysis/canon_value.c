/* Values in canonical text; see canon_value.h. */
#include "analysis/canon_value.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "analysis/canon_team.h"
#include "schema/syscall_structs.h"

/* ---- contents ---- */

const struct trace_buf *canon_buf_find(const struct canon_call *call, unsigned i,
				       enum trace_direction direction, enum trace_buf_part part)
{
	for (size_t b = 0; b < call->step->n_bufs; b++) {
		const struct trace_buf *buf = &call->step->bufs[b];

		if (buf->arg == i && buf->direction == direction && buf->part == part &&
		    buf->variants >> call->variant & 1)
			return buf;
	}
	return NULL;
}

void canon_put_digest(const struct canon_call *call, struct text *out, const struct trace_buf *buf)
{
	cleanup_canon_sum struct canon_sum sum = canon_sum_make();

	canon_sum_add(call->words, &sum, buf,
		      buf->full_length > buf->data.length ? buf->full_length : buf->data.length);
	canon_sum_end(call->words, &sum);
	text_printf(out, "%" PRIu64 " bytes %016" PRIx64, sum.bytes, sum.digest);
}

/* Without what means nothing: padding, and addresses but for NULL. */
bool canon_put_struct(struct text *out, enum arg_format format, const struct trace_buf *buf)
{
	uint8_t bytes[CANON_PIECE_BYTES];
	char piece[CANON_PIECE_BYTES];
	struct decode_text t = decode_text_make(piece, sizeof(piece));
	struct decode_view view = { .data = bytes,
				    .length = buf->data.length,
				    .full_length = buf->data.length,
				    .is_output = buf->direction == DIRECTION_OUT,
				    .string_bytes = 64 };

	if (buf->data.length > sizeof(bytes))
		return false;
	if (buf->data.length)
		memcpy(bytes, buf->data.data, buf->data.length);
	format_canonicalise(format, bytes, buf->data.length);
	if (!decode_put_struct(&t, format, &view))
		return false;
	text_add_bytes(out, piece, decode_text_finish(&t));
	return true;
}

/* ---- names ---- */

/* Up to the NUL, or all there is; an empty buffer has no address. */
size_t canon_string_length(const struct trace_buf *buf)
{
	return buf->data.length ? strnlen((const char *)buf->data.data, buf->data.length) : 0;
}

int canon_path_arg(const struct syscall_row *row)
{
	for (int i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == ARG_PATH)
			return i;
	return -1;
}

bool canon_path_get(const struct canon_call *call, unsigned i, struct text *out)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
	const char *directory = process_cwd(call->process);
	size_t length;

	if (!buf)
		return false;
	length = canon_string_length(buf);
	if (i && call->row->args[i - 1].kind == ARG_DIRFD && (int)call->args[i - 1] != AT_FDCWD) {
		const struct object *object = process_fd(call->process, (int)call->args[i - 1]);

		directory = object && object->path ? object->path : "/<unknown>";
	}
	path_join(out, directory, buf->data.data, length);
	return true;
}

/* Threads but the first are one at `effects`, see canon_team.h. */
static void put_task_label(const struct canon_call *call, struct text *out, const char *label)
{
	const char *dot = strrchr(label, '.');
	cleanup_text struct text process = { 0 };

	if (call->level > CANON_EFFECTS || canon_is_first_thread(label)) {
		text_add_foreign(out, label);
		return;
	}
	text_add_bytes(&process, label, (size_t)(dot - label));
	text_add_foreign(out, text_get(&process));
	text_add(out, ".T*");
}

/* Own or another's process by its creation path; false when the number is nobody's. */
static bool put_label(const struct canon_call *call, struct text *out, int64_t pid)
{
	uint32_t number = pid > 0 && pid < CANON_PIDS ? call->pids[pid] : 0;
	const struct source_task *task = number ? source_task_find(call->source, number, NULL) :
						  NULL;

	if (!task || !task->label)
		return false;
	put_task_label(call, out, task->label);
	return true;
}

void canon_put_pid(const struct canon_call *call, struct text *out, int64_t pid)
{
	bool negative = pid < -1;

	if (negative)
		text_add_char(out, '-');
	if (!put_label(call, out, negative ? -pid : pid))
		text_add(out, pid == 0 || pid == -1 ? (pid ? "-1" : "0") : "<other process>");
}

/* /proc/1234/maps is /proc/<P0.T0>/maps */
void canon_put_path(const struct canon_call *call, struct text *out, const char *path)
{
	char *rest;
	long pid;

	if (strncmp(path, "/proc/", 6) == 0 && path[6] >= '1' && path[6] <= '9') {
		pid = strtol(path + 6, &rest, 10);
		text_add(out, "/proc/<");
		canon_put_pid(call, out, pid);
		text_add_char(out, '>');
		text_add_escaped(out, rest, strlen(rest), ESCAPE_BACKSLASH | ESCAPE_HIGH);
		return;
	}
	path_names_put(call->words->names, out, path);
}

void canon_put_fd(const struct canon_call *call, struct text *out, int fd)
{
	const struct object *object = process_fd(call->process, fd);

	if (object)
		text_add(out, object->name);
	else
		text_printf(out, fd < 0 ? "%d" : "fd:%d", fd);
}

void canon_put_maker(const struct canon_call *call, struct text *out)
{
	if (strcmp(call->label, "P0.T0") != 0)
		text_printf(out, "@%s", call->label);
}

/* The stack that exec has made belongs to the first thread. */
static void put_first_stack(const struct canon_call *call, struct text *out)
{
	const char *dot = strrchr(call->label, '.');

	text_add(out, "stack:");
	text_add_bytes(out, call->label, dot ? (size_t)(dot - call->label) : strlen(call->label));
	text_add(out, ".T0");
}

/* From where on it is told where in a region an address lies: in room an allocator decides that. */
static enum canon_level offset_level(enum region_kind kind)
{
	switch (kind) {
	case REGION_FILE: return CANON_CALLS;
	case REGION_IMAGE: return CANON_ARGS;
	case REGION_ROOM:
	case REGION_HEAP:
	case REGION_STACK: break;
	}
	return CANON_ALL;
}

void canon_put_address(const struct canon_call *call, struct text *out, uint64_t address)
{
	struct region region;

	if (!address) {
		text_add(out, "NULL");
		return;
	}
	if (!regions_find(process_regions(call->process), address, &region)) {
		text_add(out, "mem");
		return;
	}
	if (region.kind == REGION_HEAP)
		text_add(out, "heap");
	else if (!region.name)
		put_first_stack(call, out);
	else if (call->level < CANON_ARGS && region.kind == REGION_ROOM)
		text_add(out, "anon");
	else
		text_add(out, region.name);
	if (call->level >= CANON_ARGS && region.number)
		text_printf(out, "#%" PRIu32, region.number);
	if (region.placed && call->level >= offset_level(region.kind))
		text_printf(out, "+0x%" PRIx64, region.offset);
}

void canon_put_place(const struct canon_call *call, struct text *out, uint64_t address)
{
	if (address && call->level < CANON_ARGS)
		text_add(out, "mem");
	else
		canon_put_address(call, out, address);
}

void canon_put_string(const struct canon_call *call, struct text *out, const uint8_t *at,
		      size_t length)
{
	cleanup_text struct text replaced = { 0 };

	text_add_char(out, '"');
	path_names_replace(call->words->names, &replaced, at, length);
	if (length && at[0] == '/' && !memchr(text_get(&replaced), '<', replaced.length))
		path_names_put(call->words->names, out, text_get(&replaced));
	else
		text_add_escaped(out, text_get(&replaced), replaced.length,
				 ESCAPE_BACKSLASH | ESCAPE_HIGH);
	text_add_char(out, '"');
}

void canon_put_strings(const struct canon_call *call, struct text *out, const struct trace_buf *buf)
{
	const char *separator = "";

	text_add_char(out, '[');
	for (size_t at = 0; at < buf->data.length;) {
		size_t length = strnlen((const char *)buf->data.data + at, buf->data.length - at);

		text_add(out, separator);
		canon_put_string(call, out, buf->data.data + at, length);
		at += length + 1;
		separator = " ";
	}
	text_add_char(out, ']');
}

/* What it holds is where and by whom the run was started. */
void canon_put_environment(const struct canon_call *call, struct text *out,
			   const struct trace_buf *buf)
{
	text_add(out, "environment");
	if (call->level < CANON_ARGS)
		return;
	text_add_char(out, ' ');
	canon_put_digest(call, out, buf);
}

bool canon_put_sockaddr(const struct canon_call *call, unsigned i, enum trace_buf_part part,
			struct text *out)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, part);
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} address = { 0 };
	char host[INET6_ADDRSTRLEN];
	size_t length;

	if (!buf || buf->data.length < sizeof(address.any.sa_family))
		return false;
	length = buf->data.length < sizeof(address) ? buf->data.length : sizeof(address);
	memcpy(&address, buf->data.data, length);
	switch (address.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
		text_printf(out, "%s:%u", host, ntohs(address.v4.sin_port));
		return true;
	case AF_INET6:
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
		text_printf(out, "[%s]:%u", host, ntohs(address.v6.sin6_port));
		return true;
	case AF_UNIX:
		length -= offsetof(struct sockaddr_un, sun_path);
		text_add(out, "unix:");
		canon_put_string(call, out, (const uint8_t *)address.local.sun_path,
				 address.local.sun_path[0] ?
					 strnlen(address.local.sun_path, length) :
					 length);
		return true;
	case AF_NETLINK: text_add(out, "netlink"); return true;
	}
	return canon_put_struct(out, FORMAT_SOCKADDR, buf);
}
