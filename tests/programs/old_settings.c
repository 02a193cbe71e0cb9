/* Limits, ids, capabilities and priorities by the kernel's own calls. */
#include "test.h"
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

static void show_limits(void)
{
	struct rlimit limit;

	show(syscall(SYS_getrlimit, RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 64;
	show(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
	show(syscall(SYS_getrlimit, RLIMIT_NOFILE, &limit));
	say("%lu\n", (unsigned long)limit.rlim_cur);
	show(dup2(1, 64));
	show(syscall(SYS_setrlimit, 99, &limit));
	show(syscall(SYS_setrlimit, RLIMIT_NOFILE, bad_address()));
}

static void show_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	show(syscall(SYS_capget, &header, data));
	show(syscall(SYS_capset, &header, data));
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		header.pid = getpid();
		show(syscall(SYS_capset, &header, data));
		header.pid = getppid();
		show(syscall(SYS_capset, &header, data));
		data[0].effective = data[0].permitted = data[0].inheritable = 0;
		data[1] = data[0];
		header.pid = getpid();
		show(syscall(SYS_capset, &header, data));
		must(syscall(SYS_capget, &header, data) == 0);
		say("left %x %x\n", data[0].effective, data[0].permitted);
		show(chroot("."));
		_exit(0);
	}
	wait_and_say("child", child);
	header.pid = 1;
	show(syscall(SYS_capset, &header, data));
	header.pid = -1;
	show(syscall(SYS_capset, &header, data));
	header.pid = getpid();
	show(syscall(SYS_capset, &header, data));
	show(syscall(SYS_capset, &header, bad_address()));
	header.version = 1;
	show(syscall(SYS_capset, &header, data));
	say("version %d\n", header.version == _LINUX_CAPABILITY_VERSION_3);
	header.version = 1;
	show(syscall(SYS_capget, &header, NULL));
	say("version %d\n", header.version == _LINUX_CAPABILITY_VERSION_3);
}

static void show_ids(void)
{
	show(syscall(SYS_setreuid, getuid(), geteuid()));
	show(syscall(SYS_setgid, getegid()));
	show(syscall(SYS_setfsgid, getegid()) == getegid());
	show(syscall(SYS_setfsuid, geteuid()) == geteuid());
	show(syscall(SYS_setfsgid, -1) == getegid());
}

static void show_priorities(void)
{
	struct sched_param parameter = { 0 };

	show(syscall(SYS_sched_setparam, 0, &parameter));
	parameter.sched_priority = 99;
	show(syscall(SYS_sched_setparam, 0, &parameter));
	/* the best-effort class, at its lowest */
	show(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7));
	show(syscall(SYS_ioprio_get, 1, 0));
	show(syscall(SYS_ioprio_set, 1, 0, 9 << 13));
	show(syscall(SYS_ioprio_set, 99, 0, 0));
}

static volatile sig_atomic_t value_seen;

static void take(int signo, siginfo_t *info, void *context)
{
	(void)context;
	value_seen = info->si_value.sival_int + (signo == SIGUSR1 ? 0 : 1000);
}

static void show_signals(void)
{
	struct sigaction action = { .sa_sigaction = take, .sa_flags = SA_SIGINFO };
	siginfo_t info = { .si_code = SI_QUEUE };

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = 42;
	show(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
	say("value %d\n", (int)value_seen);
}

static void show_memory(void)
{
	char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	show(syscall(SYS_mlock, memory, 4096L));
	show(munlock(memory, 4096));
	/* Without keys in the machine there is key 0. */
	show(syscall(SYS_pkey_mprotect, memory, 4096L, PROT_READ, 0));
	show(syscall(SYS_pkey_mprotect, memory, 4096L, PROT_READ, 99));
	show(syscall(SYS_pkey_free, 99));
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	struct sembuf up = { 0, 1, 0 };
	must(id >= 0);
	show(syscall(SYS_semop, id, &up, 1L));
	show(semctl(id, 0, GETVAL));
	show(semctl(id, 0, IPC_RMID));
}

int main(void)
{
	show_limits();
	show_capabilities();
	show_ids();
	show_priorities();
	show_signals();
	show_memory();
	return finish();
}
