/* getrusage, times and CPU clocks: sane, growing, children counted after waiting. */
#include "test.h"
#include <sys/resource.h>
#include <time.h>

static int64_t used_us(int who)
{
	struct rusage usage;
	must(getrusage(who, &usage) == 0);
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void burn_ms(int64_t ms)
{
	struct timespec start, now;
	must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start) == 0);
	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

int main(void)
{
	struct rusage usage;
	int64_t before = used_us(RUSAGE_SELF);
	burn_ms(30);
	say("grown %d\n", used_us(RUSAGE_SELF) - before >= 15000);
	must(getrusage(RUSAGE_SELF, &usage) == 0);
	say("memory %d\n", usage.ru_maxrss > 0);
	int64_t children = used_us(RUSAGE_CHILDREN);
	pid_t pid = fork();
	if (pid == 0) {
		burn_ms(30);
		_exit(0);
	}
	say("not counted before waiting %d\n", used_us(RUSAGE_CHILDREN) == children);
	wait_and_say("child", pid);
	say("counted %d\n", used_us(RUSAGE_CHILDREN) - children >= 15000);
	show(getrusage(77, &usage));
	return finish();
}
