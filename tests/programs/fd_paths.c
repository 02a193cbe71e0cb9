/* /proc/self/fd/N and /dev/fd/N: their links, opening them again, standard streams by path. */
#include "test.h"

static void say_link(int fd, const char *folder)
{
	char path[64], link[PATH_MAX] = "", cwd[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%d", folder, fd);
	ssize_t n = readlink(path, link, sizeof(link) - 1);
	must(getcwd(cwd, sizeof(cwd)));
	if (n < 0)
		say("%s: %s\n", path, strerrorname_np(errno));
	else if (strncmp(link, cwd, strlen(cwd)) == 0)
		say("%s: in the directory%s\n", path, link + strlen(cwd));
	else
		say("%s: %.*s\n", path, (int)strcspn(link, "["), link);
}

int main(void)
{
	char text[16] = "";
	int ends[2];
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	make_file("data", "abcdef");
	must(open("data", O_RDONLY) == 3 && open("data", O_RDWR) == 4);
	must(open("/etc/passwd", O_RDONLY) == 5 && pipe(ends) == 0);
	must(open("/dev/zero", O_RDONLY) == 8);
	for (int fd = 3; fd < 10; fd++)
		say_link(fd, "/proc/self/fd");
	say_link(3, "/dev/fd");
	show(read(3, text, 3));
	int again = open("/proc/self/fd/3", O_RDONLY);
	show(read(again, text, 2));
	say("%s\n", text);
	again = open("/dev/fd/4", O_WRONLY | O_APPEND);
	show(write(again, "XYZ", 3));
	say_file("data");
	again = open("/proc/self/fd/6", O_RDONLY | O_NONBLOCK);
	show(write(7, "piped", 5));
	show(read(again, text, 5));
	say("%s\n", text);
	must(unlink("data") == 0);
	say_link(4, "/proc/self/fd");
	again = open("/proc/self/fd/4", O_RDONLY);
	memset(text, 0, sizeof(text));
	show(read(again, text, sizeof(text) - 1));
	say("%s\n", text);
	int out = open("/dev/stdout", O_WRONLY | O_APPEND);
	must(out >= 0 && write(out, "by /dev/stdout\n", 15) == 15);
	int in = open("/dev/stdin", O_RDONLY);
	must(in >= 0);
	show(read(in, text, 1));
	show(open("/proc/self/fd/30", O_RDONLY));
	struct stat one, two;
	must(fstat(4, &one) == 0 && stat("/proc/self/fd/4", &two) == 0);
	say("same inode %d\n", one.st_ino == two.st_ino && one.st_dev == two.st_dev);
	return finish();
}
