/* Process ids: how they relate to each other, in parent, child and grandchild. */
#include "test.h"
#include <sys/syscall.h>

static void say_own(const char *who)
{
	say("%s: gettid is getpid %d, system calls agree %d\n", who, gettid() == getpid(),
	    syscall(SYS_getpid) == getpid() && syscall(SYS_getppid) == getppid());
	say("%s: getsid(0) is getsid(own) %d, getpgid(0) is getpgrp %d\n", who,
	    getsid(0) == getsid(getpid()), getpgid(0) == getpgrp());
}

int main(void)
{
	pid_t own = getpid(), group = getpgrp(), session = getsid(0), ids[3] = { 0 };
	int ends[2];
	must(pipe(ends) == 0);
	say_own("parent");
	pid_t pid = fork();
	if (pid == 0) {
		say_own("child");
		say("child: parent %d, group %d, session %d, other id %d\n", getppid() == own,
		    getpgrp() == group, getsid(0) == session, getpid() != own);
		pid_t parent = getpid(), grandchild = fork();
		if (grandchild == 0) {
			say("grandchild: parent %d, group of it %d\n", getppid() == parent,
			    getpgid(parent) == group);
			pid_t out[3] = { getpid(), getppid(), parent };
			must(write(ends[1], out, sizeof(out)) == sizeof(out));
			_exit(0);
		}
		wait_and_say("grandchild", grandchild);
		pid_t out[1] = { grandchild };
		must(write(ends[1], out, sizeof(out)) == sizeof(out));
		_exit(0);
	}
	wait_and_say("child", pid);
	must(read(ends[0], ids, sizeof(ids)) == sizeof(ids));
	say("told by the grandchild: child %d %d\n", ids[1] == pid, ids[2] == pid);
	pid_t told = 0;
	must(read(ends[0], &told, sizeof(told)) == sizeof(told));
	say("fork's result is getpid's: %d\n", told == ids[0]);
	say("ids are unlike: %d\n", own != pid && pid != ids[0] && own != ids[0]);
	show(getpgid(pid));
	show(getsid(1 << 30));
	pid_t word = -1;
	say("set_tid_address %d\n", syscall(SYS_set_tid_address, &word) == own);
	return finish();
}
