/*
 * Names of flags and enumerations: tables over the macros of the installed
 * headers, and one function that reads them.
 */
#include "schema/syscall_flags.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/if_tun.h>
#include <linux/input.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/xattr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schema/syscall_names.h"

struct flag_name {
	const char *name;
	uint64_t value;
	uint64_t mask; /* of a value among flags, which may be 0; else the flag is its own mask */
};

/* A value may be an enumeration under value_mask with single bits beside it. */
struct flag_table {
	uint64_t value_mask;
	const struct flag_name *values;
	size_t n_values;
	const struct flag_name *bits; /* wider ones first where they share bits */
	size_t n_bits;
	const char *zero;   /* what 0 is called when it has a name of its own */
	bool names_nothing; /* hexadecimal on purpose */
	bool octal_rest;    /* the bits without a name are permissions */
	uint64_t unnamed; /* a value that is no set of flags: hexadecimal as a whole; 0 for none */
};

#define ALL_BITS UINT64_MAX
#define F(macro)                          \
	{                                 \
#macro, (uint64_t)(macro) \
	}
#define V(macro, among)                                      \
	{                                                    \
#macro, (uint64_t)(macro), (uint64_t)(among) \
	}
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define VALUES(array) .values = (array), .n_values = COUNT(array)
#define BITS(array)   .bits = (array), .n_bits = COUNT(array)

/* clang-format off */
static const struct flag_name open_flags_values[] = {
	F(O_RDONLY), F(O_WRONLY), F(O_RDWR),
};
static const struct flag_name open_flags_bits[] = {
	F(O_CREAT), F(O_EXCL), F(O_NOCTTY), F(O_TRUNC), F(O_APPEND), F(O_NONBLOCK), F(O_SYNC), F(O_DSYNC),
	F(O_ASYNC), F(O_DIRECT), { "O_LARGEFILE", 0100000 }, F(O_NOFOLLOW), F(O_NOATIME), F(O_CLOEXEC),
	F(O_PATH), F(O_TMPFILE), F(O_DIRECTORY),
};
static const struct flag_name access_mode_bits[] = {
	F(R_OK), F(W_OK), F(X_OK),
};
static const struct flag_name at_flags_bits[] = {
	F(AT_SYMLINK_NOFOLLOW), F(AT_REMOVEDIR), F(AT_SYMLINK_FOLLOW), F(AT_NO_AUTOMOUNT), F(AT_EMPTY_PATH),
	F(AT_RECURSIVE),
};
static const struct flag_name unlinkat_flags_bits[] = {
	F(AT_REMOVEDIR),
};
static const struct flag_name faccessat_flags_bits[] = {
	F(AT_SYMLINK_NOFOLLOW), F(AT_EACCESS), F(AT_EMPTY_PATH),
};
static const struct flag_name prot_bits[] = {
	F(PROT_READ), F(PROT_WRITE), F(PROT_EXEC), F(PROT_GROWSDOWN), F(PROT_GROWSUP),
};
static const struct flag_name mmap_flags_values[] = {
	F(MAP_SHARED), F(MAP_PRIVATE), F(MAP_SHARED_VALIDATE),
};
static const struct flag_name mmap_flags_bits[] = {
	F(MAP_FIXED), F(MAP_ANONYMOUS), F(MAP_32BIT), F(MAP_GROWSDOWN), F(MAP_DENYWRITE), F(MAP_EXECUTABLE),
	F(MAP_LOCKED), F(MAP_NORESERVE), F(MAP_POPULATE), F(MAP_NONBLOCK), F(MAP_STACK), F(MAP_HUGETLB),
	F(MAP_SYNC), F(MAP_FIXED_NOREPLACE),
};
static const struct flag_name mremap_flags_bits[] = {
	F(MREMAP_MAYMOVE), F(MREMAP_FIXED), F(MREMAP_DONTUNMAP),
};
static const struct flag_name madvise_values[] = {
	F(MADV_NORMAL), F(MADV_RANDOM), F(MADV_SEQUENTIAL), F(MADV_WILLNEED), F(MADV_DONTNEED),
	F(MADV_FREE), F(MADV_REMOVE), F(MADV_DONTFORK), F(MADV_DOFORK), F(MADV_HWPOISON), F(MADV_MERGEABLE),
	F(MADV_UNMERGEABLE), F(MADV_HUGEPAGE), F(MADV_NOHUGEPAGE), F(MADV_DONTDUMP), F(MADV_DODUMP),
	F(MADV_WIPEONFORK), F(MADV_KEEPONFORK), F(MADV_COLD), F(MADV_PAGEOUT), F(MADV_POPULATE_READ),
	F(MADV_POPULATE_WRITE), { "MADV_COLLAPSE", 25 }, { "MADV_GUARD_INSTALL", 102 },
	{ "MADV_GUARD_REMOVE", 103 },
};
static const struct flag_name msync_flags_bits[] = {
	F(MS_ASYNC), F(MS_INVALIDATE), F(MS_SYNC),
};
static const struct flag_name clone_flags_bits[] = {
	F(CLONE_VM), F(CLONE_FS), F(CLONE_FILES), F(CLONE_SIGHAND), F(CLONE_PIDFD), F(CLONE_PTRACE),
	F(CLONE_VFORK), F(CLONE_PARENT), F(CLONE_THREAD), F(CLONE_NEWNS), F(CLONE_SYSVSEM), F(CLONE_SETTLS),
	F(CLONE_PARENT_SETTID), F(CLONE_CHILD_CLEARTID), F(CLONE_DETACHED), F(CLONE_UNTRACED),
	F(CLONE_CHILD_SETTID), F(CLONE_NEWCGROUP), F(CLONE_NEWUTS), F(CLONE_NEWIPC), F(CLONE_NEWUSER),
	F(CLONE_NEWPID), F(CLONE_NEWNET), F(CLONE_IO), { "CLONE_CLEAR_SIGHAND", 0x100000000 },
	{ "CLONE_INTO_CGROUP", 0x200000000 },
};
static const struct flag_name wait_options_bits[] = {
	F(WNOHANG), F(WSTOPPED), F(WEXITED), F(WCONTINUED), F(WNOWAIT), F(__WNOTHREAD), F(__WALL),
	F(__WCLONE),
};
static const struct flag_name waitid_type_values[] = {
	F(P_ALL), F(P_PID), F(P_PGID), F(P_PIDFD),
};
static const struct flag_name fcntl_cmd_values[] = {
	F(F_DUPFD), F(F_GETFD), F(F_SETFD), F(F_GETFL), F(F_SETFL), F(F_GETLK), F(F_SETLK), F(F_SETLKW),
	F(F_SETOWN), F(F_GETOWN), F(F_SETSIG), F(F_GETSIG), F(F_SETOWN_EX), F(F_GETOWN_EX), F(F_OFD_GETLK),
	F(F_OFD_SETLK), F(F_OFD_SETLKW), F(F_SETLEASE), F(F_GETLEASE), F(F_NOTIFY), F(F_DUPFD_CLOEXEC),
	F(F_SETPIPE_SZ), F(F_GETPIPE_SZ), F(F_ADD_SEALS), F(F_GET_SEALS), F(F_GET_RW_HINT),
	F(F_SET_RW_HINT), F(F_GET_FILE_RW_HINT), F(F_SET_FILE_RW_HINT), { "F_GETOWNER_UIDS", 17 },
	{ "F_DUPFD_QUERY", 1027 }, { "F_CREATED_QUERY", 1028 },
};
static const struct flag_name ioctl_cmd_values[] = {
	F(TCGETS), F(TCSETS), F(TCSETSW), F(TCSETSF), F(TCGETA), F(TCSETA), F(TCSBRK), F(TCXONC), F(TCFLSH),
	F(TIOCEXCL), F(TIOCNXCL), F(TIOCSCTTY), F(TIOCGPGRP), F(TIOCSPGRP), F(TIOCOUTQ), F(TIOCSTI),
	F(TIOCGWINSZ), F(TIOCSWINSZ), F(TIOCMGET), F(TIOCMSET), F(TIOCCONS), F(TIOCPKT), F(FIONBIO),
	F(TIOCNOTTY), F(TIOCSETD), F(TIOCGETD), F(TCSBRKP), F(TIOCSBRK), F(TIOCCBRK), F(TIOCGSID),
	F(TIOCGPTN), F(TIOCSPTLCK), F(TIOCGDEV), F(TIOCGPTPEER), F(TIOCVHANGUP), F(FIONREAD), F(FIONCLEX),
	F(FIOCLEX), F(FIOASYNC), F(FIOQSIZE), F(FIGETBSZ), F(FIBMAP), F(FICLONE), F(FICLONERANGE),
	F(FIFREEZE), F(FITHAW), F(FITRIM), F(FS_IOC_GETFLAGS), F(FS_IOC_SETFLAGS), F(FS_IOC_FIEMAP),
	F(BLKGETSIZE64), F(BLKSSZGET), F(SIOCGIFCONF), F(SIOCGIFNAME), F(SIOCGIFFLAGS), F(SIOCGIFADDR),
	F(SIOCGIFNETMASK), F(SIOCGIFMTU), F(SIOCGIFHWADDR), F(SIOCGIFINDEX), F(SIOCATMARK),
	F(SIOCSIFFLAGS), F(SIOCSIFADDR), F(SIOCSIFNETMASK), F(SIOCSIFMTU), F(SIOCSIFNAME),
	F(SIOCSIFHWADDR), F(SIOCGIFBRDADDR), F(SIOCSIFBRDADDR), F(SIOCGIFDSTADDR), F(SIOCSIFDSTADDR),
	F(SIOCGIFTXQLEN), F(SIOCSIFTXQLEN), F(SIOCGIFMETRIC), F(SIOCSIFMETRIC), F(SIOCGIFMAP),
	F(SIOCADDMULTI), F(SIOCDELMULTI), F(SIOCBRADDBR), F(SIOCBRDELBR), F(SIOCBRADDIF), F(SIOCBRDELIF),
	F(SIOCGARP), F(SIOCSARP), F(SIOCDARP), F(SIOCADDRT), F(SIOCDELRT), F(SIOCETHTOOL), F(SIOCGSKNS),
	F(SIOCOUTQNSD), F(FIOSETOWN), F(FIOGETOWN), F(SIOCSPGRP), F(SIOCGPGRP),
	F(TCSETAW), F(TCSETAF), F(TIOCMBIS), F(TIOCMBIC), F(TIOCMIWAIT), F(TIOCGICOUNT), F(TIOCGSERIAL),
	F(TIOCSSERIAL), F(TIOCSERGETLSR), F(TIOCLINUX), F(TIOCGSOFTCAR), F(TIOCSSOFTCAR), F(TIOCGRS485),
	F(TIOCSRS485), F(TIOCGLCKTRMIOS), F(TIOCSLCKTRMIOS), F(TIOCGPTLCK), F(TIOCGPKT), F(TIOCGEXCL), F(TIOCSIG),
	F(FIDEDUPERANGE), F(FS_IOC_GETVERSION), F(FS_IOC_SETVERSION), F(FS_IOC_FSGETXATTR),
	F(FS_IOC_FSSETXATTR), F(FS_IOC_GETFSLABEL), F(FS_IOC_SETFSLABEL),
	F(BLKROSET), F(BLKROGET), F(BLKRRPART), F(BLKGETSIZE), F(BLKFLSBUF), F(BLKRASET), F(BLKRAGET),
	F(BLKBSZGET), F(BLKBSZSET), F(BLKDISCARD), F(BLKIOMIN), F(BLKIOOPT), F(BLKALIGNOFF), F(BLKPBSZGET),
	F(BLKSECDISCARD), F(BLKROTATIONAL), F(BLKZEROOUT), F(LOOP_SET_FD), F(LOOP_CLR_FD),
	F(LOOP_SET_STATUS64), F(LOOP_GET_STATUS64), F(LOOP_CONFIGURE), F(LOOP_CTL_ADD), F(LOOP_CTL_REMOVE),
	F(LOOP_CTL_GET_FREE), F(RTC_RD_TIME), F(RTC_SET_TIME), F(RTC_WKALM_RD), F(RTC_WKALM_SET),
	F(RNDGETENTCNT), F(RNDADDTOENTCNT), F(RNDADDENTROPY), F(NS_GET_USERNS), F(NS_GET_PARENT),
	F(NS_GET_NSTYPE), F(NS_GET_OWNER_UID), F(TUNSETIFF), F(TUNGETIFF), F(TUNSETPERSIST),
	F(TUNGETFEATURES), F(TUNSETOWNER), F(TUNSETGROUP), F(TUNSETOFFLOAD),
	F(TUNATTACHFILTER), F(TUNDETACHFILTER), F(BLKPG), F(EVIOCGMASK), F(EVIOCSMASK),
	{ "SG_IO", 0x2285 },
};
/* By number: <sys/mount.h> and <linux/mount.h> exclude each other in some releases of libc. */
static const struct flag_name mount_flags_bits[] = {
	{ "MS_RDONLY", 1 }, { "MS_NOSUID", 2 }, { "MS_NODEV", 4 }, { "MS_NOEXEC", 8 },
	{ "MS_SYNCHRONOUS", 16 }, { "MS_REMOUNT", 32 }, { "MS_MANDLOCK", 64 }, { "MS_DIRSYNC", 128 },
	{ "MS_NOSYMFOLLOW", 256 }, { "MS_NOATIME", 1024 }, { "MS_NODIRATIME", 2048 }, { "MS_BIND", 4096 },
	{ "MS_MOVE", 8192 }, { "MS_REC", 16384 }, { "MS_SILENT", 32768 }, { "MS_POSIXACL", 1 << 16 },
	{ "MS_UNBINDABLE", 1 << 17 }, { "MS_PRIVATE", 1 << 18 }, { "MS_SLAVE", 1 << 19 },
	{ "MS_SHARED", 1 << 20 }, { "MS_RELATIME", 1 << 21 }, { "MS_STRICTATIME", 1 << 24 },
	{ "MS_LAZYTIME", 1 << 25 },
};
static const struct flag_name umount_flags_bits[] = {
	{ "MNT_FORCE", 1 }, { "MNT_DETACH", 2 }, { "MNT_EXPIRE", 4 }, { "UMOUNT_NOFOLLOW", 8 },
};
static const struct flag_name fsconfig_cmd_values[] = {
	{ "FSCONFIG_SET_FLAG", 0 }, { "FSCONFIG_SET_STRING", 1 }, { "FSCONFIG_SET_BINARY", 2 },
	{ "FSCONFIG_SET_PATH", 3 }, { "FSCONFIG_SET_PATH_EMPTY", 4 }, { "FSCONFIG_SET_FD", 5 },
	{ "FSCONFIG_CMD_CREATE", 6 }, { "FSCONFIG_CMD_RECONFIGURE", 7 }, { "FSCONFIG_CMD_CREATE_EXCL", 8 },
};
static const struct flag_name keyctl_op_values[] = {
	F(KEYCTL_GET_KEYRING_ID), F(KEYCTL_JOIN_SESSION_KEYRING), F(KEYCTL_UPDATE), F(KEYCTL_REVOKE),
	F(KEYCTL_CHOWN), F(KEYCTL_SETPERM), F(KEYCTL_DESCRIBE), F(KEYCTL_CLEAR), F(KEYCTL_LINK),
	F(KEYCTL_UNLINK), F(KEYCTL_SEARCH), F(KEYCTL_READ), F(KEYCTL_INSTANTIATE), F(KEYCTL_NEGATE),
	F(KEYCTL_SET_REQKEY_KEYRING), F(KEYCTL_SET_TIMEOUT), F(KEYCTL_ASSUME_AUTHORITY),
	F(KEYCTL_GET_SECURITY), F(KEYCTL_SESSION_TO_PARENT), F(KEYCTL_REJECT), F(KEYCTL_INSTANTIATE_IOV),
	F(KEYCTL_INVALIDATE), F(KEYCTL_GET_PERSISTENT), F(KEYCTL_DH_COMPUTE), F(KEYCTL_PKEY_QUERY),
	F(KEYCTL_PKEY_ENCRYPT), F(KEYCTL_PKEY_DECRYPT), F(KEYCTL_PKEY_SIGN), F(KEYCTL_PKEY_VERIFY),
	F(KEYCTL_RESTRICT_KEYRING), F(KEYCTL_MOVE), F(KEYCTL_CAPABILITIES), F(KEYCTL_WATCH_KEY),
};
static const struct flag_name kcmp_type_values[] = {
	F(KCMP_FILE), F(KCMP_VM), F(KCMP_FILES), F(KCMP_FS), F(KCMP_SIGHAND), F(KCMP_IO), F(KCMP_SYSVSEM),
	F(KCMP_EPOLL_TFD),
};
static const struct flag_name mempolicy_values[] = {
	{ "MPOL_DEFAULT", 0 }, { "MPOL_PREFERRED", 1 }, { "MPOL_BIND", 2 }, { "MPOL_INTERLEAVE", 3 },
	{ "MPOL_LOCAL", 4 }, { "MPOL_PREFERRED_MANY", 5 }, { "MPOL_WEIGHTED_INTERLEAVE", 6 },
};
static const struct flag_name mempolicy_bits[] = {
	{ "MPOL_F_STATIC_NODES", 1 << 15 }, { "MPOL_F_RELATIVE_NODES", 1 << 14 },
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 },
};
static const struct flag_name mlockall_flags_bits[] = {
	F(MCL_CURRENT), F(MCL_FUTURE), F(MCL_ONFAULT),
};
static const struct flag_name reboot_cmd_values[] = {
	F(LINUX_REBOOT_CMD_RESTART), F(LINUX_REBOOT_CMD_HALT), F(LINUX_REBOOT_CMD_CAD_ON),
	F(LINUX_REBOOT_CMD_CAD_OFF), F(LINUX_REBOOT_CMD_POWER_OFF), F(LINUX_REBOOT_CMD_RESTART2),
	F(LINUX_REBOOT_CMD_SW_SUSPEND), F(LINUX_REBOOT_CMD_KEXEC),
};
static const struct flag_name sig_how_values[] = {
	F(SIG_BLOCK), F(SIG_UNBLOCK), F(SIG_SETMASK),
};
static const struct flag_name socket_domain_values[] = {
	F(AF_UNSPEC), F(AF_UNIX), F(AF_INET), F(AF_INET6), F(AF_NETLINK), F(AF_PACKET), F(AF_KEY),
	F(AF_ALG), F(AF_VSOCK), F(AF_XDP), F(AF_BLUETOOTH), F(AF_CAN), F(AF_TIPC), F(AF_RDS),
};
static const struct flag_name socket_type_values[] = {
	F(SOCK_STREAM), F(SOCK_DGRAM), F(SOCK_RAW), F(SOCK_RDM), F(SOCK_SEQPACKET), F(SOCK_DCCP),
	F(SOCK_PACKET),
};
static const struct flag_name socket_type_bits[] = {
	F(SOCK_CLOEXEC), F(SOCK_NONBLOCK),
};
static const struct flag_name sock_flags_bits[] = {
	F(SOCK_CLOEXEC), F(SOCK_NONBLOCK),
};
static const struct flag_name socket_protocol_values[] = {
	F(IPPROTO_IP), F(IPPROTO_ICMP), F(IPPROTO_TCP), F(IPPROTO_UDP), F(IPPROTO_IPV6), F(IPPROTO_ICMPV6),
	F(IPPROTO_SCTP), F(IPPROTO_UDPLITE), F(IPPROTO_RAW),
};
static const struct flag_name socket_level_values[] = {
	F(SOL_SOCKET), F(SOL_IP), { "SOL_TCP", IPPROTO_TCP }, { "SOL_UDP", IPPROTO_UDP }, F(SOL_IPV6),
	F(SOL_RAW), F(SOL_PACKET), F(SOL_NETLINK),
};
static const struct flag_name socket_option_values[] = {
	F(SO_DEBUG), F(SO_REUSEADDR), F(SO_TYPE), F(SO_ERROR), F(SO_DONTROUTE), F(SO_BROADCAST),
	F(SO_SNDBUF), F(SO_RCVBUF), F(SO_SNDBUFFORCE), F(SO_RCVBUFFORCE), F(SO_KEEPALIVE), F(SO_OOBINLINE),
	F(SO_NO_CHECK), F(SO_PRIORITY), F(SO_LINGER), F(SO_REUSEPORT), F(SO_PASSCRED), F(SO_PEERCRED),
	F(SO_RCVLOWAT), F(SO_SNDLOWAT), F(SO_RCVTIMEO), F(SO_SNDTIMEO), F(SO_BINDTODEVICE),
	F(SO_ATTACH_FILTER), F(SO_DETACH_FILTER), F(SO_PEERNAME), F(SO_TIMESTAMP), F(SO_ACCEPTCONN),
	F(SO_PEERSEC), F(SO_PASSSEC), F(SO_MARK), F(SO_PROTOCOL), F(SO_DOMAIN), F(SO_RXQ_OVFL),
	F(SO_PEEK_OFF), F(SO_LOCK_FILTER), F(SO_BUSY_POLL), F(SO_INCOMING_CPU), F(SO_ATTACH_BPF),
	F(SO_COOKIE), F(SO_PEERGROUPS), F(SO_ZEROCOPY),
};
static const struct flag_name shutdown_how_values[] = {
	F(SHUT_RD), F(SHUT_WR), F(SHUT_RDWR),
};
static const struct flag_name msg_flags_bits[] = {
	F(MSG_OOB), F(MSG_PEEK), F(MSG_DONTROUTE), F(MSG_CTRUNC), F(MSG_PROXY), F(MSG_TRUNC),
	F(MSG_DONTWAIT), F(MSG_EOR), F(MSG_WAITALL), F(MSG_FIN), F(MSG_SYN), F(MSG_CONFIRM), F(MSG_RST),
	F(MSG_ERRQUEUE), F(MSG_NOSIGNAL), F(MSG_MORE), F(MSG_WAITFORONE), F(MSG_BATCH), F(MSG_ZEROCOPY),
	F(MSG_FASTOPEN), F(MSG_CMSG_CLOEXEC),
};
static const struct flag_name seek_whence_values[] = {
	F(SEEK_SET), F(SEEK_CUR), F(SEEK_END), F(SEEK_DATA), F(SEEK_HOLE),
};
static const struct flag_name flock_op_bits[] = {
	F(LOCK_SH), F(LOCK_EX), F(LOCK_NB), F(LOCK_UN),
};
static const struct flag_name clock_id_values[] = {
	F(CLOCK_REALTIME), F(CLOCK_MONOTONIC), F(CLOCK_PROCESS_CPUTIME_ID), F(CLOCK_THREAD_CPUTIME_ID),
	F(CLOCK_MONOTONIC_RAW), F(CLOCK_REALTIME_COARSE), F(CLOCK_MONOTONIC_COARSE), F(CLOCK_BOOTTIME),
	F(CLOCK_REALTIME_ALARM), F(CLOCK_BOOTTIME_ALARM), F(CLOCK_TAI),
};
static const struct flag_name timer_flags_bits[] = {
	F(TIMER_ABSTIME),
};
static const struct flag_name itimer_which_values[] = {
	F(ITIMER_REAL), F(ITIMER_VIRTUAL), F(ITIMER_PROF),
};
static const struct flag_name rlimit_resource_values[] = {
	F(RLIMIT_CPU), F(RLIMIT_FSIZE), F(RLIMIT_DATA), F(RLIMIT_STACK), F(RLIMIT_CORE), F(RLIMIT_RSS),
	F(RLIMIT_NPROC), F(RLIMIT_NOFILE), F(RLIMIT_MEMLOCK), F(RLIMIT_AS), F(RLIMIT_LOCKS),
	F(RLIMIT_SIGPENDING), F(RLIMIT_MSGQUEUE), F(RLIMIT_NICE), F(RLIMIT_RTPRIO), F(RLIMIT_RTTIME),
};
static const struct flag_name rusage_who_values[] = {
	F(RUSAGE_SELF), { "RUSAGE_CHILDREN", 0xffffffff }, F(RUSAGE_THREAD),
};
static const struct flag_name prctl_option_values[] = {
	F(PR_SET_PDEATHSIG), F(PR_GET_PDEATHSIG), F(PR_GET_DUMPABLE), F(PR_SET_DUMPABLE),
	F(PR_GET_KEEPCAPS), F(PR_SET_KEEPCAPS), F(PR_GET_TIMING), F(PR_SET_TIMING), F(PR_SET_NAME),
	F(PR_GET_NAME), F(PR_GET_SECCOMP), F(PR_SET_SECCOMP), F(PR_CAPBSET_READ), F(PR_CAPBSET_DROP),
	F(PR_GET_TSC), F(PR_SET_TSC), F(PR_GET_SECUREBITS), F(PR_SET_SECUREBITS), F(PR_SET_TIMERSLACK),
	F(PR_GET_TIMERSLACK), F(PR_TASK_PERF_EVENTS_DISABLE), F(PR_TASK_PERF_EVENTS_ENABLE), F(PR_MCE_KILL),
	F(PR_MCE_KILL_GET), F(PR_SET_MM), F(PR_SET_PTRACER), F(PR_SET_CHILD_SUBREAPER),
	F(PR_GET_CHILD_SUBREAPER), F(PR_SET_NO_NEW_PRIVS), F(PR_GET_NO_NEW_PRIVS), F(PR_GET_TID_ADDRESS),
	F(PR_SET_THP_DISABLE), F(PR_GET_THP_DISABLE), F(PR_CAP_AMBIENT), F(PR_GET_SPECULATION_CTRL),
	F(PR_SET_SPECULATION_CTRL), F(PR_SET_IO_FLUSHER), F(PR_GET_IO_FLUSHER),
	F(PR_SET_SYSCALL_USER_DISPATCH), F(PR_SCHED_CORE), F(PR_SET_VMA),
	{ "PR_SET_MDWE", 65 }, { "PR_GET_MDWE", 66 }, { "PR_SET_MEMORY_MERGE", 67 },
	{ "PR_GET_MEMORY_MERGE", 68 }, { "PR_GET_SHADOW_STACK_STATUS", 74 },
	{ "PR_SET_SHADOW_STACK_STATUS", 75 }, { "PR_LOCK_SHADOW_STACK_STATUS", 76 },
	{ "PR_TIMER_CREATE_RESTORE_IDS", 77 }, { "PR_FUTEX_HASH", 78 }, { "PR_GET_AUXV", 0x41555856 },
};
static const struct flag_name arch_prctl_values[] = {
	{ "ARCH_SET_GS", 0x1001 }, { "ARCH_SET_FS", 0x1002 }, { "ARCH_GET_FS", 0x1003 },
	{ "ARCH_GET_GS", 0x1004 }, { "ARCH_GET_CPUID", 0x1011 }, { "ARCH_SET_CPUID", 0x1012 },
	{ "ARCH_GET_XCOMP_SUPP", 0x1021 }, { "ARCH_GET_XCOMP_PERM", 0x1022 },
	{ "ARCH_REQ_XCOMP_PERM", 0x1023 }, { "ARCH_CET_STATUS", 0x3001 }, { "ARCH_SHSTK_ENABLE", 0x5001 },
	{ "ARCH_SHSTK_DISABLE", 0x5002 }, { "ARCH_SHSTK_LOCK", 0x5003 }, { "ARCH_SHSTK_UNLOCK", 0x5004 },
	{ "ARCH_SHSTK_STATUS", 0x5005 }, { "ARCH_GET_XCOMP_GUEST_PERM", 0x1024 },
	{ "ARCH_REQ_XCOMP_GUEST_PERM", 0x1025 }, { "ARCH_MAP_VDSO_X32", 0x2001 },
	{ "ARCH_MAP_VDSO_32", 0x2002 }, { "ARCH_MAP_VDSO_64", 0x2003 }, { "ARCH_GET_UNTAG_MASK", 0x4001 },
	{ "ARCH_ENABLE_TAGGED_ADDR", 0x4002 }, { "ARCH_GET_MAX_TAG_BITS", 0x4003 },
	{ "ARCH_FORCE_TAGGED_SVA", 0x4004 },
};
static const struct flag_name futex_op_values[] = {
	F(FUTEX_WAIT), F(FUTEX_WAKE), F(FUTEX_FD), F(FUTEX_REQUEUE), F(FUTEX_CMP_REQUEUE), F(FUTEX_WAKE_OP),
	F(FUTEX_LOCK_PI), F(FUTEX_UNLOCK_PI), F(FUTEX_TRYLOCK_PI), F(FUTEX_WAIT_BITSET),
	F(FUTEX_WAKE_BITSET), F(FUTEX_WAIT_REQUEUE_PI), F(FUTEX_CMP_REQUEUE_PI), F(FUTEX_LOCK_PI2),
	F(FUTEX_WAIT_PRIVATE), F(FUTEX_WAKE_PRIVATE), F(FUTEX_REQUEUE_PRIVATE),
	F(FUTEX_CMP_REQUEUE_PRIVATE), F(FUTEX_WAKE_OP_PRIVATE), F(FUTEX_LOCK_PI_PRIVATE),
	F(FUTEX_UNLOCK_PI_PRIVATE), F(FUTEX_TRYLOCK_PI_PRIVATE), F(FUTEX_WAIT_BITSET_PRIVATE),
	F(FUTEX_WAKE_BITSET_PRIVATE), F(FUTEX_WAIT_REQUEUE_PI_PRIVATE), F(FUTEX_CMP_REQUEUE_PI_PRIVATE),
	F(FUTEX_LOCK_PI2_PRIVATE),
};
static const struct flag_name futex_op_bits[] = {
	F(FUTEX_CLOCK_REALTIME),
};
static const struct flag_name getrandom_flags_bits[] = {
	F(GRND_NONBLOCK), F(GRND_RANDOM), F(GRND_INSECURE),
};
static const struct flag_name fd_cloexec_flags_bits[] = {
	F(O_NONBLOCK), F(O_DIRECT), F(O_CLOEXEC),
};
static const struct flag_name eventfd_flags_bits[] = {
	F(EFD_SEMAPHORE), F(EFD_CLOEXEC), F(EFD_NONBLOCK),
};
static const struct flag_name fadvise_values[] = {
	F(POSIX_FADV_NORMAL), F(POSIX_FADV_RANDOM), F(POSIX_FADV_SEQUENTIAL), F(POSIX_FADV_WILLNEED),
	F(POSIX_FADV_DONTNEED), F(POSIX_FADV_NOREUSE),
};
static const struct flag_name fallocate_mode_bits[] = {
	F(FALLOC_FL_KEEP_SIZE), F(FALLOC_FL_PUNCH_HOLE), F(FALLOC_FL_COLLAPSE_RANGE),
	F(FALLOC_FL_ZERO_RANGE), F(FALLOC_FL_INSERT_RANGE), F(FALLOC_FL_UNSHARE_RANGE),
};
static const struct flag_name rename_flags_bits[] = {
	F(RENAME_NOREPLACE), F(RENAME_EXCHANGE), F(RENAME_WHITEOUT),
};
static const struct flag_name memfd_flags_bits[] = {
	F(MFD_CLOEXEC), F(MFD_ALLOW_SEALING), F(MFD_HUGETLB), { "MFD_NOEXEC_SEAL", 0x8 },
	{ "MFD_EXEC", 0x10 },
};
static const struct flag_name statx_flags_values[] = {
	F(AT_STATX_SYNC_AS_STAT), F(AT_STATX_FORCE_SYNC), F(AT_STATX_DONT_SYNC),
};
static const struct flag_name statx_flags_bits[] = {
	F(AT_SYMLINK_NOFOLLOW), F(AT_NO_AUTOMOUNT), F(AT_EMPTY_PATH),
};
static const struct flag_name statx_mask_bits[] = {
	F(STATX_ALL), F(STATX_BASIC_STATS), F(STATX_TYPE), F(STATX_MODE), F(STATX_NLINK), F(STATX_UID),
	F(STATX_GID), F(STATX_ATIME), F(STATX_MTIME), F(STATX_CTIME), F(STATX_INO), F(STATX_SIZE),
	F(STATX_BLOCKS), F(STATX_BTIME), F(STATX_MNT_ID), { "STATX_DIOALIGN", 0x2000 },
};
static const struct flag_name epoll_op_values[] = {
	F(EPOLL_CTL_ADD), F(EPOLL_CTL_DEL), F(EPOLL_CTL_MOD),
};
static const struct flag_name epoll_flags_bits[] = {
	F(EPOLL_CLOEXEC),
};
static const struct flag_name priority_which_values[] = {
	F(PRIO_PROCESS), F(PRIO_PGRP), F(PRIO_USER),
};
static const struct flag_name sched_policy_values[] = {
	F(SCHED_OTHER), F(SCHED_FIFO), F(SCHED_RR), F(SCHED_BATCH), F(SCHED_IDLE), F(SCHED_DEADLINE),
};
static const struct flag_name sched_policy_bits[] = {
	F(SCHED_RESET_ON_FORK),
};
static const struct flag_name close_range_flags_bits[] = {
	F(CLOSE_RANGE_UNSHARE), F(CLOSE_RANGE_CLOEXEC),
};
static const struct flag_name splice_flags_bits[] = {
	F(SPLICE_F_MOVE), F(SPLICE_F_NONBLOCK), F(SPLICE_F_MORE), F(SPLICE_F_GIFT),
};
static const struct flag_name rwf_flags_bits[] = {
	F(RWF_HIPRI), F(RWF_DSYNC), F(RWF_SYNC), F(RWF_NOWAIT), F(RWF_APPEND),
};
static const struct flag_name xattr_flags_bits[] = {
	F(XATTR_CREATE), F(XATTR_REPLACE),
};
static const struct flag_name mlock_flags_bits[] = {
	{ "MLOCK_ONFAULT", 1 },
};
static const struct flag_name pidfd_flags_bits[] = {
	{ "PIDFD_NONBLOCK", O_NONBLOCK },
};
static const struct flag_name membarrier_cmd_values[] = {
	F(MEMBARRIER_CMD_QUERY), F(MEMBARRIER_CMD_GLOBAL), F(MEMBARRIER_CMD_GLOBAL_EXPEDITED),
	F(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED), F(MEMBARRIER_CMD_PRIVATE_EXPEDITED),
	F(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED), F(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE),
	F(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE), F(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ),
	F(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ),
};
static const struct flag_name poll_events_bits[] = {
	F(POLLIN), F(POLLPRI), F(POLLOUT), F(POLLERR), F(POLLHUP), F(POLLNVAL), F(POLLRDNORM),
	F(POLLRDBAND), F(POLLWRNORM), F(POLLWRBAND), F(POLLMSG), F(POLLRDHUP),
};
static const struct flag_name epoll_events_bits[] = {
	F(EPOLLIN), F(EPOLLPRI), F(EPOLLOUT), F(EPOLLERR), F(EPOLLHUP), F(EPOLLRDNORM), F(EPOLLRDBAND),
	F(EPOLLWRNORM), F(EPOLLWRBAND), F(EPOLLMSG), F(EPOLLRDHUP), F(EPOLLEXCLUSIVE), F(EPOLLWAKEUP),
	F(EPOLLONESHOT), F(EPOLLET),
};
static const struct flag_name sigaction_bits[] = {
	{ "SA_RESTORER", 0x04000000 }, F(SA_ONSTACK), F(SA_RESTART), F(SA_INTERRUPT), F(SA_NODEFER),
	F(SA_RESETHAND), F(SA_SIGINFO), F(SA_NOCLDSTOP), F(SA_NOCLDWAIT), { "SA_UNSUPPORTED", 0x400 },
	{ "SA_EXPOSE_TAGBITS", 0x800 },
};
static const struct flag_name sigstack_bits[] = {
	F(SS_ONSTACK), F(SS_DISABLE), { "SS_AUTODISARM", 0x80000000 },
};
static const struct flag_name lock_type_values[] = {
	F(F_RDLCK), F(F_WRLCK), F(F_UNLCK),
};
static const struct flag_name resolve_bits[] = {
	F(RESOLVE_NO_XDEV), F(RESOLVE_NO_MAGICLINKS), F(RESOLVE_NO_SYMLINKS), F(RESOLVE_BENEATH),
	F(RESOLVE_IN_ROOT), F(RESOLVE_CACHED),
};
static const struct flag_name fd_bits[] = {
	F(FD_CLOEXEC),
};
static const struct flag_name file_type_values[] = {
	F(S_IFREG), F(S_IFDIR), F(S_IFCHR), F(S_IFBLK), F(S_IFIFO), F(S_IFLNK), F(S_IFSOCK),
};
static const struct flag_name cld_code_values[] = {
	F(CLD_EXITED), F(CLD_KILLED), F(CLD_DUMPED), F(CLD_TRAPPED), F(CLD_STOPPED), F(CLD_CONTINUED),
};
static const struct flag_name si_code_values[] = {
	F(SI_USER), F(SI_KERNEL), { "SI_QUEUE", 0xffffffff }, { "SI_TIMER", 0xfffffffe },
	{ "SI_MESGQ", 0xfffffffd }, { "SI_ASYNCIO", 0xfffffffc }, { "SI_SIGIO", 0xfffffffb },
	{ "SI_TKILL", 0xfffffffa },
};

static const struct flag_name inotify_flags_bits[] = {
	F(IN_NONBLOCK), F(IN_CLOEXEC),
};
static const struct flag_name inotify_mask_bits[] = {
	F(IN_ACCESS), F(IN_MODIFY), F(IN_ATTRIB), F(IN_CLOSE_WRITE), F(IN_CLOSE_NOWRITE), F(IN_OPEN),
	F(IN_MOVED_FROM), F(IN_MOVED_TO), F(IN_CREATE), F(IN_DELETE), F(IN_DELETE_SELF), F(IN_MOVE_SELF),
	F(IN_UNMOUNT), F(IN_Q_OVERFLOW), F(IN_IGNORED), F(IN_ONLYDIR), F(IN_DONT_FOLLOW), F(IN_EXCL_UNLINK),
	F(IN_MASK_CREATE), F(IN_MASK_ADD), F(IN_ISDIR), F(IN_ONESHOT),
};
static const struct flag_name timerfd_flags_bits[] = {
	F(TFD_TIMER_ABSTIME), F(TFD_TIMER_CANCEL_ON_SET), F(TFD_CLOEXEC), F(TFD_NONBLOCK),
};
static const struct flag_name signalfd_flags_bits[] = {
	F(SFD_CLOEXEC), F(SFD_NONBLOCK),
};
/* System V IPC; with commands of ipc(2) that all three kinds of objects know. */
static const struct flag_name ipc_key_values[] = {
	F(IPC_PRIVATE),
};
static const struct flag_name ipc_flags_bits[] = {
	F(IPC_CREAT), F(IPC_EXCL), F(IPC_NOWAIT), { "SHM_HUGETLB", 04000 }, { "SHM_NORESERVE", 010000 },
};
static const struct flag_name shmat_flags_bits[] = {
	F(SHM_RDONLY), F(SHM_RND), F(SHM_REMAP), F(SHM_EXEC),
};
static const struct flag_name msg_queue_flags_bits[] = {
	F(IPC_NOWAIT), F(MSG_NOERROR), F(MSG_EXCEPT), F(MSG_COPY),
};
#define IPC_COMMANDS F(IPC_RMID), F(IPC_SET), F(IPC_STAT), F(IPC_INFO)
static const struct flag_name semctl_cmd_values[] = {
	IPC_COMMANDS, F(GETPID), F(GETVAL), F(GETALL), F(GETNCNT), F(GETZCNT), F(SETVAL), F(SETALL), F(SEM_STAT),
	F(SEM_INFO), F(SEM_STAT_ANY),
};
static const struct flag_name msgctl_cmd_values[] = {
	IPC_COMMANDS, F(MSG_STAT), F(MSG_INFO), F(MSG_STAT_ANY),
};
static const struct flag_name shmctl_cmd_values[] = {
	IPC_COMMANDS, F(SHM_LOCK), F(SHM_UNLOCK), F(SHM_STAT), F(SHM_INFO), F(SHM_STAT_ANY),
};
static const struct flag_name sem_op_flags_bits[] = {
	F(SEM_UNDO), F(IPC_NOWAIT),
};
static const struct flag_name personality_values[] = {
	F(PER_LINUX), F(PER_LINUX32), F(PER_SVR4), F(PER_BSD),
};
static const struct flag_name personality_bits[] = {
	F(UNAME26), F(ADDR_NO_RANDOMIZE), F(FDPIC_FUNCPTRS), F(MMAP_PAGE_ZERO), F(ADDR_COMPAT_LAYOUT),
	F(READ_IMPLIES_EXEC), F(ADDR_LIMIT_32BIT), F(SHORT_INODE), F(WHOLE_SECONDS), F(STICKY_TIMEOUTS),
	F(ADDR_LIMIT_3GB),
};
static const struct flag_name sync_range_flags_bits[] = {
	F(SYNC_FILE_RANGE_WAIT_BEFORE), F(SYNC_FILE_RANGE_WRITE), F(SYNC_FILE_RANGE_WAIT_AFTER),
};
static const struct flag_name seal_bits[] = {
	F(F_SEAL_SEAL), F(F_SEAL_SHRINK), F(F_SEAL_GROW), F(F_SEAL_WRITE), { "F_SEAL_FUTURE_WRITE", 0x10 },
	{ "F_SEAL_EXEC", 0x20 },
};
static const struct flag_name notify_bits[] = {
	F(DN_ACCESS), F(DN_MODIFY), F(DN_CREATE), F(DN_DELETE), F(DN_RENAME), F(DN_ATTRIB), F(DN_MULTISHOT),
};
static const struct flag_name owner_type_values[] = {
	F(F_OWNER_TID), F(F_OWNER_PID), F(F_OWNER_PGRP),
};
static const struct flag_name sigev_notify_values[] = {
	F(SIGEV_SIGNAL), F(SIGEV_NONE), F(SIGEV_THREAD), F(SIGEV_THREAD_ID),
};
static const struct flag_name statx_attribute_bits[] = {
	F(STATX_ATTR_COMPRESSED), F(STATX_ATTR_IMMUTABLE), F(STATX_ATTR_APPEND), F(STATX_ATTR_NODUMP),
	F(STATX_ATTR_ENCRYPTED), F(STATX_ATTR_AUTOMOUNT), F(STATX_ATTR_MOUNT_ROOT), F(STATX_ATTR_VERITY),
	F(STATX_ATTR_DAX),
};
static const struct flag_name file_system_values[] = {
	F(ADFS_SUPER_MAGIC), F(AFFS_SUPER_MAGIC), F(AFS_SUPER_MAGIC), F(AUTOFS_SUPER_MAGIC), F(CODA_SUPER_MAGIC),
	F(CRAMFS_MAGIC), F(DEBUGFS_MAGIC), F(SECURITYFS_MAGIC), F(SELINUX_MAGIC), F(RAMFS_MAGIC), F(TMPFS_MAGIC),
	F(HUGETLBFS_MAGIC), F(SQUASHFS_MAGIC), F(ECRYPTFS_SUPER_MAGIC), F(EFS_SUPER_MAGIC), F(EROFS_SUPER_MAGIC_V1),
	F(EXT2_SUPER_MAGIC), F(XENFS_SUPER_MAGIC), F(BTRFS_SUPER_MAGIC), F(NILFS_SUPER_MAGIC), F(F2FS_SUPER_MAGIC),
	F(HPFS_SUPER_MAGIC), F(ISOFS_SUPER_MAGIC), F(JFFS2_SUPER_MAGIC), F(XFS_SUPER_MAGIC), F(PSTOREFS_MAGIC),
	F(EFIVARFS_MAGIC), F(HOSTFS_SUPER_MAGIC), F(OVERLAYFS_SUPER_MAGIC), F(FUSE_SUPER_MAGIC),
	F(MINIX_SUPER_MAGIC), F(MSDOS_SUPER_MAGIC), F(EXFAT_SUPER_MAGIC), F(NFS_SUPER_MAGIC), F(OCFS2_SUPER_MAGIC),
	F(OPENPROM_SUPER_MAGIC), F(QNX4_SUPER_MAGIC), F(REISERFS_SUPER_MAGIC), F(SMB_SUPER_MAGIC), F(CIFS_SUPER_MAGIC),
	F(SMB2_SUPER_MAGIC), F(CGROUP_SUPER_MAGIC), F(CGROUP2_SUPER_MAGIC), F(STACK_END_MAGIC), F(TRACEFS_MAGIC),
	F(V9FS_MAGIC), F(BDEVFS_MAGIC), F(BINFMTFS_MAGIC), F(DEVPTS_SUPER_MAGIC), F(BINDERFS_SUPER_MAGIC),
	F(FUTEXFS_SUPER_MAGIC), F(PIPEFS_MAGIC), F(PROC_SUPER_MAGIC), F(SOCKFS_MAGIC), F(SYSFS_MAGIC), F(NSFS_MAGIC),
	F(BPF_FS_MAGIC), F(UDF_SUPER_MAGIC), F(DMA_BUF_MAGIC), F(SECRETMEM_MAGIC), { "MQUEUE_MAGIC", 0x19800202 },
};
static const struct flag_name mount_state_bits[] = {
	{ "ST_VALID", 0x20 }, F(ST_RDONLY), F(ST_NOSUID), F(ST_NODEV), F(ST_NOEXEC), F(ST_SYNCHRONOUS),
	F(ST_MANDLOCK), F(ST_NOATIME), F(ST_NODIRATIME), F(ST_RELATIME), { "ST_NOSYMFOLLOW", 0x2000 },
};
static const struct flag_name mode_bits[] = {
	F(S_ISUID), F(S_ISGID), F(S_ISVTX),
};
/* Terminals (ioctl_tty(2), asm/termbits.h): values among flags, which show even when they are 0. */
static const struct flag_name input_mode_bits[] = {
	F(IGNBRK), F(BRKINT), F(IGNPAR), F(PARMRK), F(INPCK), F(ISTRIP), F(INLCR), F(IGNCR), F(ICRNL), F(IUCLC),
	F(IXON), F(IXANY), F(IXOFF), F(IMAXBEL), F(IUTF8),
};
static const struct flag_name output_mode_bits[] = {
	V(NL0, NLDLY), V(NL1, NLDLY), V(CR0, CRDLY), V(CR1, CRDLY), V(CR2, CRDLY), V(CR3, CRDLY), V(TAB0, TABDLY),
	V(TAB1, TABDLY), V(TAB2, TABDLY), V(XTABS, TABDLY), V(BS0, BSDLY), V(BS1, BSDLY), V(VT0, VTDLY),
	V(VT1, VTDLY), V(FF0, FFDLY), V(FF1, FFDLY), F(OPOST), F(OLCUC), F(ONLCR), F(OCRNL), F(ONOCR), F(ONLRET),
	F(OFILL), F(OFDEL),
};
static const struct flag_name control_mode_bits[] = {
	V(B0, CBAUD), V(B50, CBAUD), V(B75, CBAUD), V(B110, CBAUD), V(B134, CBAUD), V(B150, CBAUD), V(B200, CBAUD),
	V(B300, CBAUD), V(B600, CBAUD), V(B1200, CBAUD), V(B1800, CBAUD), V(B2400, CBAUD), V(B4800, CBAUD),
	V(B9600, CBAUD), V(B19200, CBAUD), V(B38400, CBAUD), V(B57600, CBAUD), V(B115200, CBAUD), V(B230400, CBAUD),
	V(B460800, CBAUD), V(B500000, CBAUD), V(B576000, CBAUD), V(B921600, CBAUD), V(B1000000, CBAUD),
	V(B1152000, CBAUD), V(B1500000, CBAUD), V(B2000000, CBAUD), V(B2500000, CBAUD), V(B3000000, CBAUD),
	V(B3500000, CBAUD), V(B4000000, CBAUD), V(BOTHER, CBAUD), V(CS5, CSIZE), V(CS6, CSIZE), V(CS7, CSIZE),
	V(CS8, CSIZE), F(CSTOPB), F(CREAD), F(PARENB), F(PARODD), F(HUPCL), F(CLOCAL), F(CMSPAR), F(CRTSCTS),
};
static const struct flag_name local_mode_bits[] = {
	F(ISIG), F(ICANON), F(XCASE), F(ECHO), F(ECHOE), F(ECHOK), F(ECHONL), F(NOFLSH), F(IEXTEN), F(ECHOCTL),
	F(ECHOPRT), F(ECHOKE), F(FLUSHO), F(PENDIN), F(TOSTOP), F(EXTPROC),
};
static const struct flag_name flush_queue_values[] = {
	F(TCIFLUSH), F(TCOFLUSH), F(TCIOFLUSH),
};
static const struct flag_name flow_action_values[] = {
	F(TCOOFF), F(TCOON), F(TCIOFF), F(TCION),
};
/* Sockets: options by level (ip(7), ipv6(7), tcp(7), udp(7), netlink(7), packet(7)). */
static const struct flag_name ip_option_values[] = {
	F(IP_TOS), F(IP_TTL), F(IP_HDRINCL), F(IP_OPTIONS), F(IP_ROUTER_ALERT), F(IP_RECVOPTS), F(IP_RETOPTS),
	F(IP_PKTINFO), F(IP_MTU_DISCOVER), F(IP_RECVERR), F(IP_RECVTTL), F(IP_RECVTOS), F(IP_MTU), F(IP_FREEBIND),
	F(IP_XFRM_POLICY), F(IP_PASSSEC), F(IP_TRANSPARENT), F(IP_ORIGDSTADDR), F(IP_MINTTL), F(IP_NODEFRAG),
	F(IP_CHECKSUM), F(IP_BIND_ADDRESS_NO_PORT), F(IP_RECVFRAGSIZE), F(IP_MULTICAST_IF), F(IP_MULTICAST_TTL),
	F(IP_MULTICAST_LOOP), F(IP_ADD_MEMBERSHIP), F(IP_DROP_MEMBERSHIP), F(IP_UNBLOCK_SOURCE), F(IP_BLOCK_SOURCE),
	F(IP_ADD_SOURCE_MEMBERSHIP), F(IP_DROP_SOURCE_MEMBERSHIP), F(IP_MSFILTER), F(MCAST_JOIN_GROUP),
	F(MCAST_BLOCK_SOURCE), F(MCAST_UNBLOCK_SOURCE), F(MCAST_LEAVE_GROUP), F(MCAST_JOIN_SOURCE_GROUP),
	F(MCAST_LEAVE_SOURCE_GROUP), F(MCAST_MSFILTER), F(IP_MULTICAST_ALL), F(IP_UNICAST_IF),
};
static const struct flag_name ipv6_option_values[] = {
	F(IPV6_ADDRFORM), F(IPV6_2292PKTINFO), F(IPV6_2292HOPOPTS), F(IPV6_2292DSTOPTS), F(IPV6_2292RTHDR),
	F(IPV6_2292PKTOPTIONS), F(IPV6_CHECKSUM), F(IPV6_2292HOPLIMIT), F(IPV6_NEXTHOP), F(IPV6_AUTHHDR),
	F(IPV6_UNICAST_HOPS), F(IPV6_MULTICAST_IF), F(IPV6_MULTICAST_HOPS), F(IPV6_MULTICAST_LOOP),
	F(IPV6_JOIN_GROUP), F(IPV6_LEAVE_GROUP), F(IPV6_ROUTER_ALERT), F(IPV6_MTU_DISCOVER), F(IPV6_MTU),
	F(IPV6_RECVERR), F(IPV6_V6ONLY), F(IPV6_JOIN_ANYCAST), F(IPV6_LEAVE_ANYCAST), F(IPV6_MULTICAST_ALL),
	F(IPV6_IPSEC_POLICY), F(IPV6_XFRM_POLICY), F(IPV6_HDRINCL), F(IPV6_RECVPKTINFO), F(IPV6_PKTINFO),
	F(IPV6_RECVHOPLIMIT), F(IPV6_HOPLIMIT), F(IPV6_RECVHOPOPTS), F(IPV6_HOPOPTS), F(IPV6_RTHDRDSTOPTS),
	F(IPV6_RECVRTHDR), F(IPV6_RTHDR), F(IPV6_RECVDSTOPTS), F(IPV6_DSTOPTS), F(IPV6_RECVPATHMTU),
	F(IPV6_PATHMTU), F(IPV6_DONTFRAG), F(IPV6_RECVTCLASS), F(IPV6_TCLASS), F(IPV6_AUTOFLOWLABEL),
	F(IPV6_ADDR_PREFERENCES), F(IPV6_MINHOPCOUNT), F(IPV6_ORIGDSTADDR), F(IPV6_TRANSPARENT), F(IPV6_UNICAST_IF),
	F(IPV6_RECVFRAGSIZE), F(IPV6_FREEBIND), F(MCAST_JOIN_GROUP), F(MCAST_LEAVE_GROUP),
};
static const struct flag_name tcp_option_values[] = {
	F(TCP_NODELAY), F(TCP_MAXSEG), F(TCP_CORK), F(TCP_KEEPIDLE), F(TCP_KEEPINTVL), F(TCP_KEEPCNT), F(TCP_SYNCNT),
	F(TCP_LINGER2), F(TCP_DEFER_ACCEPT), F(TCP_WINDOW_CLAMP), F(TCP_INFO), F(TCP_QUICKACK), F(TCP_CONGESTION),
	F(TCP_MD5SIG), F(TCP_THIN_LINEAR_TIMEOUTS), F(TCP_THIN_DUPACK), F(TCP_USER_TIMEOUT), F(TCP_REPAIR),
	F(TCP_REPAIR_QUEUE), F(TCP_QUEUE_SEQ), F(TCP_REPAIR_OPTIONS), F(TCP_FASTOPEN), F(TCP_TIMESTAMP),
	F(TCP_NOTSENT_LOWAT), F(TCP_CC_INFO), F(TCP_SAVE_SYN), F(TCP_SAVED_SYN), F(TCP_REPAIR_WINDOW),
	F(TCP_FASTOPEN_CONNECT), F(TCP_ULP), F(TCP_MD5SIG_EXT), F(TCP_FASTOPEN_KEY), F(TCP_FASTOPEN_NO_COOKIE),
	F(TCP_ZEROCOPY_RECEIVE), F(TCP_INQ), F(TCP_TX_DELAY),
};
static const struct flag_name udp_option_values[] = {
	F(UDP_CORK), F(UDP_ENCAP), F(UDP_NO_CHECK6_TX), F(UDP_NO_CHECK6_RX), F(UDP_SEGMENT), F(UDP_GRO),
};
static const struct flag_name netlink_option_values[] = {
	F(NETLINK_ADD_MEMBERSHIP), F(NETLINK_DROP_MEMBERSHIP), F(NETLINK_PKTINFO), F(NETLINK_BROADCAST_ERROR),
	F(NETLINK_NO_ENOBUFS), F(NETLINK_LISTEN_ALL_NSID), F(NETLINK_LIST_MEMBERSHIPS), F(NETLINK_CAP_ACK),
	F(NETLINK_EXT_ACK), F(NETLINK_GET_STRICT_CHK),
};
static const struct flag_name packet_option_values[] = {
	F(PACKET_ADD_MEMBERSHIP), F(PACKET_DROP_MEMBERSHIP), F(PACKET_RECV_OUTPUT), F(PACKET_RX_RING),
	F(PACKET_STATISTICS), F(PACKET_COPY_THRESH), F(PACKET_AUXDATA), F(PACKET_ORIGDEV), F(PACKET_VERSION),
	F(PACKET_HDRLEN), F(PACKET_RESERVE), F(PACKET_TX_RING), F(PACKET_LOSS), F(PACKET_VNET_HDR),
	F(PACKET_TX_TIMESTAMP), F(PACKET_TIMESTAMP), F(PACKET_FANOUT), F(PACKET_TX_HAS_OFF), F(PACKET_QDISC_BYPASS),
};
static const struct flag_name netlink_protocol_values[] = {
	F(NETLINK_ROUTE), F(NETLINK_USERSOCK), F(NETLINK_FIREWALL), F(NETLINK_SOCK_DIAG), F(NETLINK_NFLOG),
	F(NETLINK_XFRM), F(NETLINK_SELINUX), F(NETLINK_ISCSI), F(NETLINK_AUDIT), F(NETLINK_FIB_LOOKUP),
	F(NETLINK_CONNECTOR), F(NETLINK_NETFILTER), F(NETLINK_IP6_FW), F(NETLINK_DNRTMSG), F(NETLINK_KOBJECT_UEVENT),
	F(NETLINK_GENERIC), F(NETLINK_SCSITRANSPORT), F(NETLINK_ECRYPTFS), F(NETLINK_RDMA), F(NETLINK_CRYPTO),
	F(NETLINK_SMC),
};
static const struct flag_name scm_type_values[] = {
	F(SCM_RIGHTS), F(SCM_CREDENTIALS), { "SCM_SECURITY", 3 }, { "SCM_PIDFD", 4 }, { "SO_TIMESTAMP_OLD", 29 },
	{ "SO_TIMESTAMPNS_OLD", 35 }, { "SO_TIMESTAMPING_OLD", 37 }, { "SCM_WIFI_STATUS", 41 },
};
static const struct flag_name interface_bits[] = {
	F(IFF_UP), F(IFF_BROADCAST), F(IFF_DEBUG), F(IFF_LOOPBACK), F(IFF_POINTOPOINT), F(IFF_NOTRAILERS),
	F(IFF_RUNNING), F(IFF_NOARP), F(IFF_PROMISC), F(IFF_ALLMULTI), F(IFF_MASTER), F(IFF_SLAVE), F(IFF_MULTICAST),
	F(IFF_PORTSEL), F(IFF_AUTOMEDIA), F(IFF_DYNAMIC),
};
static const struct flag_name inode_flags_bits[] = {
	F(FS_SECRM_FL), F(FS_UNRM_FL), F(FS_COMPR_FL), F(FS_SYNC_FL), F(FS_IMMUTABLE_FL), F(FS_APPEND_FL),
	F(FS_NODUMP_FL), F(FS_NOATIME_FL), F(FS_DIRTY_FL), F(FS_COMPRBLK_FL), F(FS_NOCOMP_FL), F(FS_ENCRYPT_FL),
	F(FS_INDEX_FL), F(FS_IMAGIC_FL), F(FS_JOURNAL_DATA_FL), F(FS_NOTAIL_FL), F(FS_DIRSYNC_FL), F(FS_TOPDIR_FL),
	F(FS_HUGE_FILE_FL), F(FS_EXTENT_FL), F(FS_VERITY_FL), F(FS_EA_INODE_FL), F(FS_EOFBLOCKS_FL),
	F(FS_NOCOW_FL), F(FS_DAX_FL), F(FS_INLINE_DATA_FL), F(FS_PROJINHERIT_FL), F(FS_CASEFOLD_FL),
};
/* Processes. */
static const struct flag_name capability_values[] = {
	F(CAP_CHOWN), F(CAP_DAC_OVERRIDE), F(CAP_DAC_READ_SEARCH), F(CAP_FOWNER), F(CAP_FSETID), F(CAP_KILL),
	F(CAP_SETGID), F(CAP_SETUID), F(CAP_SETPCAP), F(CAP_LINUX_IMMUTABLE), F(CAP_NET_BIND_SERVICE),
	F(CAP_NET_BROADCAST), F(CAP_NET_ADMIN), F(CAP_NET_RAW), F(CAP_IPC_LOCK), F(CAP_IPC_OWNER), F(CAP_SYS_MODULE),
	F(CAP_SYS_RAWIO), F(CAP_SYS_CHROOT), F(CAP_SYS_PTRACE), F(CAP_SYS_PACCT), F(CAP_SYS_ADMIN), F(CAP_SYS_BOOT),
	F(CAP_SYS_NICE), F(CAP_SYS_RESOURCE), F(CAP_SYS_TIME), F(CAP_SYS_TTY_CONFIG), F(CAP_MKNOD), F(CAP_LEASE),
	F(CAP_AUDIT_WRITE), F(CAP_AUDIT_CONTROL), F(CAP_SETFCAP), F(CAP_MAC_OVERRIDE), F(CAP_MAC_ADMIN), F(CAP_SYSLOG),
	F(CAP_WAKE_ALARM), F(CAP_BLOCK_SUSPEND), F(CAP_AUDIT_READ), F(CAP_PERFMON), F(CAP_BPF),
	F(CAP_CHECKPOINT_RESTORE),
};
static const struct flag_name capability_version_values[] = {
	F(_LINUX_CAPABILITY_VERSION_1), F(_LINUX_CAPABILITY_VERSION_2), F(_LINUX_CAPABILITY_VERSION_3),
};
static const struct flag_name ambient_values[] = {
	F(PR_CAP_AMBIENT_IS_SET), F(PR_CAP_AMBIENT_RAISE), F(PR_CAP_AMBIENT_LOWER), F(PR_CAP_AMBIENT_CLEAR_ALL),
};
static const struct flag_name dumpable_values[] = {
	{ "SUID_DUMP_DISABLE", 0 }, { "SUID_DUMP_USER", 1 }, { "SUID_DUMP_ROOT", 2 },
};
static const struct flag_name tsc_values[] = {
	F(PR_TSC_ENABLE), F(PR_TSC_SIGSEGV),
};
static const struct flag_name securebits_bits[] = {
	{ "SECBIT_NOROOT", 1 }, { "SECBIT_NOROOT_LOCKED", 2 }, { "SECBIT_NO_SETUID_FIXUP", 4 },
	{ "SECBIT_NO_SETUID_FIXUP_LOCKED", 8 }, { "SECBIT_KEEP_CAPS", 16 }, { "SECBIT_KEEP_CAPS_LOCKED", 32 },
	{ "SECBIT_NO_CAP_AMBIENT_RAISE", 64 }, { "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED", 128 },
};
static const struct flag_name vma_values[] = {
	F(PR_SET_VMA_ANON_NAME),
};
static const struct flag_name mce_values[] = {
	F(PR_MCE_KILL_CLEAR), F(PR_MCE_KILL_SET),
};
/* Why a signal was sent (sigaction(2)). */
static const struct flag_name ill_code_values[] = {
	F(ILL_ILLOPC), F(ILL_ILLOPN), F(ILL_ILLADR), F(ILL_ILLTRP), F(ILL_PRVOPC), F(ILL_PRVREG), F(ILL_COPROC),
	F(ILL_BADSTK),
};
static const struct flag_name fpe_code_values[] = {
	F(FPE_INTDIV), F(FPE_INTOVF), F(FPE_FLTDIV), F(FPE_FLTOVF), F(FPE_FLTUND), F(FPE_FLTRES), F(FPE_FLTINV),
	F(FPE_FLTSUB),
};
static const struct flag_name segv_code_values[] = {
	F(SEGV_MAPERR), F(SEGV_ACCERR), F(SEGV_BNDERR), F(SEGV_PKUERR),
};
static const struct flag_name bus_code_values[] = {
	F(BUS_ADRALN), F(BUS_ADRERR), F(BUS_OBJERR), F(BUS_MCEERR_AR), F(BUS_MCEERR_AO),
};
static const struct flag_name trap_code_values[] = {
	F(TRAP_BRKPT), F(TRAP_TRACE), F(TRAP_BRANCH), F(TRAP_HWBKPT),
};
static const struct flag_name poll_code_values[] = {
	F(POLL_IN), F(POLL_OUT), F(POLL_MSG), F(POLL_ERR), F(POLL_PRI), F(POLL_HUP),
};
static const struct flag_name sys_code_values[] = {
	{ "SYS_SECCOMP", 1 }, { "SYS_USER_DISPATCH", 2 },
};

static const struct flag_table format_tables[FORMAT_COUNT] = {
	[FORMAT_OPEN_FLAGS] = { .value_mask = O_ACCMODE, VALUES(open_flags_values), BITS(open_flags_bits) },
	[FORMAT_ACCESS_MODE] = { BITS(access_mode_bits), .zero = "F_OK" },
	[FORMAT_AT_FLAGS] = { BITS(at_flags_bits) },
	[FORMAT_UNLINKAT_FLAGS] = { BITS(unlinkat_flags_bits) },
	[FORMAT_FACCESSAT_FLAGS] = { BITS(faccessat_flags_bits) },
	[FORMAT_PROT] = { BITS(prot_bits), .zero = "PROT_NONE" },
	[FORMAT_MMAP_FLAGS] = { .value_mask = 0xf, VALUES(mmap_flags_values), BITS(mmap_flags_bits) },
	[FORMAT_MREMAP_FLAGS] = { BITS(mremap_flags_bits) },
	[FORMAT_MADVISE] = { .value_mask = ALL_BITS, VALUES(madvise_values) },
	[FORMAT_MSYNC_FLAGS] = { BITS(msync_flags_bits) },
	[FORMAT_CLONE_FLAGS] = { BITS(clone_flags_bits) },
	[FORMAT_WAIT_OPTIONS] = { BITS(wait_options_bits) },
	[FORMAT_WAITID_TYPE] = { .value_mask = ALL_BITS, VALUES(waitid_type_values) },
	[FORMAT_FCNTL_CMD] = { .value_mask = ALL_BITS, VALUES(fcntl_cmd_values) },
	[FORMAT_IOCTL_CMD] = { .value_mask = ALL_BITS, VALUES(ioctl_cmd_values) },
	[FORMAT_SIG_HOW] = { .value_mask = ALL_BITS, VALUES(sig_how_values) },
	[FORMAT_SOCKET_DOMAIN] = { .value_mask = ALL_BITS, VALUES(socket_domain_values) },
	[FORMAT_SOCKET_TYPE] = { .value_mask = 0xf, VALUES(socket_type_values), BITS(socket_type_bits) },
	[FORMAT_SOCK_FLAGS] = { BITS(sock_flags_bits) },
	[FORMAT_SOCKET_PROTOCOL] = { .value_mask = ALL_BITS, VALUES(socket_protocol_values) },
	[FORMAT_SOCKET_LEVEL] = { .value_mask = ALL_BITS, VALUES(socket_level_values) },
	[FORMAT_SOCKET_OPTION] = { .value_mask = ALL_BITS, VALUES(socket_option_values) },
	[FORMAT_SHUTDOWN_HOW] = { .value_mask = ALL_BITS, VALUES(shutdown_how_values) },
	[FORMAT_MSG_FLAGS] = { BITS(msg_flags_bits) },
	[FORMAT_SEEK_WHENCE] = { .value_mask = ALL_BITS, VALUES(seek_whence_values) },
	[FORMAT_FLOCK_OP] = { BITS(flock_op_bits) },
	[FORMAT_CLOCK_ID] = { .value_mask = ALL_BITS, VALUES(clock_id_values) },
	[FORMAT_TIMER_FLAGS] = { BITS(timer_flags_bits) },
	[FORMAT_ITIMER_WHICH] = { .value_mask = ALL_BITS, VALUES(itimer_which_values) },
	[FORMAT_RLIMIT_RESOURCE] = { .value_mask = ALL_BITS, VALUES(rlimit_resource_values) },
	[FORMAT_RUSAGE_WHO] = { .value_mask = ALL_BITS, VALUES(rusage_who_values) },
	[FORMAT_PRCTL_OPTION] = { .value_mask = ALL_BITS, VALUES(prctl_option_values) },
	[FORMAT_ARCH_PRCTL] = { .value_mask = ALL_BITS, VALUES(arch_prctl_values) },
	[FORMAT_FUTEX_OP] = { .value_mask = 0xff, VALUES(futex_op_values), BITS(futex_op_bits) },
	[FORMAT_GETRANDOM_FLAGS] = { BITS(getrandom_flags_bits) },
	[FORMAT_FD_CLOEXEC_FLAGS] = { BITS(fd_cloexec_flags_bits) },
	[FORMAT_EVENTFD_FLAGS] = { BITS(eventfd_flags_bits) },
	[FORMAT_FADVISE] = { .value_mask = ALL_BITS, VALUES(fadvise_values) },
	[FORMAT_FALLOCATE_MODE] = { BITS(fallocate_mode_bits) },
	[FORMAT_RENAME_FLAGS] = { BITS(rename_flags_bits) },
	[FORMAT_MEMFD_FLAGS] = { BITS(memfd_flags_bits) },
	[FORMAT_STATX_FLAGS] = { .value_mask = AT_STATX_SYNC_TYPE, VALUES(statx_flags_values), BITS(statx_flags_bits) },
	[FORMAT_STATX_MASK] = { BITS(statx_mask_bits) },
	[FORMAT_EPOLL_OP] = { .value_mask = ALL_BITS, VALUES(epoll_op_values) },
	[FORMAT_EPOLL_FLAGS] = { BITS(epoll_flags_bits) },
	[FORMAT_PRIORITY_WHICH] = { .value_mask = ALL_BITS, VALUES(priority_which_values) },
	[FORMAT_SCHED_POLICY] = { .value_mask = 0xff, VALUES(sched_policy_values), BITS(sched_policy_bits) },
	[FORMAT_CLOSE_RANGE_FLAGS] = { BITS(close_range_flags_bits) },
	[FORMAT_SPLICE_FLAGS] = { BITS(splice_flags_bits) },
	[FORMAT_RWF_FLAGS] = { BITS(rwf_flags_bits) },
	[FORMAT_XATTR_FLAGS] = { BITS(xattr_flags_bits) },
	[FORMAT_MLOCK_FLAGS] = { BITS(mlock_flags_bits) },
	[FORMAT_PIDFD_FLAGS] = { BITS(pidfd_flags_bits) },
	[FORMAT_MEMBARRIER_CMD] = { .value_mask = ALL_BITS, VALUES(membarrier_cmd_values) },
	[FORMAT_MOUNT_FLAGS] = { BITS(mount_flags_bits) },
	[FORMAT_UMOUNT_FLAGS] = { BITS(umount_flags_bits) },
	[FORMAT_FSCONFIG_CMD] = { .value_mask = ALL_BITS, VALUES(fsconfig_cmd_values) },
	[FORMAT_KEYCTL_OP] = { .value_mask = ALL_BITS, VALUES(keyctl_op_values) },
	[FORMAT_KCMP_TYPE] = { .value_mask = ALL_BITS, VALUES(kcmp_type_values) },
	[FORMAT_MEMPOLICY] = { .value_mask = 0xff, VALUES(mempolicy_values), BITS(mempolicy_bits) },
	[FORMAT_MLOCKALL_FLAGS] = { BITS(mlockall_flags_bits) },
	[FORMAT_REBOOT_CMD] = { .value_mask = ALL_BITS, VALUES(reboot_cmd_values) },
	[FORMAT_INOTIFY_FLAGS] = { BITS(inotify_flags_bits) },
	[FORMAT_INOTIFY_MASK] = { BITS(inotify_mask_bits) },
	[FORMAT_TIMERFD_FLAGS] = { BITS(timerfd_flags_bits) },
	[FORMAT_SIGNALFD_FLAGS] = { BITS(signalfd_flags_bits) },
	[FORMAT_IPC_KEY] = { .value_mask = ALL_BITS, VALUES(ipc_key_values) },
	[FORMAT_IPC_FLAGS] = { BITS(ipc_flags_bits), .octal_rest = true },
	[FORMAT_SHMAT_FLAGS] = { BITS(shmat_flags_bits) },
	[FORMAT_MSG_QUEUE_FLAGS] = { BITS(msg_queue_flags_bits) },
	[FORMAT_SEMCTL_CMD] = { .value_mask = ALL_BITS, VALUES(semctl_cmd_values) },
	[FORMAT_MSGCTL_CMD] = { .value_mask = ALL_BITS, VALUES(msgctl_cmd_values) },
	[FORMAT_SHMCTL_CMD] = { .value_mask = ALL_BITS, VALUES(shmctl_cmd_values) },
	[FORMAT_PERSONALITY] = { .value_mask = 0xff, VALUES(personality_values), BITS(personality_bits),
		.unnamed = UINT32_MAX },
	[FORMAT_SYNC_RANGE_FLAGS] = { BITS(sync_range_flags_bits) },
	[FORMAT_HEX] = { .names_nothing = true },
};

static const struct flag_table set_tables[FLAGS_SET_COUNT] = {
	[FLAGS_POLL_EVENTS] = { BITS(poll_events_bits) },
	[FLAGS_EPOLL_EVENTS] = { BITS(epoll_events_bits) },
	[FLAGS_SIGACTION] = { BITS(sigaction_bits) },
	[FLAGS_SIGSTACK] = { BITS(sigstack_bits) },
	[FLAGS_LOCK_TYPE] = { .value_mask = ALL_BITS, VALUES(lock_type_values) },
	[FLAGS_RESOLVE] = { BITS(resolve_bits) },
	[FLAGS_FD] = { BITS(fd_bits) },
	[FLAGS_FILE_TYPE] = { .value_mask = ALL_BITS, VALUES(file_type_values) },
	[FLAGS_CLD_CODE] = { .value_mask = ALL_BITS, VALUES(cld_code_values) },
	[FLAGS_SI_CODE] = { .value_mask = ALL_BITS, VALUES(si_code_values) },
	[FLAGS_ILL_CODE] = { .value_mask = ALL_BITS, VALUES(ill_code_values) },
	[FLAGS_FPE_CODE] = { .value_mask = ALL_BITS, VALUES(fpe_code_values) },
	[FLAGS_SEGV_CODE] = { .value_mask = ALL_BITS, VALUES(segv_code_values) },
	[FLAGS_BUS_CODE] = { .value_mask = ALL_BITS, VALUES(bus_code_values) },
	[FLAGS_TRAP_CODE] = { .value_mask = ALL_BITS, VALUES(trap_code_values) },
	[FLAGS_POLL_CODE] = { .value_mask = ALL_BITS, VALUES(poll_code_values) },
	[FLAGS_SYS_CODE] = { .value_mask = ALL_BITS, VALUES(sys_code_values) },
	[FLAGS_SIGEV_NOTIFY] = { .value_mask = ALL_BITS, VALUES(sigev_notify_values) },
	[FLAGS_SEAL] = { BITS(seal_bits) },
	[FLAGS_NOTIFY] = { BITS(notify_bits) },
	[FLAGS_OWNER_TYPE] = { .value_mask = ALL_BITS, VALUES(owner_type_values) },
	[FLAGS_STATX_ATTRIBUTE] = { BITS(statx_attribute_bits) },
	[FLAGS_FILE_SYSTEM] = { .value_mask = ALL_BITS, VALUES(file_system_values) },
	[FLAGS_MOUNT_STATE] = { BITS(mount_state_bits) },
	[FLAGS_MODE] = { BITS(mode_bits) },
	[FLAGS_INPUT_MODE] = { BITS(input_mode_bits) },
	[FLAGS_OUTPUT_MODE] = { BITS(output_mode_bits) },
	[FLAGS_CONTROL_MODE] = { BITS(control_mode_bits) },
	[FLAGS_LOCAL_MODE] = { BITS(local_mode_bits) },
	[FLAGS_FLUSH_QUEUE] = { .value_mask = ALL_BITS, VALUES(flush_queue_values) },
	[FLAGS_FLOW_ACTION] = { .value_mask = ALL_BITS, VALUES(flow_action_values) },
	[FLAGS_IP_OPTION] = { .value_mask = ALL_BITS, VALUES(ip_option_values) },
	[FLAGS_IPV6_OPTION] = { .value_mask = ALL_BITS, VALUES(ipv6_option_values) },
	[FLAGS_TCP_OPTION] = { .value_mask = ALL_BITS, VALUES(tcp_option_values) },
	[FLAGS_UDP_OPTION] = { .value_mask = ALL_BITS, VALUES(udp_option_values) },
	[FLAGS_NETLINK_OPTION] = { .value_mask = ALL_BITS, VALUES(netlink_option_values) },
	[FLAGS_PACKET_OPTION] = { .value_mask = ALL_BITS, VALUES(packet_option_values) },
	[FLAGS_NETLINK_PROTOCOL] = { .value_mask = ALL_BITS, VALUES(netlink_protocol_values) },
	[FLAGS_SCM_TYPE] = { .value_mask = ALL_BITS, VALUES(scm_type_values) },
	[FLAGS_INTERFACE] = { BITS(interface_bits) },
	[FLAGS_INODE] = { BITS(inode_flags_bits) },
	[FLAGS_SEM_OP] = { BITS(sem_op_flags_bits) },
	[FLAGS_CAPABILITY] = { .value_mask = ALL_BITS, VALUES(capability_values) },
	[FLAGS_CAPABILITY_VERSION] = { .value_mask = ALL_BITS, VALUES(capability_version_values) },
	[FLAGS_AMBIENT] = { .value_mask = ALL_BITS, VALUES(ambient_values) },
	[FLAGS_DUMPABLE] = { .value_mask = ALL_BITS, VALUES(dumpable_values) },
	[FLAGS_TSC] = { .value_mask = ALL_BITS, VALUES(tsc_values) },
	[FLAGS_SECUREBITS] = { BITS(securebits_bits) },
	[FLAGS_VMA] = { .value_mask = ALL_BITS, VALUES(vma_values) },
	[FLAGS_MCE] = { .value_mask = ALL_BITS, VALUES(mce_values) },
};
/* clang-format on */

bool format_is_flags(enum arg_format format)
{
	const struct flag_table *table = &format_tables[format];

	return table->value_mask || table->n_bits || table->names_nothing;
}

static const char *value_name_find(const struct flag_table *table, uint64_t value)
{
	for (size_t i = 0; i < table->n_values; i++)
		if ((table->values[i].value & table->value_mask) == value)
			return table->values[i].name;
	return NULL;
}

const char *decode_value_name_find(enum arg_format format, uint64_t value)
{
	return value_name_find(&format_tables[format], value);
}

/* Puts the names of set bits, each after `separator`, and returns the bits that have none. */
static uint64_t put_bits(struct decode_text *t, const struct flag_table *table, uint64_t bits,
			 const char **separator)
{
	const uint64_t all = bits;

	for (size_t i = 0; i < table->n_bits; i++) {
		const struct flag_name *flag = &table->bits[i];
		uint64_t mask = flag->mask ? flag->mask : flag->value;

		/* a value stands once, so it is looked for in all; flags may be parts of others */
		if (!mask || ((flag->mask ? all : bits) & mask) != flag->value)
			continue;
		decode_put(t, *separator);
		decode_put(t, flag->name);
		*separator = "|";
		bits &= ~mask;
	}
	return bits;
}

static void put_by_table(struct decode_text *t, const struct flag_table *table, uint64_t value)
{
	const char *separator = "";
	const char *name = table->n_values ? value_name_find(table, value & table->value_mask) :
					     NULL;
	uint64_t rest = value;

	if (table->unnamed && value == table->unnamed) {
		decode_put_hexadecimal(t, value);
		return;
	}
	if (name) {
		decode_put(t, name);
		separator = "|";
		rest &= ~table->value_mask;
	}
	rest = put_bits(t, table, rest, &separator);
	if (rest)
		decode_putf(t, table->octal_rest ? "%s0%llo" : "%s0x%llx", separator,
			    (unsigned long long)rest);
	else if (!*separator)
		decode_put(t, table->zero ? table->zero : "0");
}

void decode_put_flags(struct decode_text *t, enum arg_format format, uint64_t value)
{
	put_by_table(t, &format_tables[format], value);
}

void decode_put_flag_set(struct decode_text *t, enum flag_set set, uint64_t value)
{
	put_by_table(t, &set_tables[set], value);
}

void decode_put_file_mode(struct decode_text *t, uint32_t mode)
{
	const uint32_t special = S_ISUID | S_ISGID | S_ISVTX;

	if (mode & S_IFMT) {
		decode_put_flag_set(t, FLAGS_FILE_TYPE, mode & S_IFMT);
		decode_put(t, "|");
		mode &= ~(uint32_t)S_IFMT;
		if (mode & special) {
			decode_put_flag_set(t, FLAGS_MODE, mode & special);
			decode_put(t, "|");
		}
		mode &= ~special;
	}
	decode_putf(t, "%#03o", mode);
}

void decode_put_signal(struct decode_text *t, int number)
{
	const char *name = signal_name_find(number);

	if (name)
		decode_put(t, name);
	else
		decode_put_signed(t, number);
}
