/* kill to itself, a child, a group, nobody; raise; tgkill; siginfo tells the sender. */
#include "test.h"
#include <sys/syscall.h>

static volatile sig_atomic_t seen, from_self;

static void note(int signo, siginfo_t *info, void *context)
{
	seen = signo;
	from_self = info->si_pid == getpid() && info->si_uid == getuid();
}

static void send_and_say(const char *how, int result)
{
	say("%s: %d, handler saw %s, from self %d\n", how, result,
	    seen ? sigabbrev_np(seen) : "nothing", (int)from_self);
	seen = from_self = 0;
}

static void kill_group(void)
{
	int ready[2];
	char byte;
	pid_t pids[3];
	must(pipe(ready) == 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			must(setpgid(0, i == 0 ? 0 : pids[0]) == 0);
			must(write(ready[1], "r", 1) == 1);
			for (;;)
				pause();
		}
		must(read(ready[0], &byte, 1) == 1);
	}
	show(kill(-pids[0], SIGTERM));
	for (int i = 0; i < 3; i++)
		wait_and_say("group member", pids[i]);
	show(kill(-pids[0], 0));
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	must(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
	send_and_say("kill", kill(getpid(), SIGUSR1));
	send_and_say("raise", raise(SIGUSR2));
	send_and_say("tgkill", (int)syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
	send_and_say("tkill", (int)syscall(SYS_tkill, gettid(), SIGUSR1));
	send_and_say("nothing", kill(getpid(), 0));
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	show(kill(pid, 0));
	show(kill(pid, SIGTERM));
	wait_and_say("child", pid);
	kill_group();
	pid = fork();
	if (pid == 0) {
		must(setpgid(0, 0) == 0);
		show(kill(0, SIGUSR1));
		send_and_say("own group", 0);
		kill(0, SIGKILL);
		_exit(1);
	}
	wait_and_say("kills its group", pid);
	show(kill(getpid(), 65));
	show(kill(1 << 30, 0));
	show((int)syscall(SYS_tgkill, getpid(), 1, 0));
	return finish();
}
