/*
 * What the decoder makes of steps: the text of well-formed ones, and that no
 * buffer, however short or false, takes it beyond its bytes (run with ASan).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schema/syscall_decode.h"
#include "schema/syscall_model.h"

#define BUFS_MAX 8
#define ADDR     0x7ffd00001000u

static struct trace_step step;
static struct trace_buf bufs[BUFS_MAX];

/* Starts a step: its number and arguments. */
static void call(int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
		 uint64_t a5)
{
	const uint64_t args[6] = { a0, a1, a2, a3, a4, a5 };

	memset(&step, 0, sizeof(step));
	memset(bufs, 0, sizeof(bufs));
	step.nr = nr;
	step.variants = 1;
	step.bufs = bufs;
	memcpy(step.args[0], args, sizeof(args));
}

static void part(unsigned arg, unsigned direction, unsigned which, const void *data, size_t length)
{
	assert_true(step.n_bufs < BUFS_MAX);
	bufs[step.n_bufs++] = (struct trace_buf){
		.arg = (uint8_t)arg,
		.direction = (uint8_t)direction,
		.part = (uint8_t)which,
		.variants = 1,
		.full_length = length,
		.data = { data, length },
	};
}

static void in(uint8_t arg, const void *data, size_t length)
{
	part(arg, DIRECTION_IN, PART_CONTENT, data, length);
}

static void out(uint8_t arg, const void *data, size_t length)
{
	part(arg, DIRECTION_OUT, PART_CONTENT, data, length);
}

static void in_string(uint8_t arg, const char *text)
{
	in(arg, text, strlen(text) + 1);
}

static void expect(int64_t result, const char *expected)
{
	char text[2048];
	size_t length;

	step.result[0] = result;
	length = syscall_decode(&step, 0, NULL, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void files(void **state)
{
	call(__NR_openat, AT_FDCWD, ADDR, O_RDONLY | O_CLOEXEC, 0xbad, 0, 0);
	in_string(1, "/etc/hosts");
	expect(3, "openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY|O_CLOEXEC) = 3");

	call(__NR_openat, (uint32_t)AT_FDCWD, ADDR, O_WRONLY | O_CREAT | O_TRUNC, 0644, 0, 0);
	in_string(1, "x");
	expect(-EACCES,
	       "openat(AT_FDCWD, \"x\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 EACCES (Permission denied)");

	call(__NR_open, ADDR, O_RDWR | 0x80000000u, 0, 0, 0, 0);
	in_string(0, "a\"\n");
	expect(-ENOENT,
	       "open(\"a\\\"\\n\", O_RDWR|0x80000000) = -1 ENOENT (No such file or directory)");

	call(__NR_close, 3, 0, 0, 0, 0, 0);
	expect(0, "close(3) = 0");

	call(__NR_access, ADDR, F_OK, 0, 0, 0, 0);
	in_string(0, "/");
	expect(0, "access(\"/\", F_OK) = 0");

	call(__NR_faccessat2, 5, ADDR, R_OK | X_OK, AT_EACCESS, 0, 0);
	in_string(1, "y");
	expect(0, "faccessat2(5, \"y\", R_OK|X_OK, AT_EACCESS) = 0");

	call(__NR_lseek, 3, (uint64_t)-5, SEEK_END, 0, 0, 0);
	expect(95, "lseek(3, -5, SEEK_END) = 95");

	call(__NR_umask, 022, 0, 0, 0, 0, 0);
	expect(022, "umask(022) = 022");

	call(__NR_mkdir, ADDR, 0755, 0, 0, 0, 0);
	in_string(0, "d");
	expect(0, "mkdir(\"d\", 0755) = 0");

	call(__NR_fchownat, AT_FDCWD, ADDR, 0, UINT32_MAX, AT_SYMLINK_NOFOLLOW, 0);
	in_string(1, "f");
	expect(0, "fchownat(AT_FDCWD, \"f\", 0, -1, AT_SYMLINK_NOFOLLOW) = 0");

	call(__NR_unlinkat, AT_FDCWD, ADDR, AT_REMOVEDIR, 0, 0, 0);
	in_string(1, "d");
	expect(0, "unlinkat(AT_FDCWD, \"d\", AT_REMOVEDIR) = 0");

	call(__NR_mknod, ADDR, S_IFCHR | 0666, makedev(1, 3), 0, 0, 0);
	in_string(0, "null");
	expect(-EPERM,
	       "mknod(\"null\", S_IFCHR|0666, makedev(0x1, 0x3)) = -1 EPERM (Operation not permitted)");

	call(__NR_readlink, ADDR, ADDR, 4096, 0, 0, 0);
	in_string(0, "/proc/self");
	out(1, "1234", 4);
	expect(4, "readlink(\"/proc/self\", \"1234\", 4096) = 4");

	call(__NR_getcwd, ADDR, 4096, 0, 0, 0, 0);
	out(0, "/tmp", 5);
	expect(5, "getcwd(\"/tmp\", 4096) = 5");

	call(__NR_renameat2, AT_FDCWD, ADDR, AT_FDCWD, ADDR, 1, 0);
	in_string(1, "a");
	in_string(3, "b");
	expect(0, "renameat2(AT_FDCWD, \"a\", AT_FDCWD, \"b\", RENAME_NOREPLACE) = 0");

	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };
	call(__NR_openat2, 4, ADDR, ADDR, sizeof(how), 0, 0);
	in_string(1, "p");
	in(2, &how, sizeof(how));
	expect(5, "openat2(4, \"p\", {flags=O_RDONLY, resolve=RESOLVE_BENEATH}, 24) = 5");
}

static void data(void **state)
{
	call(__NR_write, 1, ADDR, 6, 0, 0, 0);
	in(1, "hello\n", 6);
	expect(6, "write(1, \"hello\\n\", 6) = 6");

	call(__NR_write, 1, ADDR, 40, 0, 0, 0);
	in(1, "0123456789012345678901234567890123456789", 40);
	expect(40, "write(1, \"01234567890123456789012345678901\"..., 40) = 40");

	call(__NR_write, 1, ADDR, 9, 0, 0, 0);
	in(1, "\1\0018\0017\377\"\\\7", 9);
	expect(9, "write(1, \"\\1\\18\\0017\\377\\\"\\\\\\7\", 9) = 9");

	call(__NR_read, 0, ADDR, 1024, 0, 0, 0);
	out(1, "", 0);
	expect(0, "read(0, \"\", 1024) = 0");

	call(__NR_read, 0, 0x5500, 1024, 0, 0, 0);
	expect(-512,
	       "read(0, 0x5500, 1024) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)");

	call(__NR_pread64, 3, ADDR, 4, 4096, 0, 0);
	out(1, "\177ELF", 4);
	expect(4, "pread64(3, \"\\177ELF\", 4, 4096) = 4");

	const uint64_t lengths[] = { 2, 3, 10 };
	call(__NR_writev, 1, ADDR, 3, 0, 0, 0);
	in(1, "abcde", 5);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, sizeof(lengths));
	expect(5, "writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cde\", iov_len=3}, "
		  "{iov_base=\"\", iov_len=10}], 3) = 5");

	call(__NR_readv, 0, ADDR, 2, 0, 0, 0);
	out(1, "abc", 3);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, 16);
	expect(3, "readv(0, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\", iov_len=3}], 2) = 3");

	const int64_t offset_in = 0, offset_out = 100;
	call(__NR_sendfile, 4, 3, ADDR, 100, 0, 0);
	in(2, &offset_in, 8);
	out(2, &offset_out, 8);
	expect(100, "sendfile(4, 3, [0] => [100], 100) = 100");

	call(__NR_getrandom, ADDR, 4, 1, 0, 0, 0);
	out(0, "\200\0\0a", 4);
	expect(4, "getrandom(\"\\200\\0\\0a\", 4, GRND_NONBLOCK) = 4");
}

static void status(void **state)
{
	struct stat st = { .st_mode = S_IFREG | 0644, .st_size = 227 };

	call(__NR_newfstatat, AT_FDCWD, ADDR, ADDR, AT_SYMLINK_NOFOLLOW, 0, 0);
	in_string(1, "f");
	out(2, &st, sizeof(st));
	expect(0,
	       "newfstatat(AT_FDCWD, \"f\", {st_mode=S_IFREG|0644, st_size=227, ...}, AT_SYMLINK_NOFOLLOW) = 0");

	st.st_mode = S_IFCHR | 0620;
	st.st_rdev = makedev(0x88, 1);
	call(__NR_fstat, 1, ADDR, 0, 0, 0, 0);
	out(1, &st, sizeof(st));
	expect(0, "fstat(1, {st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x1), ...}) = 0");

	struct statx stx = { .stx_mask = STATX_BASIC_STATS,
			     .stx_mode = S_IFDIR | 0755,
			     .stx_size = 4096 };
	call(__NR_statx, AT_FDCWD, ADDR, AT_STATX_SYNC_AS_STAT | AT_NO_AUTOMOUNT, STATX_ALL, ADDR,
	     0);
	in_string(1, ".");
	out(4, &stx, sizeof(stx));
	expect(0,
	       "statx(AT_FDCWD, \".\", AT_STATX_SYNC_AS_STAT|AT_NO_AUTOMOUNT, STATX_ALL, "
	       "{stx_mask=STATX_BASIC_STATS, stx_attributes=0, stx_mode=S_IFDIR|0755, stx_size=4096, ...}) = 0");

	uint8_t entries[48] = { 0 };
	entries[16] = 24;
	entries[24 + 16] = 24;
	call(__NR_getdents64, 3, 0x5500, 32768, 0, 0, 0);
	out(1, entries, sizeof(entries));
	expect(48, "getdents64(3, 0x5500 /* 2 entries */, 32768) = 48");

	struct utsname name = { .sysname = "Linux",
				.nodename = "h",
				.release = "6",
				.version = "#1",
				.machine = "x86_64",
				.domainname = "(none)" };
	call(__NR_uname, ADDR, 0, 0, 0, 0, 0);
	out(0, &name, sizeof(name));
	expect(0, "uname({sysname=\"Linux\", nodename=\"h\", ...}) = 0");
}

static void memory(void **state)
{
	call(__NR_mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, UINT32_MAX,
	     0);
	expect(0x7f1234567000,
	       "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1234567000");

	call(__NR_mmap, 0x10000, 1, PROT_NONE, MAP_SHARED | MAP_FIXED, 3, 0x2000);
	expect(-EINVAL,
	       "mmap(0x10000, 1, PROT_NONE, MAP_SHARED|MAP_FIXED, 3, 0x2000) = -1 EINVAL (Invalid argument)");

	call(__NR_brk, 0, 0, 0, 0, 0, 0);
	expect(0x555555576000, "brk(NULL) = 0x555555576000");

	call(__NR_mremap, 0x1000, 4096, 8192, MREMAP_MAYMOVE, 0xbad, 0);
	expect(0x2000, "mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE) = 0x2000");

	call(__NR_madvise, 0x1000, 4096, MADV_DONTNEED, 0, 0, 0);
	expect(0, "madvise(0x1000, 4096, MADV_DONTNEED) = 0");
}

/* As the kernel has it; libc's is another. */
struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

static void signals(void **state)
{
	struct kernel_sigaction act = { (uintptr_t)SIG_IGN, 0, 0, 0 };
	uint64_t set = 1u << (SIGINT - 1) | 1u << (SIGCHLD - 1);

	call(__NR_rt_sigaction, SIGPIPE, ADDR, 0, 8, 0, 0);
	in(1, &act, sizeof(act));
	expect(0,
	       "rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, NULL, 8) = 0");

	act = (struct kernel_sigaction){ 0x401000, SA_RESTART | 0x04000000, 0x402000, set };
	call(__NR_rt_sigaction, SIGUSR1, 0, ADDR, 8, 0, 0);
	out(2, &act, sizeof(act));
	expect(0, "rt_sigaction(SIGUSR1, NULL, {sa_handler=0x401000, sa_mask=[INT CHLD], "
		  "sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x402000}, 8) = 0");

	call(__NR_rt_sigprocmask, SIG_BLOCK, ADDR, ADDR, 8, 0, 0);
	in(1, &set, 8);
	out(2, &(uint64_t){ 0 }, 8);
	expect(0, "rt_sigprocmask(SIG_BLOCK, [INT CHLD], [], 8) = 0");

	set = ~0ull & ~(1ull << (SIGKILL - 1)) & ~(1ull << (SIGSTOP - 1));
	call(__NR_rt_sigprocmask, SIG_SETMASK, ADDR, 0, 8, 0, 0);
	in(1, &set, 8);
	expect(0, "rt_sigprocmask(SIG_SETMASK, ~[KILL STOP], NULL, 8) = 0");

	set = 1ull << 31 | 1ull << 32;
	call(__NR_rt_sigsuspend, ADDR, 8, 0, 0, 0, 0);
	in(0, &set, 8);
	expect(-514,
	       "rt_sigsuspend([RTMIN RT_1], 8) = ? ERESTARTNOHAND (To be restarted if no handler)");

	call(__NR_tgkill, 10, 11, SIGABRT, 0, 0, 0);
	expect(0, "tgkill(10, 11, SIGABRT) = 0");

	call(__NR_kill, (uint64_t)-10, 0, 0, 0, 0, 0);
	expect(-ESRCH, "kill(-10, 0) = -1 ESRCH (No such process)");
}

static void processes(void **state)
{
	int wait_status = 3 << 8;

	call(__NR_clone, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0xbad, 0x7f10, 0,
	     0);
	expect(42, "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
		   "child_tidptr=0x7f10) = 42");

	struct clone_args args = { .flags = CLONE_VM | CLONE_VFORK,
				   .exit_signal = SIGCHLD,
				   .stack = 0x7000,
				   .stack_size = 0x9000 };
	call(__NR_clone3, ADDR, sizeof(args), 0, 0, 0, 0);
	in(0, &args, sizeof(args));
	expect(43,
	       "clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7000, stack_size=0x9000}, 88) = 43");

	call(__NR_execve, ADDR, ADDR, 0x7ffe, 0, 0, 0);
	in_string(0, "/bin/ls");
	in(1, "ls\0-l", 6);
	in(2, "A=1\0B=2", 8);
	expect(0, "execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x7ffe /* 2 vars */) = 0");

	call(__NR_wait4, UINT32_MAX, ADDR, 0, 0, 0, 0);
	out(1, &wait_status, 4);
	expect(42, "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 42");

	wait_status = SIGSEGV | 0x80;
	call(__NR_wait4, 42, ADDR, 1, 0, 0, 0);
	out(1, &wait_status, 4);
	expect(42,
	       "wait4(42, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], WNOHANG, NULL) = 42");

	wait_status = SIGTSTP << 8 | 0x7f;
	call(__NR_wait4, 42, ADDR, 2, 0, 0, 0);
	out(1, &wait_status, 4);
	expect(42, "wait4(42, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTSTP}], WSTOPPED, NULL) = 42");

	siginfo_t info = { .si_signo = SIGCHLD, .si_code = CLD_EXITED };
	info.si_pid = 42;
	info.si_uid = 7;
	info.si_status = 1;
	call(__NR_waitid, P_PID, 42, ADDR, 4, 0, 0);
	out(2, &info, sizeof(info));
	expect(0,
	       "waitid(P_PID, 42, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=42, si_uid=7, si_status=1, "
	       "si_utime=0, si_stime=0}, "
	       "WEXITED, NULL) = 0");

	call(__NR_exit_group, 0, 0, 0, 0, 0, 0);
	step.no_result = true;
	expect(0, "exit_group(0) = ?");

	call(__NR_getpid, 1, 2, 3, 4, 5, 6);
	expect(1234, "getpid() = 1234");
}

static void process_attributes(void **state)
{
	struct rlimit limit = { 8192 * 1024, RLIM_INFINITY };

	call(__NR_prlimit64, 0, RLIMIT_STACK, 0, ADDR, 0, 0);
	out(3, &limit, sizeof(limit));
	expect(0,
	       "prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0");

	call(__NR_prctl, PR_SET_NAME, ADDR, 0xbad, 0xbad, 0xbad, 0);
	in_string(1, "worker");
	expect(0, "prctl(PR_SET_NAME, \"worker\") = 0");

	call(__NR_arch_prctl, 0x1002, 0x7f1234, 0, 0, 0, 0);
	expect(0, "arch_prctl(ARCH_SET_FS, 0x7f1234) = 0");

	call(__NR_futex, 0x7f10, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, 0, 0xbad, 0xbad);
	expect(-EAGAIN,
	       "futex(0x7f10, FUTEX_WAIT_PRIVATE, 2, NULL) = -1 EAGAIN (Resource temporarily unavailable)");

	call(__NR_futex, 0x7f10, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
	expect(1, "futex(0x7f10, FUTEX_WAKE_PRIVATE, 1) = 1");

	const uint64_t cpus = 5;
	call(__NR_sched_getaffinity, 0, 128, ADDR, 0, 0, 0);
	out(2, &cpus, 8);
	expect(8, "sched_getaffinity(0, 128, [0 2]) = 8");

	const uint32_t groups[] = { 0, 27 };
	call(__NR_getgroups, 10, ADDR, 0, 0, 0, 0);
	out(1, groups, sizeof(groups));
	expect(2, "getgroups(10, [0, 27]) = 2");
}

static void administration(void **state)
{
	call(__NR_mount, ADDR, ADDR, ADDR, 4096 | 16384, ADDR, 0);
	in(0, "none", 5);
	in(1, "there", 6);
	in(2, "tmpfs", 6);
	in(4, "size=1m", 7);
	expect(0, "mount(\"none\", \"there\", \"tmpfs\", MS_BIND|MS_REC, \"size=1m\") = 0");

	call(__NR_umount2, ADDR, 2, 0, 0, 0, 0);
	in(0, "there", 6);
	expect(0, "umount2(\"there\", MNT_DETACH) = 0");

	call(__NR_kcmp, 7, 8, 1, 0, 0, 0);
	expect(0, "kcmp(7, 8, KCMP_VM, 0, 0) = 0");

	call(__NR_unshare, 0x10000000 | 0x200, 0, 0, 0, 0, 0);
	expect(0, "unshare(CLONE_FS|CLONE_NEWUSER) = 0");

	/* An argument that is not looked at keeps its place when others follow it. */
	call(__NR_syslog, 10, 0, 0, 0, 0, 0);
	expect(4096, "syslog(10, NULL, 0) = 4096");

	const uint16_t filter_length = 1;
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_ATTACH_FILTER, ADDR, 16, 0);
	part(3, DIRECTION_IN, PART_LAYOUT, &filter_length, sizeof(filter_length));
	expect(0, "setsockopt(3, SOL_SOCKET, SO_ATTACH_FILTER, 0x7ffd00001000, 16) = 0");

	call(__NR_prctl, 65, 1, 0, 0, 0, 0);
	expect(0, "prctl(PR_SET_MDWE, 0x1, 0, 0, 0) = 0");
	call(__NR_ioctl, 3, SIOCSIFMTU, ADDR, 0, 0, 0);
	expect(0, "ioctl(3, SIOCSIFMTU, 0x7ffd00001000) = 0");
}

static void descriptors(void **state)
{
	const int32_t pair[] = { 3, 4 };

	call(__NR_pipe2, ADDR, O_CLOEXEC, 0, 0, 0, 0);
	out(0, pair, sizeof(pair));
	expect(0, "pipe2([3, 4], O_CLOEXEC) = 0");

	call(__NR_fcntl, 3, F_GETFL, 0xbad, 0, 0, 0);
	expect(O_RDWR | O_APPEND, "fcntl(3, F_GETFL) = 0x402 (flags O_RDWR|O_APPEND)");

	call(__NR_fcntl, 3, F_SETFD, FD_CLOEXEC, 0, 0, 0);
	expect(0, "fcntl(3, F_SETFD, FD_CLOEXEC) = 0");

	call(__NR_fcntl, 3, F_DUPFD_CLOEXEC, 10, 0, 0, 0);
	expect(10, "fcntl(3, F_DUPFD_CLOEXEC, 10) = 10");

	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 1 };
	call(__NR_fcntl, 3, F_SETLK, ADDR, 0, 0, 0);
	in(2, &lock, sizeof(lock));
	expect(0, "fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=5, l_len=1}) = 0");

	const uint16_t window[] = { 24, 80, 0, 0 };
	call(__NR_ioctl, 1, TIOCGWINSZ, ADDR, 0, 0, 0);
	out(2, window, sizeof(window));
	expect(0, "ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0");

	call(__NR_ioctl, 1, TCGETS, 0x7ffd10, 0, 0, 0);
	expect(-ENOTTY, "ioctl(1, TCGETS, 0x7ffd10) = -1 ENOTTY (Inappropriate ioctl for device)");

	call(__NR_ioctl, 1, 0xdeadbeef, 0x10, 0, 0, 0);
	expect(-EINVAL,
	       "ioctl(1, _IOC(_IOC_READ|_IOC_WRITE, 0xbe, 0xef, 0x1ead), 0x10) = -1 EINVAL (Invalid argument)");

	call(__NR_memfd_create, ADDR, 3, 0, 0, 0, 0);
	in_string(0, "mem");
	expect(3, "memfd_create(\"mem\", MFD_CLOEXEC|MFD_ALLOW_SEALING) = 3");
}

static void sockets(void **state)
{
	struct sockaddr_in inet = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_in6 inet6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/x" };
	const uint32_t capacity = 128, filled = 16;

	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	inet6.sin6_addr = in6addr_loopback;

	call(__NR_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP, 0, 0, 0);
	expect(3, "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3");
	call(__NR_socket, AF_UNIX, SOCK_DGRAM, 0, 0, 0, 0);
	expect(3, "socket(AF_UNIX, SOCK_DGRAM, 0) = 3");

	call(__NR_connect, 3, ADDR, sizeof(inet), 0, 0, 0);
	in(1, &inet, sizeof(inet));
	expect(-ECONNREFUSED,
	       "connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, 16)"
	       " = -1 ECONNREFUSED (Connection refused)");

	call(__NR_bind, 3, ADDR, sizeof(inet6), 0, 0, 0);
	in(1, &inet6, sizeof(inet6));
	expect(0, "bind(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
		  "inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}, 28) = 0");

	call(__NR_connect, 3, ADDR, sizeof(local), 0, 0, 0);
	in(1, &local, sizeof(local));
	expect(0, "connect(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0");

	call(__NR_bind, 3, ADDR, 5, 0, 0, 0);
	in(1, "\1\0\0ab", 5);
	expect(0, "bind(3, {sa_family=AF_UNIX, sun_path=@\"ab\"}, 5) = 0");

	call(__NR_accept4, 3, ADDR, ADDR, SOCK_CLOEXEC, 0, 0);
	out(1, &inet, sizeof(inet));
	in(2, &capacity, 4);
	out(2, &filled, 4);
	expect(4,
	       "accept4(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, "
	       "[128 => 16], SOCK_CLOEXEC) = 4");

	const uint64_t lengths[] = { 2 };
	call(__NR_sendmsg, 3, ADDR, MSG_NOSIGNAL, 0, 0, 0);
	in(1, "hi", 2);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, sizeof(lengths));
	part(1, DIRECTION_IN, PART_NAME, &local, sizeof(local));
	part(1, DIRECTION_IN, PART_CONTROL, "c", 1);
	expect(2, "sendmsg(3, {msg_name={sa_family=AF_UNIX, sun_path=\"/run/x\"}, "
		  "msg_namelen=110, msg_iov=[{iov_base=\"hi\", iov_len=2}], msg_iovlen=1, "
		  "msg_control=[\"c\"], msg_controllen=1}, MSG_NOSIGNAL) = 2");

	/* what came back in the header is no list of lengths */
	const uint64_t scalars[MESSAGE_SCALARS] = { [MESSAGE_FLAGS] = MSG_TRUNC };
	call(__NR_recvmsg, 3, ADDR, MSG_DONTWAIT, 0, 0, 0);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, sizeof(lengths));
	out(1, "h", 1);
	part(1, DIRECTION_OUT, PART_LAYOUT, scalars, sizeof(scalars));
	expect(1,
	       "recvmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"h\", iov_len=2}], "
	       "msg_iovlen=1, msg_controllen=0, msg_flags=MSG_TRUNC}, MSG_DONTWAIT) = 1");

	const int32_t on = 1;
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_REUSEADDR, ADDR, 4, 0);
	in(3, &on, 4);
	expect(0, "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
}

static void control_messages(void **state)
{
	static const uint8_t rights[] = { 20, 0, 0, 0, 0, 0, 0, 0, SOL_SOCKET, 0, 0, 0,
					  1,  0, 0, 0, 7, 0, 0, 0, 0,          0, 0, 0 };
	const uint64_t lengths[] = { 1 };
	uint8_t two[48], beyond[24];

	call(__NR_sendmsg, 3, ADDR, 0, 0, 0, 0);
	in(1, "f", 1);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, sizeof(lengths));
	part(1, DIRECTION_IN, PART_CONTROL, rights, sizeof(rights));
	expect(1,
	       "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"f\", iov_len=1}], "
	       "msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, "
	       "cmsg_type=SCM_RIGHTS, cmsg_data=[7]}], msg_controllen=24}, 0) = 1");

	/* a second one that says it were longer than all there is */
	memcpy(two, rights, sizeof(rights));
	memcpy(two + sizeof(rights), rights, sizeof(rights));
	two[24] = 200;
	call(__NR_sendmsg, 3, ADDR, 0, 0, 0, 0);
	in(1, "", 0);
	part(1, DIRECTION_IN, PART_CONTROL, two, sizeof(two));
	expect(0,
	       "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=\"\", msg_control=[{cmsg_len=20, "
	       "cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}, "
	       "\"\\310\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\7\\0\\0\\0\\0\\0\\0\\0\"], "
	       "msg_controllen=48}, 0) = 0");

	/* the longest there can be, of which the trace has the head */
	memcpy(beyond, rights, sizeof(rights));
	memset(beyond, 0xff, 8);
	call(__NR_sendmsg, 3, ADDR, 0, 0, 0, 0);
	in(1, "", 0);
	part(1, DIRECTION_IN, PART_CONTROL, beyond, sizeof(beyond));
	bufs[1].full_length = UINT64_MAX;
	expect(0, "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=\"\", "
		  "msg_control=[{cmsg_len=18446744073709551615, cmsg_level=SOL_SOCKET, "
		  "cmsg_type=SCM_RIGHTS, cmsg_data=\"\\7\\0\\0\\0\\0\\0\\0\\0\"...}], "
		  "msg_controllen=18446744073709551615}, 0) = 0");
}

static void many_messages(void **state)
{
	const uint64_t sent[] = { 4, 0, 0, 2, 0, 0 };
	const uint64_t received[MESSAGES_RECEIVED_SCALARS] = {
		[MESSAGES_CONTENT] = 3, [MESSAGES_FLAGS] = MSG_TRUNC, [MESSAGES_LENGTH] = 9
	};
	const uint32_t lengths[] = { 4 };

	call(__NR_sendmmsg, 3, ADDR, 2, 0, 0, 0);
	in(1, "abcdef", 6);
	part(1, DIRECTION_IN, PART_LAYOUT, sent, sizeof(sent));
	out(1, lengths, sizeof(lengths));
	expect(1,
	       "sendmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"abcd\", iov_len=4}], "
	       "msg_controllen=0}, msg_len=4}, {msg_hdr={msg_name=NULL, msg_namelen=0, "
	       "msg_iov=[{iov_base=\"ef\", iov_len=2}], msg_controllen=0}}], 2, 0) = 1");

	call(__NR_recvmmsg, 3, ADDR, 1, 0, 0, 0);
	out(1, "abc", 3);
	part(1, DIRECTION_OUT, PART_LAYOUT, received, sizeof(received));
	expect(1,
	       "recvmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"abc\", iov_len=3}], "
	       "msg_controllen=0, msg_flags=MSG_TRUNC}, msg_len=9}], 1, 0, NULL) = 1");
}

static void values_by_command(void **state)
{
	const int32_t refused = ECONNREFUSED, on = 1;
	const uint32_t mode[9] = { 0x4500, 5, 0x4bf, 0x8a3b };
	const uint8_t linger[8] = { 1, 0, 0, 0, 5 };
	const struct {
		int64_t type;
		char text[4];
	} message = { 5, "abc" };

	call(__NR_setsockopt, 3, IPPROTO_TCP, 1, ADDR, 4, 0);
	in(3, &on, 4);
	expect(0, "setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_LINGER, ADDR, 8, 0);
	in(3, linger, 8);
	expect(0, "setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0");
	call(__NR_getsockopt, 3, SOL_SOCKET, SO_ERROR, ADDR, ADDR, 0);
	out(3, &refused, 4);
	expect(0, "getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], 0x7ffd00001000) = 0");
	call(__NR_ioctl, 0, TCGETS, ADDR, 0, 0, 0);
	out(2, mode, sizeof(mode));
	expect(0,
	       "ioctl(0, TCGETS, {c_iflag=ICRNL|IXON|IUTF8, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, "
	       "c_cflag=B38400|CS8|CREAD|HUPCL, "
	       "c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE, ...}) = 0");
	call(__NR_msgsnd, 9, ADDR, 3, 04000, 0, 0);
	in(1, &message, 11);
	expect(0, "msgsnd(9, {mtype=5, mtext=\"abc\"}, 3, IPC_NOWAIT) = 0");
	call(__NR_semget, 0, 1, 01600, 0, 0, 0);
	expect(9, "semget(IPC_PRIVATE, 1, IPC_CREAT|0600) = 9");
	call(__NR_fcntl, 3, F_GET_SEALS, 0, 0, 0, 0);
	expect(10, "fcntl(3, F_GET_SEALS) = 0xa (seals F_SEAL_SHRINK|F_SEAL_WRITE)");
	call(__NR_fcntl, 3, F_GETFL, 0, 0, 0, 0);
	expect(0, "fcntl(3, F_GETFL) = 0 (flags O_RDONLY)");
	call(__NR_personality, 0xffffffff, 0, 0, 0, 0, 0);
	expect(0x40000, "personality(0xffffffff) = 0x40000 (PER_LINUX|ADDR_NO_RANDOMIZE)");
	call(__NR_prctl, PR_SET_NAME, ADDR, 0, 0, 0, 0);
	in(1, "a name longer th", 16);
	expect(0, "prctl(PR_SET_NAME, \"a name longer t\"...) = 0");
}

/* si_signo, si_errno, si_code, padding, and the union's first words. */
static void expect_siginfo(int signo, int code, uint64_t first, uint64_t second,
			   const char *expected)
{
	struct {
		int32_t signo, zero, code, padding;
		uint64_t first, second;
		uint8_t rest[96];
	} info = { signo, 0, code, 0, first, second, { 0 } };

	call(__NR_rt_sigqueueinfo, 9, (uint64_t)signo, ADDR, 0, 0, 0);
	in(2, &info, sizeof(info));
	expect(0, expected);
}

static void reasons_of_signals(void **state)
{
	const uint64_t sender = 1000ull << 32 | 77;

	expect_siginfo(
		SIGUSR1, SI_QUEUE, sender, 5,
		"rt_sigqueueinfo(9, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=77, "
		"si_uid=1000, si_int=5, si_ptr=0x5}) = 0");
	expect_siginfo(SIGSEGV, SEGV_ACCERR, 0x4000, 0,
		       "rt_sigqueueinfo(9, SIGSEGV, {si_signo=SIGSEGV, si_code=SEGV_ACCERR, "
		       "si_addr=0x4000}) = 0");
	expect_siginfo(
		SIGIO, POLL_IN, 1, 3,
		"rt_sigqueueinfo(9, SIGIO, {si_signo=SIGIO, si_code=POLL_IN, si_band=1, si_fd=3}) = 0");
	expect_siginfo(
		SIGCHLD, CLD_KILLED, sender, SIGTERM,
		"rt_sigqueueinfo(9, SIGCHLD, {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=77, "
		"si_uid=1000, si_status=SIGTERM, si_utime=0, si_stime=0}) = 0");
	expect_siginfo(SIGSYS, 1, 0x4000, 0xc000003e00000027,
		       "rt_sigqueueinfo(9, SIGSYS, {si_signo=SIGSYS, si_code=SYS_SECCOMP, "
		       "si_call_addr=0x4000, si_syscall=39, si_arch=0xc000003e}) = 0");
	expect_siginfo(SIGXCPU, SI_KERNEL, 0, 0,
		       "rt_sigqueueinfo(9, SIGXCPU, {si_signo=SIGXCPU, si_code=SI_KERNEL}) = 0");
	expect_siginfo(
		SIGALRM, SI_TIMER, 2, 0,
		"rt_sigqueueinfo(9, SIGALRM, {si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0x2, "
		"si_overrun=0}) = 0");
}

static void times_and_polls(void **state)
{
	struct timespec one = { 1, 500 }, two[2] = { { 7, 8 }, { 0, UTIME_OMIT } };
	struct pollfd polled[2] = { { 3, POLLIN, 0x7fff }, { 4, POLLOUT | POLLPRI, 0 } };
	struct pollfd ready[2] = { { 3, POLLIN, POLLIN | POLLHUP }, { 4, POLLOUT, 0 } };
	const uint64_t watched = 1 << 3 | 1 << 5, found = 1 << 5;
	struct timeval left = { 4, 5 };

	call(__NR_clock_gettime, CLOCK_MONOTONIC, ADDR, 0, 0, 0, 0);
	out(1, &one, sizeof(one));
	expect(0, "clock_gettime(CLOCK_MONOTONIC, {tv_sec=1, tv_nsec=500}) = 0");

	call(__NR_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, ADDR, 0, 0, 0);
	in(2, &one, sizeof(one));
	expect(0,
	       "clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=1, tv_nsec=500}, NULL) = 0");

	call(__NR_utimensat, AT_FDCWD, ADDR, ADDR, 0, 0, 0);
	in_string(1, "t");
	in(2, two, sizeof(two));
	expect(0, "utimensat(AT_FDCWD, \"t\", [{tv_sec=7, tv_nsec=8}, UTIME_OMIT], 0) = 0");

	call(__NR_poll, ADDR, 2, 1000, 0, 0, 0);
	in(0, polled, sizeof(polled));
	out(0, ready, sizeof(ready));
	expect(1, "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLPRI|POLLOUT}], 2, 1000) = 1 "
		  "([{fd=3, revents=POLLIN|POLLHUP}])");

	call(__NR_poll, ADDR, 1, 0, 0, 0, 0);
	in(0, polled, 8);
	expect(0, "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout)");

	call(__NR_select, 6, ADDR, 0, 0, ADDR, 0);
	in(1, &watched, 8);
	in(4, &(struct timeval){ 5, 0 }, 16);
	out(1, &found, 8);
	out(4, &left, 16);
	expect(1,
	       "select(6, [3 5], NULL, NULL, {tv_sec=5, tv_usec=0}) = 1 (in [5], left {tv_sec=4, tv_usec=5})");
}

static void calls_without_a_row(void **state)
{
	call(9999, 1, 2, 0, 0, 0, UINT64_MAX);
	expect(-ENOSYS,
	       "syscall_9999(0x1, 0x2, 0, 0, 0, 0xffffffffffffffff) = -1 ENOSYS (Function not implemented)");
	call(-1, 0, 0, 0, 0, 0, 0);
	expect(-4000, "syscall_-1(0, 0, 0, 0, 0, 0) = -1 (errno 4000)");
}

static void options_are_followed(void **state)
{
	const struct decode_options options = { .string_bytes = 2, .no_result = true };
	char text[64];

	call(__NR_write, 1, ADDR, 5, 0, 0, 0);
	in(1, "hello", 5);
	syscall_decode(&step, 0, &options, text, sizeof(text));
	assert_string_equal(text, "write(1, \"he\"..., 5)");
	/* another variant has no such bytes */
	step.args[1][1] = 0x4000;
	step.args[1][2] = 5;
	syscall_decode(&step, 1, &options, text, sizeof(text));
	assert_string_equal(text, "write(0, 0x4000, 5)");
	assert_int_equal(syscall_decode(&step, LIMIT_VARIANTS, &options, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

static void cut_buffers_say_so(void **state)
{
	const struct pollfd polled[2] = { { 3, POLLIN, 0 }, { 4, POLLIN, 0 } };

	call(__NR_write, 1, ADDR, 100, 0, 0, 0);
	in(1, "head", 4);
	bufs[0].full_length = 100;
	bufs[0].truncated = 1;
	expect(100, "write(1, \"head\"..., 100) = 100");

	/* payloads not kept at all */
	call(__NR_write, 1, ADDR, 100, 0, 0, 0);
	in(1, NULL, 0);
	bufs[0].full_length = 100;
	expect(100, "write(1, \"\"..., 100) = 100");

	call(__NR_poll, ADDR, 3, 0, 0, 0, 0);
	in(0, polled, 12);
	bufs[0].full_length = 24;
	expect(0, "poll([{fd=3, events=POLLIN}, ...], 3, 0) = 0 (Timeout)");

	call(__NR_fstat, 1, 0x7ffd10, 0, 0, 0, 0);
	out(1, polled, 16);
	expect(0, "fstat(1, 0x7ffd10) = 0");

	call(__NR_execve, 0x10, 0x20, 0x30, 0, 0, 0);
	in(0, "/bin/l", 6);
	in(1, "a\0bc", 4);
	bufs[0].full_length = 8;
	bufs[1].full_length = 9;
	expect(0, "execve(\"/bin/l\"..., [\"a\", \"bc\"..., ...], 0x30) = 0");
}

static void text_that_does_not_fit_is_cut(void **state)
{
	char text[24];
	char quoted[64];

	call(__NR_write, 1, ADDR, 5, 0, 0, 0);
	in(1, "hello world", 11);
	step.result[0] = 11;
	for (size_t capacity = 1; capacity <= sizeof(text); capacity++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(syscall_decode(&step, 0, NULL, text, capacity), capacity - 1);
		assert_int_equal(text[capacity - 1], '\0');
		if (capacity >= 4)
			assert_string_equal(text + capacity - 4, "...");
	}
	assert_int_equal(syscall_decode(&step, 0, NULL, text, 0), 0);
	decode_quoted("a\0b\n", 4, 9, 32, quoted, sizeof(quoted));
	assert_string_equal(quoted, "\"a\\0b\\n\"...");
}

/* Every row, with every buffer of every small length cut from exact heap memory. */
static void short_buffers_of_every_row(void **state)
{
	static const size_t lengths[] = { 0,  1,  2,  3,  7,   8,   11,  12, 16,
					  24, 31, 47, 64, 100, 144, 389, 400 };
	char text[512];

	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
			uint8_t *bytes = malloc(lengths[l] ? lengths[l] : 1);

			assert_non_null(bytes);
			memset(bytes, nr & 1 ? 0xff : (int)l, lengths[l]);
			for (unsigned arg = 0; arg < SYSCALL_ARGS; arg++) {
				call(nr, ADDR, ADDR, ADDR, ADDR, ADDR, ADDR);
				for (unsigned direction = DIRECTION_IN; direction <= DIRECTION_OUT;
				     direction++)
					for (unsigned which = PART_CONTENT; which <= PART_CONTROL;
					     which++)
						part(arg, direction, which, bytes, lengths[l]);
				bufs[arg].full_length = UINT64_MAX;
				step.result[0] = 1;
				assert_true(syscall_decode(&step, 0, NULL, text, sizeof(text)) <
					    sizeof(text));
				for (const char *c = text; *c; c++)
					assert_true(*c >= 0x20 && *c < 0x7f);
			}
			free(bytes);
		}
	}
}

/* Lengths in a layout that add up to far more than there is. */
static void false_layouts(void **state)
{
	const uint64_t lengths[] = { UINT64_MAX, UINT64_MAX, 1 };

	call(__NR_writev, 1, ADDR, 3, 0, 0, 0);
	in(1, "abc", 3);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, 20);
	expect(3, "writev(1, [{iov_base=\"abc\", iov_len=18446744073709551615}, "
		  "{iov_base=\"\", iov_len=18446744073709551615}], 3) = 3");
	call(__NR_writev, 1, ADDR, 3, 0, 0, 0);
	in(1, "abc", 3);
	part(1, DIRECTION_IN, PART_LAYOUT, lengths, 7);
	expect(3, "writev(1, [], 3) = 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(data),
		cmocka_unit_test(status),
		cmocka_unit_test(memory),
		cmocka_unit_test(signals),
		cmocka_unit_test(processes),
		cmocka_unit_test(process_attributes),
		cmocka_unit_test(administration),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(sockets),
		cmocka_unit_test(control_messages),
		cmocka_unit_test(many_messages),
		cmocka_unit_test(values_by_command),
		cmocka_unit_test(reasons_of_signals),
		cmocka_unit_test(times_and_polls),
		cmocka_unit_test(calls_without_a_row),
		cmocka_unit_test(options_are_followed),
		cmocka_unit_test(cut_buffers_say_so),
		cmocka_unit_test(text_that_does_not_fit_is_cut),
		cmocka_unit_test(short_buffers_of_every_row),
		cmocka_unit_test(false_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
