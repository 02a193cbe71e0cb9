/* prctl, arch_prctl and personality: the options beyond the usual ones, and those nobody knows. */
#include "test.h"
#include <asm/prctl.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif
#define PR_TIMER_CREATE_RESTORE_IDS_ 77
#define PR_GET_AUXV_                 0x41555856

static void show_options(void)
{
	uint64_t cookie = 7;
	int *address = NULL, *same = NULL;

	show(prctl(PR_GET_TIMING));
	show(prctl(PR_SET_TIMING, PR_TIMING_STATISTICAL));
	show(prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP));
	show(prctl(PR_TASK_PERF_EVENTS_DISABLE));
	show(prctl(PR_TASK_PERF_EVENTS_ENABLE));
	show(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0));
	show(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
	show(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	show(prctl(PR_GET_TID_ADDRESS, &address));
	show(prctl(PR_GET_TID_ADDRESS, &same));
	say("the same %d\n", address == same);
	show(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	show(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	show(prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0));
	show(prctl(PR_SET_SPECULATION_CTRL, 99, 0, 0, 0));
	show(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0));
	show(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
	show(prctl(62 /* PR_SCHED_CORE */, 0, 0, 0, &cookie));
	say("cookie %d\n", cookie == 7 || cookie == 0);
	show(prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
	show(prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0));
	show(prctl(PR_TIMER_CREATE_RESTORE_IDS_, 99, 0, 0, 0));
	show(prctl(PR_SET_PTRACER, 0) == 0 || errno == EINVAL);
	show(prctl(PR_SET_TIMERSLACK, 60000));
	show(prctl(PR_GET_TIMERSLACK));
	/* of other machines */
	show(prctl(PR_SET_FPEMU, 1));
	show(prctl(PR_GET_ENDIAN, &cookie));
	show(prctl(PR_SET_FP_MODE, 0));
	show(prctl(PR_SVE_GET_VL));
	show(prctl(PR_PAC_RESET_KEYS, 0, 0, 0, 0));
	show(prctl(PR_SET_TAGGED_ADDR_CTRL, 0, 0, 0, 0));
	/* of none */
	show(prctl(48));
	show(prctl(900, 1, 2, 3, 4));
	show(prctl(-1));
}

static void show_memory(void)
{
	char *name = malloc(32);
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(name && memory != MAP_FAILED);
	snprintf(name, 32, "a name");
	say("named %d\n", prctl(0x53564d41, 0, memory, 4096, name) == 0 || errno == EINVAL);
	say("moved %d\n", prctl(PR_SET_MM, PR_SET_MM_ARG_START, memory, 0, 0) == 0 ||
				  errno == EPERM || errno == EINVAL);
	show(prctl(PR_SET_MM, 99, 0, 0, 0) < 0);
	if (prctl(PR_SET_MDWE, 1, 0, 0, 0) < 0) {
		say("no MDWE\n");
		return;
	}
	show(prctl(PR_GET_MDWE, 0, 0, 0, 0));
	show(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
	show((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0));
}

static void show_arch(void)
{
	unsigned long value = 1, base = 0;

	must(syscall(SYS_arch_prctl, ARCH_GET_FS, &base) == 0);
	say("a thread pointer %d\n", base != 0);
	show(syscall(SYS_arch_prctl, ARCH_SET_FS, base));
	show(syscall(SYS_arch_prctl, ARCH_GET_GS, &value));
	say("%lu\n", value);
	say("features %d\n", syscall(SYS_arch_prctl, 0x1021, &value) == 0);
	say("permitted %d\n", syscall(SYS_arch_prctl, 0x1022, &value) == 0);
	show(syscall(SYS_arch_prctl, 0x1023, 999));
	show(syscall(SYS_arch_prctl, 0x9999, &value));
	show(syscall(SYS_arch_prctl, ARCH_GET_FS, bad_address()));
}

static void show_personality(void)
{
	int before = personality(0xffffffff);

	show(personality((unsigned long)before | ADDR_NO_RANDOMIZE) == before);
	say("%d\n", personality(0xffffffff) == (before | ADDR_NO_RANDOMIZE));
	pid_t pid = fork();
	if (pid == 0) {
		say("inherited %d\n", personality(0xffffffff) == (before | ADDR_NO_RANDOMIZE));
		_exit(0);
	}
	wait_and_say("child", pid);
	show(personality((unsigned long)before) == (before | ADDR_NO_RANDOMIZE));
	show(personality((unsigned long)before | READ_IMPLIES_EXEC) == before);
	show(personality(0xffffffff) == (before | READ_IMPLIES_EXEC));
	show(personality(PER_LINUX32) == (before | READ_IMPLIES_EXEC));
	show(personality((unsigned long)before) == PER_LINUX32);
}

static void show_robust_list(void)
{
	void *head = NULL, *other = NULL;
	size_t length = 0;

	show(syscall(SYS_get_robust_list, 0, &head, &length));
	show(syscall(SYS_get_robust_list, getpid(), &other, &length));
	say("%zu, the same %d\n", length, head == other);
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	other = &length;
	show(syscall(SYS_get_robust_list, pid, &other, &length));
	say("there %d\n", other != &length);
	must(kill(pid, SIGTERM) == 0);
	wait_and_say("child", pid);
	show(syscall(SYS_get_robust_list, 0x7ffffff0, &other, &length));
}

int main(void)
{
	show_options();
	show_arch();
	show_personality();
	show_robust_list();
	show_memory();
	return finish();
}
