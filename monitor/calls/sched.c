/* Affinity and CPU numbers: the program sees the machine it would see alone, wherever we have put it. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/lane_life.h"

static struct lane *target_lane(struct call *c)
{
	pid_t pid = (pid_t)c->args[0];

	return pid ? lane_find(c->session, pid) : c->lane;
}

static void answer_getaffinity(struct call *c, const struct lane *lane)
{
	size_t room = (size_t)c->args[1];
	size_t bytes = c->session->machine_cpus_bytes;

	/* sched_setaffinity(2): a length below the kernel's mask, or not whole words, is EINVAL */
	if (room < bytes || room % sizeof(long)) {
		call_answer(c, -EINVAL);
		return;
	}
	if (!c->args[2]) {
		call_answer(c, -EFAULT);
		return;
	}
	call_answer_bytes(c, 2, &lane->cpus, bytes);
	call_answer(c, (int64_t)bytes);
}

static void answer_setaffinity(struct call *c, struct lane *lane)
{
	const uint8_t *bytes;
	cpu_set_t wanted;
	size_t length;

	CPU_ZERO(&wanted);
	bytes = call_input(c, 2, PART_CONTENT, &length);
	if (!bytes) {
		call_answer(c, -EFAULT);
		return;
	}
	memcpy(&wanted, bytes, length < sizeof(wanted) ? length : sizeof(wanted));
	CPU_AND(&wanted, &wanted, &c->session->machine_cpus);
	if (!CPU_COUNT(&wanted)) {
		call_answer(c, -EINVAL);
		return;
	}
	lane->cpus = wanted;
	lane->cpus_set = true;
	call_answer(c, 0);
}

static void answer_getcpu(struct call *c)
{
	uint32_t cpu = 0, node = 0;

	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &c->lane->cpus))
		cpu++;
	call_answer_bytes(c, 0, &cpu, sizeof(cpu));
	call_answer_bytes(c, 1, &node, sizeof(node));
	call_answer(c, 0);
}

static void sched_decide(struct call *c)
{
	struct lane *lane;

	if (c->nr == SYS_getcpu) {
		/*
		 * The program chose its CPUs, we did not follow: it sees one of them. So
		 * it does where the leader cannot make the call.
		 */
		if (c->lane->cpus_set || registers_are_vsyscall(&c->slot->regs))
			answer_getcpu(c);
		return;
	}
	if (c->nr != SYS_sched_getaffinity && c->nr != SYS_sched_setaffinity)
		return;
	lane = target_lane(c);
	if (!lane)
		c->run = RUN_LEADER; /* a process outside the set */
	else if (c->nr == SYS_sched_getaffinity)
		answer_getaffinity(c, lane);
	else
		answer_setaffinity(c, lane);
}

const struct call_ops calls_sched = {
	.decide = sched_decide,
};
