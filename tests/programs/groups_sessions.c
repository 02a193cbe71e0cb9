/* setpgid, setsid, getpgid, getsid, setpgrp between parent and children. */
#include "test.h"

static void in_session(void)
{
	pid_t sid = setsid();
	say("setsid is getpid %d, group %d, session %d\n", sid == getpid(), getpgrp() == getpid(),
	    getsid(0) == getpid());
	show(setsid());
	show(setpgid(0, 0));
	show(open("/dev/tty", O_RDWR));
	pid_t pid = fork();
	if (pid == 0) {
		say("child in the session %d, leads a group %d\n", getsid(0) == getppid(),
		    getpgrp() == getpid());
		show(setpgid(0, 0));
		say("leads a group %d\n", getpgrp() == getpid());
		show(setsid());
		_exit(0);
	}
	wait_and_say("in session", pid);
}

int main(void)
{
	int gate[2], ready[2];
	char byte = 0;
	must(pipe(gate) == 0 && pipe(ready) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		in_session();
		_exit(0);
	}
	wait_and_say("session", pid);
	pid_t first = fork();
	if (first == 0) {
		must(read(gate[0], &byte, 1) == 1);
		say("parent made me a leader %d\n", getpgrp() == getpid());
		must(write(ready[1], &byte, 1) == 1);
		must(read(gate[0], &byte, 1) == 1);
		_exit(0);
	}
	show(setpgid(first, first));
	say("getpgid %d\n", getpgid(first) == first);
	must(write(gate[1], &byte, 1) == 1);
	must(read(ready[0], &byte, 1) == 1);
	pid_t second = fork();
	if (second == 0) {
		show(setpgid(0, first));
		say("joined %d\n", getpgrp() == first);
		must(write(gate[1], &byte, 1) == 1);
		_exit(3);
	}
	int status;
	say("waited by group %d\n", waitpid(-first, &status, 0) > 0);
	say("waited by group %d\n", waitpid(-first, &status, 0) > 0);
	show(waitpid(-first, &status, 0));
	show(setpgid(1, 1));
	show(setpgid(0, -1));
	show(getpgid(first));
	return finish();
}
