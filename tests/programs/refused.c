/*
 * Calls that the monitor refuses on purpose, each with the error that programs
 * take for a system without it. Natively nothing is called: some would work.
 */
#include "test.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NUMBER(call)                       \
	{                                  \
#call, SYS_##call, ENOSYS, \
	}
#define WITH(call, error)                 \
	{                                 \
#call, SYS_##call, error, \
	}
/* newer than this system's headers may be */
#define UNKNOWN(call, number, error)  \
	{                             \
#call, number, error, \
	}

static const struct refused {
	const char *name;
	long number;
	int error;
} calls[] = {
	NUMBER(_sysctl),
	NUMBER(create_module),
	NUMBER(get_kernel_syms),
	NUMBER(query_module),
	NUMBER(nfsservctl),
	NUMBER(getpmsg),
	NUMBER(putpmsg),
	NUMBER(afs_syscall),
	NUMBER(tuxcall),
	NUMBER(security),
	NUMBER(vserver),
	NUMBER(epoll_ctl_old),
	NUMBER(epoll_wait_old),
	NUMBER(set_thread_area),
	NUMBER(get_thread_area),
	NUMBER(uselib),
	NUMBER(io_uring_setup),
	NUMBER(io_uring_enter),
	NUMBER(io_uring_register),
	NUMBER(io_setup),
	NUMBER(io_destroy),
	NUMBER(io_getevents),
	NUMBER(io_submit),
	NUMBER(io_cancel),
	NUMBER(io_pgetevents),
	NUMBER(userfaultfd),
	NUMBER(fanotify_init),
	NUMBER(fanotify_mark),
	NUMBER(remap_file_pages),
	NUMBER(memfd_secret),
	WITH(ptrace, EPERM),
	WITH(perf_event_open, EPERM),
	WITH(bpf, EPERM),
	WITH(kexec_load, EPERM),
	WITH(kexec_file_load, EPERM),
	WITH(iopl, EPERM),
	WITH(ioperm, EPERM),
	UNKNOWN(map_shadow_stack, 453, EOPNOTSUPP),
};

/* New process id namespaces, in each way to ask for one. */
static void show_namespaces(bool monitored)
{
	int fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	must(fd >= 0);
	errno = EPERM;
	if (monitored) {
		must(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0) == -1);
		must(errno == EPERM && unshare(CLONE_NEWPID) == -1);
		must(errno == EPERM && setns(fd, CLONE_NEWPID) == -1);
	}
	say("process ids: %s\n", strerrorname_np(errno));
	must(close(fd) == 0);
}

/* A listener for seccomp filters, as before Linux 5.0. */
static void show_listener(bool monitored)
{
	struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &allow };
	uint32_t action = SECCOMP_RET_USER_NOTIF;

	errno = EINVAL;
	if (monitored) {
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		must(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == -1);
		must(errno == EOPNOTSUPP);
		must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			     &program) == -1);
	}
	say("listener: %s\n", strerrorname_np(errno));
}

int main(void)
{
	const char *run = getenv("MVX_CASE_RUN");
	bool monitored = run && strcmp(run, "monitored") == 0;

	for (size_t i = 0; i < countof(calls); i++) {
		errno = calls[i].error;
		if (monitored)
			must(syscall(calls[i].number, 0, 0, 0, 0, 0, 0) == -1);
		say("%s: %s\n", calls[i].name, strerrorname_np(errno));
	}
	show_namespaces(monitored);
	show_listener(monitored);
	return finish();
}
