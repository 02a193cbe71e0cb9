/*
 * Processes that race for what they share: spin locks, a semaphore, a mutex.
 * Who comes first is chance, and what they do depends on it; the variants must
 * still do the same. And one that waits in a loop without calls.
 */
#include "test.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { PROCESSES = 4, ROUNDS = 100 };

static struct shared {
	atomic_int spin;
	int last, count, changes;
	sem_t semaphore;
	pthread_mutex_t mutex;
	int by_semaphore, by_mutex;
	atomic_int begun, flag, seen;
} * shared;

/* What is written says who was there before, and goes nowhere. */
static void take_part(int self, int null)
{
	while (atomic_exchange(&shared->spin, 1))
		sched_yield();
	if (shared->last != self)
		shared->changes++;
	dprintf(null, "%d: after %d, the %dth\n", self, shared->last, shared->count++);
	shared->last = self;
	atomic_store(&shared->spin, 0);

	must(sem_wait(&shared->semaphore) == 0);
	if (shared->by_semaphore++ % 3 == self % 3)
		getppid();
	must(sem_post(&shared->semaphore) == 0);

	must(pthread_mutex_lock(&shared->mutex) == 0);
	if (shared->by_mutex++ % 2)
		dprintf(null, "%d", shared->by_mutex);
	must(pthread_mutex_unlock(&shared->mutex) == 0);
}

static void races(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), status = 0;
	pthread_mutexattr_t attributes;

	must(null >= 0 && sem_init(&shared->semaphore, 1, 1) == 0 &&
	     pthread_mutexattr_init(&attributes) == 0 &&
	     pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
	     pthread_mutex_init(&shared->mutex, &attributes) == 0);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (pid)
			continue;
		for (int round = 0; round < ROUNDS; round++)
			take_part(i, null);
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++)
		must(wait(&status) > 0 && status == 0);
	say("%d by spin lock, %d by semaphore, %d by mutex\n", shared->count, shared->by_semaphore,
	    shared->by_mutex);
	must(shared->changes >= PROCESSES - 1);
}

/* The child makes no call until it sees what the parent does later. */
static void waits_without_calls(void)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		atomic_store(&shared->begun, 1);
		while (!atomic_load(&shared->flag))
			;
		atomic_store(&shared->seen, 1);
		_exit(3);
	}
	while (!atomic_load(&shared->begun))
		sched_yield();
	getppid();
	atomic_store(&shared->flag, 1);
	wait_and_say("the waiting child", pid);
	say("seen: %d\n", atomic_load(&shared->seen));
}

/* Stopped in the middle of its turn, killed while it waits for one. */
static void ends_in_between(void)
{
	int status = 0;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0)
		for (;;)
			shared->count++;
	show(kill(pid, SIGSTOP));
	must(waitpid(pid, &status, WUNTRACED) == pid);
	say_status("the counting child", status);
	getppid();
	show(kill(pid, SIGKILL));
	wait_and_say("the counting child", pid);
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	must(shared != MAP_FAILED);
	races();
	waits_without_calls();
	ends_in_between();
	return finish();
}
