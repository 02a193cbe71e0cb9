/*
 * Variants that part where a signal meets a computation. The first argument
 * names the pair; where the second is 1 the odd thing is done.
 */
#include "tests/programs/test.h"
#include <sys/time.h>
#include <ucontext.h>

/* More than a tick of any timer here takes; a variant that waits for none ends after them. */
#define BOUNDED 300000000ul

static volatile sig_atomic_t rung;
static volatile bool is_odd, looping;
static int blocked_signo;

static void ring(int signo)
{
	rung++;
}

static void crash(void)
{
	*(volatile int *)bad_address() = 1;
}

static void ring_and_crash(int signo)
{
	rung++;
	if (is_odd)
		crash();
}

static void ring_and_loop(int signo)
{
	rung++;
	looping = is_odd;
	while (looping)
		;
}

static void end_well(int signo)
{
	_exit(0);
}

/* Without a call, and without an end if the signal does not come. */
static void compute_until(int wanted)
{
	for (volatile unsigned long spin = 0; rung < wanted; spin++)
		;
}

/* Without a call, and with an end whether or not signals come. */
static void compute_bounded(int wanted)
{
	for (volatile unsigned long spin = 0; rung < wanted && spin < BOUNDED; spin++)
		;
}

/* The odd one will not get it, and goes on without. */
static void wait_for_signal(void)
{
	if (is_odd)
		compute_bounded(1);
	else
		compute_until(1);
}

static void start_timer(__itimer_which_t which, int first_us, int every_us)
{
	struct itimerval timer = { { 0, every_us }, { 0, first_us } };
	must(setitimer(which, &timer, NULL) == 0);
}

static void stop_timer(__itimer_which_t which)
{
	start_timer(which, 0, 0);
}

/* ---- faults ---- */

static void crash_in_handler(void)
{
	catch_signal(SIGUSR1, ring_and_crash, 0);
	must(kill(getpid(), SIGUSR1) == 0);
	must(rung == 1);
}

/* As before, and the fault has a handler that calls it a success. */
static void crash_in_handler_caught(void)
{
	catch_signal(SIGSEGV, end_well, 0);
	crash_in_handler();
}

static void crash_in_timer(__itimer_which_t which, int signo)
{
	catch_signal(signo, ring_and_crash, 0);
	start_timer(which, 2000, 0);
	compute_until(1);
}

static void crash_in_alarm(void)
{
	crash_in_timer(ITIMER_REAL, SIGALRM);
}

static void crash_in_alarm_caught(void)
{
	catch_signal(SIGSEGV, end_well, 0);
	crash_in_alarm();
}

static void crash_in_virtual(void)
{
	crash_in_timer(ITIMER_VIRTUAL, SIGVTALRM);
}

/* Between two of many signals, not in a handler. */
static void crash_among(__itimer_which_t which, int signo)
{
	catch_signal(signo, ring, 0);
	start_timer(which, 1000, 1000);
	compute_until(5);
	if (is_odd)
		crash();
	compute_bounded(10); /* a leader that stands at a fault gets no more of them */
	stop_timer(which);
}

static void crash_among_alarms(void)
{
	crash_among(ITIMER_REAL, SIGALRM);
}

static void crash_among_virtual(void)
{
	crash_among(ITIMER_VIRTUAL, SIGVTALRM);
}

/* ---- signals that one variant does not get ---- */

static void forge_mask(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	if (is_odd)
		sigaddset(&u->uc_sigmask, blocked_signo);
}

/* By what rt_sigreturn is given: no call says that this one blocks more than the others. */
static void block_by_frame(int signo)
{
	struct sigaction action = { .sa_sigaction = forge_mask, .sa_flags = SA_SIGINFO };
	blocked_signo = signo;
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	must(kill(getpid(), SIGUSR2) == 0);
}

static void own_blocked(__itimer_which_t which, int signo)
{
	catch_signal(signo, ring, 0);
	block_by_frame(signo);
	start_timer(which, 2000, 0);
	wait_for_signal();
	must(getppid() > 0);
}

static void virtual_blocked(void)
{
	own_blocked(ITIMER_VIRTUAL, SIGVTALRM);
}

static void profile_blocked(void)
{
	own_blocked(ITIMER_PROF, SIGPROF);
}

/* The child is there before the mask differs: fork reads it. */
static void sent_blocked(void)
{
	int ends[2];
	pid_t child;
	char byte = 0;

	catch_signal(SIGUSR1, ring, 0);
	must(pipe(ends) == 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		must(read(ends[0], &byte, 1) == 1);
		usleep(20000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	block_by_frame(SIGUSR1);
	must(write(ends[1], &byte, 1) == 1);
	wait_for_signal();
	must(getppid() > 0);
	must(waitpid(child, NULL, 0) == child);
}

/* ---- no end ---- */

static void handler_loops(void)
{
	catch_signal(SIGALRM, ring_and_loop, 0);
	start_timer(ITIMER_REAL, 2000, 0);
	compute_until(1);
}

/* The signals go on, and all get them; one never comes to the call that the others make. */
static void loops_among_alarms(void)
{
	catch_signal(SIGALRM, ring, 0);
	start_timer(ITIMER_REAL, 1000, 1000);
	compute_until(3);
	looping = is_odd;
	while (looping)
		;
	stop_timer(ITIMER_REAL);
}

static const struct {
	const char *name;
	void (*act)(void);
} pairs[] = {
	{ "crash-in-handler", crash_in_handler },
	{ "crash-in-handler-caught", crash_in_handler_caught },
	{ "crash-in-alarm", crash_in_alarm },
	{ "crash-in-alarm-caught", crash_in_alarm_caught },
	{ "crash-in-virtual", crash_in_virtual },
	{ "crash-among-alarms", crash_among_alarms },
	{ "crash-among-virtual", crash_among_virtual },
	{ "virtual-blocked", virtual_blocked },
	{ "profile-blocked", profile_blocked },
	{ "sent-blocked", sent_blocked },
	{ "handler-loops", handler_loops },
	{ "loops-among-alarms", loops_among_alarms },
};

int main(int argc, char **argv)
{
	must(argc > 2);
	is_odd = strcmp(argv[2], "1") == 0;
	say("before\n");
	for (size_t i = 0; i < countof(pairs); i++) {
		if (strcmp(argv[1], pairs[i].name) == 0) {
			pairs[i].act();
			return finish();
		}
	}
	must(!"a known pair");
	return 1;
}
