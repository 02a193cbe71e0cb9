/* What /proc/self says of the process: maps, status, stat, exe, cmdline, environ, fd, cwd. */
#include "test.h"
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char text[1 << 20];

static size_t read_whole(const char *path)
{
	size_t length = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	must(n == 0);
	text[length] = 0;
	must(close(fd) == 0);
	return length;
}

/* As other C libraries read, and as cat does where it can. */
static void show_other_ways(void)
{
	char first[8] = "", rest[64] = "", same[72] = "";
	struct iovec parts[2] = { { first, sizeof(first) - 1 }, { rest, sizeof(rest) - 1 } };
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	must(fd >= 0);
	show(readv(fd, parts, 2));
	show(preadv(fd, &(struct iovec){ same, 70 }, 1, 0));
	say("%s, the same %d\n", first,
	    memcmp(same, first, 7) == 0 && memcmp(same + 7, rest, 63) == 0);
	show(readv(fd, parts, 1));
	say("sent %d\n", sendfile(99, fd, NULL, 10) < 0);
	must(close(fd) == 0);
}

static bool is_mapped(uintptr_t address)
{
	unsigned long low, high;
	for (char *line = text; line && *line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (sscanf(line, "%lx-%lx", &low, &high) == 2 && address >= low && address < high)
			return true;
	}
	return false;
}

static void show_maps(const char *path)
{
	int local;
	void *block = malloc(10);
	must(read_whole(path) > 0);
	say("%s: code %d, stack %d, heap %d, data %d, zero %d\n", path,
	    is_mapped((uintptr_t)show_maps), is_mapped((uintptr_t)&local),
	    is_mapped((uintptr_t)block), is_mapped((uintptr_t)text), is_mapped(0));
	free(block);
}

static void show_status(void)
{
	int pid = 0, parent = 0, tracer = -1, threads = 0;
	must(read_whole("/proc/self/status") > 0);
	const char *line = strstr(text, "\nPid:");
	must(line && sscanf(line, "\nPid: %d", &pid) == 1);
	line = strstr(text, "\nPPid:");
	must(line && sscanf(line, "\nPPid: %d", &parent) == 1);
	line = strstr(text, "\nTracerPid:");
	must(line && sscanf(line, "\nTracerPid: %d", &tracer) == 1);
	line = strstr(text, "\nThreads:");
	must(line && sscanf(line, "\nThreads: %d", &threads) == 1);
	say("status: pid %d, parent %d, tracer %d, threads %d\n", pid == getpid(),
	    parent == getppid(), tracer, threads);
	int parent_in_stat = 0, group = 0, session = 0;
	char state = 0;
	must(read_whole("/proc/self/stat") > 0);
	must(sscanf(text, "%d %*s %c %d %d %d", &pid, &state, &parent_in_stat, &group, &session) ==
	     5);
	say("stat: pid %d, state %c, parent %d, group %d, session %d\n", pid == getpid(), state,
	    parent_in_stat == getppid(), group == getpgrp(), session == getsid(0));
}

static void show_links(const char *program)
{
	char link[PATH_MAX], wanted[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	must(n > 0);
	link[n] = 0;
	say("exe: %d\n", realpath(program, wanted) && strcmp(link, wanted) == 0);
	n = readlink("/proc/self/cwd", link, sizeof(link) - 1);
	must(n > 0 && getcwd(wanted, sizeof(wanted)));
	link[n] = 0;
	say("cwd: %d\n", strcmp(link, wanted) == 0);
	n = readlink("/proc/self", link, sizeof(link) - 1);
	must(n > 0);
	link[n] = 0;
	say("/proc/self is the pid: %d\n", atoi(link) == getpid());
	must(realpath("/proc/self/exe", link) && realpath(program, wanted));
	say("realpath of exe: %d\n", strcmp(link, wanted) == 0);
}

static void show_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int seen[64] = { 0 };
	must(folder);
	while ((entry = readdir(folder))) {
		int number = atoi(entry->d_name);
		if (entry->d_name[0] != '.' && number < 64)
			seen[number] = 1;
	}
	say("fd:");
	for (int fd = 0; fd < 64; fd++) {
		if (seen[fd])
			say(" %d", fd);
	}
	say("\n");
	closedir(folder);
}

/* What it comes to differs from run to run, and not between variants. */
static void sum_figures(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	unsigned long sum = 0;

	must(null >= 0 && read_whole("/proc/self/smaps") > 0);
	for (const char *at = text; (at = strstr(at, "\nPrivate_Dirty:")); at++)
		sum += strtoul(at + strlen("\nPrivate_Dirty:"), NULL, 10);
	dprintf(null, "%lu kB", sum);
	say("Private_Dirty: %d\n", sum > 0);
	close(null);
}

int main(int argc, char **argv)
{
	char path[64];
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	show_maps("/proc/self/maps");
	show_maps("/proc/self/smaps");
	sum_figures();
	show_status();
	show_links(argv[0]);
	show_fds();
	size_t length = read_whole("/proc/self/cmdline");
	say("cmdline: %d\n", length > strlen(argv[0]) && strcmp(text, argv[0]) == 0);
	read_whole("/proc/self/environ");
	say("environ: %d\n", strncmp(text, environ[0], strlen(environ[0])) == 0);
	must(read_whole("/proc/self/comm") > 0);
	say("comm: %s", text);
	snprintf(path, sizeof(path), "/proc/%d/status", getpid());
	must(read_whole(path) > 0);
	say("by number: %d\n", strstr(text, "\nTracerPid:\t0\n") != NULL);
	must(read_whole("/proc/thread-self/comm") > 0);
	say("thread-self: %s", text);
	length = read_whole("/proc/self/auxv");
	say("auxv has the page size: %d\n",
	    length >= 32 && memmem(text, length, (unsigned long[]){ AT_PAGESZ, 4096 }, 16) != NULL);
	must(read_whole("/proc/self/limits") > 0 && read_whole("/proc/self/mountinfo") > 0);
	show_other_ways();
	return finish();
}
