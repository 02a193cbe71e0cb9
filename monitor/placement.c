/* Measures what waking a thread on another CPU costs, in a few milliseconds at most; asks for short slices. */
#include "monitor/placement.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

/* round trips; at 170 us each way still only 7 ms */
#define ROUNDS 20
/* ns a round trip: a stop costs two wake-ups, and sharing a CPU costs about 6 us a stop */
#define DEAR_NS 20000u
/* ns: the shortest that the kernel takes. One step of the protocol is a tenth of it. */
#define SLICE_NS 100000u

/* struct sched_attr, first version (sched_setattr(2)); not every libc has it, and the kernel's header fights them. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

struct partner {
	int to_fd, from_fd;
	int cpu;
};

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *partner_main(void *argument)
{
	const struct partner *p = argument;
	uint64_t word;

	run_on(p->cpu);
	for (int i = 0; i < ROUNDS; i++)
		if (read(p->to_fd, &word, sizeof(word)) < 0 ||
		    write(p->from_fd, &word, sizeof(word)) < 0)
			return NULL;
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t round_trip_ns(int here, int there)
{
	cleanup_fd int to_fd = eventfd(0, EFD_CLOEXEC);
	cleanup_fd int from_fd = eventfd(0, EFD_CLOEXEC);
	struct partner partner = { .to_fd = to_fd, .from_fd = from_fd, .cpu = there };
	uint64_t word = 1, start;
	pthread_t thread;

	if (to_fd < 0 || from_fd < 0 || pthread_create(&thread, NULL, partner_main, &partner) != 0)
		return 0;
	run_on(here);
	start = now_ns();
	for (int i = 0; i < ROUNDS; i++)
		if (write(to_fd, &word, sizeof(word)) < 0 || read(from_fd, &word, sizeof(word)) < 0)
			break;
	start = now_ns() - start;
	pthread_join(thread, NULL);
	return start / ROUNDS;
}

bool placement_should_pin(const cpu_set_t *cpus)
{
	int first = -1, second = -1;
	uint64_t cost;

	for (int cpu = 0; cpu < CPU_SETSIZE && second < 0; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		second = first < 0 ? -1 : cpu;
		first = first < 0 ? cpu : first;
	}
	if (second < 0)
		return true;
	cost = round_trip_ns(first, second);
	sched_setaffinity(0, sizeof(*cpus), cpus);
	return cost > DEAR_NS;
}

/*
 * Who asks for a shorter slice than the running task's may take its CPU when it
 * wakes (EEVDF since Linux 6.12; before, the field meant nothing here, and
 * who had slept was preferred anyway). A tracer that waited for a slice of a
 * variant that computes would keep all others waiting too. The variants have
 * been started before, and do not inherit it.
 */
void placement_run_promptly(void)
{
	struct scheduling own = { 0 };

	if (syscall(SYS_sched_getattr, 0, &own, sizeof(own), 0) < 0 || own.policy != SCHED_OTHER)
		return;
	own.runtime = SLICE_NS;
	syscall(SYS_sched_setattr, 0, &own, 0);
}
