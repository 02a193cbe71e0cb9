/*
 * What the table's bytes cannot say: what is missing where a call is carried
 * in part, and why one is refused on purpose. Texts by number, beside the
 * rows, which stay free of pointers.
 */
#include "schema/syscall_model.h"

#include "schema/syscall_numbers.h"

/* clang-format off */
static const char *const notes[SYSCALL_LIMIT] = {
	/* carried in part */
	[__NR_mmap] = "with two variants or more only regular files and memfds can be mapped; memory of devices stops the run, and sockets answer ENODEV",
	[__NR_clone] = "CLONE_NEWPID and CLONE_UNTRACED answer EPERM; other new namespaces stop the run",
	[__NR_clone3] = "CLONE_NEWPID and CLONE_UNTRACED answer EPERM; other new namespaces stop the run",
	[__NR_execve] = "32-bit programs answer ENOEXEC",
	[__NR_execveat] = "32-bit programs answer ENOEXEC",
	[__NR_futex] = "priority inheritance answers ENOSYS",
	[__NR_semctl] = "GETALL and SETALL are missing in a namespace of the program's own",
	[__NR_recvmsg] = "not descriptors that each variant has its own of, sent from outside the program",
	[__NR_recvmmsg] = "not descriptors that each variant has its own of; messages must be whole in memory",
	[__NR_sendmmsg] = "messages must be whole in memory",
	[__NR_seccomp] = "user notifications are missing",
	[__NR_shmget] = "huge pages are missing",
	[__NR_pidfd_getfd] = "not descriptors that each variant has its own of",
	[__NR_sched_setattr] = "structures longer than Linux 6.18 knows stop the run",
	[__NR_epoll_ctl] = "two descriptors whose data are alike in variant 0 and not in others stop the run",
	[__NR_personality] = "flags other than ADDR_NO_RANDOMIZE cannot be set together with it, nor with a fixed --layout",
	[__NR_prctl] = "PR_SET_SYSCALL_USER_DISPATCH, PR_GET_AUXV and PR_SET_TSC to SIGSEGV answer EINVAL",
	[__NR_arch_prctl] = "shadow stacks, tagged addresses and mapping the vDSO are refused",
	[__NR_ioctl] = "requests with pointers in their structures stop the run where the kernel might do them; unknown ones go by their number, and the trace notes them",
	[__NR_fcntl] = "F_SETLEASE with F_WRLCK fails with EAGAIN, because the other variants have the file open too",
	[__NR_vmsplice] = "what the program changes before the pipe is read is not compared",
	[__NR_setsockopt] = "replacing packet filter tables stops the run; rings of packets shared with the kernel answer ENOPROTOOPT",
	[__NR_unshare] = "CLONE_NEWPID answers EPERM: the program knows its processes by their numbers outside",
	[__NR_setns] = "CLONE_NEWPID answers EPERM: the program knows its processes by their numbers outside",
	[__NR_mount] = "data that are no text (nfs, coda) stop the run",
	[__NR_keyctl] = "KEYCTL_INSTANTIATE_IOV, the KEYCTL_PKEY_ operations and KEYCTL_DH_COMPUTE with a hash are missing",
	[__NR_mq_notify] = "SIGEV_THREAD is missing",
	[__NR_process_madvise] = "only hints; what changes memory answers EINVAL, as before Linux 6.13",
	/* refused: the kernel's own answers, where it has none either */
	[__NR__sysctl] = "gone since Linux 5.5",
	[__NR_create_module] = "gone since Linux 2.6",
	[__NR_get_kernel_syms] = "gone since Linux 2.6",
	[__NR_query_module] = "gone since Linux 2.6",
	[__NR_nfsservctl] = "gone since Linux 3.1",
	[__NR_getpmsg] = "no kernel has it",
	[__NR_putpmsg] = "no kernel has it",
	[__NR_afs_syscall] = "no kernel has it",
	[__NR_tuxcall] = "no kernel has it",
	[__NR_security] = "no kernel has it",
	[__NR_vserver] = "no kernel has it",
	[__NR_epoll_ctl_old] = "no kernel has it on x86-64",
	[__NR_epoll_wait_old] = "no kernel has it on x86-64",
	[__NR_set_thread_area] = "only 32-bit programs have it",
	[__NR_get_thread_area] = "only 32-bit programs have it",
	[__NR_uselib] = "only kernels built for libc 5 have it",
	[__NR_uretprobe] = "only the kernel's own trampolines may make it",
	[__NR_uprobe] = "only the kernel's own trampolines may make it",
	/* refused: as a system without the feature or the right to it would */
	[__NR_rseq] = "hands out CPU numbers without a call",
	[__NR_io_uring_setup] = "makes calls where nobody sees them",
	[__NR_io_uring_enter] = "makes calls where nobody sees them",
	[__NR_io_uring_register] = "makes calls where nobody sees them",
	[__NR_io_setup] = "asynchronous results come into memory without a call",
	[__NR_io_destroy] = "asynchronous results come into memory without a call",
	[__NR_io_getevents] = "asynchronous results come into memory without a call",
	[__NR_io_submit] = "asynchronous results come into memory without a call",
	[__NR_io_cancel] = "asynchronous results come into memory without a call",
	[__NR_io_pgetevents] = "asynchronous results come into memory without a call",
	[__NR_ptrace] = "a task has one tracer, and the monitor is it",
	[__NR_userfaultfd] = "another task decides what a read of memory gives, and when",
	[__NR_perf_event_open] = "its counters differ between variants and change without a call",
	[__NR_bpf] = "its maps are memory shared with the kernel",
	[__NR_fanotify_init] = "its events bring descriptors of their own",
	[__NR_fanotify_mark] = "its events bring descriptors of their own",
	[__NR_kexec_load] = "ends the monitor without an end of the trace",
	[__NR_kexec_file_load] = "ends the monitor without an end of the trace",
	[__NR_iopl] = "each variant would drive the device by itself",
	[__NR_ioperm] = "each variant would drive the device by itself",
	[__NR_remap_file_pages] = "deprecated since Linux 3.16; mmap does it",
	[__NR_memfd_secret] = "what a call reads there the monitor could not compare",
	[__NR_map_shadow_stack] = "the monitor's own calls do not keep a shadow stack",
};
/* clang-format on */

const char *syscall_note_find(int64_t nr)
{
	return nr >= 0 && nr < SYSCALL_LIMIT ? notes[nr] : NULL;
}
