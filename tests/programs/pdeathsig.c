/* PR_SET_PDEATHSIG: the child gets its signal when its parent ends. */
#include "test.h"
#include <sys/prctl.h>

int main(void)
{
	int ends[2], gate[2];
	char text[8] = "";
	must(pipe(ends) == 0 && pipe(gate) == 0);
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pid_t middle = fork();
	if (middle == 0) {
		if (fork() == 0) {
			must(prctl(PR_SET_PDEATHSIG, SIGTERM) == 0);
			must(write(gate[1], "g", 1) == 1);
			for (;;)
				pause();
		}
		must(read(gate[0], text, 1) == 1);
		_exit(0);
	}
	int status, count = 0;
	while (wait(&status) > 0) {
		count++;
		if (WIFSIGNALED(status))
			say_status("grandchild", status);
	}
	say("%d ended\n", count);
	return finish();
}
