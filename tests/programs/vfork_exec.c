/* vfork: the child runs in the parent's memory until it execs or exits. */
#include "test.h"

static volatile int written;

static void vfork_and_exit(void)
{
	pid_t pid = vfork();
	if (pid == 0) {
		written = 42;
		_exit(7);
	}
	say("the child wrote %d\n", written);
	wait_and_say("exits", pid);
}

static void vfork_and_exec(const char *path)
{
	volatile int error = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		execl(path, "echo", "executed", path, (char *)NULL);
		error = errno;
		_exit(127);
	}
	wait_and_say(path, pid);
	say("error %s\n", strerrorname_np(error));
}

int main(void)
{
	vfork_and_exit();
	vfork_and_exec("/bin/echo");
	vfork_and_exec("/missing/echo");
	int ends[2];
	must(pipe(ends) == 0);
	for (int i = 0; i < 5; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			dup2(ends[1], STDOUT_FILENO);
			execl("/bin/echo", "echo", "x", (char *)NULL);
			_exit(1);
		}
		wait_and_say("to the pipe", pid);
	}
	char text[32] = "";
	show(read(ends[0], text, sizeof(text) - 1));
	say("%s", text);
	return finish();
}
