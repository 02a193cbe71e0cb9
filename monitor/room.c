/* Reads the limits on tasks, and how many of them are used, from the kernel's files. */
#include "monitor/room.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static uint64_t threads_of(const char *pid)
{
	char path[64], line[256];
	cleanup_file FILE *file = NULL;
	unsigned long threads = 0;

	snprintf(path, sizeof(path), "/proc/%.16s/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Threads: %lu", &threads) == 1)
			break;
	return threads;
}

/* Tasks of our real user, as the kernel counts them against the limit. */
static uint64_t tasks_of_user(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint64_t count = 0;

	while (dir && (entry = readdir(dir))) {
		struct stat st;
		char path[64];

		snprintf(path, sizeof(path), "/proc/%.16s", entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]) && stat(path, &st) == 0 &&
		    st.st_uid == getuid())
			count += threads_of(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return count;
}

static void room_narrow(struct room *room, uint64_t most, uint64_t used, const char *limit)
{
	uint64_t left = most > used ? most - used : 0;

	if (left >= room->tasks)
		return;
	room->tasks = left;
	snprintf(room->limit, sizeof(room->limit), "%s (%llu, %llu of them in use)", limit,
		 (unsigned long long)most, (unsigned long long)used);
}

static int read_number(const char *folder, const char *name, uint64_t *value)
{
	char path[LIMIT_PATH_BYTES];
	cleanup_file FILE *file = NULL;
	unsigned long long number;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu", &number) != 1)
		return -1; /* "max" is no number, and no limit */
	*value = number;
	return 0;
}

/* Ours and those it is in. */
static void room_in_groups(struct room *room, char *folder)
{
	uint64_t most, used;

	while (strlen(folder) >= strlen(CGROUP_ROOT)) {
		if (read_number(folder, "pids.max", &most) == 0 &&
		    read_number(folder, "pids.current", &used) == 0)
			room_narrow(room, most, used, "pids.max of the control group");
		*strrchr(folder, '/') = 0;
	}
}

void room_find(struct room *room)
{
	char line[LIMIT_PATH_BYTES], folder[LIMIT_PATH_BYTES + 64];
	cleanup_file FILE *file = fopen("/proc/self/cgroup", "re");
	struct rlimit limit;

	*room = (struct room){ .tasks = UINT64_MAX };
	if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY)
		room_narrow(room, limit.rlim_cur, tasks_of_user(), "ulimit -u");
	while (file && fgets(line, sizeof(line), file)) {
		char *path = strrchr(line, ':');
		bool unified = strncmp(line, "0::", 3) == 0;

		line[strcspn(line, "\n")] = 0;
		if (!path || (!unified && !strstr(line, ":pids:")))
			continue;
		snprintf(folder, sizeof(folder), CGROUP_ROOT "%s%s", unified ? "" : "/pids",
			 path + 1);
		room_in_groups(room, folder);
	}
}
