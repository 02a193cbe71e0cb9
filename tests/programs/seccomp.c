/*
 * seccomp filters of the program's own: each action, several at once, handlers
 * and their siginfo, what is refused, fork and exec; and mode strict.
 */
#include "test.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define NR_IS(number, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)
#define LOAD_NR       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ALLOW         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))

static long install_with(struct sock_filter *code, size_t length, unsigned int flags)
{
	struct sock_fprog program = { (unsigned short)length, code };
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

#define INSTALL(...)                                               \
	do {                                                       \
		struct sock_filter code_[] = { __VA_ARGS__ };      \
		must(install_with(code_, countof(code_), 0) == 0); \
	} while (0)

static void tell(const char *what, long result)
{
	say("%s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
}

/* Runs it in a child that has given up gaining privileges, and says how that ended. */
static void in_child(const char *what, void (*body)(void))
{
	int status;
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		say("-- %s\n", what);
		body();
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status))
		say("%s: killed by %s\n", what, sigabbrev_np(WTERMSIG(status)));
	else
		say("%s: exited with %d\n", what, WEXITSTATUS(status));
}

/* ---- what is refused ---- */

static void refused(void)
{
	struct sock_filter allow[] = { ALLOW };
	struct sock_filter packet[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW };
	struct sock_filter far[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ALLOW };
	struct sock_filter endless[] = { LOAD_NR };
	struct sock_filter unset[] = { BPF_STMT(BPF_LD | BPF_MEM, 3), ALLOW };
	struct sock_filter jump[] = { BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), ALLOW };
	struct sock_fprog nowhere = { 1, bad_address() };
	unsigned int action = SECCOMP_RET_LOG, unknown = 0x12340000;
	tell("empty", install_with(allow, 0, 0));
	tell("long", install_with(allow, 5000, 0));
	tell("flags", install_with(allow, 1, 1u << 20));
	tell("packet", install_with(packet, 2, 0));
	tell("far", install_with(far, 2, 0));
	tell("endless", install_with(endless, 1, 0));
	tell("unset", install_with(unset, 2, 0));
	tell("jump", install_with(jump, 2, 0));
	tell("no program", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, bad_address()));
	tell("nowhere", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &nowhere));
	tell("operation", syscall(SYS_seccomp, 77, 0, NULL));
	tell("strict flags", syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL));
	tell("mode", prctl(PR_SET_SECCOMP, 3, 0));
	tell("log", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	tell("unknown", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &unknown));
	tell("ask nowhere", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, bad_address()));
	struct seccomp_notif_sizes sizes = { 0 };
	tell("sizes", syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
	say("sizes %d\n", sizes.seccomp_notif && sizes.seccomp_notif_resp && sizes.seccomp_data);
	say("mode %d\n", prctl(PR_GET_SECCOMP));
}

/* Without CAP_SYS_ADMIN and without PR_SET_NO_NEW_PRIVS. */
static void without_promise(void)
{
	struct sock_filter allow[] = { ALLOW };
	int status;
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		if (geteuid() == 0)
			must(setgid(65534) == 0 && setuid(65534) == 0);
		say("promised %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		tell("without", install_with(allow, 1, 0));
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		tell("with", install_with(allow, 1, 0));
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- actions ---- */

static void show_status(void)
{
	char line[256];
	FILE *file = fopen("/proc/self/status", "r");
	must(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "Seccomp", 7) || !strncmp(line, "NoNewPrivs", 10))
			say("%s", line);
	fclose(file);
}

static void errnos(void)
{
	say("mode %d\n", prctl(PR_GET_SECCOMP));
	INSTALL(LOAD_NR, NR_IS(SYS_mkdir, ERRNO(EPERM)), NR_IS(SYS_getppid, ERRNO(0)),
		NR_IS(SYS_getsid, ERRNO(60000)), NR_IS(SYS_futex, ERRNO(EXDEV)),
		NR_IS(SYS_sched_yield, ERRNO(EXDEV)), NR_IS(SYS_dup, SECCOMP_RET_TRACE),
		NR_IS(SYS_getuid, SECCOMP_RET_LOG), ALLOW);
	say("mode %d\n", prctl(PR_GET_SECCOMP));
	show_status();
	tell("mkdir", syscall(SYS_mkdir, "made", 0755));
	tell("getppid", syscall(SYS_getppid));
	long result = syscall(SYS_getsid, 0);
	say("getsid: %ld %d\n", result, errno);
	int word = 0;
	tell("futex", syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0));
	tell("sched_yield", syscall(SYS_sched_yield));
	tell("dup", syscall(SYS_dup, 1));
	tell("getuid", syscall(SYS_getuid) >= 0);
}

/* The stricter one counts; of two alike the newer one's data. */
static void stacked(void)
{
	INSTALL(LOAD_NR, NR_IS(SYS_getppid, ERRNO(EPERM)), NR_IS(SYS_getpgrp, ERRNO(EACCES)),
		NR_IS(SYS_getuid, SECCOMP_RET_ALLOW), ALLOW);
	INSTALL(LOAD_NR, NR_IS(SYS_getppid, ERRNO(ENODEV)), NR_IS(SYS_getpgrp, SECCOMP_RET_TRACE),
		NR_IS(SYS_getuid, ERRNO(EXDEV)), ALLOW);
	show_status();
	tell("newer", syscall(SYS_getppid));
	tell("stricter", syscall(SYS_getpgrp));
	tell("newest", syscall(SYS_getuid));
	struct sock_filter allow[] = { ALLOW };
	tell("tsync", install_with(allow, 1, SECCOMP_FILTER_FLAG_TSYNC));
	show_status();
}

/* By arguments: both halves of a 64-bit one. */
static void arguments(void)
{
	const unsigned int low = offsetof(struct seccomp_data, args[1]);
	INSTALL(LOAD_NR, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_lseek, 1, 0), ALLOW,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low + 4),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ERRNO(EFBIG)), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ERRNO(EDOM)), ALLOW);
	int fd = open("/etc/passwd", O_RDONLY);
	must(fd >= 0);
	tell("even", lseek(fd, 4, SEEK_SET));
	tell("odd", lseek(fd, 5, SEEK_SET));
	tell("large", lseek(fd, 1l << 33, SEEK_SET));
}

static long ask_here(void)
{
	long result;
	__asm__ volatile("syscall\nasked_here:"
			 : "=a"(result)
			 : "a"(SYS_getppid)
			 : "rcx", "r11", "memory");
	return result;
}

extern char asked_here[];

/* By the place of the call, which every run has elsewhere. */
static void places(void)
{
	uintptr_t here = (uintptr_t)asked_here;
	const unsigned int ip = offsetof(struct seccomp_data, instruction_pointer);
	INSTALL(LOAD_NR, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0), ALLOW,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)here, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(here >> 32), 0, 1), ALLOW,
		BPF_STMT(BPF_RET | BPF_K, ERRNO(EPERM)));
	say("here %d\n", ask_here() > 0);
	tell("elsewhere", syscall(SYS_getppid));
}

/* ---- signals ---- */

static void on_sigsys(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	say("handler: signal %d code %d data %d call %d arch %#x, at the call %d, number kept %d\n",
	    signo, info->si_code, info->si_errno, info->si_syscall, info->si_arch,
	    (uintptr_t)info->si_call_addr == (uintptr_t)u->uc_mcontext.gregs[REG_RIP],
	    u->uc_mcontext.gregs[REG_RAX] == info->si_syscall);
	u->uc_mcontext.gregs[REG_RAX] = 1234;
}

static void handle(void)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
	must(sigaction(SIGSYS, &action, NULL) == 0);
}

static void install_signals(void)
{
	INSTALL(LOAD_NR, NR_IS(SYS_getppid, SECCOMP_RET_TRAP | 7),
		NR_IS(SYS_rt_sigsuspend, SECCOMP_RET_TRAP | 8),
		NR_IS(SYS_socket, SECCOMP_RET_KILL_PROCESS),
		NR_IS(SYS_getpgrp, SECCOMP_RET_KILL_THREAD), NR_IS(SYS_getsid, 0x12340000), ALLOW);
}

static void trapped(void)
{
	handle();
	install_signals();
	for (int i = 0; i < 3; i++)
		tell("getppid", syscall(SYS_getppid));
	sigset_t none;
	sigemptyset(&none);
	tell("sigsuspend", syscall(SYS_rt_sigsuspend, &none, 8));
}

static void trapped_by_default(void)
{
	install_signals();
	syscall(SYS_getppid);
	say("must not come here\n");
}

static void trapped_ignored(void)
{
	signal(SIGSYS, SIG_IGN);
	install_signals();
	syscall(SYS_getppid);
	say("must not come here\n");
}

static void trapped_blocked(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	handle();
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	install_signals();
	syscall(SYS_getppid);
	say("must not come here\n");
}

static void killed(void)
{
	handle();
	install_signals();
	must(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	say("must not come here\n");
}

static void thread_killed(void)
{
	handle();
	install_signals();
	syscall(SYS_getpgrp);
	say("must not come here\n");
}

static void killed_by_the_unknown(void)
{
	install_signals();
	syscall(SYS_getsid, 0);
	say("must not come here\n");
}

/* ---- threads ---- */

static pthread_barrier_t barrier;

/* Both halves of it see the filter that the first thread installs for all. */
static void *wait_and_ask(void *unused)
{
	(void)unused;
	tell("thread before", syscall(SYS_getppid) > 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	tell("thread after", syscall(SYS_getppid));
	say("thread mode %d\n", prctl(PR_GET_SECCOMP));
	return NULL;
}

static void synced(void)
{
	struct sock_filter code[] = { LOAD_NR, NR_IS(SYS_getppid, ERRNO(EDOM)), ALLOW };
	pthread_t thread;
	must(pthread_barrier_init(&barrier, NULL, 2) == 0);
	must(pthread_create(&thread, NULL, wait_and_ask, NULL) == 0);
	pthread_barrier_wait(&barrier);
	tell("tsync", install_with(code, countof(code), SECCOMP_FILTER_FLAG_TSYNC));
	pthread_barrier_wait(&barrier);
	must(pthread_join(thread, NULL) == 0);
	tell("main", syscall(SYS_getppid));
}

/* One whose filters are its own cannot be given others: the result is its id. */
static void *filter_own(void *id)
{
	struct sock_filter allow[] = { ALLOW };
	*(long *)id = syscall(SYS_gettid);
	must(install_with(allow, 1, 0) == 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void not_synced(void)
{
	struct sock_filter allow[] = { ALLOW };
	pthread_t thread;
	long id = 0;
	must(pthread_barrier_init(&barrier, NULL, 2) == 0);
	must(pthread_create(&thread, NULL, filter_own, &id) == 0);
	pthread_barrier_wait(&barrier);
	say("tsync says whose %d\n", install_with(allow, 1, SECCOMP_FILTER_FLAG_TSYNC) == id);
	tell("tsync",
	     install_with(allow, 1, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
	say("mode %d\n", prctl(PR_GET_SECCOMP));
	pthread_barrier_wait(&barrier);
	must(pthread_join(thread, NULL) == 0);
}

static void *ask_and_die(void *unused)
{
	(void)unused;
	tell("trapped in a thread", syscall(SYS_getppid));
	must(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	say("must not come here\n");
	return NULL;
}

static void killed_by_thread(void)
{
	pthread_t thread;
	handle();
	install_signals();
	must(pthread_create(&thread, NULL, ask_and_die, NULL) == 0);
	must(pthread_join(thread, NULL) == 0);
	say("must not come here\n");
}

/* ---- fork, exec, strict ---- */

static const char *self;

static void inherited(void)
{
	INSTALL(LOAD_NR, NR_IS(SYS_mkdir, ERRNO(EPERM)), ALLOW);
	int status;
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		tell("child", mkdir("made", 0755));
		execl(self, self, "again", (char *)NULL);
		_exit(99);
	}
	must(waitpid(child, &status, 0) == child && status == 0);
}

static void strict(void)
{
	tell("strict", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	say("still writing\n");
	syscall(SYS_exit, 3);
}

static void strict_killed(void)
{
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL) == 0);
	say("still writing\n");
	syscall(SYS_getppid);
	say("must not come here\n");
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1) {
		tell("after exec", mkdir("made", 0755));
		show_status();
		return finish();
	}
	in_child("refused", refused);
	without_promise();
	in_child("errnos", errnos);
	in_child("stacked", stacked);
	in_child("arguments", arguments);
	in_child("places", places);
	in_child("trapped", trapped);
	in_child("trapped by default", trapped_by_default);
	in_child("trapped, ignored", trapped_ignored);
	in_child("trapped, blocked", trapped_blocked);
	in_child("killed", killed);
	in_child("thread killed", thread_killed);
	in_child("killed by the unknown", killed_by_the_unknown);
	in_child("synced", synced);
	in_child("not synced", not_synced);
	in_child("killed by a thread", killed_by_thread);
	in_child("inherited", inherited);
	in_child("strict", strict);
	in_child("strict, killed", strict_killed);
	return finish();
}
