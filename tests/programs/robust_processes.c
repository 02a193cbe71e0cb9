/* A robust mutex in memory that processes share: its owner ends without unlocking it, by each way to end. */
#include "test.h"
#include <pthread.h>
#include <sys/mman.h>

static pthread_mutex_t *mutex;

static void *lock_it(void *unused)
{
	must(pthread_mutex_lock(mutex) == 0);
	return unused;
}

static _Noreturn void be_killed(void)
{
	lock_it(NULL);
	kill(getpid(), SIGKILL);
	_exit(99);
}

static _Noreturn void be_terminated(void)
{
	lock_it(NULL);
	raise(SIGTERM);
	_exit(99);
}

static _Noreturn void leave(void)
{
	lock_it(NULL);
	_exit(3);
}

static void *lock_and_wait(void *gate)
{
	lock_it(NULL);
	must(write(*(int *)gate, "x", 1) == 1);
	for (;;)
		pause();
	return NULL;
}

/* Makes another thread the owner. */
static void let_another_lock(void)
{
	pthread_t thread;
	int gate[2];
	char c;

	must(pipe(gate) == 0 && pthread_create(&thread, NULL, lock_and_wait, &gate[1]) == 0);
	must(read(gate[0], &c, 1) == 1);
}

static _Noreturn void leave_with_all(void)
{
	let_another_lock();
	_exit(4);
}

static _Noreturn void be_killed_with_all(void)
{
	let_another_lock();
	kill(getpid(), SIGKILL);
	_exit(99);
}

static _Noreturn void become_another(void)
{
	lock_it(NULL);
	execl("/bin/true", "true", (char *)NULL);
	_exit(99);
}

static void end(const char *what, void (*how)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		how();
	wait_and_say(what, pid);
	int error = pthread_mutex_lock(mutex);
	say("locked: %s\n", strerrorname_np(error));
	must(error == EOWNERDEAD && pthread_mutex_consistent(mutex) == 0);
	must(pthread_mutex_unlock(mutex) == 0);
}

int main(void)
{
	pthread_mutexattr_t attributes;

	mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(mutex != MAP_FAILED && pthread_mutexattr_init(&attributes) == 0);
	must(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
	must(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
	must(pthread_mutex_init(mutex, &attributes) == 0);
	end("left", leave);
	end("killed", be_killed);
	end("terminated", be_terminated);
	end("left by another thread", leave_with_all);
	end("killed with another thread", be_killed_with_all);
	end("became another program", become_another);
	return finish();
}
