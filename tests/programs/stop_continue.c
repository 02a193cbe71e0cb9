/* Job control: SIGSTOP, SIGTSTP, SIGCONT, WUNTRACED, WCONTINUED, SIGKILL while stopped; /proc tells who is. */
#include "test.h"

static volatile sig_atomic_t continued;

static void note(int signo)
{
	continued++;
}

static void wait_change(pid_t pid, const char *who, int options)
{
	int status;
	pid_t got;
	do {
		got = waitpid(pid, &status, options);
	} while (got < 0 && errno == EINTR);
	must(got == pid);
	say_status(who, status);
}

/* The gate keeps the child from stopping again before its parent saw it continue. */
static void stop_twice(int gate)
{
	sigset_t blocked, before;
	char byte;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCONT);
	must(sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
	catch_signal(SIGCONT, note, 0);
	for (int i = 1; i <= 2; i++) {
		raise(i == 1 ? SIGSTOP : SIGTSTP);
		while (continued < i)
			sigsuspend(&before);
		must(read(gate, &byte, 1) == 1);
	}
	_exit(continued);
}

static pid_t start_pausing(void)
{
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void say_state(pid_t pid)
{
	char path[64], line[256] = "", state = '?';
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	must(file && fscanf(file, "%*d %*s %c", &state) == 1 && fclose(file) == 0);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	must(file != NULL);
	while (strncmp(line, "State:", 6) != 0)
		must(fgets(line, sizeof(line), file) != NULL);
	fclose(file);
	say("%c, %s", state, line);
}

int main(void)
{
	int gate[2];
	must(pipe(gate) == 0);
	/* In a session of its own a group is orphaned, and SIGTSTP would do nothing. */
	pid_t pid = fork();
	if (pid == 0) {
		must(setpgid(0, 0) == 0);
		stop_twice(gate[0]);
	}
	for (int i = 0; i < 2; i++) {
		wait_change(pid, "child", WUNTRACED);
		show(kill(pid, SIGCONT));
		wait_change(pid, "child", WCONTINUED);
		must(write(gate[1], "g", 1) == 1);
	}
	wait_change(pid, "child", WUNTRACED | WCONTINUED);
	pid = start_pausing();
	show(kill(pid, SIGSTOP));
	wait_change(pid, "second", WUNTRACED);
	say_state(pid);
	show(kill(pid, SIGTERM));
	show(waitpid(pid, NULL, WNOHANG));
	show(kill(pid, SIGCONT));
	wait_change(pid, "second", 0);
	pid = start_pausing();
	show(kill(pid, SIGSTOP));
	siginfo_t info = { 0 };
	show(waitid(P_PID, (id_t)pid, &info, WSTOPPED));
	say("code %d, status %d\n", info.si_code, info.si_status);
	show(kill(pid, SIGKILL));
	wait_change(pid, "third", WUNTRACED);
	return finish();
}
