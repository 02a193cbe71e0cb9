/*
 * Many processes one after another: `processes fork N` makes N children that end
 * at once and waits for each; `processes exec N` replaces itself N times. What a
 * monitor keeps for each process or program that is gone shows as growth.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fork_many(long count)
{
	for (long i = 0; i < count; i++) {
		int status;
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork %ld", i);
		if (pid == 0)
			_exit((int)(i & 0x7f));
		if (waitpid(pid, &status, 0) != pid)
			err(1, "waitpid %ld", i);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != (i & 0x7f))
			errx(1, "child %ld ended with status %#x", i, (unsigned)status);
	}
}

static void exec_again(char *self, long left)
{
	char text[24];
	char *words[] = { self, "exec", text, NULL };

	snprintf(text, sizeof(text), "%ld", left - 1);
	execv("/proc/self/exe", words);
	err(1, "exec, %ld left", left);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : -1;

	if (count < 0 || (strcmp(argv[1], "fork") != 0 && strcmp(argv[1], "exec") != 0))
		errx(2, "usage: processes fork|exec COUNT");
	if (strcmp(argv[1], "fork") == 0)
		fork_many(count);
	else if (count > 0)
		exec_again(argv[0], count);
	puts("done");
	return 0;
}
