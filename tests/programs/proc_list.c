/*
 * The list of all processes: there is one of each of the program's, whatever
 * the size of the buffer that it is read into.
 */
#include "test.h"
#include <ctype.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static char own_name[16];

/* Is the process with this number one that bears our name? */
static bool is_ours(const char *number)
{
	char path[300], name[32] = "";
	snprintf(path, sizeof(path), "/proc/%s/comm", number);
	FILE *file = fopen(path, "r");
	if (!file)
		return false; /* ended meanwhile */
	bool read = fgets(name, sizeof(name), file) != NULL;
	fclose(file);
	name[strcspn(name, "\n")] = 0;
	return read && strcmp(name, own_name) == 0;
}

/* How many of ours there are, and whether the caller is among them; by getdents64, or getdents. */
static void count(long nr, size_t room)
{
	size_t name_at = nr == SYS_getdents ? 18 : 19;
	char entries[32768], self[16];
	int ours = 0, selves = 0;
	long got;
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);
	must(fd >= 0);
	snprintf(self, sizeof(self), "%d", getpid());
	while ((got = syscall(nr, fd, entries, room)) > 0) {
		unsigned short length;
		for (long at = 0; at < got; at += length) {
			const char *name = entries + at + name_at;
			memcpy(&length, entries + at + 16, sizeof(length));
			must(length > 0);
			ours += isdigit((unsigned char)*name) && is_ours(name);
			selves += strcmp(name, self) == 0;
		}
	}
	must(got == 0 && close(fd) == 0);
	say("ours %d, this one %d\n", ours, selves);
}

int main(void)
{
	int ends[2];
	char byte;
	snprintf(own_name, sizeof(own_name), "list-%d", getpid());
	must(prctl(PR_SET_NAME, own_name) == 0 && pipe(ends) == 0);
	count(SYS_getdents64, 32768);
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	count(SYS_getdents64, 32768);
	count(SYS_getdents64, 300);
	count(SYS_getdents64, 48);
	count(SYS_getdents, 32768);
	count(SYS_getdents, 48);
	must(close(ends[1]) == 0);
	wait_and_say("child", child);
	count(SYS_getdents64, 32768);
	return finish();
}
