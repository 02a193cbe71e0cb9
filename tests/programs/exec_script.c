/* Scripts: #! with and without an argument, an interpreter that is a script, exec of each. */
#include "test.h"

static int report(int argc, char **argv)
{
	say("interpreter with %d arguments\n", argc);
	for (int i = 1; i < argc; i++)
		say("  \"%s\"\n", i == argc - 1 || argv[i][0] != '/' ? argv[i] : "a path");
	return 31;
}

static void make_script(const char *path, const char *interpreter, const char *rest)
{
	char text[PATH_MAX + 100];
	snprintf(text, sizeof(text), "#!%s%s\necho in the script: \"$@\"\nexit 9\n", interpreter,
		 rest);
	make_file(path, text);
	must(chmod(path, 0755) == 0);
}

static void run(const char *path)
{
	char *arguments[] = { "zero", "one", "two words", NULL };
	pid_t pid = fork();
	if (pid == 0) {
		execv(path, arguments);
		say("%s: %s\n", path, strerrorname_np(errno));
		_exit(1);
	}
	wait_and_say(path, pid);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argc, argv);
	make_script("./shell", "/bin/sh", "");
	make_script("./option", "/bin/sh", " -x");
	make_script("./own", argv[0], "");
	make_script("./own_argument", argv[0], "   one argument, spaces and all  ");
	make_script("./nested", "./own", "");
	make_script("./deep1", "./nested", "");
	make_script("./loop", "./loop", "");
	run("./shell");
	run("./own");
	run("./own_argument");
	run("./nested");
	run("./deep1");
	run("./loop");
	must(dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO);
	run("./option");
	return finish();
}
