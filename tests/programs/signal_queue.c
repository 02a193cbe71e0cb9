/* Queued signals: lowest number first, values in order, none lost; a standard signal waits once. */
#include "test.h"

#define KINDS  3
#define VALUES 20

struct entry {
	int signo, value, code;
	bool from_expected;
};

static struct entry entries[2 * KINDS * VALUES];
static volatile sig_atomic_t seen;
static volatile pid_t expected;

static void note(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (seen < (int)countof(entries))
		entries[seen] = (struct entry){ signo, info->si_value.sival_int, info->si_code,
						info->si_pid == expected };
	seen++;
}

/* While one handler runs, the others wait: else the lowest would be the last one entered, and logged first. */
static void catch_kinds(sigset_t *set)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigemptyset(set);
	for (int i = 0; i < KINDS; i++)
		sigaddset(set, SIGRTMIN + i);
	action.sa_mask = *set;
	for (int i = 0; i < KINDS; i++)
		must(sigaction(SIGRTMIN + i, &action, NULL) == 0);
}

/* The kinds by turns, the highest number first: what comes out is in another order. */
static void queue_all(pid_t to)
{
	for (int i = 0; i < VALUES; i++) {
		for (int kind = KINDS - 1; kind >= 0; kind--)
			must(sigqueue(to, SIGRTMIN + kind,
				      (union sigval){ .sival_int = kind * 100 + i }) == 0);
	}
}

static void say_log(const char *what)
{
	must(seen <= (int)countof(entries));
	say("%s: %d\n", what, (int)seen);
	for (int i = 0; i < seen; i++)
		say("%d:%d%s%s%s", entries[i].signo - SIGRTMIN, entries[i].value,
		    entries[i].code == SI_QUEUE ? "" : " odd code",
		    entries[i].from_expected ? "" : " odd sender", i % 10 == 9 ? "\n" : " ");
	seen = 0;
}

/* Each kind by itself: its values have come in order, whatever came between. */
static void say_orders(const char *what)
{
	int next[KINDS] = { 0 };
	bool in_order = true, whole = true;
	must(seen <= (int)countof(entries));
	for (int i = 0; i < seen; i++) {
		int kind = entries[i].signo - SIGRTMIN;
		in_order &= entries[i].value == kind * 100 + next[kind]++;
		whole &= entries[i].code == SI_QUEUE && entries[i].from_expected;
	}
	say("%s: %d, each kind in order %d, with code and sender %d\n", what, (int)seen, in_order,
	    whole);
	seen = 0;
}

static void show_blocked_self(const sigset_t *set)
{
	must(sigprocmask(SIG_BLOCK, set, NULL) == 0);
	expected = getpid();
	queue_all(getpid());
	say("blocked, seen %d\n", (int)seen);
	must(sigprocmask(SIG_UNBLOCK, set, NULL) == 0);
	say_log("by itself");
}

static void show_blocked_child(const sigset_t *set)
{
	must(sigprocmask(SIG_BLOCK, set, NULL) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		queue_all(getppid());
		_exit(0);
	}
	expected = pid;
	wait_and_say("child", pid);
	must(sigprocmask(SIG_UNBLOCK, set, NULL) == 0);
	say_log("by a child");
}

/* The child waits for a byte: its parent has to know it before its signals come. */
static void show_computing(void)
{
	int ends[2];
	must(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		char byte = 0;
		must(read(ends[0], &byte, 1) == 1);
		queue_all(getppid());
		_exit(0);
	}
	expected = pid;
	must(write(ends[1], "x", 1) == 1);
	for (volatile unsigned long spin = 0; seen < KINDS * VALUES; spin++)
		;
	say_orders("computing");
	wait_and_say("child", pid);
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* Each is delivered before the next is sent. */
static void show_unblocked_self(void)
{
	expected = getpid();
	queue_all(getpid());
	say_orders("not blocked");
}

static void show_standard(void)
{
	sigset_t set;
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (int i = 0; i < 10; i++)
		must(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = i }) == 0);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	say("a standard signal: %d, with value %d\n", (int)seen, entries[0].value);
	seen = 0;
}

int main(void)
{
	sigset_t set;
	catch_kinds(&set);
	show_blocked_self(&set);
	show_blocked_child(&set);
	show_computing();
	show_unblocked_self();
	show_standard();
	return finish();
}
