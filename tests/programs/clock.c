/* Clocks: monotone within and between, system call and library agree, resolutions, errors. */
#include "test.h"
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static int64_t to_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool is_monotone(clockid_t clock)
{
	struct timespec t;
	int64_t last = 0;
	for (int i = 0; i < 200; i++) {
		int result = i % 2 ? clock_gettime(clock, &t) :
				     (int)syscall(SYS_clock_gettime, clock, &t);
		if (result != 0 || to_ns(t) < last)
			return false;
		last = to_ns(t);
	}
	return true;
}

int main(void)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC,        CLOCK_REALTIME,
					    CLOCK_MONOTONIC_RAW,    CLOCK_BOOTTIME,
					    CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
					    CLOCK_THREAD_CPUTIME_ID };
	struct timespec t;
	struct timeval tv;
	for (size_t i = 0; i < countof(clocks); i++)
		say("clock %zu monotone %d\n", i, is_monotone(clocks[i]));
	must(clock_gettime(CLOCK_REALTIME, &t) == 0 && gettimeofday(&tv, NULL) == 0);
	time_t now = time(NULL);
	say("agree %d %d\n", tv.tv_sec - t.tv_sec <= 60, now - t.tv_sec <= 60);
	show(clock_getres(CLOCK_MONOTONIC, &t) == 0 && t.tv_sec == 0);
	show(clock_gettime(4711, &t));
	show(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, NULL));
	struct tms times_now;
	say("times %d\n", times(&times_now) != (clock_t)-1);
	say("clock %d\n", clock() != (clock_t)-1);
	clockid_t own;
	show(clock_getcpuclockid(0, &own));
	show(clock_gettime(own, &t));
	struct tm *utc = gmtime(&now);
	say("year %d\n", utc->tm_year >= 120);
	/* Written by it: the file exists once, with one time in it. */
	char text[32];
	snprintf(text, sizeof(text), "%d", now > 0);
	make_file("time", text);
	return finish();
}
