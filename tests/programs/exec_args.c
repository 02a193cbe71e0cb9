/* execve, execveat, fexecve: arguments and environment arrive whole, in the same process. */
#include "test.h"

static char parent_text[32];
static char *small_environment[] = { "EMPTY=", "A=b=c", parent_text, NULL };

static int report(int argc, char **argv)
{
	say("%d arguments\n", argc);
	for (int i = 1; i < argc; i++)
		say("  %d: %zu bytes \"%.100s\"\n", i, strlen(argv[i]), argv[i]);
	for (char **name = environ; *name; name++) {
		if (strncmp(*name, "PARENT=", 7) != 0)
			say("  environment %s\n", *name);
	}
	say("child of the caller %d\n", atoi(getenv("PARENT")) == getppid());
	return 23;
}

enum way { WAY_EXECVE, WAY_FEXECVE, WAY_EXECVEAT, WAY_NO_ARGUMENTS };

static void execute(enum way way, const char *path, int fd)
{
	static char huge[100000];
	memset(huge, 'h', sizeof(huge) - 1);
	char *arguments[] = { "name", "", "two words", "\xff\x01\n", huge, NULL };
	char *none[] = { NULL };
	switch (way) {
	case WAY_EXECVE: execve(path, arguments, small_environment); break;
	case WAY_FEXECVE: fexecve(fd, arguments, small_environment); break;
	case WAY_EXECVEAT: execveat(fd, "", arguments, small_environment, AT_EMPTY_PATH); break;
	case WAY_NO_ARGUMENTS: execve(path, none, small_environment); break;
	}
	_exit(1);
}

int main(int argc, char **argv)
{
	if (getenv("PARENT"))
		return report(argc, argv);
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	snprintf(parent_text, sizeof(parent_text), "PARENT=%d", getpid());
	for (enum way way = WAY_EXECVE; way <= WAY_NO_ARGUMENTS; way++) {
		pid_t pid = fork();
		if (pid == 0)
			execute(way, argv[0], fd);
		wait_and_say("child", pid);
	}
	return finish();
}
