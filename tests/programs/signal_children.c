/* SIGCHLD and what becomes of children: none left to wait for, stops, handlers that reap amid a computation. */
#include "test.h"

#define CHILDREN 10

static volatile sig_atomic_t seen, gone, sum;

static void note(int signo)
{
	(void)signo;
	seen++;
}

static void reap(int signo)
{
	int status, saved = errno;
	(void)signo;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		gone++;
		sum += WEXITSTATUS(status);
	}
	errno = saved;
}

static void spin_until(const volatile sig_atomic_t *counter, int wanted)
{
	for (volatile unsigned long spin = 0; *counter < wanted; spin++)
		;
}

static pid_t start_child(int status)
{
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0)
		_exit(status);
	return pid;
}

static pid_t start_waiting_child(void)
{
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

/* wait may find that there is none a moment before the last one's id is free. */
static void say_gone(pid_t pid)
{
	int result;
	for (int tries = 0; (result = kill(pid, 0)) == 0 && tries < 5000; tries++)
		usleep(1000);
	say("  %d %s\n", result, result < 0 ? strerrorname_np(errno) : "a zombie");
}

/* Waits until all have ended, and then has none to tell of. */
static void show_no_zombies(const char *what)
{
	pid_t pids[3], got;
	for (size_t i = 0; i < countof(pids); i++)
		pids[i] = start_child((int)i);
	do {
		got = wait(NULL);
	} while (got < 0 && errno == EINTR);
	say("%s: %d %s\n", what, (int)got, got < 0 ? strerrorname_np(errno) : "");
	for (size_t i = 0; i < countof(pids); i++)
		say_gone(pids[i]);
}

static void show_unwanted(void)
{
	must(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	show_no_zombies("ignored");
	seen = 0;
	catch_signal(SIGCHLD, note, SA_NOCLDWAIT);
	show_no_zombies("SA_NOCLDWAIT");
	say("handler run %d\n", seen > 0);
	must(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	pid_t pid = start_child(3);
	wait_and_say("default", pid);
}

static void wait_change(pid_t pid, int options)
{
	int status = 0;
	pid_t got;
	do {
		got = waitpid(pid, &status, options);
	} while (got < 0 && errno == EINTR);
	must(got == pid);
	say_status("  child", status);
}

/* Without SA_NOCLDSTOP the handler runs for each change, with it for the end alone. */
static void show_stops(const char *what, int flags)
{
	int each = flags & SA_NOCLDSTOP ? 0 : 1;
	seen = 0;
	catch_signal(SIGCHLD, note, flags);
	pid_t pid = start_waiting_child();
	say("%s\n", what);
	must(kill(pid, SIGSTOP) == 0);
	wait_change(pid, WUNTRACED);
	spin_until(&seen, each);
	must(kill(pid, SIGCONT) == 0);
	wait_change(pid, WCONTINUED);
	spin_until(&seen, 2 * each);
	must(kill(pid, SIGKILL) == 0);
	spin_until(&seen, 2 * each + 1);
	wait_change(pid, 0);
	say("  handler run %d\n", (int)seen);
}

static void say_waitid(const char *what, int result, const siginfo_t *info, pid_t pid)
{
	if (result < 0)
		say("%s: %s\n", what, strerrorname_np(errno));
	else
		say("%s: SIG%s, code %d, status %d, the child %d\n", what,
		    sigabbrev_np(info->si_signo), info->si_code, info->si_status,
		    info->si_pid == pid);
}

static void show_nowait(void)
{
	siginfo_t info = { 0 };
	must(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	pid_t pid = start_child(5);
	id_t id = (id_t)pid;
	for (int i = 0; i < 2; i++)
		say_waitid("WNOWAIT", waitid(P_PID, id, &info, WEXITED | WNOWAIT), &info, pid);
	say_waitid("at last", waitid(P_PID, id, &info, WEXITED), &info, pid);
	say_waitid("gone", waitid(P_PID, id, &info, WEXITED), &info, pid);
	pid = start_waiting_child();
	id = (id_t)pid;
	must(kill(pid, SIGSTOP) == 0);
	say_waitid("stopped", waitid(P_PID, id, &info, WSTOPPED | WNOWAIT), &info, pid);
	say_waitid("stopped", waitid(P_PID, id, &info, WSTOPPED), &info, pid);
	must(kill(pid, SIGCONT) == 0);
	say_waitid("continued", waitid(P_PID, id, &info, WCONTINUED | WNOWAIT), &info, pid);
	say_waitid("continued", waitid(P_PID, id, &info, WCONTINUED), &info, pid);
	must(kill(pid, SIGKILL) == 0);
	say_waitid("killed", waitid(P_PID, id, &info, WEXITED), &info, pid);
}

/* Some end while others are being started, some together, some while their parent computes. */
static void show_reaping(void)
{
	int ends[2];
	must(pipe(ends) == 0);
	catch_signal(SIGCHLD, reap, 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (pid == 0) {
			char byte;
			/* Half of them wait for all to be there. */
			if (i % 2 && (close(ends[1]) != 0 || read(ends[0], &byte, 1) != 0))
				_exit(100);
			_exit(i);
		}
	}
	must(close(ends[1]) == 0);
	spin_until(&gone, CHILDREN);
	say("reaped %d, statuses %d\n", (int)gone, (int)sum);
	int result = waitpid(-1, NULL, WNOHANG);
	say("then: %d %s\n", result, strerrorname_np(errno));
	must(close(ends[0]) == 0);
}

int main(void)
{
	show_unwanted();
	show_stops("each change", 0);
	show_stops("SA_NOCLDSTOP", SA_NOCLDSTOP);
	show_nowait();
	show_reaping();
	return finish();
}
