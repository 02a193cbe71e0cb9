/* A tree of processes: three levels, two children each; statuses travel up. */
#include "test.h"

static int grow(int level, int number)
{
	int sum = number;
	if (level == 3)
		return sum;
	for (int i = 0; i < 2; i++) {
		int status;
		pid_t pid = fork();
		must(pid >= 0);
		if (pid == 0)
			_exit(grow(level + 1, number * 2 + i));
		must(waitpid(pid, &status, 0) == pid);
		must(WIFEXITED(status));
		say("level %d, number %d, child %d: %d\n", level, number, i, WEXITSTATUS(status));
		sum += WEXITSTATUS(status);
	}
	return sum & 0xff;
}

int main(void)
{
	pid_t parallel[4];
	say("sum %d\n", grow(0, 1));
	for (int i = 0; i < 4; i++) {
		parallel[i] = fork();
		must(parallel[i] >= 0);
		if (parallel[i] == 0) {
			for (int j = 0; j < 50; j++)
				getppid();
			_exit(10 + i);
		}
	}
	for (int i = 3; i >= 0; i--)
		wait_and_say("parallel", parallel[i]);
	show(wait(NULL));
	return finish();
}
