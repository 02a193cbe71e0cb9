/* Scheduling calls: policy, priorities, nice, yield, ioprio. */
#include "test.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void)
{
	struct sched_param parameter = { 0 };
	struct timespec interval;
	show(sched_getscheduler(0));
	show(sched_getparam(0, &parameter));
	say("priority %d\n", parameter.sched_priority);
	show(sched_get_priority_max(SCHED_FIFO));
	show(sched_get_priority_min(SCHED_RR));
	show(sched_setscheduler(0, SCHED_BATCH, &parameter));
	show(sched_getscheduler(getpid()));
	show(sched_setscheduler(0, 77, &parameter));
	show(sched_rr_get_interval(0, &interval));
	uint32_t attributes[16] = { 0 };
	show(syscall(SYS_sched_getattr, 0, attributes, sizeof(attributes), 0));
	say("size %u, policy %u, beyond it %u\n", attributes[0], attributes[1], attributes[14]);
	attributes[1] = SCHED_IDLE;
	show(syscall(SYS_sched_setattr, 0, attributes, 0));
	show(sched_getscheduler(0));
	show(syscall(SYS_sched_getattr, 0, attributes, 8, 0));
	show(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0) == 0 || errno == ENOSYS);
	show(getpriority(PRIO_PROCESS, 0));
	int before = getpriority(PRIO_PROCESS, 0);
	show(nice(3) == before + 3 || before + 3 > 19);
	int after = getpriority(PRIO_PROCESS, 0);
	show(getpriority(PRIO_PROCESS, getpid()));
	pid_t pid = fork();
	if (pid == 0) {
		must(getpriority(PRIO_PROCESS, 0) == after);
		_exit(0);
	}
	wait_and_say("inherits", pid);
	show(setpriority(PRIO_PROCESS, (id_t)getpid(), 18));
	show(getpriority(PRIO_PROCESS, 0));
	show(getpriority(PRIO_PROCESS, 1 << 30));
	for (int i = 0; i < 100; i++)
		must(sched_yield() == 0);
	say("ioprio %d\n", syscall(SYS_ioprio_get, 1, 0) >= 0);
	return finish();
}
