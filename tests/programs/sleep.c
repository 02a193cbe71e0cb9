/* nanosleep, clock_nanosleep, usleep, select and poll as sleeps: never shorter than asked. */
#include "test.h"
#include <poll.h>
#include <sys/select.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec t;
	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void say_slept(const char *how, int64_t started, int64_t wanted)
{
	say("%s: long enough %d\n", how, now_ns() - started >= wanted);
}

int main(void)
{
	struct timespec ms3 = { 0, 3000000 }, bad = { 0, 2000000000 }, until;
	int64_t started = now_ns();
	show(nanosleep(&ms3, NULL));
	say_slept("nanosleep", started, 3000000);
	started = now_ns();
	show(clock_nanosleep(CLOCK_MONOTONIC, 0, &ms3, NULL));
	say_slept("clock_nanosleep", started, 3000000);
	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec += 0;
	until.tv_nsec += 4000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	started = now_ns();
	show(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	say("reached %d\n", now_ns() >= (int64_t)until.tv_sec * 1000000000 + until.tv_nsec);
	started = now_ns();
	show(usleep(2000));
	say_slept("usleep", started, 2000000);
	started = now_ns();
	struct timeval tv = { 0, 3000 };
	show(select(0, NULL, NULL, NULL, &tv));
	say("time left %ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
	say_slept("select", started, 3000000);
	started = now_ns();
	show(poll(NULL, 0, 3));
	say_slept("poll", started, 3000000);
	show(nanosleep(&bad, NULL));
	show(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL) == EINVAL);
	show(clock_nanosleep(4711, 0, &ms3, NULL) == EINVAL);
	show(nanosleep(&(struct timespec){ 0, 0 }, NULL));
	return finish();
}
