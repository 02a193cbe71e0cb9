/* Zombies are there until waited for; orphans get another parent and still work. */
#include "test.h"
#include <sys/prctl.h>

static void make_orphan(int out)
{
	int gate[2];
	must(pipe(gate) == 0);
	pid_t middle = fork();
	if (middle == 0) {
		pid_t parent = getpid();
		if (fork() == 0) {
			char byte;
			close(gate[1]);
			/* The end of file says that the parent is gone. */
			must(read(gate[0], &byte, 1) == 0);
			while (getppid() == parent)
				usleep(1000);
			must(write(out, "orphan", 6) == 6);
			_exit(0);
		}
		_exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	wait_and_say("middle", middle);
}

int main(void)
{
	int ends[2];
	char text[16] = "";
	must(pipe(ends) == 0);
	pid_t zombie = fork();
	if (zombie == 0)
		_exit(1);
	siginfo_t info;
	must(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT) == 0);
	show(kill(zombie, 0));
	show(kill(zombie, SIGTERM));
	wait_and_say("zombie", zombie);
	show(kill(zombie, 0));
	make_orphan(ends[1]);
	show(read(ends[0], text, 6));
	say("%s\n", text);
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	make_orphan(ends[1]);
	show(read(ends[0], text, 6));
	say("%s\n", text);
	int status;
	must(wait(&status) > 0);
	say_status("adopted", status);
	return finish();
}
