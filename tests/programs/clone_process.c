/* clone and clone3 without CLONE_THREAD: exit signal, ids written to memory, shared tables. */
#include "test.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static pid_t written_by_parent, written_by_child;

static int run_child(void *argument)
{
	const char *what = argument;
	if (strcmp(what, "files") == 0)
		return close(9) == 0 ? 5 : 6;
	if (strcmp(what, "directory") == 0)
		return chdir("folder") == 0 ? 7 : 8;
	if (strcmp(what, "ids") == 0)
		return written_by_child == getpid() ? 9 : 10;
	return 11;
}

static void clone_with(const char *what, int flags)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = clone(run_child, stack + sizeof(stack), flags, (void *)(uintptr_t)what,
			  &written_by_parent, NULL, &written_by_child);
	must(pid > 0);
	if (flags & CLONE_PARENT_SETTID)
		say("parent's word is the child's id: %d\n", written_by_parent == pid);
	int status;
	must(waitpid(pid, &status, __WALL) == pid);
	say_status(what, status);
}

static void clone3_with_pidfd(void)
{
	int pidfd = -1;
	struct clone_args arguments = {
		.flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
		.pidfd = (uintptr_t)&pidfd,
		.parent_tid = (uintptr_t)&written_by_parent,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0)
		_exit(12);
	must(pid > 0);
	say("pidfd %d, word %d, cloexec %d\n", pidfd, written_by_parent == pid,
	    fcntl(pidfd, F_GETFD));
	wait_and_say("clone3", pid);
}

static volatile sig_atomic_t ends;

static void count_end(int signo)
{
	(void)signo;
	ends++;
}

/* In one variant as in all: the program hears of each child once. */
static void count_signals(void)
{
	must(signal(SIGUSR1, count_end) != SIG_ERR);
	for (int i = 0; i < 5; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0);
		if (pid == 0)
			_exit(i);
		int status;
		while (waitpid(pid, &status, __WALL) < 0)
			must(errno == EINTR);
		say("status %d, signals %d\n", WEXITSTATUS(status), (int)ends);
	}
}

int main(void)
{
	char folder[PATH_MAX];
	for (int fd = 3; fd < 16; fd++)
		close(fd);
	must(mkdir("folder", 0700) == 0 && dup2(0, 9) == 9);
	clone_with("plain", SIGCHLD);
	clone_with("ids", CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD);
	clone_with("files", CLONE_FILES | SIGCHLD);
	show(fcntl(9, F_GETFD));
	clone_with("directory", CLONE_FS | SIGCHLD);
	must(getcwd(folder, sizeof(folder)));
	say("directory ends with /folder: %d\n", strcmp(strrchr(folder, '/'), "/folder") == 0);
	clone_with("memory", CLONE_VM | CLONE_VFORK | SIGCHLD);
	clone_with("no signal", 0);
	clone_with("other signal", SIGUSR1 * 0 + SIGURG);
	clone3_with_pidfd();
	count_signals();
	return finish();
}
