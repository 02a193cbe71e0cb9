/* Symbolic and hard links, stat, lstat, fstat, statx, access, statfs: fields that do not vary. */
#include "test.h"
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static void say_stat(const char *path)
{
	struct stat status;
	if (lstat(path, &status) != 0) {
		say("%s: %s\n", path, strerrorname_np(errno));
		return;
	}
	say("%s: mode %o, links %ld, bytes %ld, mine %d\n", path, status.st_mode,
	    S_ISDIR(status.st_mode) ? 0L : (long)status.st_nlink,
	    S_ISDIR(status.st_mode) ? 0L : (long)status.st_size, status.st_uid == geteuid());
}

static void show_statx(void)
{
	struct statx wide;
	show(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &wide));
	say("bytes %llu, links %u, mode %o\n", (unsigned long long)wide.stx_size, wide.stx_nlink,
	    wide.stx_mode);
	show(statx(AT_FDCWD, "soft", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &wide));
	say("link %d\n", S_ISLNK(wide.stx_mode));
	show(statx(AT_FDCWD, "missing", 0, STATX_ALL, &wide));
	show(statx(AT_FDCWD, "file", 0x10000, STATX_ALL, &wide));
}

int main(void)
{
	char text[PATH_MAX] = "";
	struct stat one, two;
	struct statfs system;
	umask(022);
	make_file("file", "twelve bytes");
	show(symlink("file", "soft"));
	show(symlink("nowhere", "dangling"));
	show(symlink("loop2", "loop1"));
	show(symlink("loop1", "loop2"));
	show(link("file", "hard"));
	say_stat("file");
	say_stat("soft");
	say_stat("dangling");
	say_stat(".");
	say_stat("missing");
	say_stat("file/x");
	show(stat("loop1", &one));
	show(stat("dangling", &one));
	must(stat("file", &one) == 0 && stat("hard", &two) == 0);
	say("same inode %d\n", one.st_ino == two.st_ino);
	show(readlink("soft", text, sizeof(text)));
	say("%s\n", text);
	show(readlink("file", text, sizeof(text)));
	show(readlink("soft", text, 2));
	show(access("file", R_OK | W_OK));
	show(access("file", X_OK));
	show(access("missing", F_OK));
	show(faccessat(AT_FDCWD, "soft", F_OK, AT_SYMLINK_NOFOLLOW));
	show_statx();
	show(statfs(".", &system));
	say("block size %d\n", system.f_bsize > 0);
	memset(text, 'n', 300);
	text[300] = 0;
	show(open(text, O_RDONLY));
	memset(text, '/', sizeof(text) - 1);
	show(open(text, O_RDONLY));
	must(stat("/dev/null", &one) == 0);
	say("null %u %u\n", major(one.st_rdev), minor(one.st_rdev));
	say("path %d\n", realpath("soft", text) && strcmp(strrchr(text, '/'), "/file") == 0);
	return finish();
}
