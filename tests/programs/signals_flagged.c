/* A handler sets a flag, as an interpreter's does, and the computation counts the flags it finds; on one CPU. */
#include "test.h"
#include <sched.h>
#include <sys/time.h>

#define WANTED 150

static volatile sig_atomic_t flag;

static void set_flag(int signo)
{
	flag = 1;
	(void)signo;
}

/* All variants of it on one: whoever gets it last has had none of it when the next signal comes. */
static void stay_on_one_cpu(void)
{
	cpu_set_t cpus, one;
	must(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &cpus))
			CPU_SET(cpu, &one);
	must(sched_setaffinity(0, sizeof(one), &one) == 0);
}

static void count_flags(void)
{
	int count = 0;
	while (count < WANTED) {
		if (flag) {
			flag = 0;
			count++;
		}
	}
}

int main(void)
{
	stay_on_one_cpu();
	must(signal(SIGALRM, set_flag) != SIG_ERR);
	must(setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 5000 }, { 0, 5000 } }, NULL) == 0);
	count_flags();
	must(setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL) == 0);
	say("counted %d\n", WANTED);
	return finish();
}
