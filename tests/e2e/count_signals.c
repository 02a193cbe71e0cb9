/*
 * Counts the signals that come from outside, by handlers, and says at the end
 * how many of each there were: count_signals HOW WANTED [say].
 *
 * HOW it spends its time until there are WANTED: compute (no calls at all),
 * suspend (asleep, the signals blocked elsewhere), nap (asleep again and again),
 * call (many calls); or it makes one call of a background job: read, write.
 * With 0 there are no handlers and no end. Each handler says its name with say.
 */
#include "tests/programs/test.h"
#include <sys/ioctl.h>

/* Long enough for one that comes twice to be seen. */
#define AFTERWARDS 300000000ul

static const int signals[] = { SIGHUP,  SIGINT,   SIGQUIT, SIGUSR1, SIGUSR2,
			       SIGTERM, SIGWINCH, SIGTTIN, SIGTTOU };
static volatile sig_atomic_t counts[NSIG], total;
static bool saying;

static void count(int signo)
{
	counts[signo]++;
	total++;
	if (saying)
		say("got %s\n", sigabbrev_np(signo));
}

static void count_all_signals(void)
{
	struct sigaction action = { .sa_handler = count };
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < countof(signals); i++)
		must(sigaction(signals[i], &action, NULL) == 0);
}

static void compute_until(int wanted)
{
	for (volatile unsigned long spin = 0; !wanted || total < wanted; spin++)
		;
}

static void suspend_until(int wanted)
{
	sigset_t none;
	sigemptyset(&none);
	while (!wanted || total < wanted)
		must(sigsuspend(&none) < 0 && errno == EINTR);
}

static void nap_until(int wanted)
{
	while (!wanted || total < wanted)
		must(usleep(5000) == 0 || errno == EINTR);
}

static void call_until(int wanted)
{
	while (!wanted || total < wanted)
		must(getppid() >= 0);
}

/* Whoever is in the background gets a signal instead. */
static void read_once(int wanted)
{
	char byte;
	must(read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR && total == wanted);
}

static void write_once(int wanted)
{
	must(write(STDOUT_FILENO, "no\n", 3) < 0 && errno == EINTR && total == wanted);
	signal(SIGTTOU, SIG_IGN);
}

static const struct {
	const char *name;
	void (*spend)(int wanted);
} ways[] = {
	{ "compute", compute_until }, { "suspend", suspend_until }, { "nap", nap_until },
	{ "call", call_until },       { "read", read_once },        { "write", write_once },
};

static void spend(const char *how, int wanted)
{
	for (size_t i = 0; i < countof(ways); i++) {
		if (strcmp(how, ways[i].name) == 0) {
			ways[i].spend(wanted);
			return;
		}
	}
	must(!"a known way");
}

static void block_all(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < countof(signals); i++)
		sigaddset(&set, signals[i]);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void say_counts(void)
{
	struct winsize size;
	for (size_t i = 0; i < countof(signals); i++) {
		if (counts[signals[i]])
			say("%s %d\n", sigabbrev_np(signals[i]), (int)counts[signals[i]]);
	}
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		say("%d rows, %d columns\n", size.ws_row, size.ws_col);
}

int main(int argc, char **argv)
{
	must(argc > 2);
	const int wanted = atoi(argv[2]);
	saying = argc > 3;
	if (wanted)
		count_all_signals();
	if (strcmp(argv[1], "suspend") == 0)
		block_all();
	if (strcmp(argv[1], "write") != 0)
		say("begins\n");
	spend(argv[1], wanted);
	for (volatile unsigned long spin = 0; spin < AFTERWARDS; spin++)
		;
	say_counts();
	return finish();
}
