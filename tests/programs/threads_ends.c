/* How processes with threads end: main returns, main's thread ends first, exit in another, a fatal signal. */
#include "test.h"
#include <pthread.h>
#include <sys/syscall.h>

static int ready[2];

static void announce(void)
{
	if (write(ready[1], "r", 1) != 1)
		_exit(98);
}

static void await(int count)
{
	char byte;

	while (count--)
		if (read(ready[0], &byte, 1) != 1)
			_exit(97);
}

static void *sleep_forever(void *argument)
{
	announce();
	for (;;)
		pause();
	return argument;
}

static void *compute_forever(void *argument)
{
	announce();
	for (volatile unsigned long i = 0;; i++)
		;
	return argument;
}

static void *wait_forever(void *argument)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	announce();
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	return argument;
}

static void *end_process(void *argument)
{
	exit((int)(long)argument);
}

static void *kill_process(void *argument)
{
	kill(getpid(), (int)(long)argument);
	for (;;)
		pause();
	return argument;
}

static void *end_late(void *argument)
{
	pthread_join(*(pthread_t *)argument, NULL);
	say("main's thread has ended\n");
	return NULL;
}

static void start(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, argument) != 0)
		_exit(96);
}

static void crowd(void)
{
	start(sleep_forever, NULL);
	start(wait_forever, NULL);
	start(wait_forever, NULL);
	await(3);
}

/* It has the turn for seconds (turns.h), so only some of them do. */
static void crowd_and_compute(void)
{
	crowd();
	start(compute_forever, NULL);
	await(1);
}

static void main_returns(void)
{
	crowd_and_compute();
	exit(5);
}

static void other_exits(void)
{
	crowd();
	start(end_process, (void *)6);
	for (;;)
		pause();
}

static void main_ends_first(void)
{
	static pthread_t self;

	self = pthread_self();
	start(end_late, &self);
	pthread_exit(NULL);
}

static void killed_by(int signo)
{
	start(kill_process, (void *)(long)signo);
	for (;;)
		pause();
}

static void terminated(void)
{
	crowd();
	killed_by(SIGTERM);
}

static void killed(void)
{
	crowd_and_compute();
	killed_by(SIGKILL);
}

static void *fault(void *argument)
{
	*(volatile int *)bad_address() = 1;
	return argument;
}

static void faulted(void)
{
	crowd();
	start(fault, NULL);
	for (;;)
		pause();
}

static void raw_exit(void)
{
	crowd();
	syscall(SYS_exit_group, 9);
}

static void run(const char *name, void (*body)(void))
{
	int status;
	pid_t pid;

	if (pipe(ready) < 0)
		_exit(95);
	pid = fork();
	if (pid == 0) {
		body();
		_exit(94);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		say("%s: exited with %d\n", name, WEXITSTATUS(status));
	else
		say("%s: killed by %d\n", name, WTERMSIG(status));
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	run("main returns", main_returns);
	run("another thread exits", other_exits);
	run("main's thread ends first", main_ends_first);
	run("SIGTERM", terminated);
	run("SIGKILL", killed);
	run("a fault", faulted);
	run("exit_group", raw_exit);
	return finish();
}
