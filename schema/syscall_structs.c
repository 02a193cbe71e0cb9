/*
 * Shows structures: a table of fields for those that are plain lists of
 * fields, a small function for those that are not. Offsets are those of the
 * kernel's headers for x86-64.
 */
#include "schema/syscall_structs.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_names.h"

/* Elements of an array shown before "...". */
#define ELEMENTS_SHOWN 32
/* The longest structure in the table: struct statx. */
#define STRUCTURE_BYTES 256

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fields */

enum field_type {
	TYPE_I16 = 1,
	TYPE_U16,
	TYPE_I32,
	TYPE_U32,
	TYPE_I64,
	TYPE_U64,
	TYPE_HEX32,
	TYPE_HEX64,
	TYPE_MODE32,
	TYPE_MODE16,
	TYPE_OCTAL64,
	TYPE_ADDRESS,
	TYPE_HANDLER,
	TYPE_RLIMIT,
	TYPE_SIGSET,
	TYPE_SIGNAL64,
	TYPE_TIMESPEC,
	TYPE_TIMEVAL,
	TYPE_TEXT65,
	TYPE_FLAGS16,
	TYPE_FLAGS32,
	TYPE_FLAGS64,
	TYPE_FORMAT16,
	TYPE_FORMAT32,
	TYPE_FORMAT64,
	TYPE_EPOLL_DATA,
	TYPE_COUNT
};

enum field_shown { SHOWN = 0, SHOWN_UNLESS_ZERO, SHOWN_IN, SHOWN_OUT };

struct field {
	const char *name;
	uint16_t offset;
	uint8_t type;
	uint8_t detail; /* enum flag_set or enum arg_format */
	uint8_t shown;  /* enum field_shown */
};

/* Unsigned little-endian integer of `bytes` bytes at an offset the caller knows to be inside. */
static uint64_t read_unsigned(const uint8_t *at, size_t bytes)
{
	struct bytes cursor = bytes_make(at, bytes);
	uint64_t value = 0;

	bytes_copy(&cursor, &value, bytes);
	return value;
}

static const uint8_t type_bytes[TYPE_COUNT] = {
	[TYPE_I16] = 2,       [TYPE_U16] = 2,        [TYPE_I32] = 4,      [TYPE_U32] = 4,
	[TYPE_I64] = 8,       [TYPE_U64] = 8,        [TYPE_HEX32] = 4,    [TYPE_HEX64] = 8,
	[TYPE_MODE32] = 4,    [TYPE_MODE16] = 2,     [TYPE_OCTAL64] = 8,  [TYPE_ADDRESS] = 8,
	[TYPE_HANDLER] = 8,   [TYPE_RLIMIT] = 8,     [TYPE_SIGSET] = 8,   [TYPE_SIGNAL64] = 8,
	[TYPE_TIMESPEC] = 16, [TYPE_TIMEVAL] = 16,   [TYPE_TEXT65] = 65,  [TYPE_FLAGS16] = 2,
	[TYPE_FLAGS32] = 4,   [TYPE_FLAGS64] = 8,    [TYPE_FORMAT16] = 2, [TYPE_FORMAT32] = 4,
	[TYPE_FORMAT64] = 8,  [TYPE_EPOLL_DATA] = 8,
};

static void put_signed(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	unsigned unused_bits = 64 - 8 * type_bytes[f->type];

	decode_putf(t, "%lld",
		    (long long)(read_unsigned(at, type_bytes[f->type]) << unused_bits) >>
			    unused_bits);
}

static void put_unsigned(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "%llu", (unsigned long long)read_unsigned(at, type_bytes[f->type]));
}

static void put_hex(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "%#llx", (unsigned long long)read_unsigned(at, type_bytes[f->type]));
}

static void put_mode(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_file_mode(t, (uint32_t)read_unsigned(at, type_bytes[f->type]));
}

static void put_octal(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "%#llo", (unsigned long long)read_unsigned(at, type_bytes[f->type]));
}

static void put_address(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_address(t, read_unsigned(at, 8));
}

static void put_handler(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t handler = read_unsigned(at, 8);

	if (handler > 1)
		decode_put_address(t, handler);
	else
		decode_put(t, handler ? "SIG_IGN" : "SIG_DFL");
}

static void put_rlimit(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t limit = read_unsigned(at, 8);

	if (limit == RLIM_INFINITY)
		decode_put(t, "RLIM_INFINITY");
	else if (limit > 1024 && limit % 1024 == 0)
		decode_putf(t, "%llu*1024", (unsigned long long)(limit / 1024));
	else
		decode_putf(t, "%llu", (unsigned long long)limit);
}

/* [INT CHLD], or ~[KILL STOP] when most are in it. */
static void put_sigset_value(struct decode_text *t, uint64_t set)
{
	bool inverted = __builtin_popcountll(set) >= 48;
	const char *separator = inverted ? "~[" : "[";

	if (inverted)
		set = ~set;
	if (!set)
		decode_put(t, separator);
	for (int signo = 1; signo <= 64; signo++) {
		const char *name = signal_name_find(signo);

		if (!(set >> (signo - 1) & 1))
			continue;
		decode_putf(t, "%s%s", separator, name ? name + strlen("SIG") : "?");
		separator = " ";
	}
	decode_put(t, "]");
}

static void put_sigset_field(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	put_sigset_value(t, read_unsigned(at, 8));
}

static void put_signal64(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t signo = read_unsigned(at, 8);

	decode_put_signal(t, signo <= 64 ? (int)signo : -1);
}

static void put_two(struct decode_text *t, const char *first, const char *second, const uint8_t *at)
{
	decode_putf(t, "{%s=%lld, %s=%lld}", first, (long long)read_unsigned(at, 8), second,
		    (long long)read_unsigned(at + 8, 8));
}

static void put_timespec(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	put_two(t, "tv_sec", "tv_nsec", at);
}

static void put_timeval(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	put_two(t, "tv_sec", "tv_usec", at);
}

static void put_text65(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	size_t length = strnlen((const char *)at, 65);

	decode_put_quoted(t, at, length, length, 65);
}

static void put_flags(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_flag_set(t, f->detail, read_unsigned(at, type_bytes[f->type]));
}

static void put_format(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_flags(t, f->detail, read_unsigned(at, type_bytes[f->type]));
}

static void put_epoll_data(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t data = read_unsigned(at, 8);

	decode_putf(t, "{u32=%u, u64=%llu}", (unsigned)data, (unsigned long long)data);
}

static void (*const type_put[TYPE_COUNT])(struct decode_text *t, const struct field *f,
					  const uint8_t *at) = {
	[TYPE_I16] = put_signed,          [TYPE_U16] = put_unsigned,
	[TYPE_I32] = put_signed,          [TYPE_U32] = put_unsigned,
	[TYPE_I64] = put_signed,          [TYPE_U64] = put_unsigned,
	[TYPE_HEX32] = put_hex,           [TYPE_HEX64] = put_hex,
	[TYPE_MODE32] = put_mode,         [TYPE_MODE16] = put_mode,
	[TYPE_OCTAL64] = put_octal,       [TYPE_ADDRESS] = put_address,
	[TYPE_HANDLER] = put_handler,     [TYPE_RLIMIT] = put_rlimit,
	[TYPE_SIGSET] = put_sigset_field, [TYPE_SIGNAL64] = put_signal64,
	[TYPE_TIMESPEC] = put_timespec,   [TYPE_TIMEVAL] = put_timeval,
	[TYPE_TEXT65] = put_text65,       [TYPE_FLAGS16] = put_flags,
	[TYPE_FLAGS32] = put_flags,       [TYPE_FLAGS64] = put_flags,
	[TYPE_FORMAT16] = put_format,     [TYPE_FORMAT32] = put_format,
	[TYPE_FORMAT64] = put_format,     [TYPE_EPOLL_DATA] = put_epoll_data,
};

/* clang-format off */
static const struct field statx_fields[] = {
	{ "stx_mask", 0, TYPE_FORMAT32, FORMAT_STATX_MASK }, { "stx_mode", 28, TYPE_MODE16 }, { "stx_size", 40, TYPE_U64 },
};
static const struct field statfs_fields[] = {
	{ "f_type", 0, TYPE_HEX64 }, { "f_bsize", 8, TYPE_I64 }, { "f_blocks", 16, TYPE_U64 }, { "f_bfree", 24, TYPE_U64 },
};
static const struct field timespec_fields[] = { { "tv_sec", 0, TYPE_I64 }, { "tv_nsec", 8, TYPE_I64 } };
static const struct field timeval_fields[] = { { "tv_sec", 0, TYPE_I64 }, { "tv_usec", 8, TYPE_I64 } };
static const struct field timezone_fields[] = { { "tz_minuteswest", 0, TYPE_I32 }, { "tz_dsttime", 4, TYPE_I32 } };
static const struct field itimerval_fields[] = { { "it_interval", 0, TYPE_TIMEVAL }, { "it_value", 16, TYPE_TIMEVAL } };
static const struct field itimerspec_fields[] = { { "it_interval", 0, TYPE_TIMESPEC }, { "it_value", 16, TYPE_TIMESPEC } };
static const struct field utimbuf_fields[] = { { "actime", 0, TYPE_I64 }, { "modtime", 8, TYPE_I64 } };
static const struct field rlimit_fields[] = { { "rlim_cur", 0, TYPE_RLIMIT }, { "rlim_max", 8, TYPE_RLIMIT } };
static const struct field rusage_fields[] = { { "ru_utime", 0, TYPE_TIMEVAL }, { "ru_stime", 16, TYPE_TIMEVAL } };
static const struct field tms_fields[] = {
	{ "tms_utime", 0, TYPE_I64 }, { "tms_stime", 8, TYPE_I64 }, { "tms_cutime", 16, TYPE_I64 }, { "tms_cstime", 24, TYPE_I64 },
};
static const struct field sysinfo_fields[] = {
	{ "uptime", 0, TYPE_I64 }, { "totalram", 32, TYPE_U64 }, { "freeram", 40, TYPE_U64 }, { "procs", 80, TYPE_U16 },
	{ "mem_unit", 104, TYPE_U32 },
};
static const struct field utsname_fields[] = {
	{ "sysname", 0, TYPE_TEXT65 }, { "nodename", 65, TYPE_TEXT65 }, { "release", 130, TYPE_TEXT65 },
	{ "version", 195, TYPE_TEXT65 }, { "machine", 260, TYPE_TEXT65 }, { "domainname", 325, TYPE_TEXT65 },
};
static const struct field sigaction_fields[] = {
	{ "sa_handler", 0, TYPE_HANDLER }, { "sa_mask", 24, TYPE_SIGSET }, { "sa_flags", 8, TYPE_FLAGS64, FLAGS_SIGACTION },
	{ "sa_restorer", 16, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO },
};
static const struct field stack_fields[] = {
	{ "ss_sp", 0, TYPE_ADDRESS }, { "ss_flags", 8, TYPE_FLAGS32, FLAGS_SIGSTACK }, { "ss_size", 16, TYPE_U64 },
};
static const struct field sigevent_fields[] = {
	{ "sigev_value", 0, TYPE_HEX64 }, { "sigev_signo", 8, TYPE_I32 }, { "sigev_notify", 12, TYPE_I32 },
};
static const struct field pollfd_fields[] = {
	{ "fd", 0, TYPE_I32 }, { "events", 4, TYPE_FLAGS16, FLAGS_POLL_EVENTS, SHOWN_IN },
	{ "revents", 6, TYPE_FLAGS16, FLAGS_POLL_EVENTS, SHOWN_OUT },
};
static const struct field epoll_event_fields[] = {
	{ "events", 0, TYPE_FLAGS32, FLAGS_EPOLL_EVENTS }, { "data", 4, TYPE_EPOLL_DATA },
};
static const struct field flock_fields[] = {
	{ "l_type", 0, TYPE_FLAGS16, FLAGS_LOCK_TYPE }, { "l_whence", 2, TYPE_FORMAT16, FORMAT_SEEK_WHENCE },
	{ "l_start", 8, TYPE_I64 }, { "l_len", 16, TYPE_I64 }, { "l_pid", 24, TYPE_I32, 0, SHOWN_OUT },
};
static const struct field termios_fields[] = {
	{ "c_iflag", 0, TYPE_HEX32 }, { "c_oflag", 4, TYPE_HEX32 }, { "c_cflag", 8, TYPE_HEX32 }, { "c_lflag", 12, TYPE_HEX32 },
};
static const struct field winsize_fields[] = {
	{ "ws_row", 0, TYPE_U16 }, { "ws_col", 2, TYPE_U16 }, { "ws_xpixel", 4, TYPE_U16 }, { "ws_ypixel", 6, TYPE_U16 },
};
static const struct field clone_args_fields[] = {
	{ "flags", 0, TYPE_FORMAT64, FORMAT_CLONE_FLAGS }, { "pidfd", 8, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO },
	{ "child_tid", 16, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO }, { "parent_tid", 24, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO },
	{ "exit_signal", 32, TYPE_SIGNAL64 }, { "stack", 40, TYPE_ADDRESS }, { "stack_size", 48, TYPE_HEX64 },
	{ "tls", 56, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO },
};
static const struct field open_how_fields[] = {
	{ "flags", 0, TYPE_FORMAT64, FORMAT_OPEN_FLAGS }, { "mode", 8, TYPE_OCTAL64, 0, SHOWN_UNLESS_ZERO },
	{ "resolve", 16, TYPE_FLAGS64, FLAGS_RESOLVE },
};
static const struct field sigmask_arg_fields[] = { { "sigmask", 0, TYPE_ADDRESS }, { "sigsetsize", 8, TYPE_U64 } };
static const struct field cap_header_fields[] = { { "version", 0, TYPE_HEX32 }, { "pid", 4, TYPE_I32 } };
static const struct field cap_data_fields[] = {
	{ "effective", 0, TYPE_HEX32 }, { "permitted", 4, TYPE_HEX32 }, { "inheritable", 8, TYPE_HEX32 },
};
static const struct field sched_attr_fields[] = {
	{ "size", 0, TYPE_U32 }, { "sched_policy", 4, TYPE_FORMAT32, FORMAT_SCHED_POLICY }, { "sched_flags", 8, TYPE_HEX64 },
	{ "sched_nice", 16, TYPE_I32 }, { "sched_priority", 20, TYPE_U32 },
};
/* arrays of numbers: one nameless field */
static const struct field i32_fields[] = { { NULL, 0, TYPE_I32 } };
static const struct field u32_fields[] = { { NULL, 0, TYPE_U32 } };
static const struct field i64_fields[] = { { NULL, 0, TYPE_I64 } };
static const struct field robust_list_fields[] = { { NULL, 0, TYPE_ADDRESS } };

enum structure_style { STYLE_ONE, STYLE_LIST };

static const struct structure {
	const struct field *fields;
	uint8_t n_fields;
	uint8_t style;     /* enum structure_style */
	bool abbreviated;  /* ends in "..." */
	bool extensible;   /* may be shorter: the rest counts as zero */
	uint16_t size;
} structures[FORMAT_COUNT] = {
#define ONE(array, bytes)         { array, COUNT(array), STYLE_ONE, false, false, bytes }
#define ABBREVIATED(array, bytes) { array, COUNT(array), STYLE_ONE, true, false, bytes }
#define EXTENSIBLE(array, bytes)  { array, COUNT(array), STYLE_ONE, false, true, bytes }
#define LIST(array, bytes)        { array, COUNT(array), STYLE_LIST, false, false, bytes }
	[FORMAT_STATX] = ABBREVIATED(statx_fields, 256),
	[FORMAT_STATFS] = ABBREVIATED(statfs_fields, 120),
	[FORMAT_TIMESPEC] = ONE(timespec_fields, 16),
	[FORMAT_TIMEVAL] = ONE(timeval_fields, 16),
	[FORMAT_TIMEVAL2] = LIST(timeval_fields, 16),
	[FORMAT_TIMEZONE] = ONE(timezone_fields, 8),
	[FORMAT_ITIMERVAL] = ONE(itimerval_fields, 32),
	[FORMAT_ITIMERSPEC] = ONE(itimerspec_fields, 32),
	[FORMAT_UTIMBUF] = ONE(utimbuf_fields, 16),
	[FORMAT_RLIMIT] = ONE(rlimit_fields, 16),
	[FORMAT_RUSAGE] = ABBREVIATED(rusage_fields, 144),
	[FORMAT_TMS] = ONE(tms_fields, 32),
	[FORMAT_SYSINFO] = ABBREVIATED(sysinfo_fields, 112),
	[FORMAT_UTSNAME] = ONE(utsname_fields, 390),
	[FORMAT_SIGACTION] = ONE(sigaction_fields, 32),
	[FORMAT_STACK] = ONE(stack_fields, 24),
	[FORMAT_SIGEVENT] = ABBREVIATED(sigevent_fields, 64),
	[FORMAT_POLLFD] = LIST(pollfd_fields, 8),
	[FORMAT_EPOLL_EVENT] = LIST(epoll_event_fields, 12),
	[FORMAT_FD_PAIR] = LIST(i32_fields, 4),
	[FORMAT_FLOCK] = ONE(flock_fields, 32),
	[FORMAT_TERMIOS] = ABBREVIATED(termios_fields, 36),
	[FORMAT_WINSIZE] = ONE(winsize_fields, 8),
	[FORMAT_INT32] = LIST(i32_fields, 4),
	[FORMAT_UINT32] = LIST(u32_fields, 4),
	[FORMAT_INT64] = LIST(i64_fields, 8),
	[FORMAT_GIDS] = LIST(u32_fields, 4),
	[FORMAT_CLONE_ARGS] = EXTENSIBLE(clone_args_fields, 88),
	[FORMAT_OPEN_HOW] = EXTENSIBLE(open_how_fields, 24),
	[FORMAT_SIGMASK_ARG] = ONE(sigmask_arg_fields, 16),
	[FORMAT_ROBUST_LIST] = LIST(robust_list_fields, 8),
	[FORMAT_CAP_HEADER] = ONE(cap_header_fields, 8),
	[FORMAT_CAP_DATA] = LIST(cap_data_fields, 12),
	[FORMAT_SCHED_PARAM] = LIST(i32_fields, 4),
	[FORMAT_SCHED_ATTR] = EXTENSIBLE(sched_attr_fields, 48),
};
/* clang-format on */

static bool field_is_shown(const struct field *f, const struct decode_view *view, const uint8_t *at)
{
	switch ((enum field_shown)f->shown) {
	case SHOWN: return true;
	case SHOWN_UNLESS_ZERO: return read_unsigned(at, type_bytes[f->type]) != 0;
	case SHOWN_IN: return !view->is_output;
	case SHOWN_OUT: return view->is_output;
	}
	return true;
}

static void put_fields(struct decode_text *t, const struct structure *s,
		       const struct decode_view *view, const uint8_t *at)
{
	const char *separator = "{";

	if (!s->fields[0].name) {
		type_put[s->fields[0].type](t, &s->fields[0], at);
		return;
	}
	for (unsigned i = 0; i < s->n_fields; i++) {
		const struct field *f = &s->fields[i];

		if (!field_is_shown(f, view, at + f->offset))
			continue;
		decode_putf(t, "%s%s=", separator, f->name);
		type_put[f->type](t, f, at + f->offset);
		separator = ", ";
	}
	decode_put(t, s->abbreviated ? ", ...}" : "}");
}

static bool put_one(struct decode_text *t, const struct structure *s,
		    const struct decode_view *view)
{
	uint8_t padded[STRUCTURE_BYTES] = { 0 };

	if (view->length >= s->size) {
		put_fields(t, s, view, view->data);
		return true;
	}
	if (!s->extensible || !view->length)
		return false;
	memcpy(padded, view->data, view->length);
	put_fields(t, s, view, padded);
	return true;
}

static bool put_list(struct decode_text *t, const struct structure *s,
		     const struct decode_view *view)
{
	size_t whole = view->length / s->size;
	size_t shown = whole < ELEMENTS_SHOWN ? whole : ELEMENTS_SHOWN;

	if (!whole && view->full_length)
		return false;
	decode_put(t, "[");
	for (size_t i = 0; i < shown; i++) {
		if (i)
			decode_put(t, ", ");
		put_fields(t, s, view, view->data + i * s->size);
	}
	decode_put(t, shown < view->full_length / s->size ? ", ...]" : "]");
	return true;
}

/* Structures that are more than a list of fields */

static bool put_stat(struct decode_text *t, const struct decode_view *view)
{
	uint32_t mode;
	uint64_t device;

	if (view->length < 144)
		return false;
	mode = (uint32_t)read_unsigned(view->data + 24, 4);
	device = read_unsigned(view->data + 40, 8);
	decode_put(t, "{st_mode=");
	decode_put_file_mode(t, mode);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		decode_putf(t, ", st_rdev=makedev(%#x, %#x), ...}", major(device), minor(device));
	else
		decode_putf(t, ", st_size=%lld, ...}",
			    (long long)read_unsigned(view->data + 48, 8));
	return true;
}

/* utimensat's pair, with its two special values for tv_nsec. */
static bool put_timespec2(struct decode_text *t, const struct decode_view *view)
{
	if (view->length < 32)
		return false;
	for (size_t i = 0; i < 2; i++) {
		uint64_t nanoseconds = read_unsigned(view->data + 16 * i + 8, 8);

		decode_put(t, i ? ", " : "[");
		if (nanoseconds == UTIME_NOW)
			decode_put(t, "UTIME_NOW");
		else if (nanoseconds == UTIME_OMIT)
			decode_put(t, "UTIME_OMIT");
		else
			put_timespec(t, NULL, view->data + 16 * i);
	}
	decode_put(t, "]");
	return true;
}

static bool put_sigset(struct decode_text *t, const struct decode_view *view)
{
	if (view->length < 8)
		return false;
	put_sigset_value(t, read_unsigned(view->data, 8));
	return true;
}

/* Positions of set bits: [0 2 5] */
static bool put_bit_positions(struct decode_text *t, const struct decode_view *view)
{
	size_t shown = 0;

	decode_put(t, "[");
	for (size_t byte = 0; byte < view->length && shown < ELEMENTS_SHOWN; byte++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (view->data[byte] >> bit & 1)
				decode_putf(t, "%s%zu", shown++ ? " " : "", byte * 8 + bit);
	decode_put(t, shown >= ELEMENTS_SHOWN ? " ...]" : "]");
	return true;
}

static bool put_wait_status(struct decode_text *t, const struct decode_view *view)
{
	int status;

	if (view->length < 4)
		return false;
	status = (int)read_unsigned(view->data, 4);
	if (WIFEXITED(status)) {
		decode_putf(t, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", WEXITSTATUS(status));
	} else if (WIFSTOPPED(status)) {
		decode_put(t, "[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		decode_put_signal(t, WSTOPSIG(status));
		decode_put(t, "}]");
	} else if (WIFCONTINUED(status)) {
		decode_put(t, "[{WIFCONTINUED(s)}]");
	} else {
		decode_put(t, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		decode_put_signal(t, WTERMSIG(status));
		decode_put(t, WCOREDUMP(status) ? " && WCOREDUMP(s)}]" : "}]");
	}
	return true;
}

static bool signal_is_fault(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE ||
	       signo == SIGTRAP;
}

static void put_siginfo_rest(struct decode_text *t, const uint8_t *data, int signo, int code)
{
	int first = (int)read_unsigned(data + 16, 4);
	unsigned second = (unsigned)read_unsigned(data + 20, 4);
	int third = (int)read_unsigned(data + 24, 4);

	if (signal_is_fault(signo) && code > 0) {
		decode_put(t, ", si_addr=");
		decode_put_address(t, read_unsigned(data + 16, 8));
	} else if (code == SI_TIMER) {
		decode_putf(t, ", si_timerid=%d, si_overrun=%u", first, second);
	} else {
		decode_putf(t, ", si_pid=%d, si_uid=%u", first, second);
	}
	if (signo == SIGCHLD && code > 0) {
		decode_put(t, ", si_status=");
		if (code == CLD_EXITED)
			decode_putf(t, "%d", third);
		else
			decode_put_signal(t, third);
	} else if (code == SI_QUEUE) {
		decode_putf(t, ", si_value=%#llx", (unsigned long long)read_unsigned(data + 24, 8));
	}
}

static bool put_siginfo(struct decode_text *t, const struct decode_view *view)
{
	int signo, code;

	if (view->length < 48)
		return false;
	signo = (int)read_unsigned(view->data, 4);
	code = (int)read_unsigned(view->data + 8, 4);
	if (!signo) {
		decode_put(t, "{}");
		return true;
	}
	decode_put(t, "{si_signo=");
	decode_put_signal(t, signo);
	decode_put(t, ", si_code=");
	if (signo == SIGCHLD && code > 0)
		decode_put_flag_set(t, FLAGS_CLD_CODE, (unsigned)code);
	else if (signal_is_fault(signo) && code > 0 && code != SI_KERNEL)
		decode_putf(t, "%d", code);
	else
		decode_put_flag_set(t, FLAGS_SI_CODE, (unsigned)code);
	put_siginfo_rest(t, view->data, signo, code);
	decode_put(t, "}");
	return true;
}

/* Directory entries are counted; the length of each is a u16 at offset 16 in both layouts. */
static bool put_dirents(struct decode_text *t, const struct decode_view *view)
{
	size_t entries = 0;

	for (size_t at = 0; at + 18 <= view->length; entries++) {
		size_t entry_bytes = read_unsigned(view->data + at + 16, 2);

		if (entry_bytes < 18)
			break;
		at += entry_bytes;
	}
	decode_putf(t, "/* %s%zu entries */", view->full_length > view->length ? "at least " : "",
		    entries);
	return true;
}

/* A path of readlink, or getcwd's with its NUL. */
static bool put_path_text(struct decode_text *t, const struct decode_view *view)
{
	size_t length = strnlen((const char *)view->data, view->length);
	uint64_t full = length < view->length ? length : view->full_length;

	decode_put_quoted(t, view->data, length, full, view->length);
	return true;
}

static bool put_raw(struct decode_text *t, const struct decode_view *view)
{
	decode_put_quoted(t, view->data, view->length, view->full_length, view->string_bytes);
	return true;
}

/* Most options are an int; the others are shown as bytes. */
static bool put_sockopt(struct decode_text *t, const struct decode_view *view)
{
	if (view->length != 4 || view->full_length != 4)
		return put_raw(t, view);
	decode_putf(t, "[%d]", (int)read_unsigned(view->data, 4));
	return true;
}

/* Socket addresses, by family; `data` starts at the family and has at least two bytes. */

static void put_sockaddr_unix(struct decode_text *t, const struct decode_view *view)
{
	const uint8_t *path = view->data + 2;
	size_t length = view->length - 2;

	if (!length)
		return;
	if (path[0]) {
		length = strnlen((const char *)path, length);
		decode_put(t, ", sun_path=");
	} else {
		decode_put(t, ", sun_path=@");
		path++;
		length--;
	}
	decode_put_quoted(t, path, length, length, length);
}

static void put_sockaddr_inet(struct decode_text *t, const struct decode_view *view)
{
	char text[INET_ADDRSTRLEN] = "?";

	if (view->length < 8)
		return;
	inet_ntop(AF_INET, view->data + 4, text, sizeof(text));
	decode_putf(t, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
		    (unsigned)view->data[2] << 8 | view->data[3], text);
}

static void put_sockaddr_inet6(struct decode_text *t, const struct decode_view *view)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (view->length < 24)
		return;
	inet_ntop(AF_INET6, view->data + 8, text, sizeof(text));
	decode_putf(
		t,
		", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"%s\", &sin6_addr)",
		(unsigned)view->data[2] << 8 | view->data[3],
		ntohl((uint32_t)read_unsigned(view->data + 4, 4)), text);
	if (view->length >= 28)
		decode_putf(t, ", sin6_scope_id=%u", (unsigned)read_unsigned(view->data + 24, 4));
}

static void put_sockaddr_netlink(struct decode_text *t, const struct decode_view *view)
{
	if (view->length >= 12)
		decode_putf(t, ", nl_pid=%u, nl_groups=%08x",
			    (unsigned)read_unsigned(view->data + 4, 4),
			    (unsigned)read_unsigned(view->data + 8, 4));
}

static bool put_sockaddr(struct decode_text *t, const struct decode_view *view)
{
	uint64_t family;

	if (view->length < 2)
		return false;
	family = read_unsigned(view->data, 2);
	decode_put(t, "{sa_family=");
	decode_put_flags(t, FORMAT_SOCKET_DOMAIN, family);
	if (family == AF_UNIX) {
		put_sockaddr_unix(t, view);
	} else if (family == AF_INET) {
		put_sockaddr_inet(t, view);
	} else if (family == AF_INET6) {
		put_sockaddr_inet6(t, view);
	} else if (family == AF_NETLINK) {
		put_sockaddr_netlink(t, view);
	} else if (view->length > 2) {
		decode_put(t, ", sa_data=");
		decode_put_quoted(t, view->data + 2, view->length - 2, view->length - 2,
				  view->string_bytes);
	}
	decode_put(t, "}");
	return true;
}

static bool (*const special_put[FORMAT_COUNT])(struct decode_text *t,
					       const struct decode_view *view) = {
	[FORMAT_STAT] = put_stat,
	[FORMAT_TIMESPEC2] = put_timespec2,
	[FORMAT_SIGSET] = put_sigset,
	[FORMAT_FD_SET] = put_bit_positions,
	[FORMAT_CPU_SET] = put_bit_positions,
	[FORMAT_WAIT_STATUS] = put_wait_status,
	[FORMAT_SIGINFO] = put_siginfo,
	[FORMAT_DIRENT] = put_dirents,
	[FORMAT_DIRENT64] = put_dirents,
	[FORMAT_TEXT] = put_path_text,
	[FORMAT_BYTES] = put_raw,
	[FORMAT_SOCKOPT] = put_sockopt,
	[FORMAT_SOCKADDR] = put_sockaddr,
	[FORMAT_TIMEX] = put_raw,
	[FORMAT_MQ_ATTR] = put_raw,
	[FORMAT_MQ_FLAGS] = put_raw,
	[FORMAT_USER_DESC] = put_raw,
	[FORMAT_ADDRESSES] = put_raw,
};

bool decode_put_struct(struct decode_text *t, enum arg_format format,
		       const struct decode_view *view)
{
	const struct structure *s;

	if (format >= FORMAT_COUNT)
		return false;
	if (special_put[format])
		return special_put[format](t, view);
	s = &structures[format];
	if (!s->size)
		return false;
	return s->style == STYLE_LIST ? put_list(t, s, view) : put_one(t, s, view);
}

/* One byte as C writes it in a string; octal is as short as the byte after it allows. */
static void put_escaped(struct decode_text *t, uint8_t byte, bool digit_follows)
{
	static const char plain[] = "\n\t\r\f\v\"\\";
	static const char letters[] = "ntrfv\"\\";
	const char *found = byte ? strchr(plain, byte) : NULL;

	if (found)
		decode_putf(t, "\\%c", letters[found - plain]);
	else if (byte >= 0x20 && byte < 0x7f)
		decode_putf(t, "%c", byte);
	else
		decode_putf(t, digit_follows ? "\\%03o" : "\\%o", byte);
}

void decode_put_quoted(struct decode_text *t, const uint8_t *data, size_t length,
		       uint64_t full_length, size_t limit)
{
	size_t shown = length < limit ? length : limit;

	decode_put(t, "\"");
	for (size_t i = 0; i < shown && !t->cut; i++)
		put_escaped(t, data[i], i + 1 < shown && data[i + 1] >= '0' && data[i + 1] <= '7');
	decode_put(t, shown < full_length ? "\"..." : "\"");
}
