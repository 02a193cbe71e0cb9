/* A child asleep in a system call is ended by SIGTERM, SIGKILL, or handles SIGTERM and exits. */
#include "test.h"
#include <time.h>

static void leave(int signo)
{
	static const char text[] = "handler leaves\n";
	must(write(STDOUT_FILENO, text, sizeof(text) - 1) > 0);
	_exit(44);
}

static void sleep_long(int ready)
{
	struct timespec long_time = { 1000, 0 };
	must(write(ready, "r", 1) == 1);
	for (;;)
		nanosleep(&long_time, NULL);
}

int main(void)
{
	static const int signals[] = { SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGUSR1, SIGQUIT };
	int ready[2];
	char byte;
	must(pipe(ready) == 0);
	for (size_t i = 0; i < countof(signals); i++) {
		pid_t pid = fork();
		if (pid == 0) {
			if (signals[i] == SIGUSR1)
				catch_signal(SIGUSR1, leave, 0);
			else if (signals[i] != SIGKILL)
				signal(signals[i], SIG_DFL);
			sleep_long(ready[1]);
		}
		must(read(ready[0], &byte, 1) == 1);
		must(kill(pid, signals[i]) == 0);
		wait_and_say("sleeper", pid);
	}
	return finish();
}
