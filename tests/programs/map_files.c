/* /proc/self/map_files: a link for each mapping of a file, which names it. */
#include "test.h"
#include <dirent.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static bool is_named(int dir, const char *name, const char *wanted)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(dir, name, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	return strcmp(strrchr(target, '/'), wanted) == 0;
}

int main(void)
{
	int found = 0, entries = 0;
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, PAGE) == 0);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	strcpy(map, "by the mapping's name");
	DIR *dir = opendir("/proc/self/map_files");
	must(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		entries++;
		if (is_named(dirfd(dir), entry->d_name, "/data"))
			found++;
	}
	say("entries %d, the file %d\n", entries > 5, found);
	must(closedir(dir) == 0);
	return finish();
}
