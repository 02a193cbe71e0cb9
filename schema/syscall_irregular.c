/* Tables of commands: ioctl(2), fcntl(2), prctl(2), semctl(2) and their like. */
#include "schema/syscall_irregular.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/nsfs.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <stdatomic.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "schema/syscall_flags.h"

/* of system calls: a multiple of 64 */
#define NUMBERS      512
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* an old flag of commands, which x86-64 ignores (include/uapi/linux/ipc.h) */
#define OLD_IPC_64 0x100

#define FCNTL(command, style, detail)                                \
	{                                                            \
		__NR_fcntl, 2, 1, command, IRREGULAR_##style, detail \
	}
#define IOCTL(command, style, detail)                                \
	{                                                            \
		__NR_ioctl, 2, 1, command, IRREGULAR_##style, detail \
	}
#define PRCTL(i, command, style, detail)                             \
	{                                                            \
		__NR_prctl, i, 0, command, IRREGULAR_##style, detail \
	}
#define SEMCTL(command, style, detail)                                \
	{                                                             \
		__NR_semctl, 3, 2, command, IRREGULAR_##style, detail \
	}
#define MSGCTL(command, style, detail)                                \
	{                                                             \
		__NR_msgctl, 2, 1, command, IRREGULAR_##style, detail \
	}
#define SHMCTL(command, style, detail)                                \
	{                                                             \
		__NR_shmctl, 2, 1, command, IRREGULAR_##style, detail \
	}
#define FUTEX(command, style, detail)                                \
	{                                                            \
		__NR_futex, 3, 1, command, IRREGULAR_##style, detail \
	}
#define ANY(nr, i, style, detail)                       \
	{                                               \
		nr, i, -1, 0, IRREGULAR_##style, detail \
	}

/* clang-format off */
static const struct irregular irregulars[] = {
	FCNTL(F_DUPFD, INT, 0),
	FCNTL(F_DUPFD_CLOEXEC, INT, 0),
	FCNTL(1027 /* F_DUPFD_QUERY */, INT, 0),
	FCNTL(F_SETFD, SET, FLAGS_FD),
	FCNTL(F_SETFL, FLAGS, FORMAT_OPEN_FLAGS),
	FCNTL(F_GETLK, BUFFER, FORMAT_FLOCK),
	FCNTL(F_SETLK, BUFFER, FORMAT_FLOCK),
	FCNTL(F_SETLKW, BUFFER, FORMAT_FLOCK),
	FCNTL(F_OFD_GETLK, BUFFER, FORMAT_FLOCK),
	FCNTL(F_OFD_SETLK, BUFFER, FORMAT_FLOCK),
	FCNTL(F_OFD_SETLKW, BUFFER, FORMAT_FLOCK),
	FCNTL(F_SETOWN, INT, 0),
	FCNTL(F_SETOWN_EX, BUFFER, FORMAT_OWNER),
	FCNTL(F_GETOWN_EX, BUFFER, FORMAT_OWNER),
	FCNTL(17 /* F_GETOWNER_UIDS */, BUFFER, FORMAT_UINT32),
	FCNTL(F_SETSIG, SIGNAL, 0),
	FCNTL(F_SETLEASE, SET, FLAGS_LOCK_TYPE),
	FCNTL(F_NOTIFY, SET, FLAGS_NOTIFY),
	FCNTL(F_SETPIPE_SZ, UINT, 0),
	FCNTL(F_ADD_SEALS, SET, FLAGS_SEAL),
	FCNTL(F_GET_RW_HINT, BUFFER, FORMAT_INT64),
	FCNTL(F_SET_RW_HINT, BUFFER, FORMAT_INT64),
	FCNTL(F_GET_FILE_RW_HINT, BUFFER, FORMAT_INT64),
	FCNTL(F_SET_FILE_RW_HINT, BUFFER, FORMAT_INT64),

	IOCTL(TCGETS, BUFFER, FORMAT_TERMIOS),
	IOCTL(TCSETS, BUFFER, FORMAT_TERMIOS),
	IOCTL(TCSETSW, BUFFER, FORMAT_TERMIOS),
	IOCTL(TCSETSF, BUFFER, FORMAT_TERMIOS),
	IOCTL(TCSBRK, INT, 0),
	IOCTL(TCSBRKP, INT, 0),
	IOCTL(TCFLSH, SET, FLAGS_FLUSH_QUEUE),
	IOCTL(TCXONC, SET, FLAGS_FLOW_ACTION),
	IOCTL(TIOCSCTTY, INT, 0),
	IOCTL(TIOCNOTTY, ABSENT, 0),
	IOCTL(TIOCEXCL, ABSENT, 0),
	IOCTL(TIOCNXCL, ABSENT, 0),
	IOCTL(TIOCSBRK, ABSENT, 0),
	IOCTL(TIOCCBRK, ABSENT, 0),
	IOCTL(TIOCGWINSZ, BUFFER, FORMAT_WINSIZE),
	IOCTL(TIOCSWINSZ, BUFFER, FORMAT_WINSIZE),
	IOCTL(TIOCGPGRP, BUFFER, FORMAT_INT32),
	IOCTL(TIOCSPGRP, BUFFER, FORMAT_INT32),
	IOCTL(TIOCGSID, BUFFER, FORMAT_INT32),
	IOCTL(TIOCOUTQ, BUFFER, FORMAT_INT32),
	IOCTL(TIOCGPTN, BUFFER, FORMAT_INT32),
	IOCTL(TIOCSPTLCK, BUFFER, FORMAT_INT32),
	IOCTL(TIOCPKT, BUFFER, FORMAT_INT32),
	IOCTL(FIONREAD, BUFFER, FORMAT_INT32),
	IOCTL(FIONBIO, BUFFER, FORMAT_INT32),
	IOCTL(FIOASYNC, BUFFER, FORMAT_INT32),
	IOCTL(FIOCLEX, ABSENT, 0),
	IOCTL(FIONCLEX, ABSENT, 0),
	IOCTL(FIGETBSZ, BUFFER, FORMAT_INT32),
	IOCTL(FICLONE, INT, 0),
	IOCTL(FS_IOC_GETFLAGS, BUFFER, FORMAT_INODE_FLAGS),
	IOCTL(FS_IOC_SETFLAGS, BUFFER, FORMAT_INODE_FLAGS),
	IOCTL(FS_IOC_GETVERSION, BUFFER, FORMAT_INT32),
	IOCTL(RNDGETENTCNT, BUFFER, FORMAT_INT32),
	IOCTL(NS_GET_USERNS, ABSENT, 0),
	IOCTL(NS_GET_PARENT, ABSENT, 0),
	IOCTL(NS_GET_NSTYPE, ABSENT, 0),
	IOCTL(NS_GET_OWNER_UID, BUFFER, FORMAT_UINT32),
	IOCTL(SIOCGIFNAME, IFREQ, 0),
	IOCTL(SIOCGIFINDEX, IFREQ, 0),
	IOCTL(SIOCGIFFLAGS, IFREQ, 0),
	IOCTL(SIOCSIFFLAGS, IFREQ, 0),
	IOCTL(SIOCGIFADDR, IFREQ, 0),
	IOCTL(SIOCGIFDSTADDR, IFREQ, 0),
	IOCTL(SIOCGIFBRDADDR, IFREQ, 0),
	IOCTL(SIOCGIFNETMASK, IFREQ, 0),
	IOCTL(SIOCGIFMTU, IFREQ, 0),
	IOCTL(SIOCGIFMETRIC, IFREQ, 0),
	IOCTL(SIOCGIFTXQLEN, IFREQ, 0),

	PRCTL(1, PR_SET_NAME, NAME, 0),
	PRCTL(1, PR_GET_NAME, NAME, 0),
	PRCTL(1, PR_SET_PDEATHSIG, SIGNAL, 0),
	PRCTL(1, PR_GET_PDEATHSIG, BUFFER, FORMAT_SIGNAL),
	PRCTL(1, PR_SET_DUMPABLE, SET, FLAGS_DUMPABLE),
	PRCTL(1, PR_SET_KEEPCAPS, INT, 0),
	PRCTL(1, PR_SET_TIMERSLACK, INT, 0),
	PRCTL(1, PR_SET_SECUREBITS, SET, FLAGS_SECUREBITS),
	PRCTL(1, PR_SET_CHILD_SUBREAPER, INT, 0),
	PRCTL(1, PR_GET_CHILD_SUBREAPER, BUFFER, FORMAT_INT32),
	PRCTL(1, PR_SET_NO_NEW_PRIVS, INT, 0),
	PRCTL(1, PR_SET_THP_DISABLE, INT, 0),
	PRCTL(1, PR_SET_PTRACER, INT, 0),
	PRCTL(1, PR_SET_TSC, SET, FLAGS_TSC),
	PRCTL(1, PR_GET_TSC, BUFFER, FORMAT_TSC),
	PRCTL(1, PR_CAPBSET_READ, SET, FLAGS_CAPABILITY),
	PRCTL(1, PR_CAPBSET_DROP, SET, FLAGS_CAPABILITY),
	PRCTL(1, PR_CAP_AMBIENT, SET, FLAGS_AMBIENT),
	PRCTL(1, PR_SET_VMA, SET, FLAGS_VMA),
	PRCTL(3, PR_SET_VMA, UINT, 0),
	PRCTL(1, PR_MCE_KILL, SET, FLAGS_MCE),
	{ __NR_arch_prctl, 1, 0, 0x1003 /* ARCH_GET_FS */, IRREGULAR_BUFFER, FORMAT_ROBUST_LIST },
	{ __NR_arch_prctl, 1, 0, 0x1004 /* ARCH_GET_GS */, IRREGULAR_BUFFER, FORMAT_ROBUST_LIST },
	{ __NR_arch_prctl, 1, 0, 0x1011 /* ARCH_GET_CPUID */, IRREGULAR_ABSENT, 0 },

	FUTEX(FUTEX_WAIT, BUFFER, FORMAT_TIMESPEC),
	FUTEX(FUTEX_WAIT_BITSET, BUFFER, FORMAT_TIMESPEC),
	FUTEX(FUTEX_LOCK_PI, BUFFER, FORMAT_TIMESPEC),
	FUTEX(FUTEX_LOCK_PI2, BUFFER, FORMAT_TIMESPEC),
	FUTEX(FUTEX_WAIT_REQUEUE_PI, BUFFER, FORMAT_TIMESPEC),

	SEMCTL(IPC_RMID, POINTER, 0),
	SEMCTL(GETVAL, POINTER, 0),
	SEMCTL(GETPID, POINTER, 0),
	SEMCTL(GETNCNT, POINTER, 0),
	SEMCTL(GETZCNT, POINTER, 0),
	SEMCTL(SETVAL, INT, 0),
	SEMCTL(IPC_STAT, BUFFER, FORMAT_SEMID),
	SEMCTL(SEM_STAT, BUFFER, FORMAT_SEMID),
	SEMCTL(SEM_STAT_ANY, BUFFER, FORMAT_SEMID),
	SEMCTL(IPC_INFO, BUFFER, FORMAT_SEMINFO),
	SEMCTL(SEM_INFO, BUFFER, FORMAT_SEMINFO),
	MSGCTL(IPC_RMID, POINTER, 0),
	MSGCTL(IPC_STAT, BUFFER, FORMAT_MSQID),
	MSGCTL(MSG_STAT, BUFFER, FORMAT_MSQID),
	MSGCTL(MSG_STAT_ANY, BUFFER, FORMAT_MSQID),
	MSGCTL(IPC_INFO, BUFFER, FORMAT_MSGINFO),
	MSGCTL(MSG_INFO, BUFFER, FORMAT_MSGINFO),
	SHMCTL(IPC_RMID, POINTER, 0),
	SHMCTL(IPC_STAT, BUFFER, FORMAT_SHMID),
	SHMCTL(SHM_STAT, BUFFER, FORMAT_SHMID),
	SHMCTL(SHM_STAT_ANY, BUFFER, FORMAT_SHMID),
	SHMCTL(IPC_INFO, BUFFER, FORMAT_SHMINFO),

	ANY(__NR_msgsnd, 1, BUFFER, FORMAT_MESSAGE),
	ANY(__NR_msgrcv, 1, BUFFER, FORMAT_MESSAGE),
	ANY(__NR_mincore, 2, BUFFER, FORMAT_OCTETS),
	ANY(__NR_name_to_handle_at, 3, BUFFER, FORMAT_INT32),
	ANY(__NR_open_by_handle_at, 1, BUFFER, FORMAT_FILE_HANDLE),
};

static const struct outcome outcomes[] = {
	{ __NR_fcntl, 1, F_GETFD, OUTCOME_SET, FLAGS_FD, true, true, "flags " },
	{ __NR_fcntl, 1, F_GETFL, OUTCOME_FLAGS, FORMAT_OPEN_FLAGS, true, false, "flags " },
	{ __NR_fcntl, 1, F_GET_SEALS, OUTCOME_SET, FLAGS_SEAL, true, true, "seals " },
	{ __NR_fcntl, 1, F_GETSIG, OUTCOME_SIGNAL, 0, false, true, "" },
	{ __NR_fcntl, 1, F_GETLEASE, OUTCOME_SET, FLAGS_LOCK_TYPE, false, false, "" },
	{ __NR_prctl, 0, PR_GET_DUMPABLE, OUTCOME_SET, FLAGS_DUMPABLE, false, false, "" },
	{ __NR_prctl, 0, PR_GET_SECUREBITS, OUTCOME_SET, FLAGS_SECUREBITS, true, true, "" },
	{ __NR_ioctl, 1, NS_GET_NSTYPE, OUTCOME_FLAGS, FORMAT_CLONE_FLAGS, false, true, "" },
	{ __NR_personality, -1, 0, OUTCOME_FLAGS, FORMAT_PERSONALITY, true, false, "" },
	{ __NR_rt_sigtimedwait, -1, 0, OUTCOME_SIGNAL, 0, false, true, "" },
};
/* clang-format on */

/* Commands come with bits that change nothing here. */
static uint32_t command_of(int64_t nr, uint64_t raw)
{
	switch (nr) {
	case __NR_futex: return (uint32_t)raw & FUTEX_CMD_MASK;
	case __NR_semctl:
	case __NR_msgctl:
	case __NR_shmctl: return (uint32_t)raw & ~(uint32_t)OLD_IPC_64;
	default: return (uint32_t)raw;
	}
}

static bool command_is(int64_t nr, const uint64_t *args, int command_arg, uint32_t command)
{
	return command_arg < 0 || command_of(nr, args[command_arg]) == command;
}

/* Nearly all calls have none: a bit for each number that does. */
static bool may_be_irregular(int64_t nr)
{
	static _Atomic uint64_t known[NUMBERS / 64];
	static _Atomic bool ready;

	if (!atomic_load_explicit(&ready, memory_order_acquire)) {
		for (size_t i = 0; i < COUNT(irregulars); i++)
			atomic_fetch_or(&known[irregulars[i].nr / 64],
					UINT64_C(1) << irregulars[i].nr % 64);
		atomic_store_explicit(&ready, true, memory_order_release);
	}
	return nr >= 0 && nr < NUMBERS &&
	       atomic_load_explicit(&known[nr / 64], memory_order_relaxed) >> nr % 64 & 1;
}

const struct irregular *irregular_find(int64_t nr, unsigned arg, const uint64_t args[SYSCALL_ARGS])
{
	if (!may_be_irregular(nr))
		return NULL;
	for (size_t i = 0; i < COUNT(irregulars); i++) {
		const struct irregular *x = &irregulars[i];

		if (x->nr == nr && (unsigned)x->arg == arg &&
		    command_is(nr, args, x->command_arg, x->command))
			return x;
	}
	return NULL;
}

const struct outcome *outcome_find(int64_t nr, const uint64_t args[SYSCALL_ARGS])
{
	for (size_t i = 0; i < COUNT(outcomes); i++)
		if (outcomes[i].nr == nr &&
		    command_is(nr, args, outcomes[i].command_arg, outcomes[i].command))
			return &outcomes[i];
	return NULL;
}
