/*
 * Reads rows: values, lengths, and what is comparable in a structure.
 * Structure layouts are those of the kernel's headers for x86-64, as offsets:
 * the bytes come from other processes and may be shorter than the structure.
 */
#include "schema/syscall_args.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "schema/syscall_numbers.h"

/* The kernel's own restart codes, which a tracer sees in place of EINTR (include/linux/errno.h). */
#define RESTART_FIRST 512
#define RESTART_LAST  516

enum {
	BEHIND_NOTHING = 0,
	BEHIND_INPUT = 1,
	BEHIND_OUTPUT = 2,
	BEHIND_BOTH = 3,
	BEHIND_ADDRESS = 4
};

static const uint8_t behind[ARG_KIND_COUNT] = {
	[ARG_ADDRESS] = BEHIND_ADDRESS,    [ARG_PATH] = BEHIND_INPUT,
	[ARG_STRING] = BEHIND_INPUT,       [ARG_STRINGS] = BEHIND_INPUT,
	[ARG_IN] = BEHIND_INPUT,           [ARG_IOVEC_IN] = BEHIND_INPUT,
	[ARG_MSGHDR_IN] = BEHIND_INPUT,    [ARG_MMSGHDR_IN] = BEHIND_INPUT,
	[ARG_SOCKADDR_IN] = BEHIND_INPUT,  [ARG_OUT] = BEHIND_OUTPUT,
	[ARG_IOVEC_OUT] = BEHIND_OUTPUT,   [ARG_MSGHDR_OUT] = BEHIND_OUTPUT,
	[ARG_MMSGHDR_OUT] = BEHIND_OUTPUT, [ARG_SOCKADDR_OUT] = BEHIND_OUTPUT,
	[ARG_LENPTR] = BEHIND_BOTH,        [ARG_INOUT] = BEHIND_BOTH,
};

bool arg_is_input(enum arg_kind kind)
{
	return behind[kind] & BEHIND_INPUT;
}

bool arg_is_output(enum arg_kind kind)
{
	return behind[kind] & BEHIND_OUTPUT;
}

bool arg_is_pointer(enum arg_kind kind)
{
	return behind[kind] != BEHIND_NOTHING;
}

static const char *const kind_names[ARG_KIND_COUNT] = {
	[ARG_UNUSED] = "unused",
	[ARG_INT] = "number",
	[ARG_UINT] = "number",
	[ARG_LONG] = "number",
	[ARG_SIZE] = "size",
	[ARG_OFFSET] = "offset",
	[ARG_FLAGS] = "flags",
	[ARG_FLAGS64] = "flags",
	[ARG_MODE] = "mode",
	[ARG_DEV] = "device",
	[ARG_FD] = "descriptor",
	[ARG_DIRFD] = "directory descriptor",
	[ARG_PID] = "process",
	[ARG_UID] = "user or group",
	[ARG_SIGNAL] = "signal",
	[ARG_ADDRESS] = "address",
	[ARG_PATH] = "path",
	[ARG_STRING] = "string",
	[ARG_STRINGS] = "strings",
	[ARG_IN] = "buffer",
	[ARG_IOVEC_IN] = "vector",
	[ARG_MSGHDR_IN] = "message",
	[ARG_MMSGHDR_IN] = "messages",
	[ARG_SOCKADDR_IN] = "socket address",
	[ARG_OUT] = "output buffer",
	[ARG_IOVEC_OUT] = "output vector",
	[ARG_MSGHDR_OUT] = "output message",
	[ARG_MMSGHDR_OUT] = "output messages",
	[ARG_SOCKADDR_OUT] = "output socket address",
	[ARG_LENPTR] = "length",
	[ARG_INOUT] = "buffer",
	[ARG_IRREGULAR] = "value",
};

const char *arg_kind_name(enum arg_kind kind)
{
	return kind_names[kind];
}

uint64_t arg_value(const struct syscall_arg *spec, uint64_t raw)
{
	switch ((enum arg_kind)spec->kind) {
	case ARG_UNUSED: return 0;
	case ARG_INT:
	case ARG_FD:
	case ARG_DIRFD:
	case ARG_PID:
	case ARG_SIGNAL: return (uint64_t)(int64_t)(int32_t)raw;
	case ARG_UINT:
	case ARG_FLAGS:
	case ARG_DEV:
	case ARG_UID: return (uint32_t)raw;
	case ARG_MODE: /* umode_t is an unsigned short */ return (uint16_t)raw;
	case ARG_LONG:
	case ARG_SIZE:
	case ARG_OFFSET:
	case ARG_FLAGS64:
	case ARG_ADDRESS:
	case ARG_PATH:
	case ARG_STRING:
	case ARG_STRINGS:
	case ARG_IN:
	case ARG_IOVEC_IN:
	case ARG_MSGHDR_IN:
	case ARG_MMSGHDR_IN:
	case ARG_SOCKADDR_IN:
	case ARG_OUT:
	case ARG_IOVEC_OUT:
	case ARG_MSGHDR_OUT:
	case ARG_MMSGHDR_OUT:
	case ARG_SOCKADDR_OUT:
	case ARG_LENPTR:
	case ARG_INOUT:
	case ARG_IRREGULAR:
	case ARG_KIND_COUNT: break;
	}
	return raw;
}

bool arg_equal(const struct syscall_arg *spec, uint64_t a, uint64_t b)
{
	if (spec->kind == ARG_UNUSED || spec->kind == ARG_IRREGULAR)
		return true;
	if (arg_is_pointer(spec->kind))
		return !a == !b;
	return arg_value(spec, a) == arg_value(spec, b);
}

int arg_length_index(const struct syscall_arg *spec)
{
	if (spec->length >= LENGTH_ARG1 && spec->length <= LENGTH_ARG6)
		return spec->length - LENGTH_ARG1;
	if (spec->length >= LENGTH_PTR1 && spec->length <= LENGTH_PTR6)
		return spec->length - LENGTH_PTR1;
	return spec->length == LENGTH_NFDS1 ? 0 : -1;
}

static unsigned open_used(uint64_t flags, unsigned mode_bit, unsigned mask)
{
	/* O_TMPFILE includes the bits of O_DIRECTORY, which alone makes nothing */
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;

	return makes ? mask : mask & ~mode_bit;
}

static unsigned clone_used(uint64_t flags, unsigned mask)
{
	if (!(flags & (CLONE_PARENT_SETTID | CLONE_PIDFD)))
		mask &= ~(1u << 2);
	if (!(flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)))
		mask &= ~(1u << 3);
	if (!(flags & CLONE_SETTLS))
		mask &= ~(1u << 4);
	return mask;
}

static unsigned fcntl_used(uint32_t command, unsigned mask)
{
	switch (command) {
	case F_GETFD:
	case F_GETFL:
	case F_GETOWN:
	case F_GETSIG:
	case F_GETLEASE:
	case F_GETPIPE_SZ:
	case F_GET_SEALS: return mask & ~(1u << 2);
	default: return mask;
	}
}

static unsigned futex_used(uint32_t operation, unsigned mask)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT: return mask & 0x0f;
	case FUTEX_WAKE: return mask & 0x07;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2: return mask & 0x0b;
	case FUTEX_TRYLOCK_PI:
	case FUTEX_UNLOCK_PI: return mask & 0x03;
	case FUTEX_WAKE_BITSET: return mask & 0x27;
	case FUTEX_WAIT_BITSET: return mask & 0x2f;
	default: return mask;
	}
}

/* Options that take fewer arguments than prctl has (prctl(2)). */
static const struct {
	uint32_t option;
	uint8_t arguments; /* after the option */
} prctl_arguments[] = {
	{ PR_GET_DUMPABLE, 0 },
	{ PR_GET_KEEPCAPS, 0 },
	{ PR_GET_TIMING, 0 },
	{ PR_GET_SECCOMP, 0 },
	{ PR_GET_SECUREBITS, 0 },
	{ PR_GET_TIMERSLACK, 0 },
	{ PR_TASK_PERF_EVENTS_DISABLE, 0 },
	{ PR_TASK_PERF_EVENTS_ENABLE, 0 },
	{ PR_SET_PDEATHSIG, 1 },
	{ PR_GET_PDEATHSIG, 1 },
	{ PR_SET_DUMPABLE, 1 },
	{ PR_SET_KEEPCAPS, 1 },
	{ PR_SET_NAME, 1 },
	{ PR_GET_NAME, 1 },
	{ PR_CAPBSET_READ, 1 },
	{ PR_CAPBSET_DROP, 1 },
	{ PR_GET_TSC, 1 },
	{ PR_SET_TSC, 1 },
	{ PR_SET_SECUREBITS, 1 },
	{ PR_SET_TIMERSLACK, 1 },
	{ PR_SET_CHILD_SUBREAPER, 1 },
	{ PR_GET_CHILD_SUBREAPER, 1 },
	{ PR_SET_PTRACER, 1 },
	{ PR_GET_TID_ADDRESS, 1 },
	{ PR_SET_TIMING, 1 },
	{ PR_SET_SECCOMP, 2 },
};

static unsigned prctl_used(uint32_t option, unsigned mask)
{
	for (size_t i = 0; i < sizeof(prctl_arguments) / sizeof(prctl_arguments[0]); i++)
		if (prctl_arguments[i].option == option)
			return mask & ((2u << prctl_arguments[i].arguments) - 1);
	return mask;
}

/* Only these write into the buffer: SYSLOG_ACTION_READ, _READ_ALL, _READ_CLEAR (syslog(2)). */
static unsigned syslog_used(int32_t type, unsigned mask)
{
	return type >= 2 && type <= 4 ? mask : mask & ~(1u << 1);
}

/* Only these read what the pointer shows: write_ldt, new and old (modify_ldt(2)). */
static unsigned ldt_used(int32_t function, unsigned mask)
{
	return function == 1 || function == 0x11 ? mask : mask & ~(1u << 1);
}

/* Options whose value has pointers, or padding: the family takes them apart. */
static unsigned setsockopt_used(int32_t level, int32_t option, unsigned mask)
{
	bool filter = level == SOL_SOCKET &&
		      (option == SO_ATTACH_FILTER || option == SO_ATTACH_REUSEPORT_CBPF);
	bool group = (level == IPPROTO_IP || level == IPPROTO_IPV6) && option >= MCAST_JOIN_GROUP &&
		     option <= MCAST_LEAVE_SOURCE_GROUP;

	return filter || group ? mask & ~(1u << 3) : mask;
}

unsigned arg_used_mask(int64_t nr, const uint64_t args[SYSCALL_ARGS])
{
	const struct syscall_row *row = syscall_row_find(nr);
	unsigned mask = 0;

	for (unsigned i = 0; row && i < row->argc; i++)
		if (row->args[i].kind != ARG_UNUSED)
			mask |= 1u << i;
	switch (nr) {
	case __NR_open: return open_used(args[1], 1u << 2, mask);
	case __NR_openat: return open_used(args[2], 1u << 3, mask);
	case __NR_mmap: return args[3] & MAP_ANONYMOUS ? mask & 0x0f : mask;
	case __NR_mremap: return args[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? mask : mask & 0x0f;
	case __NR_clone: return clone_used(args[0], mask);
	case __NR_epoll_ctl: return (int)args[1] == EPOLL_CTL_DEL ? mask & 0x07 : mask;
	case __NR_fcntl: return fcntl_used((uint32_t)args[1], mask);
	case __NR_futex: return futex_used((uint32_t)args[1], mask);
	case __NR_prctl: return prctl_used((uint32_t)args[0], mask);
	case __NR_setsockopt: return setsockopt_used((int32_t)args[1], (int32_t)args[2], mask);
	case __NR_syslog: return syslog_used((int32_t)args[0], mask);
	case __NR_modify_ldt: return ldt_used((int32_t)args[0], mask);
	case __NR_mq_open: return args[1] & O_CREAT ? mask : mask & 0x03;
	default: return mask;
	}
}

/* Arguments of no consequence where `pointer` is NULL, by their numbers in C. */
static const struct {
	int64_t nr;
	uint8_t pointer, arg;
} companions[] = {
	/* without a mask its size is not looked at (set_user_sigmask, kernel/signal.c) */
	{ __NR_ppoll, 3, 4 },          { __NR_epoll_pwait, 4, 5 }, { __NR_epoll_pwait2, 4, 5 },
	{ __NR_rt_sigprocmask, 1, 0 }, { __NR_sendto, 4, 5 },
};

/* Commands of semctl that are for the whole set (semctl(2)). */
static bool semctl_takes_set(int32_t command)
{
	switch (command) {
	case IPC_RMID:
	case IPC_SET:
	case IPC_STAT:
	case SEM_STAT:
	case GETALL:
	case SETALL: return true;
	default: return false;
	}
}

/* Only these have a number (mknod(2)). */
static bool is_device(uint64_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

unsigned arg_compared_mask(int64_t nr, const uint64_t args[SYSCALL_ARGS])
{
	unsigned mask = arg_used_mask(nr, args);

	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++)
		if (companions[i].nr == nr && !args[companions[i].pointer])
			mask &= ~(1u << companions[i].arg);
	switch (nr) {
	case __NR_waitid: return (int32_t)args[0] == P_ALL ? mask & ~(1u << 1) : mask;
	case __NR_mknod: return is_device(args[1]) ? mask : mask & ~(1u << 2);
	case __NR_mknodat: return is_device(args[2]) ? mask : mask & ~(1u << 3);
	case __NR_semctl: return semctl_takes_set((int32_t)args[2]) ? mask & ~(1u << 1) : mask;
	default: return mask;
	}
}

/* Arguments of whose bits some are dropped without an error (fs/open.c, fs/namei.c, kernel/sys.c, kernel/exit.c). */
static const struct {
	int64_t nr;
	uint8_t arg;
	uint16_t bits;
} looked_at[] = {
	{ __NR_exit, 0, 0xff },    { __NR_exit_group, 0, 0xff }, { __NR_umask, 0, 0777 },
	{ __NR_mkdir, 1, 01777 },  { __NR_mkdirat, 2, 01777 },   { __NR_chmod, 1, 07777 },
	{ __NR_fchmod, 1, 07777 }, { __NR_fchmodat, 2, 07777 },  { __NR_fchmodat2, 2, 07777 },
	{ __NR_open, 2, 07777 },   { __NR_openat, 3, 07777 },    { __NR_creat, 1, 07777 },
};

uint64_t arg_compared_bits(int64_t nr, unsigned i, const uint64_t args[SYSCALL_ARGS])
{
	if (nr == __NR_fcntl && i == 2 && (uint32_t)args[1] == F_SETFD)
		return FD_CLOEXEC;
	for (size_t k = 0; k < sizeof(looked_at) / sizeof(looked_at[0]); k++)
		if (looked_at[k].nr == nr && looked_at[k].arg == i)
			return looked_at[k].bits;
	return UINT64_MAX;
}

/* Elements times bytes, never more than INT64_MAX. */
static int64_t saturated_bytes(uint64_t count, uint64_t size)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > INT64_MAX)
		return INT64_MAX;
	return (int64_t)bytes;
}

/* Whole 64-bit words that hold nfds bits; the kernel refuses a negative nfds. */
static int64_t fd_set_bytes(uint64_t raw_nfds)
{
	int32_t nfds = (int32_t)raw_nfds;

	return nfds > 0 ? ((int64_t)nfds + 63) / 64 * 8 : 0;
}

/* The capacity that the arguments state, or -1. */
static int64_t stated_bytes(const struct syscall_row *row, const struct syscall_arg *spec,
			    const uint64_t args[SYSCALL_ARGS])
{
	const struct syscall_arg *length_spec;
	uint64_t count;
	int index;

	if (spec->length == LENGTH_FIXED)
		return spec->size;
	if (spec->length == LENGTH_NFDS1)
		return fd_set_bytes(args[0]);
	if (spec->length >= LENGTH_PTR1)
		return -1;
	index = arg_length_index(spec);
	length_spec = &row->args[index];
	count = arg_value(length_spec, args[index]);
	if (length_spec->kind == ARG_INT && (int64_t)count < 0)
		return 0;
	return saturated_bytes(count, spec->size);
}

int64_t arg_input_bytes(const struct syscall_row *row, unsigned i,
			const uint64_t args[SYSCALL_ARGS])
{
	const struct syscall_arg *spec = &row->args[i];

	if (spec->kind != ARG_IN && spec->kind != ARG_INOUT && spec->kind != ARG_SOCKADDR_IN &&
	    spec->kind != ARG_LENPTR)
		return -1;
	return args[i] ? stated_bytes(row, spec, args) : 0;
}

static bool result_is_interruption(int64_t result)
{
	return result == -EINTR || (result <= -RESTART_FIRST && result >= -RESTART_LAST);
}

/* Does the kernel write this output when the call ends so? */
static bool output_is_written(const struct syscall_arg *spec, int64_t result)
{
	switch ((enum arg_when)spec->when) {
	case WHEN_SUCCESS: return !result_is_error(result);
	case WHEN_ALWAYS: return true;
	case WHEN_INTERRUPTED: return result_is_interruption(result);
	case WHEN_POSITIVE: return result > 0;
	}
	return false;
}

/* A variable-length output is as long as the result says, a fixed one is whole. */
static uint64_t bounded_by_result(const struct syscall_row *row, const struct syscall_arg *spec,
				  int64_t capacity, int64_t result)
{
	int64_t bytes = capacity;

	if (spec->kind == ARG_OUT && spec->length != LENGTH_FIXED && result >= 0) {
		if (row->result == RESULT_LENGTH)
			bytes = result;
		else if (row->result == RESULT_COUNT)
			bytes = saturated_bytes((uint64_t)result, spec->size);
	}
	return (uint64_t)(bytes < capacity ? bytes : capacity);
}

uint64_t arg_output_bytes(const struct syscall_row *row, unsigned i,
			  const uint64_t args[SYSCALL_ARGS], int64_t result)
{
	const struct syscall_arg *spec = &row->args[i];
	int64_t capacity;

	if (!arg_is_output(spec->kind) || !args[i] || !output_is_written(spec, result))
		return 0;
	if (spec->kind == ARG_IOVEC_OUT || spec->kind == ARG_MSGHDR_OUT)
		return result > 0 ? (uint64_t)result : 0;
	if (spec->kind == ARG_MMSGHDR_OUT)
		return ARG_BYTES_UNKNOWN;
	capacity = stated_bytes(row, spec, args);
	return capacity < 0 ? ARG_BYTES_UNKNOWN : bounded_by_result(row, spec, capacity, result);
}

/* What is done to a field before comparing. */
enum field_rule {
	FIELD_CLEAR = 1, /* padding, ignored, or user data that may be an address */
	FIELD_NULLNESS,  /* u64 address: 0 or 1 */
	FIELD_HANDLER,   /* u64 signal handler: 0, 1 or 2 */
};

struct field {
	uint8_t rule;
	uint8_t offset;
	uint8_t bytes;
};

#define FIELDS_MAX 8

/* Structures whose comparable part does not depend on their content; arrays repeat every `size`. */
static const struct layout {
	uint16_t size;
	struct field fields[FIELDS_MAX];
} layouts[FORMAT_COUNT] = {
	/* pselect6's pair: address of the mask, its size */
	[FORMAT_SIGMASK_ARG] = { 16, { { FIELD_NULLNESS, 0, 8 } } },
	/* the kernel's struct sigaction: handler, flags, restorer, mask */
	[FORMAT_SIGACTION] = { 32, { { FIELD_HANDLER, 0, 8 }, { FIELD_CLEAR, 16, 8 } } },
	/* packed: events, data */
	[FORMAT_EPOLL_EVENT] = { 12, { { FIELD_CLEAR, 4, 8 } } },
	/* stack_t: ss_sp, ss_flags, padding, ss_size */
	[FORMAT_STACK] = { 24, { { FIELD_CLEAR, 0, 8 }, { FIELD_CLEAR, 12, 4 } } },
	[FORMAT_ROBUST_LIST] = { 8, { { FIELD_NULLNESS, 0, 8 } } },
	/* struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid ... */
	[FORMAT_CLONE_ARGS] = { 88,
				{ { FIELD_NULLNESS, 8, 8 },
				  { FIELD_NULLNESS, 16, 8 },
				  { FIELD_NULLNESS, 24, 8 },
				  { FIELD_NULLNESS, 40, 8 },
				  { FIELD_NULLNESS, 56, 8 },
				  { FIELD_NULLNESS, 64, 8 } } },
	/* only si_signo, si_errno and si_code are always filled in */
	[FORMAT_SIGINFO] = { 128, { { FIELD_CLEAR, 12, 116 } } },
	/* struct mq_attr when a queue is made: only mq_maxmsg and mq_msgsize are looked at (mq_open(3)) */
	[FORMAT_MQ_ATTR] = { 64, { { FIELD_CLEAR, 0, 8 }, { FIELD_CLEAR, 24, 40 } } },
	/* ... and when its flags are set: only mq_flags */
	[FORMAT_MQ_FLAGS] = { 64, { { FIELD_CLEAR, 8, 56 } } },
	/* struct user_desc: the base is an address (modify_ldt(2)) */
	[FORMAT_USER_DESC] = { 16, { { FIELD_CLEAR, 4, 4 } } },
	[FORMAT_ADDRESSES] = { 8, { { FIELD_NULLNESS, 0, 8 } } },
	/* struct flock: l_type, l_whence, padding, l_start, l_len, l_pid, padding */
	[FORMAT_FLOCK] = { 32, { { FIELD_CLEAR, 4, 4 }, { FIELD_CLEAR, 24, 8 } } },
};

static void field_apply(const struct field *field, uint8_t *element)
{
	uint8_t *at = element + field->offset;
	uint64_t value;

	if (field->rule == FIELD_CLEAR) {
		memset(at, 0, field->bytes);
		return;
	}
	memcpy(&value, at, sizeof(value));
	if (field->rule == FIELD_NULLNESS)
		value = value != 0;
	else if (value > (uint64_t)(uintptr_t)SIG_IGN)
		value = 2;
	memcpy(at, &value, sizeof(value));
}

/* Fields that a short structure does not reach are left out. */
static void layout_apply(const struct layout *layout, uint8_t *bytes, size_t length)
{
	for (size_t start = 0; start < length; start += layout->size)
		for (unsigned f = 0; f < FIELDS_MAX && layout->fields[f].rule; f++)
			if (length - start >=
			    (size_t)layout->fields[f].offset + layout->fields[f].bytes)
				field_apply(&layout->fields[f], bytes + start);
}

/* UTIME_NOW and UTIME_OMIT make tv_sec meaningless (utimensat(2)). */
static void timespec2_canonicalise(uint8_t *bytes, size_t length)
{
	for (size_t start = 0; start + 16 <= length; start += 16) {
		uint64_t nanoseconds;

		memcpy(&nanoseconds, bytes + start + 8, sizeof(nanoseconds));
		if (nanoseconds == UTIME_NOW || nanoseconds == UTIME_OMIT)
			memset(bytes + start, 0, 8);
	}
}

/* struct pollfd: fd, events, revents. An entry whose descriptor is negative is skipped (poll(2)). */
static void pollfd_canonicalise(uint8_t *bytes, size_t length)
{
	for (size_t start = 0; start + 8 <= length; start += 8) {
		int32_t fd;

		memcpy(&fd, bytes + start, sizeof(fd));
		/* revents is the kernel's, and whatever was there before */
		memset(bytes + start + 6, 0, 2);
		if (fd < 0)
			memset(bytes + start, 0xff, 6);
	}
}

/* Only a function is called under the mask of its signal. */
static void sigaction_canonicalise(uint8_t *bytes, size_t length)
{
	uint64_t handler = UINT64_MAX;

	if (length >= 32)
		memcpy(&handler, bytes, sizeof(handler));
	if (handler <= (uint64_t)(uintptr_t)SIG_IGN)
		memset(bytes + 24, 0, 8);
	layout_apply(&layouts[FORMAT_SIGACTION], bytes, length);
}

/* The size says nothing without a mask (set_user_sigmask, kernel/signal.c). */
static void sigmask_arg_canonicalise(uint8_t *bytes, size_t length)
{
	uint64_t addr = UINT64_MAX;

	if (length >= 16)
		memcpy(&addr, bytes, sizeof(addr));
	if (!addr)
		memset(bytes + 8, 0, 8);
	layout_apply(&layouts[FORMAT_SIGMASK_ARG], bytes, length);
}

/* Clears all but a name's `room` bytes up to its NUL. */
static void name_canonicalise(uint8_t *bytes, size_t length, size_t room)
{
	size_t used = strnlen((const char *)bytes, length < room ? length : room);

	memset(bytes + used, 0, length - used);
}

/* The last byte is the NUL's, whatever stands there (prctl(2)). */
static void task_name_canonicalise(uint8_t *bytes, size_t length)
{
	name_canonicalise(bytes, length, 15);
}

/* struct sigevent: sigev_value, sigev_signo, sigev_notify, then a thread id or addresses. */
static void sigevent_canonicalise(uint8_t *bytes, size_t length)
{
	uint32_t notify = 0;
	size_t kept = 16;

	if (length < 16)
		return;
	memcpy(&notify, bytes + 12, sizeof(notify));
	if (notify == SIGEV_THREAD_ID && length >= 20)
		kept = 20;
	memset(bytes, 0, notify == SIGEV_NONE ? 12 : 8);
	memset(bytes + kept, 0, length - kept);
}

/* stack_t: with SS_DISABLE the kernel ignores address and size. */
static void stack_canonicalise(uint8_t *bytes, size_t length)
{
	uint32_t flags;

	if (length < 24)
		return;
	memcpy(&flags, bytes + 8, sizeof(flags));
	if (flags & SS_DISABLE)
		memset(bytes + 16, 0, 8);
	layout_apply(&layouts[FORMAT_STACK], bytes, length);
}

/* struct sockaddr_pkt, whose family may be any (packet(7)) */
#define PACKET_ADDRESS_BYTES 18
/* struct sockaddr_l2tpip6: the longest of AF_INET6 (linux/l2tp.h) */
#define INET6_ADDRESS_BYTES 32

/*
 * What follows the NUL of a pathname, sin_zero, nl_pad, and what is longer than
 * its family's addresses are leftovers of the stack.
 */
static void sockaddr_canonicalise(uint8_t *bytes, size_t length)
{
	uint16_t family;
	uint8_t *nul;

	if (length < 3)
		return;
	memcpy(&family, bytes, sizeof(family));
	if (family == AF_UNIX && bytes[2]) {
		nul = memchr(bytes + 2, 0, length - 2);
		if (nul)
			memset(nul, 0, length - (size_t)(nul - bytes));
	} else if (family == AF_INET && length >= 16) {
		memset(bytes + 8, 0, 8);
		if (length != PACKET_ADDRESS_BYTES)
			memset(bytes + 16, 0, length - 16);
	} else if (family == AF_INET6 && length > INET6_ADDRESS_BYTES) {
		memset(bytes + INET6_ADDRESS_BYTES, 0, length - INET6_ADDRESS_BYTES);
	} else if (family == AF_NETLINK && length >= 4) {
		memset(bytes + 2, 0, 2);
	}
}

/* Which fields of struct timex the kernel reads: those that its modes name (adjtimex(2)). */
static const struct {
	uint32_t mode;
	uint8_t offset, bytes;
} timex_fields[] = {
	{ ADJ_OFFSET, 8, 8 },    { ADJ_FREQUENCY, 16, 8 },
	{ ADJ_MAXERROR, 24, 8 }, { ADJ_ESTERROR, 32, 8 },
	{ ADJ_STATUS, 40, 4 },   { ADJ_TIMECONST, 48, 8 },
	{ ADJ_TAI, 48, 8 },      { ADJ_SETOFFSET, 72, 16 },
	{ ADJ_TICK, 88, 8 },     { 0x8000 /* adjtime's */, 8, 8 },
};

static void timex_canonicalise(uint8_t *bytes, size_t length)
{
	uint8_t kept[208] = { 0 };
	uint32_t modes;

	if (length < sizeof(kept))
		return;
	memcpy(&modes, bytes, sizeof(modes));
	memcpy(kept, &modes, sizeof(modes));
	for (size_t i = 0; i < sizeof(timex_fields) / sizeof(timex_fields[0]); i++)
		if (modes & timex_fields[i].mode)
			memcpy(kept + timex_fields[i].offset, bytes + timex_fields[i].offset,
			       timex_fields[i].bytes);
	memcpy(bytes, kept, sizeof(kept));
}

/*
 * A seccomp filter that looks at where a call comes from holds addresses: each
 * variant's own. What they lead to is compared at each call.
 */
static void sock_filter_canonicalise(uint8_t *bytes, size_t length)
{
	const uint32_t ip = offsetof(struct seccomp_data, instruction_pointer);
	struct sock_filter insn;
	bool asks_where = false;

	for (size_t at = 0; at + sizeof(insn) <= length; at += sizeof(insn)) {
		memcpy(&insn, bytes + at, sizeof(insn));
		asks_where |= insn.code == (BPF_LD | BPF_W | BPF_ABS) && insn.k >= ip &&
			      insn.k < ip + sizeof(uint64_t);
	}
	for (size_t at = 0; asks_where && at + sizeof(insn) <= length; at += sizeof(insn)) {
		memcpy(&insn, bytes + at, sizeof(insn));
		if (BPF_CLASS(insn.code) == BPF_JMP && BPF_OP(insn.code) != BPF_JA)
			memset(bytes + at + offsetof(struct sock_filter, k), 0, sizeof(insn.k));
	}
}

static void (*const canonicalisers[FORMAT_COUNT])(uint8_t *bytes, size_t length) = {
	[FORMAT_TIMESPEC2] = timespec2_canonicalise,
	[FORMAT_POLLFD] = pollfd_canonicalise,
	[FORMAT_SIGACTION] = sigaction_canonicalise,
	[FORMAT_SIGMASK_ARG] = sigmask_arg_canonicalise,
	[FORMAT_TASK_NAME] = task_name_canonicalise,
	[FORMAT_SIGEVENT] = sigevent_canonicalise,
	[FORMAT_STACK] = stack_canonicalise,
	[FORMAT_SOCKADDR] = sockaddr_canonicalise,
	[FORMAT_TIMEX] = timex_canonicalise,
	[FORMAT_SOCK_FILTER] = sock_filter_canonicalise,
};

void format_canonicalise(enum arg_format format, uint8_t *bytes, size_t length)
{
	if (format >= FORMAT_COUNT)
		return;
	if (canonicalisers[format])
		canonicalisers[format](bytes, length);
	else if (layouts[format].size)
		layout_apply(&layouts[format], bytes, length);
}

/* The kernel reads whole words but looks at nfds bits. */
static void fd_set_canonicalise(uint8_t *bytes, size_t length, int32_t nfds)
{
	size_t first = nfds > 0 ? (size_t)nfds : 0;

	for (size_t byte = first / 8; byte < length; byte++)
		bytes[byte] &= byte == first / 8 ? (uint8_t)((1u << (first % 8)) - 1) : 0;
}

/* Socket options of which the kernel takes only the beginning, however long they are. */
static const struct {
	int32_t level, option;
	uint8_t bytes;
	bool is_name; /* up to its NUL */
} socket_options[] = {
	{ SOL_SOCKET, SO_BINDTODEVICE, IFNAMSIZ - 1, true },
	{ IPPROTO_TCP, TCP_CONGESTION, 15 /* TCP_CA_NAME_MAX - 1 */, true },
	{ IPPROTO_TCP, TCP_ULP, 15 /* TCP_ULP_NAME_MAX - 1 */, true },
	{ SOL_SOCKET, SO_DEBUG, sizeof(int), false },
	{ SOL_SOCKET, SO_REUSEADDR, sizeof(int), false },
	{ SOL_SOCKET, SO_REUSEPORT, sizeof(int), false },
	{ SOL_SOCKET, SO_DONTROUTE, sizeof(int), false },
	{ SOL_SOCKET, SO_BROADCAST, sizeof(int), false },
	{ SOL_SOCKET, SO_KEEPALIVE, sizeof(int), false },
	{ SOL_SOCKET, SO_OOBINLINE, sizeof(int), false },
	{ SOL_SOCKET, SO_PASSCRED, sizeof(int), false },
	{ SOL_SOCKET, SO_PRIORITY, sizeof(int), false },
	{ SOL_SOCKET, SO_SNDBUF, sizeof(int), false },
	{ SOL_SOCKET, SO_RCVBUF, sizeof(int), false },
	{ SOL_SOCKET, SO_RCVLOWAT, sizeof(int), false },
	{ IPPROTO_TCP, TCP_NODELAY, sizeof(int), false },
	{ IPPROTO_TCP, TCP_CORK, sizeof(int), false },
	{ IPPROTO_TCP, TCP_KEEPIDLE, sizeof(int), false },
	{ IPPROTO_TCP, TCP_KEEPINTVL, sizeof(int), false },
	{ IPPROTO_TCP, TCP_KEEPCNT, sizeof(int), false },
	{ IPPROTO_TCP, TCP_QUICKACK, sizeof(int), false },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, sizeof(int), false },
	{ IPPROTO_IPV6, IPV6_V6ONLY, sizeof(int), false },
};

static void sockopt_canonicalise(uint8_t *bytes, size_t length, int32_t level, int32_t option)
{
	for (size_t i = 0; i < sizeof(socket_options) / sizeof(socket_options[0]); i++) {
		size_t used = socket_options[i].bytes;

		if (socket_options[i].level != level || socket_options[i].option != option)
			continue;
		if (socket_options[i].is_name)
			name_canonicalise(bytes, length, used);
		else if (length > used)
			memset(bytes + used, 0, length - used);
	}
}

/*
 * AF_UNSPEC dissolves what connect made, whatever else stands there. In an
 * address of the length of another family's it may be that family's (pppox).
 */
static void unspec_canonicalise(uint8_t *bytes, size_t length)
{
	uint16_t family;

	if (length != sizeof(struct sockaddr_in) && length != sizeof(struct sockaddr_in6))
		return;
	memcpy(&family, bytes, sizeof(family));
	if (family == AF_UNSPEC)
		memset(bytes, 0, length);
}

void arg_canonicalise(const struct syscall_row *row, unsigned i, const uint64_t args[SYSCALL_ARGS],
		      uint8_t *bytes, size_t length)
{
	const struct syscall_arg *spec = &row->args[i];

	if (spec->length == LENGTH_NFDS1)
		fd_set_canonicalise(bytes, length, (int32_t)args[0]);
	else if (spec->format == FORMAT_SOCKOPT)
		sockopt_canonicalise(bytes, length, (int32_t)args[1], (int32_t)args[2]);
	else if (row == syscall_row_find(__NR_connect))
		unspec_canonicalise(bytes, length);
	format_canonicalise(spec->format, bytes, length);
}
