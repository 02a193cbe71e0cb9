/* /proc/PID of a child and of a parent by the numbers the program knows. */
#include "test.h"

static int read_parent_of(pid_t pid)
{
	char path[64], text[512];
	int parent = -1;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	must(sscanf(text, "%*d %*s %*c %d", &parent) == 1);
	return parent;
}

static void say_state(const char *when, int fd)
{
	char text[512], state;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0) {
		say("%s: %s\n", when, strerrorname_np(errno));
		return;
	}
	text[n] = 0;
	must(n > 0 && sscanf(text, "%*d %*s %c", &state) == 1);
	say("%s: %c\n", when, state);
}

/* Its file was opened before, and stays open. */
static void show_end(void)
{
	char path[64];
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(pid > 0 && fd >= 0 && kill(pid, SIGKILL) == 0);
	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	say_state("ended", fd);
	wait_and_say("child", pid);
	say_state("forgotten", fd);
	must(close(fd) == 0);
}

int main(void)
{
	char path[64], link[PATH_MAX];
	int gate[2];
	must(pipe(gate) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		close(gate[1]);
		must(read(gate[0], &byte, 1) == 0);
		say("child sees its parent %d\n", read_parent_of(getpid()) == getppid());
		_exit(read_parent_of(getppid()) > 0 ? 0 : 1);
	}
	say("the child's parent is this process %d\n", read_parent_of(pid) == getpid());
	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	ssize_t n = readlink(path, link, sizeof(link) - 1);
	must(n > 0);
	link[n] = 0;
	say("its standard input: %s\n", link);
	close(gate[1]);
	wait_and_say("child", pid);
	say("gone %s\n", strerrorname_np(-read_parent_of(pid)));
	show_end();
	return finish();
}
