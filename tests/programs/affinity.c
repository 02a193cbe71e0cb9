/* The CPUs it may use are those of the machine, whatever the monitor does with them. */
#include "test.h"
#include <sched.h>

int main(void)
{
	cpu_set_t all, one, now;
	must(sched_getaffinity(0, sizeof(all), &all) == 0);
	say("allowed are the online ones %d\n", CPU_COUNT(&all) == sysconf(_SC_NPROCESSORS_ONLN));
	/* Compared with the native run. */
	say("%d allowed\n", CPU_COUNT(&all));
	say("cpu in range %d\n", sched_getcpu() >= 0 && CPU_ISSET((size_t)sched_getcpu(), &all));
	int first = 0;
	while (!CPU_ISSET((size_t)first, &all))
		first++;
	CPU_ZERO(&one);
	CPU_SET((size_t)first, &one);
	show(sched_setaffinity(0, sizeof(one), &one));
	show(sched_getaffinity(0, sizeof(now), &now));
	say("as set %d\n", CPU_EQUAL(&one, &now));
	say("running there %d\n", sched_getcpu() == first);
	pid_t pid = fork();
	if (pid == 0) {
		must(sched_getaffinity(0, sizeof(now), &now) == 0);
		_exit(CPU_EQUAL(&one, &now) ? 5 : 6);
	}
	wait_and_say("inherits", pid);
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	show(sched_setaffinity(pid, sizeof(all), &all));
	show(sched_getaffinity(pid, sizeof(now), &now));
	say("child has all %d\n", CPU_EQUAL(&all, &now));
	must(kill(pid, SIGKILL) == 0);
	wait_and_say("child", pid);
	show(sched_setaffinity(0, sizeof(all), &all));
	CPU_ZERO(&one);
	show(sched_setaffinity(0, sizeof(one), &one));
	show(sched_getaffinity(0, 1, &now));
	show(sched_getaffinity(1 << 30, sizeof(now), &now));
	return finish();
}
