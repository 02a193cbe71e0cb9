/*
 * Shows a step as strace would: walks the row of the call, one small function
 * per kind of argument, and takes bytes only from the step's buffers. A buffer
 * that the trace does not hold leaves the raw pointer.
 */
#include "schema/syscall_decode.h"

#include <asm/ioctl.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "base/bytes.h"
#include "schema/syscall_args.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_irregular.h"
#include "schema/syscall_names.h"
#include "schema/syscall_sockets.h"
#include "schema/syscall_structs.h"

/* strace's default for -s */
#define STRING_BYTES_DEFAULT 32
/* strings of an argv and vectors of an iovec shown before "..." */
#define ELEMENTS_SHOWN 32

/* of a task's name, its NUL included */
#define TASK_NAME_BYTES 16

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
		decode_put_hexadecimal(&d->text, value_of(d, i));
	else
		decode_put_signed(&d->text, value_of(d, i));
}

static void put_unsigned(struct decoder *d, unsigned i)
{
	decode_put_unsigned(&d->text, value_of(d, i));
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

/* A request by its parts, as drivers make them (ioctl(2), asm-generic/ioctl.h). */
static void put_ioctl_number(struct decoder *d, uint32_t request)
{
	static const char *const directions[] = { "_IOC_NONE", "_IOC_WRITE", "_IOC_READ",
						  "_IOC_READ|_IOC_WRITE" };

	decode_putf(&d->text, "_IOC(%s, %#x, %#x, %#x)", directions[_IOC_DIR(request)],
		    _IOC_TYPE(request), _IOC_NR(request), _IOC_SIZE(request));
}

static void put_flags(struct decoder *d, unsigned i)
{
	enum arg_format format = d->row->args[i].format;
	uint64_t value = value_of(d, i);

	if (format == FORMAT_CLONE_FLAGS && d->step->nr == __NR_clone)
		put_clone_flags(d, value);
	else if (format == FORMAT_SOCKET_PROTOCOL)
		decode_put_socket_protocol(&d->text, (int)d->args[0], (uint32_t)value);
	else if (format == FORMAT_SOCKET_OPTION)
		decode_put_socket_option(&d->text, (int)d->args[1], (int)value);
	else if (format == FORMAT_IOCTL_CMD && !decode_value_name_find(format, value))
		put_ioctl_number(d, (uint32_t)value);
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
	else if (format == FORMAT_SOCKOPT)
		decode_put_socket_value(&d->text, (int)d->args[1], (int)d->args[2], view);
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

static const struct decode_view empty_view = { .data = (const uint8_t *)"" };
static const struct decode_view nothing_read = { .data = (const uint8_t *)"", .is_output = true };

/* pselect6's pair with the mask itself; false when the trace does not hold both. */
static bool put_sigmask_arg(struct decoder *d, unsigned i)
{
	struct decode_view mask, pair;
	uint64_t size;

	if (d->row->args[i].format != FORMAT_SIGMASK_ARG ||
	    !view_find(d, i, DIRECTION_IN, PART_LAYOUT, &mask) || !mask.length ||
	    !view_find(d, i, DIRECTION_IN, PART_CONTENT, &pair) || pair.length < 2 * sizeof(size))
		return false;
	memcpy(&size, pair.data + sizeof(size), sizeof(size));
	decode_put(&d->text, "{sigmask=");
	put_view(d, i, FORMAT_SIGSET, &mask);
	decode_put(&d->text, ", sigsetsize=");
	decode_put_unsigned(&d->text, size);
	decode_put(&d->text, "}");
	return true;
}

/* What has no length has no buffer, and is shown as "" or [] all the same. */
static void put_in(struct decoder *d, unsigned i)
{
	enum arg_format format = d->row->args[i].format;

	if (d->args[i] && arg_input_bytes(d->row, i, d->args) == 0)
		put_view(d, i, format, &empty_view);
	else if (!put_sigmask_arg(d, i))
		put_buffer(d, i, DIRECTION_IN, format);
}

static bool has_result(const struct decoder *d)
{
	return !d->step->no_result && d->step->verdict != VERDICT_DIVERGED;
}

/* A read at the end of a file wrote nothing; one that gave no room asked for the size only. */
static bool is_empty_output(const struct decoder *d, unsigned i)
{
	const struct syscall_arg *spec = &d->row->args[i];
	int room = arg_length_index(spec);

	if (room < 0 || (d->row->result != RESULT_LENGTH && d->row->result != RESULT_COUNT))
		return false;
	if (d->row->family == FAMILY_STAT && !d->args[room])
		return false;
	return d->args[i] && has_result(d) && d->step->result[d->variant] == 0;
}

static void put_out(struct decoder *d, unsigned i)
{
	const struct syscall_arg *spec = &d->row->args[i];
	bool failed = has_result(d) && result_is_error(d->step->result[d->variant]);

	if (is_empty_output(d, i))
		put_view(d, i, spec->format, &nothing_read);
	else if (failed && spec->kind == ARG_OUT && spec->when == WHEN_ALWAYS)
		put_pointer(d, i);
	else
		put_buffer(d, i, DIRECTION_OUT, spec->format);
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
		decode_putf(&d->text, "[%d => %d]", (int)in, (int)out);
	else if (has_in || has_out)
		decode_putf(&d->text, "[%d]", (int)(has_in ? in : out));
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

/* A name of no length has left no bytes, and then there may have been no name. */
static void put_message_name(struct decoder *d, const struct decode_view *name, uint64_t length)
{
	decode_put(&d->text, "msg_name=");
	if (!length || !decode_put_struct(&d->text, FORMAT_SOCKADDR, name))
		decode_put(&d->text, "NULL");
	decode_putf(&d->text, ", msg_namelen=%llu, msg_iov=", (unsigned long long)length);
}

static void put_message_control(struct decoder *d, const struct decode_view *control,
				uint64_t length)
{
	if (length) {
		decode_put(&d->text, ", msg_control=");
		decode_put_control(&d->text, control);
	}
	decode_putf(&d->text, ", msg_controllen=%llu", (unsigned long long)length);
}

/* The part of an argument, or nothing. */
static struct decode_view part_view(const struct decoder *d, unsigned i, unsigned direction,
				    unsigned part)
{
	struct decode_view view;

	return view_find(d, i, direction, part, &view) ? view : empty_view;
}

/* The numbers that recvmsg wrote into the header; false for a message that is sent. */
static bool message_scalars(const struct decoder *d, unsigned i, uint64_t scalars[MESSAGE_SCALARS])
{
	struct decode_view view = part_view(d, i, DIRECTION_OUT, PART_LAYOUT);
	struct bytes cursor = bytes_make(view.data, view.length);

	for (unsigned n = 0; n < MESSAGE_SCALARS; n++)
		scalars[n] = bytes_u64(&cursor);
	return !cursor.failed;
}

static void put_message(struct decoder *d, unsigned i, enum trace_direction direction)
{
	struct decode_view name = part_view(d, i, direction, PART_NAME);
	struct decode_view control = part_view(d, i, direction, PART_CONTROL);
	struct decode_view layout;
	uint64_t scalars[MESSAGE_SCALARS];
	bool received = message_scalars(d, i, scalars);

	if (!buf_find(d, i, direction, PART_CONTENT)) {
		put_pointer(d, i);
		return;
	}
	decode_put(&d->text, "{");
	put_message_name(d, &name, received ? scalars[MESSAGE_NAME_LENGTH] : name.full_length);
	if (!put_vectors_of(d, i, direction))
		put_buffer(d, i, direction, FORMAT_NONE);
	if (view_find(d, i, DIRECTION_IN, PART_LAYOUT, &layout))
		decode_putf(&d->text, ", msg_iovlen=%llu",
			    (unsigned long long)(layout.full_length / sizeof(uint64_t)));
	put_message_control(d, &control,
			    received ? scalars[MESSAGE_CONTROL_LENGTH] : control.full_length);
	if (received) {
		decode_put(&d->text, ", msg_flags=");
		decode_put_flags(&d->text, FORMAT_MSG_FLAGS, scalars[MESSAGE_FLAGS]);
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

/* Takes `length` bytes off the front of a view. */
static struct decode_view view_take(struct decode_view *from, uint64_t length)
{
	struct decode_view taken = *from;
	size_t here;

	taken.full_length = length < from->full_length ? length : from->full_length;
	here = taken.full_length < from->length ? (size_t)taken.full_length : from->length;
	taken.length = here;
	from->data += here;
	from->length -= here;
	from->full_length -= taken.full_length;
	return taken;
}

/* Many messages: the scalars of each in one layout, their parts one behind the other. */
static void put_messages(struct decoder *d, unsigned i, enum trace_direction direction)
{
	struct decode_view name = part_view(d, i, direction, PART_NAME);
	struct decode_view control = part_view(d, i, direction, PART_CONTROL);
	struct decode_view content = part_view(d, i, direction, PART_CONTENT);
	struct decode_view layout = part_view(d, i, direction, PART_LAYOUT);
	/* of those sent: how much of each went out, for as many as did */
	struct decode_view sent = part_view(d, i, DIRECTION_OUT, PART_CONTENT);
	struct bytes scalars = bytes_make(layout.data, layout.length);
	size_t each = direction == DIRECTION_IN ? MESSAGES_SENT_SCALARS : MESSAGES_RECEIVED_SCALARS;
	const char *separator = "[";

	if (layout.length < each * sizeof(uint64_t)) {
		put_pointer(d, i);
		return;
	}
	for (unsigned n = 0; n < ELEMENTS_SHOWN && scalars.left >= each * sizeof(uint64_t); n++) {
		uint64_t of[MESSAGES_RECEIVED_SCALARS] = { 0 };
		struct decode_view part;

		for (size_t k = 0; k < each; k++)
			of[k] = bytes_u64(&scalars);
		decode_putf(&d->text, "%s{msg_hdr={", separator);
		part = view_take(&name, of[MESSAGES_NAME]);
		put_message_name(d, &part, of[MESSAGES_NAME]);
		part = view_take(&content, of[MESSAGES_CONTENT]);
		decode_put(&d->text, "[{iov_base=");
		put_view(d, i, FORMAT_NONE, &part);
		decode_putf(&d->text, ", iov_len=%llu}]", (unsigned long long)of[MESSAGES_CONTENT]);
		part = view_take(&control, of[MESSAGES_CONTROL]);
		put_message_control(d, &part, of[MESSAGES_CONTROL]);
		if (direction == DIRECTION_OUT) {
			decode_put(&d->text, ", msg_flags=");
			decode_put_flags(&d->text, FORMAT_MSG_FLAGS, of[MESSAGES_FLAGS]);
			decode_putf(&d->text, "}, msg_len=%llu}",
				    (unsigned long long)of[MESSAGES_LENGTH]);
		} else {
			decode_put(&d->text, "}");
			if (n < sent.length / sizeof(uint32_t))
				decode_putf(&d->text, ", msg_len=%u",
					    (unsigned)decode_load(sent.data + 4 * n, 4));
			decode_put(&d->text, "}");
		}
		separator = ", ";
	}
	decode_put(&d->text, scalars.left ? ", ...]" : "]");
}

static void put_mmsghdr_in(struct decoder *d, unsigned i)
{
	put_messages(d, i, DIRECTION_IN);
}

static void put_mmsghdr_out(struct decoder *d, unsigned i)
{
	put_messages(d, i, DIRECTION_OUT);
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
		decode_putf(&d->text, " /* %s%zu var%s */",
			    view.full_length > view.length ? "at least " : "", strings_count(&view),
			    strings_count(&view) == 1 ? "" : "s");
	} else {
		put_string_list(d, &view);
	}
}

/* Irregular arguments: their meaning hangs on a command in another argument. */

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
		decode_put_hexadecimal(&d->text, d->args[i]);
}

/* A name of at most 16 bytes with its NUL, behind which nothing counts (prctl(2)). */
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
	decode_put_quoted(&d->text, view.data, length, length, TASK_NAME_BYTES - 1);
}

static void put_ifreq(struct decoder *d, unsigned i)
{
	struct decode_view view;

	if (view_find(d, i, DIRECTION_OUT, PART_CONTENT, &view) ||
	    view_find(d, i, DIRECTION_IN, PART_CONTENT, &view))
		decode_put_interface(&d->text, (uint32_t)d->args[1], &view);
	else
		put_pointer(d, i);
}

static void put_irregular(struct decoder *d, unsigned i)
{
	const struct irregular *x = irregular_find(d->step->nr, i, d->args);

	if (!x) {
		put_any_buffer(d, i, FORMAT_NONE);
		return;
	}
	switch ((enum irregular_style)x->style) {
	case IRREGULAR_ABSENT:
	case IRREGULAR_POINTER: put_pointer(d, i); break;
	case IRREGULAR_INT: decode_put_signed(&d->text, (int)d->args[i]); break;
	case IRREGULAR_UINT: decode_putf(&d->text, "%u", (unsigned)d->args[i]); break;
	case IRREGULAR_FLAGS: decode_put_flags(&d->text, x->detail, (uint32_t)d->args[i]); break;
	case IRREGULAR_SET: decode_put_flag_set(&d->text, x->detail, (uint32_t)d->args[i]); break;
	case IRREGULAR_SIGNAL: decode_put_signal(&d->text, (int)d->args[i]); break;
	case IRREGULAR_BUFFER: put_any_buffer(d, i, x->detail); break;
	case IRREGULAR_NAME: put_name(d, i); break;
	case IRREGULAR_IFREQ: put_ifreq(d, i); break;
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
	[ARG_MMSGHDR_IN] = put_mmsghdr_in,
	[ARG_SOCKADDR_IN] = put_in,
	[ARG_OUT] = put_out,
	[ARG_IOVEC_OUT] = put_iovec_out,
	[ARG_MSGHDR_OUT] = put_msghdr_out,
	[ARG_MMSGHDR_OUT] = put_mmsghdr_out,
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

static void put_outcome(struct decoder *d, const struct outcome *x, int64_t result)
{
	decode_putf(&d->text, x->is_hex ? "%#llx" : "%lld", (long long)result);
	if (!result && x->zero_is_bare)
		return;
	decode_putf(&d->text, " (%s", x->label);
	switch ((enum outcome_style)x->style) {
	case OUTCOME_SIGNAL: decode_put_signal(&d->text, (int)result); break;
	case OUTCOME_FLAGS: decode_put_flags(&d->text, x->detail, (uint64_t)result); break;
	case OUTCOME_SET: decode_put_flag_set(&d->text, x->detail, (uint64_t)result); break;
	}
	decode_put(&d->text, ")");
}

static void put_success(struct decoder *d, int64_t result)
{
	const struct outcome *outcome = outcome_find(d->step->nr, d->args);

	if (d->row->result == RESULT_ADDRESS)
		decode_put_hexadecimal(&d->text, result);
	else if (d->step->nr == __NR_umask)
		decode_putf(&d->text, "%#03llo", (unsigned long long)result);
	else if (outcome)
		put_outcome(d, outcome, result);
	else
		decode_put_signed(&d->text, result);
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

/* Which arguments to show; strace shows some that mean nothing. */
static unsigned shown_mask(const struct decoder *d)
{
	unsigned mask = arg_used_mask(d->step->nr, d->args);

	/* One in the middle that is left out would make the others look like what they are not. */
	switch (d->step->nr) {
	case __NR_epoll_ctl:
	case __NR_mmap:
	case __NR_setsockopt:
	case __NR_syslog:
	case __NR_modify_ldt: return (1u << d->row->argc) - 1;
	}
	for (unsigned i = 0; i < d->row->argc; i++) {
		const struct irregular *x = irregular_find(d->step->nr, i, d->args);

		if (x && x->style == IRREGULAR_ABSENT)
			mask &= ~(1u << i);
	}
	return mask;
}

/* clone's arguments are named, because most may be absent, and come in strace's order. */
static const char *const clone_labels[SYSCALL_ARGS] = {
	"flags=", "child_stack=", "parent_tid=", "child_tidptr=", "tls=", "",
};
static const uint8_t clone_order[SYSCALL_ARGS] = { 1, 0, 2, 4, 3, 5 };

static void put_call(struct decoder *d)
{
	bool is_clone = d->step->nr == __NR_clone;
	unsigned mask = shown_mask(d);
	const char *separator = "";

	decode_put(&d->text, d->row->name);
	decode_put(&d->text, "(");
	for (unsigned n = 0; n < d->row->argc; n++) {
		unsigned i = is_clone ? clone_order[n] : n;

		if (!(mask >> i & 1))
			continue;
		decode_put(&d->text, separator);
		decode_put(&d->text, is_clone ? clone_labels[i] : "");
		if (is_clone && i == 2)
			put_any_buffer(d, i, FORMAT_INT32);
		else
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
