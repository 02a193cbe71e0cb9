/* Timers that call a function in a thread, as libc makes it from a signal that brings an address; in a child too. */
#include "test.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

struct alarm {
	const char *name;
	sem_t rung;
};

static void ring(union sigval value)
{
	struct alarm *alarm = value.sival_ptr;
	say("%s rang\n", alarm->name);
	must(sem_post(&alarm->rung) == 0);
}

static void show_alarm(const char *name, clockid_t clock)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));
	struct itimerspec soon = { { 0, 0 }, { 0, 2000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD };
	timer_t timer;
	must(alarm && sem_init(&alarm->rung, 0, 0) == 0);
	alarm->name = name;
	event.sigev_notify_function = ring;
	event.sigev_value.sival_ptr = alarm;
	must(timer_create(clock, &event, &timer) == 0);
	must(timer_settime(timer, 0, &soon, NULL) == 0);
	while (sem_wait(&alarm->rung) < 0)
		must(errno == EINTR);
	must(timer_delete(timer) == 0);
	free(alarm);
}

int main(void)
{
	show_alarm("first", CLOCK_MONOTONIC);
	show_alarm("second", CLOCK_REALTIME);
	pid_t pid = fork();
	if (pid == 0) {
		show_alarm("child's", CLOCK_MONOTONIC);
		_exit(0);
	}
	wait_and_say("child", pid);
	return finish();
}
