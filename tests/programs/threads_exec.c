/* execve from a thread: the others end, the process keeps its id; a failing one changes nothing. */
#include "test.h"
#include <pthread.h>
#include <sys/syscall.h>

static char **arguments;
static int ready[2];

static void *idle(void *argument)
{
	if (write(ready[1], "i", 1) != 1)
		_exit(98);
	for (;;)
		pause();
	return argument;
}

static void *compute(void *argument)
{
	if (write(ready[1], "c", 1) != 1)
		_exit(98);
	for (volatile unsigned long i = 0;; i++)
		;
	return argument;
}

static void *run(void *argument)
{
	char pid[16], *words[] = { arguments[0], "again", pid, NULL };

	snprintf(pid, sizeof(pid), "%d", getpid());
	execl("/does/not/exist", "x", NULL);
	say("execve: %s\n", strerror(errno));
	if (syscall(SYS_gettid) == getpid())
		say("a thread has its process's id\n");
	execv("/proc/self/exe", words);
	say("execv: %s\n", strerror(errno));
	return argument;
}

static void *add(void *argument)
{
	*(int *)argument += 1;
	return argument;
}

static int after(const char *pid)
{
	pthread_t thread;
	int sum = 0;
	void *result;

	say("same process %d, thread id is process id %d\n", atoi(pid) == getpid(),
	    syscall(SYS_gettid) == getpid());
	if (pthread_create(&thread, NULL, add, &sum) != 0 || pthread_join(thread, &result) != 0)
		return 1;
	say("a thread of the new program added %d\n", sum);
	return finish();
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char byte;

	if (argc > 2)
		return after(argv[2]);
	arguments = argv;
	if (pipe2(ready, O_CLOEXEC) < 0)
		return 1;
	pthread_create(&thread, NULL, idle, NULL);
	pthread_create(&thread, NULL, compute, NULL);
	for (int i = 0; i < 2; i++)
		if (read(ready[0], &byte, 1) != 1)
			return 1;
	pthread_create(&thread, NULL, run, NULL);
	pthread_join(thread, NULL);
	return 1;
}
