/* Tries ptrace, seccomp, memory access and instruction traps on children of its own. */
#include "monitor/tracee/probe.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "base/cleanup.h"

#define SEIZE_OPTIONS                                                                             \
	(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)
#define STOP_OF_EVENT(event) (SIGTRAP | ((event) << 8))

/* No process has this id: above PID_MAX_LIMIT, which is 1 << 22. */
#define ANSWER_NOBODY_GIVES 0x12345678
#define EXIT_WRONG          255 /* no errno */

/* A child that waits for our word, then ends with what body returns. */
struct probe_child {
	pid_t pid; /* 0: none */
	int go_fd; /* closing it is the word; -1: said */
};

typedef int body_fn(void);

static int child_start(struct probe_child *child, body_fn *body, struct error *err)
{
	int ends[2];

	*child = (struct probe_child){ .go_fd = -1 };
	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, -errno, "cannot create a pipe: %s", strerror(errno));
	child->pid = fork();
	if (child->pid == 0) {
		struct rlimit none = { 0 };
		char byte;

		close(ends[1]);
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGALRM, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		alarm(PROBE_SECONDS);
		/* End of file: the other end was closed. */
		_exit(read(ends[0], &byte, 1) == 0 ? body() : EXIT_WRONG);
	}
	close(ends[0]);
	if (child->pid < 0) {
		int code = errno;

		child->pid = 0;
		close(ends[1]);
		return error_set(err, -code, "cannot create a child process: %s", strerror(code));
	}
	child->go_fd = ends[1];
	return 0;
}

static void child_go(struct probe_child *child)
{
	if (child->go_fd >= 0)
		close(child->go_fd);
	child->go_fd = -1;
}

static int child_wait(struct probe_child *child, int *status, struct error *err)
{
	pid_t got;

	do
		got = waitpid(child->pid, status, __WALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set(err, -errno, "cannot wait for a child process: %s",
				 strerror(errno));
	if (!WIFSTOPPED(*status))
		child->pid = 0;
	return 0;
}

static void child_finish(struct probe_child *child)
{
	struct error ignored;
	int status;

	child_go(child);
	if (child->pid)
		kill(child->pid, SIGKILL);
	while (child->pid && child_wait(child, &status, &ignored) == 0)
		;
}
#define cleanup_child __attribute__((cleanup(child_finish)))

static int child_seize(struct probe_child *child, struct error *err)
{
	if (ptrace(PTRACE_SEIZE, child->pid, NULL, (void *)SEIZE_OPTIONS))
		return error_set(err, -errno, "cannot trace a child process (PTRACE_SEIZE): %s",
				 strerror(errno));
	return 0;
}

/* Waits for a stop of this kind: a signal number, with an event above it. */
static int child_wait_stop(struct probe_child *child, int stop, const char *what, struct error *err)
{
	int status, result = child_wait(child, &status, err);

	if (result)
		return result;
	if (!WIFSTOPPED(status) || status >> 8 != stop)
		return error_set(err, -ENOSYS, "%s does not stop a traced process (status 0x%x)",
				 what, (unsigned)status);
	return 0;
}

static int child_interrupt(struct probe_child *child, struct error *err)
{
	if (ptrace(PTRACE_INTERRUPT, child->pid, NULL, NULL))
		return error_set(err, -errno, "cannot stop a traced process (PTRACE_INTERRUPT): %s",
				 strerror(errno));
	return child_wait_stop(child, STOP_OF_EVENT(PTRACE_EVENT_STOP), "PTRACE_INTERRUPT", err);
}

/* The child's end: exit status 0, or the errno that its body met. */
static int child_end(struct probe_child *child, const char *what, struct error *err)
{
	int status, code, result = child_wait(child, &status, err);

	if (result)
		return result;
	if (!WIFEXITED(status))
		return error_set(err, -ENOSYS,
				 "%s does not work: the child trying it ended with status 0x%x",
				 what, (unsigned)status);
	code = WEXITSTATUS(status);
	if (code == EXIT_WRONG)
		return error_set(err, -ENOSYS, "%s has no effect", what);
	if (code)
		return error_set(err, -code, "%s does not work: %s", what, strerror(code));
	return 0;
}

/* --- the probes --- */

static int body_nothing(void)
{
	return 0;
}

int probe_ptrace(struct error *err)
{
	cleanup_child struct probe_child child;
	struct user_regs_struct registers;
	struct iovec iov = { &registers, sizeof(registers) };
	int result = child_start(&child, body_nothing, err);

	if (!result)
		result = child_seize(&child, err);
	if (!result)
		result = child_interrupt(&child, err);
	if (result)
		return result;
	if (ptrace(PTRACE_GETREGSET, child.pid, (void *)1 /* NT_PRSTATUS */, &iov))
		return error_set(err, -errno, "cannot read the registers of a traced process: %s",
				 strerror(errno));
	child_go(&child);
	if (ptrace(PTRACE_CONT, child.pid, NULL, NULL))
		return error_set(err, -errno, "cannot continue a traced process: %s",
				 strerror(errno));
	return child_end(&child, "PTRACE_CONT", err);
}

/* Any user may install a filter once it has given up gaining privileges (seccomp(2)). */
static int body_filtered_call(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		return errno;
	return syscall(__NR_getppid) == ANSWER_NOBODY_GIVES ? 0 : EXIT_WRONG;
}

/* Number -1 and a result in rax answer the call at the stop itself. */
static int answer_call(pid_t pid, struct error *err)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers))
		return error_set(err, -errno, "cannot read the registers of a traced process: %s",
				 strerror(errno));
	registers.orig_rax = (unsigned long long)-1;
	registers.rax = ANSWER_NOBODY_GIVES;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) || ptrace(PTRACE_CONT, pid, NULL, NULL))
		return error_set(err, -errno, "cannot change the registers of a traced process: %s",
				 strerror(errno));
	return 0;
}

int probe_seccomp_trace(struct error *err)
{
	static const char what[] = "a seccomp filter with SECCOMP_RET_TRACE";
	cleanup_child struct probe_child child;
	int status, result = child_start(&child, body_filtered_call, err);

	if (!result)
		result = child_seize(&child, err);
	if (result)
		return result;
	child_go(&child);
	result = child_wait(&child, &status, err);
	if (result)
		return result;
	if (WIFEXITED(status)) {
		int code = WEXITSTATUS(status);

		return error_set(err, code == EXIT_WRONG ? -ENOSYS : -code,
				 "%s cannot be installed or does not stop the call: %s", what,
				 code == EXIT_WRONG ? "no stop came" : strerror(code));
	}
	if (!WIFSTOPPED(status) || status >> 8 != STOP_OF_EVENT(PTRACE_EVENT_SECCOMP))
		return error_set(err, -ENOSYS, "%s does not stop the call (status 0x%x)", what,
				 (unsigned)status);
	result = answer_call(child.pid, err);
	return result ? result : child_end(&child, "answering a call at its seccomp stop", err);
}

int probe_memory(struct error *err)
{
	static volatile uint64_t word;
	cleanup_child struct probe_child child;
	cleanup_fd int fd = -1;
	char path[64];
	uint64_t seen = 0;
	struct iovec local = { &seen, sizeof(seen) }, remote = { (void *)&word, sizeof(word) };
	int result;

	word = UINT64_C(0x6d76782070726f62);
	result = child_start(&child, body_nothing, err);
	word = 0; /* ours; the child's copy keeps the value */
	if (!result)
		result = child_seize(&child, err);
	if (!result)
		result = child_interrupt(&child, err);
	if (result)
		return result;
	if (process_vm_readv(child.pid, &local, 1, &remote, 1, 0) != sizeof(seen))
		return error_set(err, -errno,
				 "cannot read a traced process by process_vm_readv: %s",
				 strerror(errno));
	if (seen != UINT64_C(0x6d76782070726f62))
		return error_set(err, -EIO, "process_vm_readv reads something else");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)child.pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &seen, sizeof(seen), (off_t)(uintptr_t)&word) != sizeof(seen))
		return error_set(err, -errno,
				 "cannot read a traced process through /proc/PID/mem: %s",
				 strerror(errno));
	return 0;
}

static int body_rdtsc(void)
{
	if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0))
		return errno;
	*(volatile unsigned long long *)&(unsigned long long){ 0 } = __rdtsc();
	return EXIT_WRONG;
}

static int body_cpuid(void)
{
	unsigned a = 0, b, c = 0, d;

	if (syscall(__NR_arch_prctl, ARCH_SET_CPUID, 0L))
		return errno;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return EXIT_WRONG;
}

/* The body must end in a SIGSEGV. */
static int probe_fault(body_fn *body, const char *what, struct error *err)
{
	cleanup_child struct probe_child child;
	int status, code, result = child_start(&child, body, err);

	if (result)
		return result;
	child_go(&child);
	result = child_wait(&child, &status, err);
	if (result)
		return result;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		return 0;
	code = WIFEXITED(status) && WEXITSTATUS(status) != EXIT_WRONG ? WEXITSTATUS(status) :
									ENOSYS;
	return error_set(err, -code, "%s does not work: %s", what, strerror(code));
}

int probe_tsc(struct error *err)
{
	return probe_fault(body_rdtsc, "trapping rdtsc (PR_SET_TSC)", err);
}

int probe_cpuid(struct error *err)
{
	return probe_fault(body_cpuid, "trapping cpuid (ARCH_SET_CPUID)", err);
}
