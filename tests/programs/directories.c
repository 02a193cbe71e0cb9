/* getcwd, chdir, fchdir, relative opens, the *at calls with a directory descriptor. */
#include "test.h"

static void say_cwd(const char *top)
{
	char cwd[PATH_MAX];
	must(getcwd(cwd, sizeof(cwd)));
	say("now in <top>%s\n", strncmp(cwd, top, strlen(top)) == 0 ? cwd + strlen(top) : cwd);
}

static void show_at_calls(int dir)
{
	struct stat status;
	show(mkdirat(dir, "sub", 0750));
	int fd = openat(dir, "sub/file", O_WRONLY | O_CREAT | O_EXCL, 0600);
	must(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
	show(fstatat(dir, "sub/file", &status, 0));
	say("bytes %ld\n", (long)status.st_size);
	show(faccessat(dir, "sub/file", R_OK, 0));
	show(symlinkat("file", dir, "sub/link"));
	char link[16] = "";
	show(readlinkat(dir, "sub/link", link, sizeof(link)));
	say("%s\n", link);
	show(linkat(dir, "sub/file", dir, "sub/hard", 0));
	show(renameat(dir, "sub/hard", dir, "sub/moved"));
	show(fchmodat(dir, "sub/moved", 0640, 0));
	show(unlinkat(dir, "sub/moved", 0));
	show(unlinkat(dir, "sub/link", 0));
	show(unlinkat(dir, "sub/file", 0));
	show(unlinkat(dir, "sub", AT_REMOVEDIR));
	show(openat(dir, "missing", O_RDONLY));
	show(openat(99, "missing", O_RDONLY));
	show(fstatat(dir, "", &status, AT_EMPTY_PATH));
}

int main(void)
{
	char top[PATH_MAX], small[3];
	must(getcwd(top, sizeof(top)));
	must(mkdir("one", 0755) == 0 && mkdir("one/two", 0755) == 0);
	int dir = open("one", O_RDONLY | O_DIRECTORY);
	int path_only = open("one/two", O_PATH | O_DIRECTORY);
	must(dir >= 0 && path_only >= 0);
	show(chdir("one/two"));
	say_cwd(top);
	make_file("here", "relative");
	show(chdir(".."));
	say_file("two/here");
	show(fchdir(path_only));
	say_cwd(top);
	show(fchdir(dir));
	say_cwd(top);
	show(chdir("missing"));
	show(chdir("two/here"));
	show(fchdir(99));
	show(getcwd(small, sizeof(small)) == NULL);
	pid_t pid = fork();
	if (pid == 0) {
		must(chdir("two") == 0);
		say_cwd(top);
		_exit(0);
	}
	wait_and_say("child", pid);
	say_cwd(top);
	show(chdir(top));
	show_at_calls(dir);
	show_at_calls(path_only);
	must(mkdir("gone", 0700) == 0 && chdir("gone") == 0 && rmdir("../gone") == 0);
	show(getcwd(top, sizeof(top)) == NULL);
	show(open("x", O_WRONLY | O_CREAT, 0600));
	return finish();
}
