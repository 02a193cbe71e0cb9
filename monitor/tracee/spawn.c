/*
 * Starts a variant's first process. The child waits until it is seized, sets
 * what every later program of the variant inherits (no time stamp counter, the
 * filter), and calls execve.
 */
#include "monitor/tracee/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/tracee/registers.h"

#define TRACE_OPTIONS                                                         \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/*
 * Every call of the native ABI goes to the tracer. Another ABI (int 0x80, x32)
 * raises SIGSYS, which under ptrace is first a stop: the native path pays
 * nothing for the check.
 */
static int filter_install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYSCALL_X32_BIT, 0, 1),
		/* negative: no ABI's, and the tracer knows no such call */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UINT32_C(1) << 31, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	/* Root needs no promise, and set-user-ID programs then behave as alone (seccomp(2)). */
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

static void variant_prepare(const struct spawn_request *request)
{
	static const struct rlimit no_core;

	if (request->follower) {
		/*
		 * Not of the monitor's session: the kernel shares a CPU between
		 * sessions (sched(7), autogroups), and Linux 6.18 does it badly
		 * for one that holds a computing tracee and its tracer on each
		 * of two CPUs: beside other sessions that compute, it was given
		 * nothing for seconds, or left them nothing.
		 */
		setsid();
		setrlimit(RLIMIT_CORE, &no_core);
	}
	if (!request->randomize)
		personality((unsigned long)personality(0xffffffff) | ADDR_NO_RANDOMIZE);
	if (request->cpus)
		sched_setaffinity(0, sizeof(*request->cpus), request->cpus);
	if (request->descriptors)
		setrlimit(RLIMIT_NOFILE, request->descriptors);
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
	sigprocmask(SIG_SETMASK, &request->signal_mask, NULL);
}

_Noreturn static void child_run(const struct spawn_request *request, int go_fd, int parent_fd)
{
	char go;

	/* Only async-signal-safe calls from here: the parent has threads. */
	close(parent_fd);
	if (read(go_fd, &go, 1) != 1)
		_exit(127);
	variant_prepare(request);
	/* Without a filter the tracer asks for stops at calls from here on. */
	if (request->no_filter)
		raise(SIGSTOP);
	else if (filter_install() < 0)
		_exit(125);
	execve(request->path, request->argv, request->envp);
	_exit(127);
}

pid_t spawn_process(const struct spawn_request *request, struct error *err)
{
	cleanup_fd int read_fd = -1;
	cleanup_fd int write_fd = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot start %s: pipe: %s", request->path,
				 strerror(errno));
	read_fd = ends[0];
	write_fd = ends[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot start %s: fork: %s", request->path,
				 strerror(errno));
	if (pid == 0)
		child_run(request, read_fd, write_fd);
	if (ptrace(PTRACE_SEIZE, pid, 0, TRACE_OPTIONS) < 0) {
		int code = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error_set(err, code,
				 "cannot trace %s: %s (mvx-monitor --check-system says why)",
				 request->path, strerror(-code));
	}
	if (write(write_fd, "g", 1) != 1)
		return error_set(err, -errno, "cannot start %s: %s", request->path,
				 strerror(errno));
	if (request->no_filter &&
	    (waitpid(pid, NULL, __WALL) != pid || ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0))
		return error_set(err, -errno, "cannot start %s: %s", request->path,
				 strerror(errno));
	return pid;
}
