/* How children end: exit, _exit, return values cut to a byte, abort, faults, SIGKILL. */
#include "test.h"
#include <sys/resource.h>

static void end(int how)
{
	static volatile int zero;
	switch (how) {
	case 0: exit(0);
	case 1: _exit(255);
	case 2: exit(256 + 7);
	case 3: _exit(-1);
	case 4: abort();
	case 5: *(volatile int *)bad_address() = 1; break;
	case 6: zero = 7 / zero; break;
	case 7: __asm__ volatile("ud2"); break;
	case 8: raise(SIGKILL); break;
	case 9: raise(SIGTERM); break;
	case 10: signal(SIGABRT, SIG_IGN); abort();
	default: __asm__ volatile("int3");
	}
	_exit(77);
}

int main(void)
{
	struct rlimit no_core = { 0, 0 };
	must(setrlimit(RLIMIT_CORE, &no_core) == 0);
	for (int how = 0; how < 12; how++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (pid == 0)
			end(how);
		say("%d ", how);
		wait_and_say("child", pid);
	}
	return finish();
}
