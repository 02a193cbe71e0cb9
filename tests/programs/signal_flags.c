/* What sigaction's flags and mask do: for a signal of raise, and for a timer's amid a computation. */
#include "test.h"
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t done, depth, deepest, seen_blocked;
static volatile sig_atomic_t on_stack, says_on_stack, plain_signo, info_signo, has_context;
static char stack[64 * 1024];
static int ends[2];
static volatile sig_atomic_t order[4], ordered;

static void by_raise(int signo)
{
	must(raise(signo) == 0);
}

static void by_timer(int signo)
{
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = signo };
	struct itimerspec soon = { { 0, 0 }, { 0, 5000000 } };
	must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	must(timer_settime(timer, 0, &soon, NULL) == 0);
	for (volatile unsigned long spin = 0; !done; spin++)
		;
	must(timer_delete(timer) == 0);
}

typedef void (*bringer)(int signo);

static void nested(int signo)
{
	if (++depth > deepest)
		deepest = depth;
	if (deepest < 3)
		raise(signo);
	if (--depth == 0 && deepest == 3)
		done = 1;
}

/* Without SA_NODEFER the one that is raised inside comes afterwards: never two deep. */
static void one_by_one(int signo)
{
	static int left;
	if (++depth > deepest)
		deepest = depth;
	left = left ? left - 1 : 2;
	int more = left;
	if (more)
		raise(signo);
	depth--;
	if (!more)
		done = 1;
}

static void show_nesting(bringer bring)
{
	catch_signal(SIGUSR1, nested, SA_NODEFER);
	depth = deepest = done = 0;
	bring(SIGUSR1);
	say("SA_NODEFER: deepest %d\n", (int)deepest);
	catch_signal(SIGUSR1, one_by_one, 0);
	deepest = done = 0;
	bring(SIGUSR1);
	say("deferred: deepest %d\n", (int)deepest);
}

static void note(int signo)
{
	plain_signo = signo;
	done = 1;
}

static void show_resethand(bringer bring)
{
	struct sigaction now;
	catch_signal(SIGUSR1, note, SA_RESETHAND);
	done = 0;
	bring(SIGUSR1);
	must(sigaction(SIGUSR1, NULL, &now) == 0);
	say("SA_RESETHAND: run %d, default then %d\n", (int)done, now.sa_handler == SIG_DFL);
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGUSR1);
		_exit(0);
	}
	wait_and_say("a second one", pid);
}

static void look_at_stack(int signo)
{
	char here;
	stack_t now;
	(void)signo;
	on_stack = (uintptr_t)&here - (uintptr_t)stack < sizeof(stack);
	says_on_stack = sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK);
	done = 1;
}

static void show_onstack(bringer bring)
{
	stack_t given = { .ss_sp = stack, .ss_size = sizeof(stack) },
		off = { .ss_flags = SS_DISABLE };
	must(sigaltstack(&given, NULL) == 0);
	for (int flags = SA_ONSTACK;; flags = 0) {
		catch_signal(SIGUSR1, look_at_stack, flags);
		done = 0;
		bring(SIGUSR1);
		say("%s: on it %s, says so %s\n", flags ? "SA_ONSTACK" : "usual stack",
		    on_stack ? "yes" : "no", says_on_stack ? "yes" : "no");
		if (!flags)
			break;
	}
	must(sigaltstack(&off, NULL) == 0);
}

static void put_order(int what)
{
	if (ordered < (int)countof(order))
		order[ordered] = what;
	ordered++;
}

static void second(int signo)
{
	(void)signo;
	put_order(2);
	if (ordered == 3)
		done = 1;
}

static void first(int signo)
{
	sigset_t now;
	(void)signo;
	put_order(1);
	raise(SIGUSR2);
	sigprocmask(SIG_BLOCK, NULL, &now);
	seen_blocked = sigismember(&now, SIGUSR1) * 10 + sigismember(&now, SIGUSR2);
	put_order(3);
	if (ordered == 3)
		done = 1;
}

static void show_mask(bringer bring, bool masked)
{
	struct sigaction action = { .sa_handler = first };
	sigset_t now;
	sigemptyset(&action.sa_mask);
	if (masked)
		sigaddset(&action.sa_mask, SIGUSR2);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	catch_signal(SIGUSR2, second, 0);
	done = ordered = 0;
	bring(SIGUSR1);
	must(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	say("%s: order %d %d %d, blocked inside %02d, afterwards %d%d\n",
	    masked ? "sa_mask" : "no sa_mask", (int)order[0], (int)order[1], (int)order[2],
	    (int)seen_blocked, sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
}

static void note_info(int signo, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;
	info_signo = signo == info->si_signo ? signo : -1;
	has_context = interrupted->uc_mcontext.gregs[REG_RIP] != 0 &&
		      !sigismember(&interrupted->uc_sigmask, signo);
	done = 1;
}

static void show_siginfo(bringer bring)
{
	struct sigaction action = { .sa_sigaction = note_info, .sa_flags = SA_SIGINFO };
	sigemptyset(&action.sa_mask);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	done = info_signo = has_context = 0;
	bring(SIGUSR1);
	say("SA_SIGINFO: SIG%s, context %d\n", sigabbrev_np(info_signo), (int)has_context);
	catch_signal(SIGUSR1, note, 0);
	done = plain_signo = 0;
	bring(SIGUSR1);
	say("plain: SIG%s\n", sigabbrev_np(plain_signo));
}

static void note_and_feed(int signo)
{
	(void)signo;
	if (!done && write(ends[1], "fed", 3) != 3)
		_exit(98);
	done = 1;
}

/* The timer goes on: on a slow machine the first signal may come before the read waits. */
static void show_read(const char *name, void (*handler)(int), int flags)
{
	char text[8] = "";
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
	catch_signal(SIGALRM, handler, flags);
	done = 0;
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	ssize_t got = read(ends[0], text, sizeof(text) - 1);
	int failure = errno;
	must(setitimer(ITIMER_REAL, &off, NULL) == 0);
	say("%s: %zd %s\n", name, got, got < 0 ? strerrorname_np(failure) : text);
}

int main(void)
{
	static const bringer bringers[] = { by_raise, by_timer };
	must(pipe(ends) == 0);
	show_read("read", note, 0);
	show_read("read, SA_RESTART", note_and_feed, SA_RESTART);
	for (size_t i = 0; i < countof(bringers); i++) {
		say("%s\n", i ? "by a timer, computing" : "raised");
		show_nesting(bringers[i]);
		show_resethand(bringers[i]);
		show_onstack(bringers[i]);
		show_mask(bringers[i], true);
		show_mask(bringers[i], false);
		show_siginfo(bringers[i]);
	}
	return finish();
}
