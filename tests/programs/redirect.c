/* Standard streams moved by dup2, for itself and for a child, and put back. */
#include "test.h"

int main(void)
{
	char text[32] = "";
	make_file("in", "from a file\n");
	int saved_out = dup(STDOUT_FILENO), saved_in = dup(STDIN_FILENO);
	int out = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int in = open("in", O_RDONLY);
	must(saved_out >= 0 && saved_in >= 0 && out >= 0 && in >= 0);
	must(dup2(out, STDOUT_FILENO) == STDOUT_FILENO);
	must(close(out) == 0);
	say("into the file\n");
	pid_t pid = fork();
	if (pid == 0) {
		say("a child, into the file\n");
		execl("/bin/echo", "echo", "an executed child", (char *)NULL);
		_exit(1);
	}
	must(waitpid(pid, NULL, 0) == pid);
	must(dup2(in, STDIN_FILENO) == STDIN_FILENO);
	must(read(STDIN_FILENO, text, sizeof(text) - 1) > 0);
	must(dup2(saved_out, STDOUT_FILENO) == STDOUT_FILENO);
	must(dup2(saved_in, STDIN_FILENO) == STDIN_FILENO);
	say("read %s", text);
	say_file("out");
	say("back\n");
	must(dup2(STDERR_FILENO, 20) == 20);
	must(write(20, "to standard error by another number\n", 36) == 36);
	must(dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO);
	must(write(STDERR_FILENO, "standard error is standard output\n", 34) == 34);
	return finish();
}
