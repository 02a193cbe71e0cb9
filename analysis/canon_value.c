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

#include "schema/syscall_structs.h"

/* ---- contents ---- */

uint64_t canon_digest(uint64_t digest, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ at[i]) * UINT64_C(0x100000001b3);
	return digest;
}

uint64_t canon_digest_buf(const struct canon_call *call, uint64_t digest,
			  const struct trace_buf *buf, uint64_t limit)
{
	cleanup_text struct text replaced = { 0 };
	size_t length = buf->data.length < limit ? buf->data.length : (size_t)limit;

	/* of what was not kept, the trace has a hash of its own */
	if (buf->truncated) {
		digest = canon_digest(digest, &buf->hash, sizeof(buf->hash));
		return canon_digest(digest, &buf->full_length, sizeof(buf->full_length));
	}
	if (!path_names_has_temporaries(call->names))
		return canon_digest(digest, buf->data.data, length);
	path_names_replace(call->names, &replaced, buf->data.data, length);
	return canon_digest(digest, text_get(&replaced), replaced.length);
}

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

uint64_t canon_digest_moved(const struct canon_call *call, uint64_t digest, unsigned arg,
			    bool output, uint64_t bytes)
{
	const struct trace_buf *buf = canon_buf_find(
		call, arg, output ? DIRECTION_IN : DIRECTION_OUT, PART_CONTENT);

	return buf ? canon_digest_buf(call, digest, buf, bytes) : digest;
}

void canon_put_digest(const struct canon_call *call, struct text *out, const struct trace_buf *buf)
{
	text_printf(out, "%" PRIu64 " bytes %016" PRIx64,
		    buf->full_length > buf->data.length ? buf->full_length : buf->data.length,
		    canon_digest_buf(call, CANON_DIGEST_START, buf, UINT64_MAX));
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

/* Own or another's process by its creation path; false when the number is nobody's. */
static bool put_label(const struct canon_call *call, struct text *out, int64_t pid)
{
	uint32_t number = pid > 0 && pid < CANON_PIDS ? call->pids[pid] : 0;
	const struct source_task *task = number ? source_task_find(call->source, number, NULL) :
						  NULL;

	if (!task || !task->label)
		return false;
	text_add_foreign(out, task->label);
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
	path_names_put(call->names, out, path);
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
	path_names_replace(call->names, &replaced, at, length);
	if (length && at[0] == '/' && !memchr(text_get(&replaced), '<', replaced.length))
		path_names_put(call->names, out, text_get(&replaced));
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
