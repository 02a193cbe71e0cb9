/* exec that fails leaves the process as it was: ENOENT, EACCES, ENOEXEC, ENOTDIR, E2BIG ... */
#include "test.h"

static void try_exec(const char *path)
{
	char *arguments[] = { "x", NULL };
	execv(path, arguments);
	say("%s: %s\n", path, strerrorname_np(errno));
}

int main(void)
{
	make_file("text", "not a program\n");
	make_file("plain", "not executable\n");
	make_file("empty", "");
	make_file("short", "\177ELF");
	make_file("lost", "#!/missing/interpreter\n");
	make_file("bare", "#!\n");
	must(chmod("text", 0755) == 0 && chmod("empty", 0755) == 0 && chmod("short", 0755) == 0);
	must(chmod("lost", 0755) == 0 && chmod("bare", 0755) == 0);
	must(symlink("loop", "loop") == 0);
	try_exec("missing");
	try_exec("plain");
	try_exec("text");
	try_exec("empty");
	try_exec("short");
	try_exec("lost");
	try_exec("bare");
	try_exec(".");
	try_exec("text/x");
	try_exec("loop");
	try_exec("");
	char *arguments[] = { "x", NULL };
	show(execve("/bin/true", (char **)bad_address(), NULL));
	show(execve((char *)bad_address(), arguments, NULL));
	static char *many[70000];
	static char big[100];
	memset(big, 'b', sizeof(big) - 1);
	for (size_t i = 0; i + 1 < countof(many); i++)
		many[i] = big;
	show(execv("/bin/true", many));
	int held = open("held", O_WRONLY | O_CREAT, 0755);
	must(held >= 0 && write(held, "#!/bin/true\n", 12) == 12);
	try_exec("held");
	say("alive, descriptors as before: %d\n", fcntl(held, F_GETFD) == 0);
	return finish();
}
