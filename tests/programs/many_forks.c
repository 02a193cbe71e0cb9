/* Three hundred children one after the other, then forty at once. */
#include "test.h"

int main(void)
{
	int sum = 0, status;
	pid_t pids[40];
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (pid == 0)
			_exit(i % 200);
		must(waitpid(pid, &status, 0) == pid);
		sum += WEXITSTATUS(status);
	}
	say("sum %d\n", sum);
	sum = 0;
	for (size_t i = 0; i < countof(pids); i++) {
		pids[i] = fork();
		must(pids[i] >= 0);
		if (pids[i] == 0)
			_exit((int)i);
	}
	for (size_t i = 0; i < countof(pids); i++) {
		must(waitpid(pids[i], &status, 0) == pids[i]);
		sum += WEXITSTATUS(status);
	}
	say("sum %d\n", sum);
	return finish();
}
