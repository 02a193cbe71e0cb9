/* O_EXCL, O_TRUNC, O_APPEND, O_TMPFILE, O_DIRECTORY, O_NOFOLLOW, O_PATH, creat, openat2. */
#include "test.h"
#include <linux/openat2.h>
#include <sys/syscall.h>

static void show_tmpfile(void)
{
	char text[8] = "", link_path[64];
	struct stat status;
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	must(fd >= 0);
	show(write(fd, "unnamed", 7));
	must(fstat(fd, &status) == 0);
	say("links %ld, bytes %ld\n", (long)status.st_nlink, (long)status.st_size);
	show(pread(fd, text, 7, 0));
	say("%s\n", text);
	snprintf(link_path, sizeof(link_path), "/proc/self/fd/%d", fd);
	show(linkat(AT_FDCWD, link_path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	say_file("named");
	must(close(fd) == 0);
}

static void show_openat2(void)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };
	show(syscall(SYS_openat2, AT_FDCWD, "../x", &how, sizeof(how)));
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof(how));
	say("openat2 %d\n", fd >= 0);
	how = (struct open_how){ .flags = O_WRONLY | O_CREAT | O_EXCL, .mode = 0600 };
	say("openat2 %d\n", syscall(SYS_openat2, AT_FDCWD, "new", &how, sizeof(how)) >= 0);
	show(syscall(SYS_openat2, AT_FDCWD, "new", &how, sizeof(how)));
	show(syscall(SYS_openat2, AT_FDCWD, "new", &how, 3));
}

int main(void)
{
	char text[64] = "";
	int fd = open("file", O_WRONLY | O_CREAT | O_EXCL, 0600);
	must(fd >= 0);
	show(open("file", O_WRONLY | O_CREAT | O_EXCL, 0600));
	show(write(fd, "0123456789", 10));
	int append = open("file", O_RDWR | O_APPEND);
	show(write(append, "abc", 3));
	show(write(fd, "X", 1));
	show(lseek(append, 0, SEEK_SET));
	show(write(append, "def", 3));
	show(pread(append, text, sizeof(text), 0));
	say("%s\n", text);
	int cut = open("file", O_WRONLY | O_TRUNC);
	show(lseek(fd, 0, SEEK_END));
	show(write(cut, "cut", 3));
	say_file("file");
	show_tmpfile();
	show(symlink("file", "link"));
	show(open("link", O_RDONLY | O_NOFOLLOW));
	show(open("file", O_RDONLY | O_DIRECTORY));
	int path = open("file", O_PATH);
	show(read(path, text, 1));
	struct stat status;
	must(fstat(path, &status) == 0);
	say("bytes %ld\n", (long)status.st_size);
	must(creat("file", 0600) >= 0);
	say_file("file");
	show_openat2();
	return finish();
}
