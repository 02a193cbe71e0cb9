/*
 * Names of errno values and signals, both ways: plain tables over the macros
 * of the installed headers.
 */
#include "schema/syscall_names.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The kernel's first real-time signal; libc's SIGRTMIN is 34, it keeps two for itself. */
#define KERNEL_SIGRTMIN 32
#define KERNEL_SIGRTMAX 64

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME(macro)  [macro] = #macro

struct alias {
	const char *name;
	int number;
};

/* clang-format off */
static const char *const errno_names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG),
	NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES),
	NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV),
	NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS), NAME(EMLINK),
	NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOLCK),
	NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP), NAME(ENOMSG), NAME(EIDRM), NAME(ECHRNG),
	NAME(EL2NSYNC), NAME(EL3HLT), NAME(EL3RST), NAME(ELNRNG), NAME(EUNATCH), NAME(ENOCSI),
	NAME(EL2HLT), NAME(EBADE), NAME(EBADR), NAME(EXFULL), NAME(ENOANO), NAME(EBADRQC),
	NAME(EBADSLT), NAME(EBFONT), NAME(ENOSTR), NAME(ENODATA), NAME(ETIME), NAME(ENOSR),
	NAME(ENONET), NAME(ENOPKG), NAME(EREMOTE), NAME(ENOLINK), NAME(EADV), NAME(ESRMNT),
	NAME(ECOMM), NAME(EPROTO), NAME(EMULTIHOP), NAME(EDOTDOT), NAME(EBADMSG), NAME(EOVERFLOW),
	NAME(ENOTUNIQ), NAME(EBADFD), NAME(EREMCHG), NAME(ELIBACC), NAME(ELIBBAD), NAME(ELIBSCN),
	NAME(ELIBMAX), NAME(ELIBEXEC), NAME(EILSEQ), NAME(ERESTART), NAME(ESTRPIPE), NAME(EUSERS),
	NAME(ENOTSOCK), NAME(EDESTADDRREQ), NAME(EMSGSIZE), NAME(EPROTOTYPE), NAME(ENOPROTOOPT),
	NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EPFNOSUPPORT),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(ENETDOWN), NAME(ENETUNREACH),
	NAME(ENETRESET), NAME(ECONNABORTED), NAME(ECONNRESET), NAME(ENOBUFS), NAME(EISCONN),
	NAME(ENOTCONN), NAME(ESHUTDOWN), NAME(ETOOMANYREFS), NAME(ETIMEDOUT), NAME(ECONNREFUSED),
	NAME(EHOSTDOWN), NAME(EHOSTUNREACH), NAME(EALREADY), NAME(EINPROGRESS), NAME(ESTALE),
	NAME(EUCLEAN), NAME(ENOTNAM), NAME(ENAVAIL), NAME(EISNAM), NAME(EREMOTEIO), NAME(EDQUOT),
	NAME(ENOMEDIUM), NAME(EMEDIUMTYPE), NAME(ECANCELED), NAME(ENOKEY), NAME(EKEYEXPIRED),
	NAME(EKEYREVOKED), NAME(EKEYREJECTED), NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE), NAME(ERFKILL),
	NAME(EHWPOISON),
	/* seen only by tracers: include/linux/errno.h */
	[512] = "ERESTARTSYS", [513] = "ERESTARTNOINTR", [514] = "ERESTARTNOHAND",
	[515] = "ENOIOCTLCMD", [516] = "ERESTART_RESTARTBLOCK", [524] = "ENOTSUPP",
};

static const struct alias errno_aliases[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK }, { "EDEADLOCK", EDEADLOCK }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ENOTSUP", ENOTSUP },
};

static const char *const signal_names[KERNEL_SIGRTMAX + 1] = {
	NAME(SIGHUP), NAME(SIGINT), NAME(SIGQUIT), NAME(SIGILL), NAME(SIGTRAP), NAME(SIGABRT),
	NAME(SIGBUS), NAME(SIGFPE), NAME(SIGKILL), NAME(SIGUSR1), NAME(SIGSEGV), NAME(SIGUSR2),
	NAME(SIGPIPE), NAME(SIGALRM), NAME(SIGTERM), NAME(SIGSTKFLT), NAME(SIGCHLD), NAME(SIGCONT),
	NAME(SIGSTOP), NAME(SIGTSTP), NAME(SIGTTIN), NAME(SIGTTOU), NAME(SIGURG), NAME(SIGXCPU),
	NAME(SIGXFSZ), NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH), NAME(SIGIO), NAME(SIGPWR),
	NAME(SIGSYS),
	[32] = "SIGRTMIN", [33] = "SIGRT_1", [34] = "SIGRT_2", [35] = "SIGRT_3", [36] = "SIGRT_4",
	[37] = "SIGRT_5", [38] = "SIGRT_6", [39] = "SIGRT_7", [40] = "SIGRT_8", [41] = "SIGRT_9",
	[42] = "SIGRT_10", [43] = "SIGRT_11", [44] = "SIGRT_12", [45] = "SIGRT_13", [46] = "SIGRT_14",
	[47] = "SIGRT_15", [48] = "SIGRT_16", [49] = "SIGRT_17", [50] = "SIGRT_18", [51] = "SIGRT_19",
	[52] = "SIGRT_20", [53] = "SIGRT_21", [54] = "SIGRT_22", [55] = "SIGRT_23", [56] = "SIGRT_24",
	[57] = "SIGRT_25", [58] = "SIGRT_26", [59] = "SIGRT_27", [60] = "SIGRT_28", [61] = "SIGRT_29",
	[62] = "SIGRT_30", [63] = "SIGRT_31", [64] = "SIGRT_32",
};

static const struct alias signal_aliases[] = {
	{ "SIGCLD", SIGCHLD }, { "SIGIOT", SIGABRT }, { "SIGPOLL", SIGIO }, { "SIGUNUSED", SIGSYS },
	{ "SIGRTMAX", KERNEL_SIGRTMAX },
};
/* clang-format on */

const char *errno_name_find(int number)
{
	return number > 0 && (size_t)number < COUNT(errno_names) ? errno_names[number] : NULL;
}

const char *signal_name_find(int number)
{
	return number > 0 && (size_t)number < COUNT(signal_names) ? signal_names[number] : NULL;
}

static int number_find(const char *name, const char *const *names, size_t n_names,
		       const struct alias *aliases, size_t n_aliases)
{
	for (size_t i = 0; i < n_names; i++)
		if (names[i] && !strcmp(names[i], name))
			return (int)i;
	for (size_t i = 0; i < n_aliases; i++)
		if (!strcmp(aliases[i].name, name))
			return aliases[i].number;
	return -1;
}

int errno_number_find(const char *name)
{
	return number_find(name, errno_names, COUNT(errno_names), errno_aliases,
			   COUNT(errno_aliases));
}

int signal_number_find(const char *name)
{
	char full[16];

	if (!strncmp(name, "SIG", 3))
		return number_find(name, signal_names, COUNT(signal_names), signal_aliases,
				   COUNT(signal_aliases));
	if (snprintf(full, sizeof(full), "SIG%s", name) >= (int)sizeof(full))
		return -1;
	return number_find(full, signal_names, COUNT(signal_names), signal_aliases,
			   COUNT(signal_aliases));
}
