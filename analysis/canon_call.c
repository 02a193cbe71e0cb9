/* Calls in canonical text; see canon_call.h. */
#include "analysis/canon_call.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <inttypes.h>

#include "analysis/canon_level.h"
#include "analysis/canon_message.h"
#include "analysis/canon_value.h"
#include "analysis/schema.h"
#include "schema/syscall_args.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_structs.h"

/* irregular arguments below this are numbers, not addresses: nothing is mapped there */
#define NUMBERS_MAX 65536
/* what an open has to do with the file itself, not with the descriptor */
#define OPEN_EFFECT_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_TMPFILE)

static uint64_t value_of(const struct canon_call *call, unsigned i)
{
	return arg_value(&call->row->args[i], call->args[i]);
}

static void put_flags(const struct canon_call *call, struct text *out, unsigned i)
{
	enum arg_format format = call->row->args[i].format;
	uint64_t value = value_of(call, i);
	char piece[CANON_PIECE_BYTES];
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
		canon_put_place(call, out, call->args[i]);
	else if (format == FORMAT_TIMESPEC2 || format == FORMAT_TIMEVAL2 ||
		 format == FORMAT_UTIMBUF)
		text_add(out, "times");       /* of a file: mostly the clock's */
	else if (format == FORMAT_CLONE_ARGS) /* mostly addresses */
		canon_put_place(call, out, call->args[i]);
	else if (!format || !canon_put_struct(out, format, buf))
		canon_put_digest(call, out, buf);
}

static void put_vectors(const struct canon_call *call, struct text *out, unsigned i,
			enum trace_direction direction)
{
	const struct trace_buf *buf = canon_buf_find(call, i, direction, PART_CONTENT);

	if (canon_message_has_name(call) && canon_put_sockaddr(call, i, PART_NAME, out))
		text_add_char(out, ' ');
	if (buf)
		canon_put_digest(call, out, buf);
	else
		canon_put_place(call, out, call->args[i]);
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
	else if (!format || !canon_put_struct(out, format, buf))
		canon_put_digest(call, out, buf);
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
		canon_put_place(call, out, call->args[i]);
	else if (!is_lock(call) || !canon_put_struct(out, FORMAT_FLOCK, in))
		canon_put_digest(call, out, in);
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
		canon_put_place(call, out, call->args[i]);
	else if (target)
		canon_put_string(call, out, buf->data.data, canon_string_length(buf));
	else if (i && (!buf->data.length || !buf->data.data[0]))
		canon_put_fd(call, out, (int)call->args[i - 1]); /* AT_EMPTY_PATH */
	else
		canon_put_path(call, out, text_get(&path));
}

static void put_string_arg(const struct canon_call *call, struct text *out, unsigned i)
{
	const struct trace_buf *buf = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
	bool list = call->row->args[i].kind == ARG_STRINGS;

	if (!buf)
		canon_put_place(call, out, call->args[i]);
	else if (list && i && call->row->args[i - 1].kind == ARG_STRINGS)
		canon_put_environment(call, out, buf);
	else if (list)
		canon_put_strings(call, out, buf);
	else
		canon_put_string(call, out, buf->data.data, canon_string_length(buf));
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
		if (!canon_put_sockaddr(call, i, PART_CONTENT, out))
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
		canon_put_fd(call, out, (int)call->args[i]);
	else if (kind == ARG_PID)
		canon_put_pid(call, out, (int)call->args[i]);
	else if (kind == ARG_UID)
		text_printf(out, "%d", (int)call->args[i]);
	else if (kind == ARG_SIGNAL)
		put_signal(out, (int)call->args[i]);
	else if (kind == ARG_ADDRESS)
		canon_put_address(call, out, call->args[i]);
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

/*
 * The files and sockets that a program run by an exec is given. Not what this
 * one was given itself: that is where and by whom the run was started.
 */
static void put_kept(const struct canon_call *call, struct text *out)
{
	const char *separator = "keeps ";

	for (int64_t fd = 0; fd < process_fds_end(call->process); fd++) {
		const struct object *object = process_fd(call->process, fd);

		if (!object || process_is_cloexec(call->process, fd) ||
		    (object->kind != OBJECT_FILE && object->kind != OBJECT_SOCKET))
			continue;
		if (separator[0] == 'k')
			text_add_char(out, CANON_SEPARATOR);
		text_add(out, separator);
		text_add(out, object->name);
		separator = " ";
	}
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
	if (call->row->family == FAMILY_EXEC && canon_succeeded(call))
		put_kept(call, out);
}

/* Numbers that say how much there was to do just then. */
static bool is_count_of_the_moment(const struct canon_call *call)
{
	return canon_waits_for_events(call->row) || canon_asks_for_time(call) ||
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
		canon_put_fd(call, out, (int)result);
	} else if (call->row->result == RESULT_PID) {
		canon_put_pid(call, out, result);
	} else if (call->row->result == RESULT_ADDRESS) {
		canon_put_address(call, out, (uint64_t)result);
	} else if (call->row->result == RESULT_FD || is_count_of_the_moment(call)) {
		text_add(out, "ok");
	} else {
		text_printf(out, "%" PRId64, result);
	}
}
