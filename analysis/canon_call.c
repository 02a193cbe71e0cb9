/* Calls in canonical text; see canon_call.h. */
#include "analysis/canon_call.h"

#include <arpa/inet.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "analysis/facts.h"
#include "analysis/schema.h"
#include "base/bytes.h"
#include "schema/syscall_args.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_structs.h"

/* bytes of one structure or string as text; longer ones end in "..." */
#define PIECE_BYTES 4096
/* irregular arguments below this are numbers, not addresses: nothing is mapped there */
#define NUMBERS_MAX 65536
/* what an open has to do with the file itself, not with the descriptor */
#define OPEN_EFFECT_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_TMPFILE)

/* ---- which calls matter ---- */

bool canon_call_succeeded(const struct canon_call *call)
{
	return !call->step->no_result && !result_is_error(call->step->result[call->variant]) &&
	       call->step->verdict != VERDICT_DIVERGED;
}

static bool makes_executable(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_mmap:
	case __NR_mprotect:
	case __NR_pkey_mprotect: return call->args[2] & PROT_EXEC;
	}
	return false;
}

static bool changes_powers(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_prlimit64: return call->args[2] != 0;
	case __NR_seccomp: return true;
	case __NR_prctl: break;
	default: return call->row->effects & EFFECT_CRED;
	}
	switch ((uint32_t)call->args[0]) {
	case PR_SET_NO_NEW_PRIVS:
	case PR_SET_SECCOMP:
	case PR_SET_DUMPABLE:
	case PR_SET_KEEPCAPS:
	case PR_SET_SECUREBITS:
	case PR_CAPBSET_DROP:
	case PR_CAP_AMBIENT: return true;
	}
	return false;
}

static bool acts_on_network(const struct canon_call *call)
{
	switch (call->step->nr) {
	case __NR_connect:
	case __NR_bind:
	case __NR_listen:
	case __NR_accept:
	case __NR_accept4: return true;
	case __NR_sendto: return call->args[4] != 0;
	}
	return false;
}

static bool changes_files(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	switch (call->step->nr) {
	case __NR_fsync:
	case __NR_fdatasync:
	case __NR_sync:
	case __NR_syncfs:
	case __NR_sync_file_range:
	case __NR_ftruncate:
	case __NR_fallocate: return true;
	}
	return row->level == LEVEL_FILE && (row->effects & EFFECT_OUTSIDE) &&
	       row->result != RESULT_FD;
}

static bool changes_system(const struct syscall_row *row)
{
	return row->level == LEVEL_CONTROL && (row->effects & EFFECT_OUTSIDE) &&
	       row->family != FAMILY_SYSV && row->family != FAMILY_SHM &&
	       row->family != FAMILY_IOCTL;
}

static bool is_effect(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	if (acts_on_network(call))
		return canon_call_succeeded(call) ||
		       (call->step->nr == __NR_connect && !canon_call_is_retry(call));
	if (!canon_call_succeeded(call))
		return false;
	return row->family == FAMILY_OPEN || row->family == FAMILY_EXEC ||
	       row->family == FAMILY_KILL || row->family == FAMILY_SECCOMP ||
	       (row->effects & EFFECT_CWD) || makes_executable(call) || changes_powers(call) ||
	       changes_files(call) || changes_system(row);
}

/* Memory that is only room: an allocator asks for it when it thinks fit. */
static bool is_room(const struct canon_call *call)
{
	uint64_t offset;

	if (call->row->family != FAMILY_MEMORY)
		return false;
	switch (call->step->nr) {
	case __NR_mmap: return call->args[3] & MAP_ANONYMOUS;
	case __NR_mprotect:
	case __NR_pkey_mprotect: return !process_region(call->process, call->args[0], &offset);
	}
	return true;
}

static bool waits_for_events(const struct syscall_row *row)
{
	return row->family == FAMILY_POLL ||
	       (row->family == FAMILY_EPOLL && row->result == RESULT_COUNT);
}

static bool asks_for_time(const struct canon_call *call)
{
	const struct syscall_row *row = call->row;

	return (row->family == FAMILY_TIME && row->level == LEVEL_QUERY && !row->block) ||
	       call->step->nr == __NR_getrusage || call->step->nr == __NR_getcpu ||
	       call->step->nr == __NR_sysinfo;
}

/*
 * glibc's mkstemp and malloc draw without waiting, the former as often as it
 * takes until a number is to its taste. Who needs randomness for keys waits.
 */
static bool draws_casually(const struct canon_call *call)
{
	return call->step->nr == __NR_getrandom && call->args[2] & GRND_NONBLOCK;
}

bool canon_call_is_retry(const struct canon_call *call)
{
	int64_t result = call->step->result[call->variant];

	if (call->step->no_result)
		return false;
	if (call->step->nr == __NR_restart_syscall || result == -EINTR ||
	    (result <= -512 && result >= -516)) /* ERESTARTSYS .. of linux/errno.h */
		return true;
	return result == -EAGAIN &&
	       (call->row->family == FAMILY_IO || call->row->family == FAMILY_SOCKET);
}

enum canon_level canon_call_level(const struct canon_call *call)
{
	if (call->step->executed == EXECUTED_LOCAL || call->row->run == RUN_LOCAL ||
	    call->step->nr == __NR_rt_sigreturn || canon_call_is_retry(call) ||
	    asks_for_time(call) || draws_casually(call))
		return CANON_ALL;
	if (is_effect(call))
		return CANON_EFFECTS;
	return is_room(call) || waits_for_events(call->row) ? CANON_ARGS : CANON_CALLS;
}

enum canon_weight canon_call_weight(const struct canon_call *call, enum canon_level level)
{
	if (level == CANON_EFFECTS)
		return makes_executable(call) || changes_powers(call) ||
				       call->row->family == FAMILY_EXEC ?
			       WEIGHT_SECURITY :
			       WEIGHT_EFFECT;
	if (is_room(call))
		return WEIGHT_COSMETIC;
	return level == CANON_ALL || waits_for_events(call->row) ? WEIGHT_TIMING : WEIGHT_BEHAVIOUR;
}

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

static void put_digest(const struct canon_call *call, struct text *out, const struct trace_buf *buf)
{
	text_printf(out, "%" PRIu64 " bytes %016" PRIx64,
		    buf->full_length > buf->data.length ? buf->full_length : buf->data.length,
		    canon_digest_buf(call, CANON_DIGEST_START, buf, UINT64_MAX));
}

/* Without what means nothing: padding, and addresses but for NULL. */
static bool put_struct(struct text *out, enum arg_format format, const struct trace_buf *buf)
{
	uint8_t bytes[PIECE_BYTES];
	char piece[PIECE_BYTES];
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
static size_t string_length(const struct trace_buf *buf)
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
	length = string_length(buf);
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

static void put_pid(const struct canon_call *call, struct text *out, int64_t pid)
{
	bool negative = pid < -1;

	if (negative)
		text_add_char(out, '-');
	if (!put_label(call, out, negative ? -pid : pid))
		text_add(out, pid == 0 || pid == -1 ? (pid ? "-1" : "0") : "<other process>");
}

/* /proc/1234/maps is /proc/<P0.T0>/maps */
static void put_path(const struct canon_call *call, struct text *out, const char *path)
{
	char *rest;
	long pid;

	if (strncmp(path, "/proc/", 6) == 0 && path[6] >= '1' && path[6] <= '9') {
		pid = strtol(path + 6, &rest, 10);
		text_add(out, "/proc/<");
		put_pid(call, out, pid);
		text_add_char(out, '>');
		text_add_escaped(out, rest, strlen(rest), ESCAPE_BACKSLASH | ESCAPE_HIGH);
		return;
	}
	path_names_put(call->names, out, path);
}

static void put_fd(const struct canon_call *call, struct text *out, int fd)
{
	const struct object *object = process_fd(call->process, fd);

	if (object)
		text_add(out, object->name);
	else
		text_printf(out, fd < 0 ? "%d" : "fd:%d", fd);
}

static void put_address(const struct canon_call *call, struct text *out, uint64_t address)
{
	uint64_t offset = 0;
	const char *region = process_region(call->process, address, &offset);

	if (!address)
		text_add(out, "NULL");
	else if (!region || call->level == CANON_EFFECTS)
		text_add(out, region ? region : "mem");
	else
		text_printf(out, "%s+0x%" PRIx64, region, offset);
}

static void put_string(const struct canon_call *call, struct text *out, const uint8_t *at,
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

static void put_strings(const struct canon_call *call, struct text *out,
			const struct trace_buf *buf)
{
	const char *separator = "";

	text_add_char(out, '[');
	for (size_t at = 0; at < buf->data.length;) {
		size_t length = strnlen((const char *)buf->data.data + at, buf->data.length - at);

		text_add(out, separator);
		put_string(call, out, buf->data.data + at, length);
		at += length + 1;
		separator = " ";
	}
	text_add_char(out, ']');
}

/* What it holds is where and by whom the run was started. */
static void put_environment(const struct canon_call *call, struct text *out,
			    const struct trace_buf *buf)
{
	text_add(out, "environment");
	if (call->level < CANON_ARGS)
		return;
	text_add_char(out, ' ');
	put_digest(call, out, buf);
}

bool canon_address_put(const struct canon_call *call, unsigned i, struct text *out)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
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
		put_string(call, out, (const uint8_t *)address.local.sun_path,
			   address.local.sun_path[0] ? strnlen(address.local.sun_path, length) :
						       length);
		return true;
	case AF_NETLINK: text_add(out, "netlink"); return true;
	}
	return put_struct(out, FORMAT_SOCKADDR, buf);
}

/* ---- arguments ---- */

static uint64_t value_of(const struct canon_call *call, unsigned i)
{
	return arg_value(&call->row->args[i], call->args[i]);
}

static void put_flags(const struct canon_call *call, struct text *out, unsigned i)
{
	enum arg_format format = call->row->args[i].format;
	uint64_t value = value_of(call, i);
	char piece[PIECE_BYTES];
	struct decode_text t = decode_text_make(piece, sizeof(piece));

	if (call->level == CANON_EFFECTS && format == FORMAT_OPEN_FLAGS)
		value &= OPEN_EFFECT_FLAGS;
	if (format == FORMAT_CLONE_FLAGS)
		value &= ~UINT64_C(0xff); /* the signal at its end: nearly always SIGCHLD */
	decode_put_flags(&t, format, value);
	text_add_bytes(out, piece, decode_text_finish(&t));
}

static void put_in(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
	enum arg_format format = call->row->args[i].format;

	if (!buf || !call->args[i])
		text_add(out, call->args[i] ? "mem" : "NULL");
	else if (format == FORMAT_TIMESPEC2 || format == FORMAT_TIMEVAL2 ||
		 format == FORMAT_UTIMBUF)
		text_add(out, "times"); /* of a file: mostly the clock's */
	else if (format == FORMAT_CLONE_ARGS || !format || !put_struct(out, format, buf))
		format == FORMAT_CLONE_ARGS ? text_add(out, "mem") : put_digest(call, out, buf);
}

static void put_vectors(const struct canon_call *call, struct text *out, unsigned i,
			enum trace_direction direction)
{
	const struct trace_buf *buf = canon_buf_find(call, i, direction, PART_CONTENT);

	if (buf)
		put_digest(call, out, buf);
	else
		text_add(out, call->args[i] ? "mem" : "NULL");
}

/* Contents that came in are looked at from `args` on. */
static void put_out(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_OUT, PART_CONTENT);
	enum arg_format format = call->row->args[i].format;
	bool status = format == FORMAT_WAIT_STATUS && call->level > CANON_EFFECTS;

	if (!call->args[i])
		text_add(out, "NULL");
	else if (!buf || (call->level < CANON_ARGS && !status) || format == FORMAT_FD_PAIR ||
		 call->step->nr == __NR_getrandom)
		text_add_char(out, '_');
	else if (format == FORMAT_RUSAGE || format == FORMAT_TMS || format == FORMAT_SIGINFO ||
		 format == FORMAT_STATFS || format == FORMAT_SOCKADDR)
		text_add_char(out, '_'); /* times, ids, free blocks, drawn ports */
	else if (!format || !put_struct(out, format, buf))
		put_digest(call, out, buf);
}

static bool is_lock(const struct canon_call *call)
{
	if (call->step->nr != __NR_fcntl)
		return false;
	switch ((uint32_t)call->args[1]) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW: return true;
	}
	return false;
}

static void put_irregular(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *in = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);

	if (call->args[i] < NUMBERS_MAX)
		text_printf(out, "%" PRIu64, call->args[i]);
	else if (!in || !in->data.length)
		text_add(out, "mem");
	else if (!is_lock(call) || !put_struct(out, FORMAT_FLOCK, in))
		put_digest(call, out, in);
}

static void put_number(const struct canon_call *call, struct text *out, unsigned i)
{
	bool room = call->row->family == FAMILY_MEMORY && call->level < CANON_ARGS;

	if (room)
		text_add_char(out, '_');
	else
		text_printf(out, "%" PRId64, (int64_t)value_of(call, i));
}

static void put_path_arg(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
	cleanup_text struct text path = { 0 };
	bool target = i == 0 &&
		      (call->step->nr == __NR_symlink || call->step->nr == __NR_symlinkat);

	if (!buf || !canon_path_get(call, i, &path))
		text_add(out, call->args[i] ? "mem" : "NULL");
	else if (target)
		put_string(call, out, buf->data.data, string_length(buf));
	else if (i && (!buf->data.length || !buf->data.data[0]))
		put_fd(call, out, (int)call->args[i - 1]); /* AT_EMPTY_PATH */
	else
		put_path(call, out, text_get(&path));
}

static void put_string_arg(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
	bool list = call->row->args[i].kind == ARG_STRINGS;

	if (!buf)
		text_add(out, call->args[i] ? "mem" : "NULL");
	else if (list && i && call->row->args[i - 1].kind == ARG_STRINGS)
		put_environment(call, out, buf);
	else if (list)
		put_strings(call, out, buf);
	else
		put_string(call, out, buf->data.data, string_length(buf));
}

static void put_signal(struct text *out, int signo)
{
	char piece[64];
	struct decode_text t = decode_text_make(piece, sizeof(piece));

	decode_put_signal(&t, signo);
	text_add_bytes(out, piece, decode_text_finish(&t));
}

/* The rest: what lies in memory. */
static void put_memory_arg(const struct canon_call *call, struct text *out, unsigned i)
{
	switch ((enum arg_kind)call->row->args[i].kind) {
	case ARG_SOCKADDR_IN:
		if (!canon_address_put(call, i, out))
			text_add(out, "NULL");
		break;
	case ARG_IN: put_in(call, out, i); break;
	case ARG_INOUT: put_in(call, out, i); break;
	case ARG_IOVEC_IN:
	case ARG_MSGHDR_IN:
	case ARG_MMSGHDR_IN: put_vectors(call, out, i, DIRECTION_IN); break;
	case ARG_IOVEC_OUT:
	case ARG_MSGHDR_OUT:
	case ARG_MMSGHDR_OUT:
		if (call->level < CANON_ARGS)
			text_add_char(out, '_');
		else
			put_vectors(call, out, i, DIRECTION_OUT);
		break;
	case ARG_OUT:
	case ARG_SOCKADDR_OUT: put_out(call, out, i); break;
	case ARG_LENPTR: text_add_char(out, '_'); break;
	case ARG_IRREGULAR: put_irregular(call, out, i); break;
	case ARG_UNUSED:
	case ARG_INT:
	case ARG_UINT:
	case ARG_LONG:
	case ARG_SIZE:
	case ARG_OFFSET:
	case ARG_FLAGS:
	case ARG_FLAGS64:
	case ARG_MODE:
	case ARG_DEV:
	case ARG_FD:
	case ARG_DIRFD:
	case ARG_PID:
	case ARG_UID:
	case ARG_SIGNAL:
	case ARG_ADDRESS:
	case ARG_PATH:
	case ARG_STRING:
	case ARG_STRINGS:
	case ARG_KIND_COUNT: break;
	}
}

static void put_arg(const struct canon_call *call, struct text *out, unsigned i)
{
	unsigned kind = call->row->args[i].kind;

	if (kind == ARG_FLAGS || kind == ARG_FLAGS64)
		put_flags(call, out, i);
	else if (kind == ARG_MODE)
		text_printf(out, "%#03o", (unsigned)value_of(call, i));
	else if (kind == ARG_FD || kind == ARG_DIRFD)
		put_fd(call, out, (int)call->args[i]);
	else if (kind == ARG_PID)
		put_pid(call, out, (int)call->args[i]);
	else if (kind == ARG_UID)
		text_printf(out, "%d", (int)call->args[i]);
	else if (kind == ARG_SIGNAL)
		put_signal(out, (int)call->args[i]);
	else if (kind == ARG_ADDRESS)
		put_address(call, out, call->args[i]);
	else if (kind == ARG_PATH)
		put_path_arg(call, out, i);
	else if (kind == ARG_STRING || kind == ARG_STRINGS)
		put_string_arg(call, out, i);
	else if (kind < ARG_FLAGS)
		put_number(call, out, i);
	else
		put_memory_arg(call, out, i);
}

/* A directory belongs to the path behind it; sizes and flags of a mapping do not matter outside. */
static bool is_left_out(const struct canon_call *call, unsigned i)
{
	const struct syscall_arg *args = call->row->args;

	if (args[i].kind == ARG_UNUSED)
		return true;
	if (args[i].kind == ARG_DIRFD && i + 1 < SYSCALL_ARGS && args[i + 1].kind == ARG_PATH)
		return true;
	if (call->level == CANON_EFFECTS && call->row->family == FAMILY_MEMORY) {
		bool mapping = call->step->nr == __NR_mmap;

		return i != 2 && i != (mapping ? 4u : 0u);
	}
	return false;
}

void canon_call_put(const struct canon_call *call, struct text *out)
{
	unsigned mask = arg_used_mask(call->step->nr, call->args);

	if (call->row->name[0])
		text_add(out, call->row->name);
	else
		text_printf(out, "syscall_%d", call->step->nr);
	for (unsigned i = 0; i < call->row->argc; i++) {
		if (!(mask >> i & 1) || is_left_out(call, i))
			continue;
		text_add_char(out, CANON_SEPARATOR);
		put_arg(call, out, i);
	}
}

/* Numbers that say how much there was to do just then. */
static bool is_count_of_the_moment(const struct canon_call *call)
{
	return waits_for_events(call->row) || asks_for_time(call) ||
	       call->row->family == FAMILY_FUTEX || call->step->nr == __NR_alarm;
}

void canon_call_put_result(const struct canon_call *call, struct text *out)
{
	int64_t result = call->step->result[call->variant];
	const char *name;

	text_add_char(out, CANON_SEPARATOR);
	text_add(out, "= ");
	if (call->step->no_result) {
		text_add_char(out, '?');
	} else if (result_is_error(result)) {
		name = source_errno_name(call->source, -result);
		if (name)
			text_add_foreign(out, name);
		else
			text_printf(out, "E%" PRId64, -result);
	} else if (call->row->result == RESULT_FD && call->level > CANON_EFFECTS) {
		put_fd(call, out, (int)result);
	} else if (call->row->result == RESULT_PID) {
		put_pid(call, out, result);
	} else if (call->row->result == RESULT_ADDRESS) {
		if (call->level > CANON_CALLS)
			put_address(call, out, (uint64_t)result);
		else
			text_add(out, "mem");
	} else if (call->row->result == RESULT_FD || is_count_of_the_moment(call)) {
		text_add(out, "ok");
	} else {
		text_printf(out, "%" PRId64, result);
	}
}
