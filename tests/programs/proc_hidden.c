/* The lines of /proc/self/status in which a monitor might show. */
#include "test.h"

static void say_line(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	if (line)
		say("%.*s\n", (int)strcspn(line, "\n"), line);
	else
		say("%s is not there\n", name);
}

int main(void)
{
	static const char *const names[] = { "TracerPid:",       "NoNewPrivs:", "Seccomp:",
					     "Seccomp_filters:", "SigBlk:",     "SigIgn:",
					     "SigCgt:" };
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	must(n > 0);
	for (size_t i = 0; i < countof(names); i++)
		say_line(text, names[i]);
	fd = open("/proc/self/syscall", O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	if (n > 0)
		say("call %.2s\n", text);
	fd = open("/proc/self/wchan", O_RDONLY);
	must(fd >= 0);
	return finish();
}
