/*
 * What one row of the system call table can say. A row is plain bytes without
 * pointers, so that monitor, agent, recorder, re-execution, printer, SQL
 * functions and tests all read the same row (schema/syscall_table_x86_64.inc).
 *
 * Argument numbers in length fields count from 1 (ARG1 .. ARG6), as manual
 * pages do; in C arrays they are 0-based.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SYSCALL_ARGS       6
#define SYSCALL_NAME_BYTES 28

/* A call that is not LIVE never reaches the kernel. */
enum syscall_support {
	SUPPORT_NONE = 0, /* no row: the run stops with the number */
	SUPPORT_LIVE,     /* runs under the monitor; what is missing says syscall_note_find */
	SUPPORT_REFUSED,  /* answered with an errno on purpose (row->refuse_errno) */
};

/* Who executes it. */
enum syscall_run {
	RUN_EACH,   /* every variant */
	RUN_LEADER, /* variant 0 for all; result and output bytes are handed on */
	RUN_NOBODY, /* the monitor answers */
	RUN_LOCAL,  /* each when it comes to it: recorded, neither compared nor awaited */
};

/* What the result means. Errors are always -errno. */
enum syscall_result {
	RESULT_NONE,    /* 0, or the call does not return */
	RESULT_PLAIN,   /* a number to be shown in decimal */
	RESULT_LENGTH,  /* bytes transferred; bounds the output buffer */
	RESULT_COUNT,   /* elements filled; times the argument's size bounds the output buffer */
	RESULT_FD,      /* a new descriptor, or the one named */
	RESULT_PID,     /* a process or thread id, process group or session */
	RESULT_ADDRESS, /* an address of the variant's own, or any value to be shown in hex */
};

/* Which bookkeeping it changes (bit mask). */
enum syscall_effect {
	EFFECT_NONE = 0,
	EFFECT_FD = 1 << 0,      /* descriptor table */
	EFFECT_MAP = 1 << 1,     /* memory mappings */
	EFFECT_PROCESS = 1 << 2, /* processes and threads come, go or are waited for */
	EFFECT_SIGNAL = 1 << 3,  /* dispositions, masks, pending signals */
	EFFECT_CRED = 1 << 4,    /* credentials, capabilities, limits */
	EFFECT_CWD = 1 << 5,     /* working directory, root, umask */
	EFFECT_OUTSIDE = 1 << 6, /* something outside the process can see it happened */
};

enum syscall_block { BLOCK_NEVER, BLOCK_MAY };

/* How sensitive it is, from harmless to what an attack needs. */
enum syscall_level {
	LEVEL_QUERY,   /* asks about the process itself */
	LEVEL_READ,    /* reads files or descriptors */
	LEVEL_WRITE,   /* writes to existing descriptors */
	LEVEL_FILE,    /* opens, creates, removes, renames */
	LEVEL_NETWORK, /* sockets */
	LEVEL_CONTROL, /* memory, processes, signals, credentials, system */
};

/* Irregular families: what a row cannot say is in monitor/calls/<family>.c. */
enum syscall_family {
	FAMILY_NONE,
	FAMILY_OPEN, /* open, openat, openat2, creat */
	FAMILY_FD,   /* close, dup*, pipe*, socket*, eventfd: descriptors made or ended */
	FAMILY_IO,   /* read, write and their vector and positioned forms */
	FAMILY_FCNTL,
	FAMILY_IOCTL,
	FAMILY_STAT,   /* calls that look at files, and readlink */
	FAMILY_MEMORY, /* mmap, brk, mprotect ... */
	FAMILY_CLONE,  /* fork, vfork, clone, clone3 */
	FAMILY_EXEC,
	FAMILY_EXIT,
	FAMILY_WAIT,
	FAMILY_IDS, /* pids in arguments */
	FAMILY_KILL,
	FAMILY_SIGNAL, /* sigaction, sigprocmask, sigreturn, sigsuspend ... */
	FAMILY_FUTEX,
	FAMILY_POLL, /* select, poll, ppoll, pselect6 */
	FAMILY_EPOLL,
	FAMILY_SOCKET, /* messages and addresses */
	FAMILY_TIME,
	FAMILY_SCHED,
	FAMILY_PRCTL, /* prctl, arch_prctl, rseq, robust lists */
	FAMILY_PTRACE,
	FAMILY_REFUSE,
	FAMILY_SYSV,   /* semaphores and messages */
	FAMILY_SHM,    /* System V shared memory */
	FAMILY_MADE,   /* descriptors that only the leader makes */
	FAMILY_SYSTEM, /* what administers or describes the system: mounts, quotas, attributes */
	FAMILY_KEYS,   /* keyctl */
	FAMILY_REMOTE, /* memory of other processes */
	FAMILY_PLACE,  /* working directory, root, namespaces */
	FAMILY_SECCOMP,
	FAMILY_LISTING, /* getdents */
	FAMILY_COUNT
};

/* What an argument is. */
enum arg_kind {
	ARG_UNUSED = 0, /* not passed to the kernel: neither compared nor shown */
	/* plain values, compared */
	ARG_INT,     /* int: the low 32 bits, signed */
	ARG_UINT,    /* unsigned int: the low 32 bits */
	ARG_LONG,    /* 64 bits, signed */
	ARG_SIZE,    /* 64 bits, unsigned: size_t, loff_t that is never negative */
	ARG_OFFSET,  /* 64 bits, signed: off_t, loff_t */
	ARG_FLAGS,   /* 32 bits, names by format */
	ARG_FLAGS64, /* 64 bits, names by format */
	ARG_MODE,    /* mode_t, octal */
	ARG_DEV,     /* dev_t */
	ARG_FD,      /* descriptor: low 32 bits */
	ARG_DIRFD,   /* descriptor or AT_FDCWD */
	ARG_PID,     /* pid, tid, pgid or their negative; 0 and -1 as the call has it */
	ARG_UID,     /* uid or gid */
	ARG_SIGNAL,
	/* an address of the variant's own: only NULL against not-NULL is compared */
	ARG_ADDRESS,
	/* input: the variant's memory is read and compared */
	ARG_PATH,     /* NUL-terminated file name */
	ARG_STRING,   /* NUL-terminated, other than a file name */
	ARG_STRINGS,  /* NULL-terminated array of strings (argv, envp) */
	ARG_IN,       /* `length` gives the bytes; times `size` */
	ARG_IOVEC_IN, /* struct iovec[`length`]: contents */
	ARG_MSGHDR_IN,
	ARG_MMSGHDR_IN,
	ARG_SOCKADDR_IN, /* struct sockaddr of `length` bytes */
	/* output: written by the kernel, handed to the followers */
	ARG_OUT,       /* at most `length` times `size` bytes; less by RESULT_LENGTH/COUNT */
	ARG_IOVEC_OUT, /* struct iovec[`length`]; filled up to the result */
	ARG_MSGHDR_OUT,
	ARG_MMSGHDR_OUT,
	ARG_SOCKADDR_OUT, /* `length` is a LENGTH_PTR: capacity in what that argument, an ARG_LENPTR, points to */
	ARG_LENPTR, /* int or socklen_t, in and out */
	/* both */
	ARG_INOUT, /* input compared, output handed on; `length` times `size` */
	/* the family decides by the other arguments (ioctl, fcntl, prctl ...) */
	ARG_IRREGULAR,
	ARG_KIND_COUNT
};

/* Where the length of a buffer comes from. */
enum arg_length {
	LENGTH_FIXED = 0, /* `size` bytes */
	/* clang-format off */
	LENGTH_ARG1, LENGTH_ARG2, LENGTH_ARG3,
	LENGTH_ARG4, LENGTH_ARG5, LENGTH_ARG6, /* value of that argument, times `size` */
	LENGTH_PTR1, LENGTH_PTR2, LENGTH_PTR3,
	LENGTH_PTR4, LENGTH_PTR5, LENGTH_PTR6, /* u32 that argument points to */
	/* clang-format on */
	LENGTH_NFDS1, /* fd_set: ARG1 bits, in whole 64-bit words */
};

/* Names and layouts: how to show a value, and which bytes of a structure mean something. */
enum arg_format {
	FORMAT_NONE = 0,
	/* clang-format off */
	/* flags and enumerations */
	FORMAT_OPEN_FLAGS, FORMAT_ACCESS_MODE, FORMAT_AT_FLAGS, FORMAT_PROT, FORMAT_MMAP_FLAGS,
	FORMAT_MREMAP_FLAGS, FORMAT_MADVISE, FORMAT_MSYNC_FLAGS, FORMAT_CLONE_FLAGS,
	FORMAT_WAIT_OPTIONS, FORMAT_WAITID_TYPE, FORMAT_FCNTL_CMD, FORMAT_IOCTL_CMD,
	FORMAT_SIG_HOW, FORMAT_SOCKET_DOMAIN, FORMAT_SOCKET_TYPE, FORMAT_SOCKET_LEVEL,
	FORMAT_SOCKET_OPTION, FORMAT_SHUTDOWN_HOW, FORMAT_MSG_FLAGS, FORMAT_SEEK_WHENCE,
	FORMAT_FLOCK_OP, FORMAT_CLOCK_ID, FORMAT_TIMER_FLAGS, FORMAT_ITIMER_WHICH,
	FORMAT_RLIMIT_RESOURCE, FORMAT_RUSAGE_WHO, FORMAT_PRCTL_OPTION, FORMAT_ARCH_PRCTL,
	FORMAT_FUTEX_OP, FORMAT_GETRANDOM_FLAGS, FORMAT_FD_CLOEXEC_FLAGS, FORMAT_FADVISE,
	FORMAT_FALLOCATE_MODE, FORMAT_RENAME_FLAGS, FORMAT_MEMFD_FLAGS, FORMAT_STATX_FLAGS,
	FORMAT_STATX_MASK, FORMAT_EPOLL_OP, FORMAT_EPOLL_FLAGS, FORMAT_PRIORITY_WHICH,
	FORMAT_SCHED_POLICY, FORMAT_CLOSE_RANGE_FLAGS, FORMAT_SPLICE_FLAGS, FORMAT_RWF_FLAGS,
	FORMAT_XATTR_FLAGS, FORMAT_MLOCK_FLAGS, FORMAT_PIDFD_FLAGS,
	FORMAT_SOCKET_PROTOCOL, FORMAT_SOCK_FLAGS, FORMAT_EVENTFD_FLAGS, FORMAT_UNLINKAT_FLAGS,
	FORMAT_FACCESSAT_FLAGS, FORMAT_MEMBARRIER_CMD, FORMAT_FILE_MODE, FORMAT_HEX,
	/* structures */
	FORMAT_STAT, FORMAT_STATX, FORMAT_STATFS, FORMAT_TIMESPEC, FORMAT_TIMESPEC2,
	FORMAT_TIMEVAL, FORMAT_TIMEVAL2, FORMAT_TIMEZONE, FORMAT_ITIMERVAL, FORMAT_ITIMERSPEC,
	FORMAT_UTIMBUF, FORMAT_RLIMIT, FORMAT_RUSAGE, FORMAT_TMS, FORMAT_SYSINFO, FORMAT_UTSNAME,
	FORMAT_SIGSET, FORMAT_SIGACTION, FORMAT_SIGINFO, FORMAT_STACK, FORMAT_SIGEVENT,
	FORMAT_POLLFD, FORMAT_FD_SET, FORMAT_EPOLL_EVENT, FORMAT_FD_PAIR, FORMAT_FLOCK,
	FORMAT_TERMIOS, FORMAT_WINSIZE, FORMAT_INT32, FORMAT_INT64, FORMAT_WAIT_STATUS,
	FORMAT_CLONE_ARGS, FORMAT_OPEN_HOW, FORMAT_CPU_SET, FORMAT_GIDS, FORMAT_DIRENT64,
	FORMAT_DIRENT, FORMAT_SIGMASK_ARG, FORMAT_ROBUST_LIST, FORMAT_CAP_HEADER, FORMAT_CAP_DATA,
	FORMAT_SCHED_PARAM, FORMAT_SCHED_ATTR, FORMAT_TEXT, FORMAT_BYTES,
	FORMAT_UINT32, FORMAT_SOCKOPT, FORMAT_SOCKADDR,
	FORMAT_TIMEX, FORMAT_MQ_ATTR, FORMAT_MQ_FLAGS, FORMAT_USER_DESC, FORMAT_ADDRESSES, FORMAT_SOCK_FILTER,
	FORMAT_MOUNT_FLAGS, FORMAT_UMOUNT_FLAGS, FORMAT_FSCONFIG_CMD, FORMAT_KEYCTL_OP,
	FORMAT_KCMP_TYPE, FORMAT_MEMPOLICY, FORMAT_MLOCKALL_FLAGS, FORMAT_REBOOT_CMD,
	FORMAT_INOTIFY_FLAGS, FORMAT_INOTIFY_MASK, FORMAT_TIMERFD_FLAGS, FORMAT_SIGNALFD_FLAGS,
	FORMAT_IPC_KEY, FORMAT_IPC_FLAGS, FORMAT_SHMAT_FLAGS, FORMAT_MSG_QUEUE_FLAGS,
	FORMAT_SEMCTL_CMD, FORMAT_MSGCTL_CMD, FORMAT_SHMCTL_CMD, FORMAT_SEMBUF,
	FORMAT_PERSONALITY, FORMAT_SYNC_RANGE_FLAGS, FORMAT_OCTETS,
	FORMAT_SEMID, FORMAT_MSQID, FORMAT_SHMID, FORMAT_SEMINFO, FORMAT_MSGINFO, FORMAT_SHMINFO,
	FORMAT_MESSAGE, FORMAT_OWNER, FORMAT_SIGNAL, FORMAT_TSC, FORMAT_INODE_FLAGS, FORMAT_FILE_HANDLE,
	FORMAT_TASK_NAME,
	/* clang-format on */
	FORMAT_COUNT
};

/*
 * With which results the kernel writes an output. Bytes it did not write must
 * not be handed on: they are the leader's own leavings.
 */
enum arg_when {
	WHEN_SUCCESS = 0, /* any result that is not an error */
	WHEN_ALWAYS,      /* errors too (revents, the time left of a select) */
	WHEN_INTERRUPTED, /* only -EINTR and the kernel's restart codes (the rest of a sleep) */
	WHEN_POSITIVE,    /* only results above 0 (wait4 with WNOHANG may find nothing) */
};

struct syscall_arg {
	uint8_t kind;   /* enum arg_kind */
	uint8_t length; /* enum arg_length */
	uint8_t format; /* enum arg_format */
	uint8_t when;   /* enum arg_when */
	uint16_t size;  /* bytes of one element; 1 for plain buffers */
	uint16_t spare2;
};

struct syscall_row {
	char name[SYSCALL_NAME_BYTES]; /* as in the kernel's headers, without __NR_ */
	uint8_t support;               /* enum syscall_support */
	uint8_t run;                   /* enum syscall_run */
	uint8_t result;                /* enum syscall_result */
	uint8_t effects;               /* mask of enum syscall_effect */
	uint8_t family;                /* enum syscall_family */
	uint8_t block;                 /* enum syscall_block */
	uint8_t level;                 /* enum syscall_level */
	uint8_t argc;                  /* arguments the kernel looks at */
	uint8_t refuse_errno;          /* SUPPORT_REFUSED: the errno given */
	uint8_t spare[3];
	struct syscall_arg args[SYSCALL_ARGS];
};

_Static_assert(sizeof(struct syscall_arg) == 8, "rows are plain bytes");
_Static_assert(sizeof(struct syscall_row) == 88, "rows are plain bytes");

/* One past the highest number in the table. */
#define SYSCALL_LIMIT 512

/* The row of a number; NULL when there is none. Numbers are x86-64's. */
const struct syscall_row *syscall_row_find(int64_t nr);

/* The number of a name, or -1. */
int syscall_number_find(const char *name);

/*
 * What a call that is carried in part lacks, or why one is refused: the rest
 * of a sentence, lower case, no full stop. NULL for a call carried in full.
 */
const char *syscall_note_find(int64_t nr);

/* Prints every row for people: number, name, who executes it, how far it is supported. */
void syscall_table_print(FILE *out);
