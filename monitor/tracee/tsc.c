/* Keeps the tracer threads' setting of the time stamp counter like their tasks'. */
#include "monitor/tracee/tsc.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"

void tsc_set_readable(bool readable)
{
	CHECK(prctl(PR_SET_TSC, readable ? PR_TSC_ENABLE : PR_TSC_SIGSEGV, 0, 0, 0) == 0);
}

uint64_t tsc_read(void)
{
	uint64_t value;
	int before = PR_TSC_ENABLE;

	CHECK(prctl(PR_GET_TSC, &before, 0, 0, 0) == 0);
	tsc_set_readable(true);
	value = __builtin_ia32_rdtsc();
	tsc_set_readable(before == PR_TSC_ENABLE);
	return value;
}

uint64_t tsc_free_now_ns(void)
{
	struct timespec now;

	CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
