/* wait, waitpid, wait4, waitid with their options and errors. */
#include "test.h"
#include <sys/resource.h>

static pid_t start(int status, int gate)
{
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		char byte;
		if (gate >= 0 && read(gate, &byte, 1) != 1)
			_exit(99);
		_exit(status);
	}
	return pid;
}

static void show_waitid(void)
{
	siginfo_t info = { 0 };
	pid_t pid = start(17, -1);
	show(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	say("pid %d, signo %d, code %d, status %d\n", info.si_pid == pid, info.si_signo,
	    info.si_code, info.si_status);
	memset(&info, 0, sizeof(info));
	show(waitid(P_ALL, 0, &info, WEXITED));
	say("pid %d, status %d\n", info.si_pid == pid, info.si_status);
	memset(&info, 1, sizeof(info));
	show(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
	pid = start(1, -1);
	show(waitid(P_PGID, (id_t)getpgrp(), NULL, WEXITED));
	show(waitid(P_ALL, 0, &info, 0));
}

int main(void)
{
	int gate[2], status = 0;
	struct rusage usage;
	must(pipe(gate) == 0);
	show(wait(&status));
	pid_t pid = start(3, gate[0]);
	show(waitpid(pid, &status, WNOHANG));
	siginfo_t info = { .si_pid = 77 };
	show(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
	say("si_pid %d\n", info.si_pid);
	must(write(gate[1], "x", 1) == 1);
	say("same %d\n", waitpid(-1, &status, 0) == pid);
	say_status("first", status);
	pid = start(4, -1);
	say("same %d\n", wait4(pid, &status, 0, &usage) == pid);
	say_status("wait4", status);
	pid = start(5, -1);
	say("same %d\n", waitpid(0, &status, 0) == pid);
	say_status("group 0", status);
	pid = start(6, -1);
	say("same %d\n", waitpid(-getpgrp(), &status, 0) == pid);
	say_status("own group", status);
	pid = start(7, -1);
	say("same %d\n", wait(NULL) == pid);
	show(waitpid(pid, NULL, 0));
	show(waitpid(getpid(), NULL, 0));
	show(waitpid(-1, NULL, 0x10000));
	show_waitid();
	return finish();
}
