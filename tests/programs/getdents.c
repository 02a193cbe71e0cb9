/* Reading directories: a small one sorted, one with 3000 entries, rewinding, types, errors. */
#include "test.h"
#include <dirent.h>
#include <sys/syscall.h>

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
	char *names[64];
	size_t count = 0;
	DIR *folder = opendir(path);
	struct dirent *entry;
	must(folder);
	while ((entry = readdir(folder))) {
		must(count < countof(names));
		must(asprintf(&names[count++], "%s %d", entry->d_name, entry->d_type) > 0);
	}
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count; i++) {
		say("  %s\n", names[i]);
		free(names[i]);
	}
	closedir(folder);
}

static int count_entries(DIR *folder)
{
	int count = 0;
	while (readdir(folder))
		count++;
	return count;
}

int main(void)
{
	char name[64], raw[1024];
	make_file("file", "");
	must(mkdir("folder", 0700) == 0 && symlink("file", "link") == 0);
	must(mkfifo("fifo", 0600) == 0);
	list(".");
	must(mkdir("many", 0700) == 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "many/entry-%d", i);
		must(mknod(name, S_IFREG | 0600, 0) == 0);
	}
	DIR *folder = opendir("many");
	must(folder);
	say("%d entries\n", count_entries(folder));
	rewinddir(folder);
	say("%d entries again\n", count_entries(folder));
	must(dirfd(folder) >= 0 && closedir(folder) == 0);
	int fd = open("file", O_RDONLY);
	show(syscall(SYS_getdents64, fd, raw, sizeof(raw)));
	fd = open("folder", O_RDONLY);
	show(syscall(SYS_getdents64, fd, raw, 3));
	show(syscall(SYS_getdents64, fd, raw, sizeof(raw)) > 0);
	show(syscall(SYS_getdents64, fd, raw, sizeof(raw)));
	show(read(fd, raw, 10));
	must(rmdir("folder") == 0);
	show(lseek(fd, 0, SEEK_SET));
	show(syscall(SYS_getdents64, fd, raw, sizeof(raw)));
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "many/entry-%d", i);
		must(unlink(name) == 0);
	}
	show(rmdir("many"));
	return finish();
}
