/*
 * Shows a step as strace would: walks the row of the call, one small function
 * per kind of argument, and takes bytes only from the step's buffers. A buffer
 * that the trace does not hold leaves the raw pointer.
 */
#include "schema/syscall_decode.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "base/bytes.h"
#include "schema/syscall_args.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_names.h"
#include "schema/syscall_structs.h"

/* strace's default for -s */
#define STRING_BYTES_DEFAULT 32
/* strings of an argv and vectors of an iovec shown before "..." */
#define ELEMENTS_SHOWN 32

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct decoder {
	const struct trace_step *step;
	const struct syscall_row *row;
	const uint64_t *args;
	unsigned variant;
	size_t string_bytes;
	struct decode_text text;
};

static const struct trace_buf *buf_find(const struct decoder *d, unsigned arg, unsigned direction,
					unsigned part)
{
	for (size_t i = 0; i < d->step->n_bufs; i++) {
		const struct trace_buf *buf = &d->step->bufs[i];

		if (buf->arg == arg && buf->direction == direction && buf->part == part &&
		    buf->variants >> d->variant & 1)
			return buf;
	}
	return NULL;
}

/* The bytes of a buffer; data is never NULL in a view, and full_length never below length. */
static struct decode_view buf_view(const struct decoder *d, const struct trace_buf *buf)
{
	struct decode_view view = { .data = (const uint8_t *)"", .string_bytes = d->string_bytes };

	if (buf->data.data) {
		view.data = buf->data.data;
		view.length = buf->data.length;
	}
	view.full_length = buf->full_length > view.length ? buf->full_length : view.length;
	view.is_output = buf->direction == DIRECTION_OUT;
	return view;
}

/* Finds one part of an argument. False when the trace does not hold it. */
static bool view_find(const struct decoder *d, unsigned arg, unsigned direction, unsigned part,
		      struct decode_view *view)
{
	const struct trace_buf *buf = buf_find(d, arg, direction, part);

	if (!buf || !d->args[arg])
		return false;
	*view = buf_view(d, buf);
	return true;
}

static void put_pointer(struct decoder *d, unsigned i)
{
	decode_put_address(&d->text, d->args[i]);
}

static uint64_t value_of(const struct decoder *d, unsigned i)
{
	return arg_value(&d->row->args[i], d->args[i]);
}

/* Plain values */

static void put_signed(struct decoder *d, unsigned i)
{
	if (d->row->args[i].format == FORMAT_HEX && d->args[i])
		decode_putf(&d->text, "%#llx", (unsigned long long)value_of(d, i));
	else
		decode_putf(&d->text, "%lld", (long long)value_of(d, i));
}

static void put_unsigned(struct decoder *d, unsigned i)
{
	decode_putf(&d->text, "%llu", (unsigned long long)value_of(d, i));
}

static void put_clone_flags(struct decoder *d, uint64_t flags)
{
	uint64_t signo = flags & 0xff;

	if (flags & ~0xffull || !signo)
		decode_put_flags(&d->text, FORMAT_CLONE_FLAGS, flags & ~0xffull);
	if (flags & ~0xffull && signo)
		decode_put(&d->text, "|");
	if (signo)
		decode_put_signal(&d->text, (int)signo);
}

static void put_flags(struct decoder *d, unsigned i)
{
	enum arg_format format = d->row->args[i].format;
	uint64_t value = value_of(d, i);
	uint32_t domain = (uint32_t)d->args[0];

	if (format == FORMAT_CLONE_FLAGS && d->step->nr == __NR_clone)
		put_clone_flags(d, value);
	else if (format == FORMAT_SOCKET_PROTOCOL && domain != AF_INET && domain != AF_INET6)
		decode_putf(&d->text, "%llu", (unsigned long long)value);
	else
		decode_put_flags(&d->text, format, value);
}

static void put_mode(struct decoder *d, unsigned i)
{
	if (d->row->args[i].format == FORMAT_FILE_MODE)
		decode_put_file_mode(&d->text, (uint32_t)value_of(d, i));
	else
		decode_putf(&d->text, "%#03o", (unsigned)value_of(d, i));
}

static void put_dev(struct decoder *d, unsigned i)
{
	uint64_t device = value_of(d, i);

	if (device)
		decode_putf(&d->text, "makedev(%#x, %#x)", major(device), minor(device));
	else
		decode_put(&d->text, "0");
}

static void put_dirfd(struct decoder *d, unsigned i)
{
	if ((int64_t)value_of(d, i) == AT_FDCWD)
		decode_put(&d->text, "AT_FDCWD");
	else
		put_signed(d, i);
}

static void put_uid(struct decoder *d, unsigned i)
{
	if (value_of(d, i) == UINT32_MAX)
		decode_put(&d->text, "-1");
	else
		put_unsigned(d, i);
}

static void put_signal(struct decoder *d, unsigned i)
{
	decode_put_signal(&d->text, (int)value_of(d, i));
}

/* Buffers */

static void put_cstring(struct decoder *d, unsigned i, size_t limit)
{
	struct decode_view view;
	size_t length;

	if (!view_find(d, i, DIRECTION_IN, PART_CONTENT, &view)) {
		put_pointer(d, i);
		return;
	}
	length = strnlen((const char *)view.data, view.length);
	decode_put_quoted(&d->text, view.data, length,
			  length < view.length ? length : view.full_length, limit);
}

static void put_path(struct decoder *d, unsigned i)
{
	put_cstring(d, i, LIMIT_PATH_BYTES);
}

static void put_string(struct decoder *d, unsigned i)
{
	put_cstring(d, i, d->string_bytes);
}

static bool format_is_dirents(enum arg_format format)
{
	return format == FORMAT_DIRENT || format == FORMAT_DIRENT64;
}

/* A buffer by its format; without one, quoted. */
static void put_view(struct decoder *d, unsigned i, enum arg_format format,
		     const struct decode_view *view)
{
	if (format_is_dirents(format)) {
		put_pointer(d, i);
		decode_put(&d->text, " ");
	}
	if (format == FORMAT_NONE)
		decode_put_quoted(&d->text, view->data, view->length, view->full_length,
				  view->string_bytes);
	else if (!decode_put_struct(&d->text, format, view))
		put_pointer(d, i);
}

static void put_buffer(struct decoder *d, unsigned i, enum trace_direction direction,
		       enum arg_format format)
{
	struct decode_view view;

	if (view_find(d, i, direction, PART_CONTENT, &view))
		put_view(d, i, format, &view);
	else
		put_pointer(d, i);
}

static void put_in(struct decoder *d, unsigned i)
{
	put_buffer(d, i, DIRECTION_IN, d->row->args[i].format);
}

/* A read at the end of a file wrote nothing, and that is what is shown. */
static bool is_empty_output(const struct decoder *d, unsigned i)
{
	uint8_t format = d->row->args[i].format;

	if (format != FORMAT_NONE && format != FORMAT_BYTES && format != FORMAT_TEXT)
		return false;
	return d->args[i] && d->row->result == RESULT_LENGTH && !d->step->no_result &&
	       d->step->verdict != VERDICT_DIVERGED && d->step->result[d->variant] == 0;
}

static void put_out(struct decoder *d, unsigned i)
{
	if (is_empty_output(d, i))
		decode_put(&d->text, "\"\"");
	else
		put_buffer(d, i, DIRECTION_OUT, d->row->args[i].format);
}

static bool views_differ(const struct decode_view *a, const struct decode_view *b)
{
	return a->length != b->length || memcmp(a->data, b->data, a->length) != 0;
}

/* [128 => 16]: what went in, and what came out when that is something else. */
static void put_inout(struct decoder *d, unsigned i)
{
	struct decode_view in, out;

	put_in(d, i);
	if (d->row->family == FAMILY_POLL) /* put after the result */
		return;
	if (!view_find(d, i, DIRECTION_IN, PART_CONTENT, &in) ||
	    !view_find(d, i, DIRECTION_OUT, PART_CONTENT, &out) || !views_differ(&in, &out))
		return;
	decode_put(&d->text, " => ");
	put_view(d, i, d->row->args[i].format, &out);
}

static bool u32_find(const struct decoder *d, unsigned arg, unsigned direction, uint32_t *value)
{
	struct decode_view view;
	struct bytes cursor;

	if (!view_find(d, arg, direction, PART_CONTENT, &view))
		return false;
	cursor = bytes_make(view.data, view.length);
	*value = bytes_u32(&cursor);
	return !cursor.failed;
}

static void put_lenptr(struct decoder *d, unsigned i)
{
	uint32_t in, out;
	bool has_in = u32_find(d, i, DIRECTION_IN, &in);
	bool has_out = u32_find(d, i, DIRECTION_OUT, &out);

	if (has_in && has_out && in != out)
		decode_putf(&d->text, "[%u => %u]", in, out);
	else if (has_in || has_out)
		decode_putf(&d->text, "[%u]", has_in ? in : out);
	else
		put_pointer(d, i);
}

/* Vectors, messages and lists of strings */

/* Content cut into the lengths that the layout states: [{iov_base="ab", iov_len=2}, ...] */
static void put_vectors(struct decoder *d, const struct decode_view *content,
			const struct decode_view *layout)
{
	struct bytes lengths = bytes_make(layout->data, layout->length);
	struct bytes left = bytes_make(content->data, content->length);
	uint64_t full_left = content->full_length;
	const char *separator = "[";

	if (lengths.left < 8)
		decode_put(&d->text, "[");
	for (unsigned n = 0; n < ELEMENTS_SHOWN && lengths.left >= 8; n++) {
		uint64_t stated = bytes_u64(&lengths);
		uint64_t full = stated < full_left ? stated : full_left;
		size_t here = full < left.left ? (size_t)full : left.left;

		decode_putf(&d->text, "%s{iov_base=", separator);
		decode_put_quoted(&d->text, bytes_take(&left, here), here, full, d->string_bytes);
		decode_putf(&d->text, ", iov_len=%llu}", (unsigned long long)stated);
		full_left -= full;
		separator = ", ";
	}
	decode_put(&d->text, lengths.left >= 8 ? ", ...]" : "]");
}

/* The lengths are an input, whichever way the content goes. */
static bool put_vectors_of(struct decoder *d, unsigned i, enum trace_direction direction)
{
	struct decode_view content, layout;

	if (!view_find(d, i, DIRECTION_IN, PART_LAYOUT, &layout) ||
	    !view_find(d, i, direction, PART_CONTENT, &content))
		return false;
	put_vectors(d, &content, &layout);
	return true;
}

static void put_iovec_in(struct decoder *d, unsigned i)
{
	if (!put_vectors_of(d, i, DIRECTION_IN))
		put_pointer(d, i);
}

static void put_iovec_out(struct decoder *d, unsigned i)
{
	if (!put_vectors_of(d, i, DIRECTION_OUT))
		put_pointer(d, i);
}

static void put_message(struct decoder *d, unsigned i, enum trace_direction direction)
{
	struct decode_view view;

	if (!buf_find(d, i, direction, PART_CONTENT)) {
		put_pointer(d, i);
		return;
	}
	decode_put(&d->text, "{msg_name=");
	if (!view_find(d, i, direction, PART_NAME, &view) ||
	    !decode_put_struct(&d->text, FORMAT_SOCKADDR, &view))
		decode_put(&d->text, "NULL");
	decode_put(&d->text, ", msg_iov=");
	if (!put_vectors_of(d, i, direction))
		put_buffer(d, i, direction, FORMAT_NONE);
	if (view_find(d, i, direction, PART_CONTROL, &view) && view.full_length) {
		decode_put(&d->text, ", msg_control=");
		decode_put_quoted(&d->text, view.data, view.length, view.full_length,
				  d->string_bytes);
	}
	decode_put(&d->text, "}");
}

static void put_msghdr_in(struct decoder *d, unsigned i)
{
	put_message(d, i, DIRECTION_IN);
}

static void put_msghdr_out(struct decoder *d, unsigned i)
{
	put_message(d, i, DIRECTION_OUT);
}

static size_t strings_count(const struct decode_view *view)
{
	size_t count = 0;

	for (size_t at = 0; at < view->length; at++)
		count += !view->data[at];
	return count;
}

static void put_string_list(struct decoder *d, const struct decode_view *view)
{
	struct bytes left = bytes_make(view->data, view->length);
	const char *separator = "";
	bool all = view->length == view->full_length;

	decode_put(&d->text, "[");
	for (unsigned n = 0; n < ELEMENTS_SHOWN && left.left; n++) {
		size_t length = strnlen((const char *)left.at, left.left);
		bool whole = length < left.left;
		const uint8_t *string = bytes_take(&left, length + whole);

		decode_put(&d->text, separator);
		decode_put_quoted(&d->text, string, length, whole || all ? length : length + 1,
				  d->string_bytes);
		separator = ", ";
	}
	decode_put(&d->text, left.left || !all ? ", ...]" : "]");
}

/* The first list is argv, a second one the environment, which strace counts. */
static void put_strings(struct decoder *d, unsigned i)
{
	bool is_environment = i > 0 && d->row->args[i - 1].kind == ARG_STRINGS;
	struct decode_view view;

	if (!view_find(d, i, DIRECTION_IN, PART_CONTENT, &view)) {
		put_pointer(d, i);
	} else if (is_environment) {
		put_pointer(d, i);
		decode_putf(&d->text, " /* %s%zu vars */",
			    view.full_length > view.length ? "at least " : "",
			    strings_count(&view));
	} else {
		put_string_list(d, &view);
	}
}

/* Irregular arguments: their meaning hangs on a command in another argument. */

enum irregular_style {
	STYLE_INT,
	STYLE_FLAGS,
	STYLE_FD_FLAGS,
	STYLE_SIGNAL,
	STYLE_BUFFER,
	STYLE_NAME
};

static const struct irregular {
	int16_t nr;
	uint8_t arg;
	uint8_t command_arg;
	uint32_t command;
	uint8_t style;
	uint8_t format;
} irregulars[] = {
	{ __NR_fcntl, 2, 1, F_DUPFD, STYLE_INT, 0 },
	{ __NR_fcntl, 2, 1, F_DUPFD_CLOEXEC, STYLE_INT, 0 },
	{ __NR_fcntl, 2, 1, F_SETFD, STYLE_FD_FLAGS, 0 },
	{ __NR_fcntl, 2, 1, F_SETFL, STYLE_FLAGS, FORMAT_OPEN_FLAGS },
	{ __NR_fcntl, 2, 1, F_GETLK, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_SETLK, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_SETLKW, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_OFD_GETLK, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_OFD_SETLK, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_OFD_SETLKW, STYLE_BUFFER, FORMAT_FLOCK },
	{ __NR_fcntl, 2, 1, F_SETOWN, STYLE_INT, 0 },
	{ __NR_fcntl, 2, 1, F_SETSIG, STYLE_SIGNAL, 0 },
	{ __NR_fcntl, 2, 1, F_SETPIPE_SZ, STYLE_INT, 0 },
	{ __NR_ioctl, 2, 1, TCGETS, STYLE_BUFFER, FORMAT_TERMIOS },
	{ __NR_ioctl, 2, 1, TCSETS, STYLE_BUFFER, FORMAT_TERMIOS },
	{ __NR_ioctl, 2, 1, TCSETSW, STYLE_BUFFER, FORMAT_TERMIOS },
	{ __NR_ioctl, 2, 1, TCSETSF, STYLE_BUFFER, FORMAT_TERMIOS },
	{ __NR_ioctl, 2, 1, TIOCGWINSZ, STYLE_BUFFER, FORMAT_WINSIZE },
	{ __NR_ioctl, 2, 1, TIOCSWINSZ, STYLE_BUFFER, FORMAT_WINSIZE },
	{ __NR_ioctl, 2, 1, TIOCGPGRP, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, TIOCSPGRP, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, TIOCGSID, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, TIOCOUTQ, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, TIOCGPTN, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, TIOCSPTLCK, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, FIONREAD, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, FIONBIO, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_ioctl, 2, 1, FIOASYNC, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_prctl, 1, 0, PR_SET_NAME, STYLE_NAME, 0 },
	{ __NR_prctl, 1, 0, PR_GET_NAME, STYLE_NAME, 0 },
	{ __NR_prctl, 1, 0, PR_SET_PDEATHSIG, STYLE_SIGNAL, 0 },
	{ __NR_prctl, 1, 0, PR_GET_PDEATHSIG, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_prctl, 1, 0, PR_SET_DUMPABLE, STYLE_INT, 0 },
	{ __NR_prctl, 1, 0, PR_GET_CHILD_SUBREAPER, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_prctl, 1, 0, PR_GET_TSC, STYLE_BUFFER, FORMAT_INT32 },
	{ __NR_arch_prctl, 1, 0, 0x1003 /* ARCH_GET_FS */, STYLE_BUFFER, FORMAT_ROBUST_LIST },
	{ __NR_arch_prctl, 1, 0, 0x1004 /* ARCH_GET_GS */, STYLE_BUFFER, FORMAT_ROBUST_LIST },
	{ __NR_futex, 3, 1, FUTEX_WAIT, STYLE_BUFFER, FORMAT_TIMESPEC },
	{ __NR_futex, 3, 1, FUTEX_WAIT_BITSET, STYLE_BUFFER, FORMAT_TIMESPEC },
	{ __NR_futex, 3, 1, FUTEX_LOCK_PI, STYLE_BUFFER, FORMAT_TIMESPEC },
	{ __NR_futex, 3, 1, FUTEX_LOCK_PI2, STYLE_BUFFER, FORMAT_TIMESPEC },
	{ __NR_futex, 3, 1, FUTEX_WAIT_REQUEUE_PI, STYLE_BUFFER, FORMAT_TIMESPEC },
};

static const struct irregular *irregular_find(const struct decoder *d, unsigned arg)
{
	uint32_t mask = d->step->nr == __NR_futex ? FUTEX_CMD_MASK : UINT32_MAX;

	for (size_t i = 0; i < COUNT(irregulars); i++) {
		const struct irregular *x = &irregulars[i];

		if (x->nr == d->step->nr && x->arg == arg &&
		    ((uint32_t)d->args[x->command_arg] & mask) == x->command)
			return x;
	}
	return NULL;
}

/* Whichever direction the trace has bytes for: what came out tells more. */
static void put_any_buffer(struct decoder *d, unsigned i, enum arg_format format)
{
	if (buf_find(d, i, DIRECTION_OUT, PART_CONTENT))
		put_buffer(d, i, DIRECTION_OUT, format);
	else if (buf_find(d, i, DIRECTION_IN, PART_CONTENT))
		put_buffer(d, i, DIRECTION_IN, format);
	else if (format != FORMAT_NONE)
		put_pointer(d, i);
	else
		decode_putf(&d->text, "%#llx", (unsigned long long)d->args[i]);
}

/* A name of at most 16 bytes (prctl(2)), up to its NUL. */
static void put_name(struct decoder *d, unsigned i)
{
	struct decode_view view;
	size_t length;

	if (!view_find(d, i, DIRECTION_IN, PART_CONTENT, &view) &&
	    !view_find(d, i, DIRECTION_OUT, PART_CONTENT, &view)) {
		put_pointer(d, i);
		return;
	}
	length = strnlen((const char *)view.data, view.length);
	decode_put_quoted(&d->text, view.data, length, length, d->string_bytes);
}

static void put_irregular(struct decoder *d, unsigned i)
{
	const struct irregular *x = irregular_find(d, i);

	if (!x) {
		put_any_buffer(d, i, FORMAT_NONE);
		return;
	}
	switch ((enum irregular_style)x->style) {
	case STYLE_INT: decode_putf(&d->text, "%d", (int)d->args[i]); break;
	case STYLE_FLAGS: decode_put_flags(&d->text, x->format, (uint32_t)d->args[i]); break;
	case STYLE_FD_FLAGS: decode_put_flag_set(&d->text, FLAGS_FD, (uint32_t)d->args[i]); break;
	case STYLE_SIGNAL: decode_put_signal(&d->text, (int)d->args[i]); break;
	case STYLE_BUFFER: put_any_buffer(d, i, x->format); break;
	case STYLE_NAME: put_name(d, i); break;
	}
}

static void (*const kind_put[ARG_KIND_COUNT])(struct decoder *d, unsigned i) = {
	[ARG_UNUSED] = put_pointer,
	[ARG_INT] = put_signed,
	[ARG_UINT] = put_unsigned,
	[ARG_LONG] = put_signed,
	[ARG_SIZE] = put_unsigned,
	[ARG_OFFSET] = put_signed,
	[ARG_FLAGS] = put_flags,
	[ARG_FLAGS64] = put_flags,
	[ARG_MODE] = put_mode,
	[ARG_DEV] = put_dev,
	[ARG_FD] = put_signed,
	[ARG_DIRFD] = put_dirfd,
	[ARG_PID] = put_signed,
	[ARG_UID] = put_uid,
	[ARG_SIGNAL] = put_signal,
	[ARG_ADDRESS] = put_pointer,
	[ARG_PATH] = put_path,
	[ARG_STRING] = put_string,
	[ARG_STRINGS] = put_strings,
	[ARG_IN] = put_in,
	[ARG_IOVEC_IN] = put_iovec_in,
	[ARG_MSGHDR_IN] = put_msghdr_in,
	[ARG_MMSGHDR_IN] = put_pointer,
	[ARG_SOCKADDR_IN] = put_in,
	[ARG_OUT] = put_out,
	[ARG_IOVEC_OUT] = put_iovec_out,
	[ARG_MSGHDR_OUT] = put_msghdr_out,
	[ARG_MMSGHDR_OUT] = put_pointer,
	[ARG_SOCKADDR_OUT] = put_out,
	[ARG_LENPTR] = put_lenptr,
	[ARG_INOUT] = put_inout,
	[ARG_IRREGULAR] = put_irregular,
};

/* What comes after the closing parenthesis */

/* Texts that strace shows for the kernel's own codes. */
static const char *error_text(int number)
{
	switch (number) {
	case 512: return "To be restarted if SA_RESTART is set";
	case 513: return "To be restarted";
	case 514: return "To be restarted if no handler";
	case 516: return "Interrupted by signal";
	default: return strerrordesc_np(number);
	}
}

static void put_error(struct decoder *d, int number)
{
	const char *name = errno_name_find(number);
	const char *text = error_text(number);

	if (!name)
		decode_putf(&d->text, "-1 (errno %d)", number);
	else
		decode_putf(&d->text, "%s %s (%s)", number >= 512 ? "?" : "-1", name,
			    text ? text : "unknown error");
}

/* Only those that something happened on; strace shows no others. */
static void put_ready_pollfds(struct decoder *d, struct decode_view view)
{
	uint8_t ready[ELEMENTS_SHOWN * 8];
	size_t length = 0;

	for (size_t at = 0; at + 8 <= view.length && length < sizeof(ready); at += 8) {
		if (!view.data[at + 6] && !view.data[at + 7])
			continue;
		memcpy(ready + length, view.data + at, 8);
		length += 8;
	}
	view.data = ready;
	view.length = view.full_length = length;
	decode_put_struct(&d->text, FORMAT_POLLFD, &view);
}

static void put_poll_outcome(struct decoder *d)
{
	static const char *const set_names[SYSCALL_ARGS] = { "",        "in ",   "out ",
							     "except ", "left ", "" };
	const char *separator = " (";
	struct decode_view view;

	for (unsigned i = 0; i < d->row->argc; i++) {
		enum arg_format format = d->row->args[i].format;
		bool is_time = format == FORMAT_TIMESPEC || format == FORMAT_TIMEVAL;

		if (!view_find(d, i, DIRECTION_OUT, PART_CONTENT, &view))
			continue;
		decode_put(&d->text, separator);
		decode_put(&d->text, is_time ? "left " : set_names[i]);
		if (format == FORMAT_POLLFD)
			put_ready_pollfds(d, view);
		else
			decode_put_struct(&d->text, format, &view);
		separator = ", ";
	}
	if (*separator == ',')
		decode_put(&d->text, ")");
}

static void put_fcntl_result(struct decoder *d, int64_t result)
{
	uint32_t command = (uint32_t)d->args[1];

	if (!result || (command != F_GETFD && command != F_GETFL)) {
		decode_putf(&d->text, "%lld", (long long)result);
		return;
	}
	decode_putf(&d->text, "%#llx (flags ", (unsigned long long)result);
	if (command == F_GETFD)
		decode_put_flag_set(&d->text, FLAGS_FD, (uint64_t)result);
	else
		decode_put_flags(&d->text, FORMAT_OPEN_FLAGS, (uint64_t)result);
	decode_put(&d->text, ")");
}

static void put_success(struct decoder *d, int64_t result)
{
	if (d->row->result == RESULT_ADDRESS)
		decode_putf(&d->text, "%#llx", (unsigned long long)result);
	else if (d->step->nr == __NR_umask)
		decode_putf(&d->text, "%#03llo", (unsigned long long)result);
	else if (d->step->nr == __NR_fcntl)
		put_fcntl_result(d, result);
	else
		decode_putf(&d->text, "%lld", (long long)result);
	if (d->row->family == FAMILY_POLL && result > 0)
		put_poll_outcome(d);
	else if (d->row->family == FAMILY_POLL)
		decode_put(&d->text, " (Timeout)");
}

static void put_result(struct decoder *d)
{
	int64_t result = d->step->result[d->variant];

	decode_put(&d->text, " = ");
	if (d->step->no_result)
		decode_put(&d->text, "?");
	else if (result_is_error(result))
		put_error(d, (int)-result);
	else
		put_success(d, result);
}

/* Which arguments to show; strace shows those of an anonymous mmap, though they mean nothing. */
static unsigned shown_mask(const struct decoder *d)
{
	/* One in the middle that is left out would make the others look like what they are not. */
	switch (d->step->nr) {
	case __NR_mmap:
	case __NR_setsockopt:
	case __NR_syslog:
	case __NR_modify_ldt: return (1u << d->row->argc) - 1;
	}
	return arg_used_mask(d->step->nr, d->args);
}

/* clone's arguments are named, because most may be absent. */
static const char *arg_label(const struct decoder *d, unsigned i)
{
	static const char *const labels[SYSCALL_ARGS] = {
		"flags=", "child_stack=", "parent_tidptr=", "child_tidptr=", "tls=", "",
	};

	return d->step->nr == __NR_clone ? labels[i] : "";
}

static void put_call(struct decoder *d)
{
	unsigned mask = shown_mask(d);
	const char *separator = "";

	decode_putf(&d->text, "%s(", d->row->name);
	for (unsigned i = 0; i < d->row->argc; i++) {
		if (!(mask >> i & 1))
			continue;
		decode_putf(&d->text, "%s%s", separator, arg_label(d, i));
		kind_put[d->row->args[i].kind](d, i);
		separator = ", ";
	}
	decode_put(&d->text, ")");
}

/* A number without a row: raw registers. */
static void put_unknown_call(struct decoder *d)
{
	decode_putf(&d->text, "syscall_%d(", d->step->nr);
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		decode_putf(&d->text, "%s%#llx", i ? ", " : "", (unsigned long long)d->args[i]);
	decode_put(&d->text, ")");
}

size_t syscall_decode(const struct trace_step *step, unsigned variant,
		      const struct decode_options *options, char *text, size_t capacity)
{
	static const struct syscall_row unknown_row = { .result = RESULT_PLAIN };
	struct decoder d = { .step = step,
			     .variant = variant,
			     .text = decode_text_make(text, capacity) };

	if (variant >= LIMIT_VARIANTS)
		return 0;
	d.args = step->args[variant];
	d.string_bytes = options && options->string_bytes ? options->string_bytes :
							    STRING_BYTES_DEFAULT;
	d.row = syscall_row_find(step->nr);
	if (d.row) {
		put_call(&d);
	} else {
		d.row = &unknown_row;
		put_unknown_call(&d);
	}
	if (!options || !options->no_result)
		put_result(&d);
	return decode_text_finish(&d.text);
}

size_t decode_quoted(const void *data, size_t length, size_t full_length, size_t limit, char *text,
		     size_t capacity)
{
	struct decode_text t = decode_text_make(text, capacity);

	decode_put_quoted(&t, data, length, full_length, limit);
	return decode_text_finish(&t);
}
