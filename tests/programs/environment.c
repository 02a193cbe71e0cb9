/* The environment arrives as given, can be changed, and is passed on. */
#include "test.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	char *names[256];
	size_t count = 0;
	for (char **name = environ; *name; name++) {
		must(count < countof(names));
		names[count++] = *name;
	}
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(names[i], "OLDPWD=", 7) != 0 && strncmp(names[i], "_=", 2) != 0)
			say("%s\n", names[i]);
	}
	say("%d arguments\n", argc);
	for (int i = 1; i < argc; i++)
		say("\"%s\"\n", argv[i]);
	must(setenv("ADDED", "by the program", 1) == 0 && unsetenv("TZ") == 0);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "echo \"$ADDED, ${TZ-no TZ}, $LANG\"", (char *)NULL);
		_exit(1);
	}
	wait_and_say("sh", pid);
	return finish();
}
