/*
 * Shows structures: a table of fields for those that are plain lists of
 * fields, a small function for those that are not. Offsets are those of the
 * kernel's headers for x86-64.
 */
#include "schema/syscall_structs.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "schema/syscall_flags.h"
#include "schema/syscall_signals.h"
#include "schema/syscall_sockets.h"

/* Elements of an array shown before "...". */
#define ELEMENTS_SHOWN 32
/* The longest structure in the table: struct statx. */
#define STRUCTURE_BYTES 256

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fields */

enum field_type {
	TYPE_U8 = 1,
	TYPE_I16,
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
	TYPE_SIGNAL32,
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
	TYPE_FSID,
	TYPE_LOADS,
	TYPE_IPC_PERM,
	TYPE_COUNT
};

enum field_shown {
	SHOWN = 0,
	SHOWN_UNLESS_ZERO,
	SHOWN_IN_OF_FD, /* going in, behind a descriptor that is one */
	SHOWN_OUT
};

struct field {
	const char *name;
	uint16_t offset;
	uint8_t type;
	uint8_t detail; /* enum flag_set or enum arg_format */
	uint8_t shown;  /* enum field_shown */
};

static const uint8_t type_bytes[TYPE_COUNT] = {
	[TYPE_I16] = 2,       [TYPE_U16] = 2,        [TYPE_I32] = 4,      [TYPE_U32] = 4,
	[TYPE_I64] = 8,       [TYPE_U64] = 8,        [TYPE_HEX32] = 4,    [TYPE_HEX64] = 8,
	[TYPE_MODE32] = 4,    [TYPE_MODE16] = 2,     [TYPE_OCTAL64] = 8,  [TYPE_ADDRESS] = 8,
	[TYPE_HANDLER] = 8,   [TYPE_RLIMIT] = 8,     [TYPE_SIGSET] = 8,   [TYPE_SIGNAL64] = 8,
	[TYPE_TIMESPEC] = 16, [TYPE_TIMEVAL] = 16,   [TYPE_TEXT65] = 65,  [TYPE_FLAGS16] = 2,
	[TYPE_FLAGS32] = 4,   [TYPE_FLAGS64] = 8,    [TYPE_FORMAT16] = 2, [TYPE_FORMAT32] = 4,
	[TYPE_FORMAT64] = 8,  [TYPE_EPOLL_DATA] = 8, [TYPE_U8] = 1,       [TYPE_FSID] = 8,
	[TYPE_LOADS] = 24,    [TYPE_IPC_PERM] = 48,  [TYPE_SIGNAL32] = 4,
};

static void put_signed(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	unsigned unused_bits = 64 - 8 * type_bytes[f->type];

	decode_putf(t, "%lld",
		    (long long)(decode_load(at, type_bytes[f->type]) << unused_bits) >>
			    unused_bits);
}

static void put_unsigned(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_unsigned(t, decode_load(at, type_bytes[f->type]));
}

static void put_hex(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_hexadecimal(t, decode_load(at, type_bytes[f->type]));
}

static void put_mode(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_file_mode(t, (uint32_t)decode_load(at, type_bytes[f->type]));
}

static void put_octal(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "%#llo", (unsigned long long)decode_load(at, type_bytes[f->type]));
}

static void put_address(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_address(t, decode_load(at, 8));
}

static void put_handler(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t handler = decode_load(at, 8);

	if (handler > 1)
		decode_put_address(t, handler);
	else
		decode_put(t, handler ? "SIG_IGN" : "SIG_DFL");
}

static void put_rlimit(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t limit = decode_load(at, 8);

	if (limit == RLIM_INFINITY)
		decode_put(t, "RLIM64_INFINITY");
	else if (limit > 1024 && limit % 1024 == 0)
		decode_putf(t, "%llu*1024", (unsigned long long)(limit / 1024));
	else
		decode_put_unsigned(t, limit);
}

static void put_sigset_field(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_sigset(t, decode_load(at, 8));
}

static void put_signal32(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_signal(t, (int)decode_load(at, 4));
}

static void put_signal64(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t signo = decode_load(at, 8);

	decode_put_signal(t, signo <= 64 ? (int)signo : -1);
}

static void put_two(struct decode_text *t, const char *first, const char *second, const uint8_t *at)
{
	decode_putf(t, "{%s=%lld, %s=%lld}", first, (long long)decode_load(at, 8), second,
		    (long long)decode_load(at + 8, 8));
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
	decode_put_flag_set(t, f->detail, decode_load(at, type_bytes[f->type]));
}

static void put_format(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_put_flags(t, f->detail, decode_load(at, type_bytes[f->type]));
}

static void put_epoll_data(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	uint64_t data = decode_load(at, 8);

	decode_putf(t, "{u32=%u, u64=%llu}", (unsigned)data, (unsigned long long)data);
}

static void put_fsid(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "{val=[%#x, %#x]}", (unsigned)decode_load(at, 4),
		    (unsigned)decode_load(at + 4, 4));
}

static void put_loads(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "[%llu, %llu, %llu]", (unsigned long long)decode_load(at, 8),
		    (unsigned long long)decode_load(at + 8, 8),
		    (unsigned long long)decode_load(at + 16, 8));
}

/* struct ipc64_perm: key, uid, gid, cuid, cgid, mode. */
static void put_ipc_perm(struct decode_text *t, const struct field *f, const uint8_t *at)
{
	decode_putf(t, "{uid=%u, gid=%u, mode=%#03o, key=%u, cuid=%u, cgid=%u}",
		    (unsigned)decode_load(at + 4, 4), (unsigned)decode_load(at + 8, 4),
		    (unsigned)decode_load(at + 20, 4), (unsigned)decode_load(at, 4),
		    (unsigned)decode_load(at + 12, 4), (unsigned)decode_load(at + 16, 4));
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
	[TYPE_U8] = put_unsigned,         [TYPE_FSID] = put_fsid,
	[TYPE_LOADS] = put_loads,         [TYPE_IPC_PERM] = put_ipc_perm,
	[TYPE_SIGNAL32] = put_signal32,
};

/* clang-format off */
static const struct field statx_fields[] = {
	{ "stx_mask", 0, TYPE_FORMAT32, FORMAT_STATX_MASK }, { "stx_attributes", 8, TYPE_FLAGS64, FLAGS_STATX_ATTRIBUTE },
	{ "stx_mode", 28, TYPE_MODE16 }, { "stx_size", 40, TYPE_U64 },
};
static const struct field statfs_fields[] = {
	{ "f_type", 0, TYPE_FLAGS64, FLAGS_FILE_SYSTEM }, { "f_bsize", 8, TYPE_I64 }, { "f_blocks", 16, TYPE_U64 },
	{ "f_bfree", 24, TYPE_U64 }, { "f_bavail", 32, TYPE_U64 }, { "f_files", 40, TYPE_U64 }, { "f_ffree", 48, TYPE_U64 },
	{ "f_fsid", 56, TYPE_FSID }, { "f_namelen", 64, TYPE_U64 }, { "f_frsize", 72, TYPE_U64 },
	{ "f_flags", 80, TYPE_FLAGS64, FLAGS_MOUNT_STATE },
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
	{ "uptime", 0, TYPE_I64 }, { "loads", 8, TYPE_LOADS }, { "totalram", 32, TYPE_U64 }, { "freeram", 40, TYPE_U64 },
	{ "sharedram", 48, TYPE_U64 }, { "bufferram", 56, TYPE_U64 }, { "totalswap", 64, TYPE_U64 },
	{ "freeswap", 72, TYPE_U64 }, { "procs", 80, TYPE_U16 }, { "totalhigh", 88, TYPE_U64 }, { "freehigh", 96, TYPE_U64 },
	{ "mem_unit", 104, TYPE_U32 },
};
static const struct field utsname_fields[] = {
	{ "sysname", 0, TYPE_TEXT65 }, { "nodename", 65, TYPE_TEXT65 },
};
static const struct field sigaction_fields[] = {
	{ "sa_handler", 0, TYPE_HANDLER }, { "sa_mask", 24, TYPE_SIGSET }, { "sa_flags", 8, TYPE_FLAGS64, FLAGS_SIGACTION },
	{ "sa_restorer", 16, TYPE_ADDRESS, 0, SHOWN_UNLESS_ZERO },
};
static const struct field stack_fields[] = {
	{ "ss_sp", 0, TYPE_ADDRESS }, { "ss_flags", 8, TYPE_FLAGS32, FLAGS_SIGSTACK }, { "ss_size", 16, TYPE_U64 },
};
static const struct field pollfd_fields[] = {
	{ "fd", 0, TYPE_I32 }, { "events", 4, TYPE_FLAGS16, FLAGS_POLL_EVENTS, SHOWN_IN_OF_FD },
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
	{ "c_iflag", 0, TYPE_FLAGS32, FLAGS_INPUT_MODE }, { "c_oflag", 4, TYPE_FLAGS32, FLAGS_OUTPUT_MODE },
	{ "c_cflag", 8, TYPE_FLAGS32, FLAGS_CONTROL_MODE }, { "c_lflag", 12, TYPE_FLAGS32, FLAGS_LOCAL_MODE },
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
static const struct field cap_header_fields[] = { { "version", 0, TYPE_FLAGS32, FLAGS_CAPABILITY_VERSION }, { "pid", 4, TYPE_I32 } };
static const struct field cap_data_fields[] = {
	{ "effective", 0, TYPE_HEX32 }, { "permitted", 4, TYPE_HEX32 }, { "inheritable", 8, TYPE_HEX32 },
};
static const struct field sched_attr_fields[] = {
	{ "size", 0, TYPE_U32 }, { "sched_policy", 4, TYPE_FORMAT32, FORMAT_SCHED_POLICY }, { "sched_flags", 8, TYPE_HEX64 },
	{ "sched_nice", 16, TYPE_I32 }, { "sched_priority", 20, TYPE_U32 },
};
static const struct field mq_attr_fields[] = {
	{ "mq_flags", 0, TYPE_FORMAT64, FORMAT_FD_CLOEXEC_FLAGS }, { "mq_maxmsg", 8, TYPE_I64 },
	{ "mq_msgsize", 16, TYPE_I64 }, { "mq_curmsgs", 24, TYPE_I64 },
};
static const struct field sembuf_fields[] = {
	{ "sem_num", 0, TYPE_U16 }, { "sem_op", 2, TYPE_I16 }, { "sem_flg", 4, TYPE_FLAGS16, FLAGS_SEM_OP },
};
static const struct field semid_fields[] = {
	{ "sem_perm", 0, TYPE_IPC_PERM }, { "sem_otime", 48, TYPE_I64 }, { "sem_ctime", 64, TYPE_I64 },
	{ "sem_nsems", 80, TYPE_U64 },
};
static const struct field msqid_fields[] = {
	{ "msg_perm", 0, TYPE_IPC_PERM }, { "msg_stime", 48, TYPE_I64 }, { "msg_rtime", 56, TYPE_I64 },
	{ "msg_ctime", 64, TYPE_I64 }, { "msg_qnum", 80, TYPE_U64 }, { "msg_qbytes", 88, TYPE_U64 },
	{ "msg_lspid", 96, TYPE_I32 }, { "msg_lrpid", 100, TYPE_I32 },
};
static const struct field shmid_fields[] = {
	{ "shm_perm", 0, TYPE_IPC_PERM }, { "shm_segsz", 48, TYPE_U64 }, { "shm_atime", 56, TYPE_I64 },
	{ "shm_dtime", 64, TYPE_I64 }, { "shm_ctime", 72, TYPE_I64 }, { "shm_cpid", 80, TYPE_I32 },
	{ "shm_lpid", 84, TYPE_I32 }, { "shm_nattch", 88, TYPE_U64 },
};
static const struct field seminfo_fields[] = {
	{ "semmap", 0, TYPE_I32 }, { "semmni", 4, TYPE_I32 }, { "semmns", 8, TYPE_I32 }, { "semmnu", 12, TYPE_I32 },
	{ "semmsl", 16, TYPE_I32 }, { "semopm", 20, TYPE_I32 }, { "semume", 24, TYPE_I32 }, { "semusz", 28, TYPE_I32 },
	{ "semvmx", 32, TYPE_I32 }, { "semaem", 36, TYPE_I32 },
};
static const struct field msginfo_fields[] = {
	{ "msgpool", 0, TYPE_I32 }, { "msgmap", 4, TYPE_I32 }, { "msgmax", 8, TYPE_I32 }, { "msgmnb", 12, TYPE_I32 },
	{ "msgmni", 16, TYPE_I32 }, { "msgssz", 20, TYPE_I32 }, { "msgtql", 24, TYPE_I32 }, { "msgseg", 28, TYPE_U16 },
};
static const struct field shminfo_fields[] = {
	{ "shmmax", 0, TYPE_U64 }, { "shmmin", 8, TYPE_U64 }, { "shmmni", 16, TYPE_U64 }, { "shmseg", 24, TYPE_U64 },
	{ "shmall", 32, TYPE_U64 },
};
static const struct field owner_fields[] = {
	{ "type", 0, TYPE_FLAGS32, FLAGS_OWNER_TYPE }, { "pid", 4, TYPE_I32 },
};
/* arrays of numbers: one nameless field */
static const struct field u8_fields[] = { { NULL, 0, TYPE_U8 } };
static const struct field signal_fields[] = { { NULL, 0, TYPE_SIGNAL32 } };
static const struct field tsc_fields[] = { { NULL, 0, TYPE_FLAGS32, FLAGS_TSC } };
static const struct field inode_flags_fields[] = { { NULL, 0, TYPE_FLAGS32, FLAGS_INODE } };
static const struct field i32_fields[] = { { NULL, 0, TYPE_I32 } };
static const struct field u32_fields[] = { { NULL, 0, TYPE_U32 } };
static const struct field i64_fields[] = { { NULL, 0, TYPE_I64 } };
static const struct field robust_list_fields[] = { { NULL, 0, TYPE_ADDRESS } };

enum structure_style { STYLE_ONE, STYLE_LIST, STYLE_LIST_OUT /* one that goes in, a list that comes out */ };

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
#define LIST_OUT(array, bytes)    { array, COUNT(array), STYLE_LIST_OUT, false, false, bytes }
	[FORMAT_STATX] = ABBREVIATED(statx_fields, 256),
	[FORMAT_STATFS] = ONE(statfs_fields, 120),
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
	[FORMAT_SYSINFO] = ONE(sysinfo_fields, 112),
	[FORMAT_UTSNAME] = ABBREVIATED(utsname_fields, 390),
	[FORMAT_SIGACTION] = ONE(sigaction_fields, 32),
	[FORMAT_STACK] = ONE(stack_fields, 24),
	[FORMAT_POLLFD] = LIST(pollfd_fields, 8),
	[FORMAT_EPOLL_EVENT] = LIST_OUT(epoll_event_fields, 12),
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
	[FORMAT_MQ_ATTR] = ONE(mq_attr_fields, 32),
	[FORMAT_MQ_FLAGS] = ONE(mq_attr_fields, 32),
	[FORMAT_SEMBUF] = LIST(sembuf_fields, 6),
	[FORMAT_OCTETS] = LIST(u8_fields, 1),
	[FORMAT_SEMID] = ONE(semid_fields, 104),
	[FORMAT_MSQID] = ONE(msqid_fields, 120),
	[FORMAT_SHMID] = ONE(shmid_fields, 112),
	[FORMAT_SEMINFO] = ONE(seminfo_fields, 40),
	[FORMAT_MSGINFO] = ONE(msginfo_fields, 32),
	[FORMAT_SHMINFO] = ONE(shminfo_fields, 72),
	[FORMAT_OWNER] = ONE(owner_fields, 8),
	[FORMAT_SIGNAL] = LIST(signal_fields, 4),
	[FORMAT_TSC] = LIST(tsc_fields, 4),
	[FORMAT_INODE_FLAGS] = LIST(inode_flags_fields, 4),
};
/* clang-format on */

static bool field_is_shown(const struct field *f, const struct decode_view *view,
			   const uint8_t *element)
{
	const uint8_t *at = element + f->offset;

	switch ((enum field_shown)f->shown) {
	case SHOWN: return true;
	case SHOWN_UNLESS_ZERO: return decode_load(at, type_bytes[f->type]) != 0;
	case SHOWN_IN_OF_FD: return !view->is_output && (int32_t)decode_load(element, 4) >= 0;
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

		if (!field_is_shown(f, view, at))
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
	mode = (uint32_t)decode_load(view->data + 24, 4);
	device = decode_load(view->data + 40, 8);
	decode_put(t, "{st_mode=");
	decode_put_file_mode(t, mode);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		decode_putf(t, ", st_rdev=makedev(%#x, %#x), ...}", major(device), minor(device));
	else
		decode_putf(t, ", st_size=%lld, ...}", (long long)decode_load(view->data + 48, 8));
	return true;
}

/* utimensat's pair, with its two special values for tv_nsec. */
static bool put_timespec2(struct decode_text *t, const struct decode_view *view)
{
	if (view->length < 32)
		return false;
	for (size_t i = 0; i < 2; i++) {
		uint64_t nanoseconds = decode_load(view->data + 16 * i + 8, 8);

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
	decode_put_sigset(t, decode_load(view->data, 8));
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
	status = (int)decode_load(view->data, 4);
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

/* Directory entries are counted; the length of each is a u16 at offset 16 in both layouts. */
static bool put_dirents(struct decode_text *t, const struct decode_view *view)
{
	size_t entries = 0;

	for (size_t at = 0; at + 18 <= view->length; entries++) {
		size_t entry_bytes = decode_load(view->data + at + 16, 2);

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

/* struct msgbuf (msgop(2)): a type, then text. */
static bool put_message(struct decode_text *t, const struct decode_view *view)
{
	if (view->length < 8)
		return false;
	decode_putf(t, "{mtype=%lld, mtext=", (long long)decode_load(view->data, 8));
	decode_put_quoted(t, view->data + 8, view->length - 8, view->full_length - 8,
			  view->string_bytes);
	decode_put(t, "}");
	return true;
}

/* struct file_handle (open_by_handle_at(2)): length, type, and bytes that only the kernel reads. */
static bool put_file_handle(struct decode_text *t, const struct decode_view *view)
{
	if (view->length < 8)
		return false;
	decode_putf(t, "{handle_bytes=%u, handle_type=%d, f_handle=",
		    (unsigned)decode_load(view->data, 4), (int)decode_load(view->data + 4, 4));
	decode_put_hex(t, view->data + 8, view->length - 8, view->full_length - 8,
		       view->string_bytes);
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
	[FORMAT_SIGINFO] = decode_put_siginfo,
	[FORMAT_SIGEVENT] = decode_put_sigevent,
	[FORMAT_MESSAGE] = put_message,
	[FORMAT_FILE_HANDLE] = put_file_handle,
	[FORMAT_DIRENT] = put_dirents,
	[FORMAT_DIRENT64] = put_dirents,
	[FORMAT_TEXT] = put_path_text,
	[FORMAT_BYTES] = put_raw,
	[FORMAT_SOCKOPT] = put_raw,
	[FORMAT_SOCKADDR] = decode_put_sockaddr,
	[FORMAT_TIMEX] = put_raw,
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
	return s->style == STYLE_LIST || (s->style == STYLE_LIST_OUT && view->is_output) ?
		       put_list(t, s, view) :
		       put_one(t, s, view);
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* One byte that is not plain, as C writes it in a string; octal is as short as the byte after it allows. */
static void put_escaped(struct decode_text *t, uint8_t byte, bool digit_follows)
{
	static const char special[] = "\n\t\r\f\v\"\\";
	static const char letters[] = "ntrfv\"\\";
	const char *found = byte ? strchr(special, byte) : NULL;
	char piece[4] = { '\\' };
	size_t length = 1;

	if (found) {
		piece[length++] = letters[found - special];
	} else {
		if (digit_follows || byte >= 0100)
			piece[length++] = (char)('0' + (byte >> 6));
		if (digit_follows || byte >= 010)
			piece[length++] = (char)('0' + (byte >> 3 & 7));
		piece[length++] = (char)('0' + (byte & 7));
	}
	decode_put_bytes(t, piece, length);
}

void decode_put_hex(struct decode_text *t, const uint8_t *data, size_t length, uint64_t full_length,
		    size_t limit)
{
	size_t shown = length < limit ? length : limit;

	decode_put(t, "\"");
	for (size_t i = 0; i < shown && !t->cut; i++)
		decode_putf(t, "\\x%02x", data[i]);
	decode_put(t, shown < full_length ? "\"..." : "\"");
}

void decode_put_quoted(struct decode_text *t, const uint8_t *data, size_t length,
		       uint64_t full_length, size_t limit)
{
	size_t shown = length < limit ? length : limit;

	decode_put(t, "\"");
	for (size_t i = 0, first; i < shown && !t->cut; i++) {
		for (first = i; i < shown && is_plain(data[i]); i++)
			;
		if (i > first)
			decode_put_bytes(t, (const char *)data + first, i - first);
		if (i < shown)
			put_escaped(t, data[i],
				    i + 1 < shown && data[i + 1] >= '0' && data[i + 1] <= '7');
	}
	decode_put(t, shown < full_length ? "\"..." : "\"");
}
