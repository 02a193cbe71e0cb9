/* Signals with handlers while threads wait for each other: joins, semaphores, conditions, sigwait. */
#include "test.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>

static volatile sig_atomic_t handled;
static int told[2];
static sem_t here, never;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool go;

static void handler(int signo)
{
	(void)signo;
	handled++;
	if (write(told[1], "h", 1) != 1)
		_exit(98);
}

static void await_handler(void)
{
	char byte;

	if (read(told[0], &byte, 1) != 1)
		_exit(97);
}

/* Sends a signal to main's thread, which is to be waiting, and lets it go on when it was handled. */
static void *interrupts(void *argument)
{
	pid_t tid = *(pid_t *)argument;

	for (int i = 0; i < 5; i++) {
		syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
		await_handler();
	}
	return NULL;
}

static void in_join(void)
{
	pthread_t thread;
	pid_t self = (pid_t)syscall(SYS_gettid);

	pthread_create(&thread, NULL, interrupts, &self);
	say("join: %d\n", pthread_join(thread, NULL));
	say("handled %d\n", (int)handled);
}

static void *one_signal(void *argument)
{
	syscall(SYS_tgkill, getpid(), *(pid_t *)argument, SIGUSR1);
	await_handler();
	return argument;
}

static void in_semaphore(int flags, const char *how)
{
	pthread_t thread;
	pid_t self = (pid_t)syscall(SYS_gettid);

	handled = 0;
	catch_signal(SIGUSR1, handler, flags);
	pthread_create(&thread, NULL, one_signal, &self);
	if (flags & SA_RESTART) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 100;
		while (!handled && sem_timedwait(&never, &until) < 0 && errno == EINTR)
			;
	} else {
		while (!handled && sem_wait(&never) < 0 && errno == EINTR)
			;
	}
	pthread_join(thread, NULL);
	say("%s: handled %d\n", how, (int)handled);
}

static void *waits(void *argument)
{
	pthread_mutex_lock(&mutex);
	sem_post(&here);
	while (!go)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void to_a_thread(void)
{
	pthread_t thread;

	handled = 0;
	catch_signal(SIGUSR2, handler, SA_RESTART);
	pthread_create(&thread, NULL, waits, NULL);
	sem_wait(&here);
	pthread_kill(thread, SIGUSR2);
	await_handler();
	pthread_mutex_lock(&mutex);
	go = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	say("a waiting thread handled %d\n", (int)handled);
}

static void *waits_for_signal(void *argument)
{
	int signo = 0;

	say("sigwait: %d\n", sigwait(argument, &signo));
	say("signal %d\n", signo == SIGTERM);
	return NULL;
}

static void in_sigwait(void)
{
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, waits_for_signal, &set);
	kill(getpid(), SIGTERM);
	pthread_join(thread, NULL);
}

int main(void)
{
	if (pipe(told) < 0)
		return 1;
	sem_init(&here, 0, 0);
	sem_init(&never, 0, 0);
	catch_signal(SIGUSR1, handler, SA_RESTART);
	in_join();
	in_semaphore(0, "semaphore, interrupted");
	in_semaphore(SA_RESTART, "semaphore with a time, interrupted");
	to_a_thread();
	in_sigwait();
	return finish();
}
