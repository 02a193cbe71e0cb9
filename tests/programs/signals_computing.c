/* Handlers that run in the midst of a computation without calls: timers of each kind, a child's kills, a jump out. */
#include "test.h"
#include <setjmp.h>
#include <sys/time.h>
#include <time.h>

#define WANTED 20

static volatile sig_atomic_t count, code, value;
static int feed = -1;
static sigjmp_buf out;

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	code = info->si_code;
	value = info->si_value.sival_int;
	count++;
}

/* The handler's own call comes at the same place of each variant, wherever the signal was. */
static void note_and_feed(int signo)
{
	if (write(feed, &(char){ (char)('a' + count) }, 1) != 1)
		_exit(98);
	count++;
	(void)signo;
}

static void jump(int signo)
{
	siglongjmp(out, signo);
}

static void catch_with_info(int signo)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
	count = code = value = 0;
}

static void spin_until(int wanted)
{
	for (volatile unsigned long spin = 0; count < wanted; spin++)
		;
}

static void arm(int which, long first_usec, long next_usec)
{
	struct itimerval timer = { { 0, next_usec }, { 0, first_usec } };
	must(setitimer((__itimer_which_t)which, &timer, NULL) == 0);
}

static void show_itimer(int which, int signo)
{
	catch_with_info(signo);
	arm(which, 10000, 10000);
	spin_until(WANTED);
	arm(which, 0, 0);
	say("timer %d: enough SIG%s, code %d\n", which, sigabbrev_np(signo), (int)code);
}

static void show_alarm(void)
{
	catch_with_info(SIGALRM);
	must(alarm(1) == 0);
	spin_until(1);
	say("alarm: rung %d, left %u\n", (int)count, alarm(0));
}

/* thread: the only one there is, by its id. */
static void show_posix_timer(const char *name, clockid_t clock, int how)
{
	timer_t timer;
	struct itimerspec on = { { 0, 10000000 }, { 0, 10000000 } };
	struct sigevent event = { .sigev_notify = how, .sigev_signo = SIGRTMIN + 1 };
	catch_with_info(SIGRTMIN + 1);
	event.sigev_value.sival_int = 4242;
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
	if (how == SIGEV_THREAD_ID)
		event.sigev_notify_thread_id = gettid();
	must(timer_create(clock, &event, &timer) == 0);
	must(timer_settime(timer, 0, &on, NULL) == 0);
	spin_until(WANTED);
	must(timer_delete(timer) == 0);
	say("%s: enough, code %d, value %d\n", name, (int)code, (int)value);
}

/* Each kill waits for the handler of the one before: exactly as many run. */
static void show_child(void)
{
	int ends[2];
	must(pipe(ends) == 0);
	feed = ends[1];
	count = 0;
	catch_signal(SIGUSR1, note_and_feed, 0);
	pid_t pid = fork();
	if (pid == 0) {
		char got = 0;
		for (int i = 0; i < WANTED; i++) {
			if (kill(getppid(), SIGUSR1) != 0 || read(ends[0], &got, 1) != 1 ||
			    got != 'a' + i)
				_exit(1);
		}
		_exit(0);
	}
	spin_until(WANTED);
	wait_and_say("sender", pid);
	say("killed %d times\n", (int)count);
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void show_handler_calls(void)
{
	char text[64] = "";
	int ends[2];
	must(pipe(ends) == 0);
	feed = ends[1];
	count = 0;
	catch_signal(SIGALRM, note_and_feed, 0);
	arm(ITIMER_REAL, 10000, 10000);
	spin_until(WANTED);
	arm(ITIMER_REAL, 0, 0);
	must(close(feed) == 0);
	ssize_t n = read(ends[0], text, sizeof(text) - 1);
	/* How many came before the timer was stopped is not known; all of them have written. */
	say("all have written %d: %.20s\n", n == count, text);
	must(close(ends[0]) == 0);
}

static void show_jump(void)
{
	sigset_t now;
	catch_signal(SIGALRM, jump, 0);
	for (volatile int i = 0; i < 5; i++) {
		int got = sigsetjmp(out, 1);
		if (!got) {
			arm(ITIMER_REAL, 10000, 0);
			for (volatile unsigned long spin = 0;; spin++)
				;
		}
		must(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
		say("out by SIG%s, blocked %d\n", sigabbrev_np(got), sigismember(&now, SIGALRM));
	}
}

int main(void)
{
	show_itimer(ITIMER_REAL, SIGALRM);
	show_itimer(ITIMER_VIRTUAL, SIGVTALRM);
	show_itimer(ITIMER_PROF, SIGPROF);
	show_alarm();
	show_posix_timer("monotonic", CLOCK_MONOTONIC, SIGEV_SIGNAL);
	show_posix_timer("processor", CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL);
	show_posix_timer("to a thread", CLOCK_MONOTONIC, SIGEV_THREAD_ID);
	show_child();
	show_handler_calls();
	show_jump();
	return finish();
}
