/* getcpu by system call and library: within the machine's range. */
#include "test.h"
#include <sched.h>
#include <sys/syscall.h>

int main(void)
{
	unsigned int cpu = 999999, node = 999999;
	long online = sysconf(_SC_NPROCESSORS_CONF);
	for (int i = 0; i < 20; i++) {
		must(syscall(SYS_getcpu, &cpu, &node, NULL) == 0);
		must(cpu < (unsigned long)online && node < 1024);
		must(getcpu(&cpu, &node) == 0 && cpu < (unsigned long)online);
		/* As control flow: all variants see the same number. */
		if (cpu & 1)
			must(getppid() > 0);
	}
	show(syscall(SYS_getcpu, NULL, NULL, NULL));
	show(syscall(SYS_getcpu, bad_address(), NULL, NULL));
	return finish();
}
