/*
 * Computes, with a 100 Hz interval timer whose handler counts, and makes one
 * call every CALL_MS milliseconds of computation or so: ticks SECONDS CALL_MS
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CALIBRATION 20000000u

static volatile sig_atomic_t ticks;

static void handler(int signo)
{
	(void)signo;
	ticks++;
}

static void compute(unsigned long rounds)
{
	for (volatile unsigned long i = 0; i < rounds; i++)
		;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	const struct itimerval timer = { { 0, 10000 }, { 0, 10000 } };
	const struct itimerval off = { { 0, 0 }, { 0, 0 } };
	double seconds = argc > 1 ? atof(argv[1]) : 10, call_ms = argc > 2 ? atof(argv[2]) : 300;
	double begin = seconds_now(), per_ms;
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	compute(CALIBRATION);
	per_ms = CALIBRATION / (seconds_now() - begin) / 1000;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (begin = seconds_now(); seconds_now() - begin < seconds;)
		compute((unsigned long)(per_ms * call_ms));
	setitimer(ITIMER_REAL, &off, NULL);
	printf("%d\n", (int)ticks);
	return 0;
}
