/* A file used after its name is gone; rename, renameat2, link and unlink and their errors. */
#include "test.h"

int main(void)
{
	char text[16] = "";
	struct stat status;
	int fd = open("temporary", O_RDWR | O_CREAT | O_EXCL, 0600);
	must(fd >= 0);
	show(unlink("temporary"));
	show(write(fd, "still here", 10));
	show(pread(fd, text, 10, 0));
	say("%s\n", text);
	must(fstat(fd, &status) == 0);
	say("links %ld\n", (long)status.st_nlink);
	show(access("temporary", F_OK));
	make_file("one", "1");
	make_file("two", "2");
	int one = open("one", O_RDWR);
	show(rename("one", "two"));
	show(access("one", F_OK));
	say_file("two");
	show(write(one, "one", 3));
	say_file("two");
	make_file("other", "other");
	show(renameat2(AT_FDCWD, "two", AT_FDCWD, "other", RENAME_NOREPLACE));
	show(renameat2(AT_FDCWD, "two", AT_FDCWD, "other", RENAME_EXCHANGE));
	say_file("two");
	show(rename("missing", "x"));
	show(mkdir("folder", 0700));
	show(rename("two", "folder"));
	show(rename("two", "folder/two"));
	show(rmdir("folder"));
	show(link("other", "linked"));
	show(link("other", "linked"));
	must(stat("other", &status) == 0);
	say("links %ld\n", (long)status.st_nlink);
	show(unlink("other"));
	show(unlink("other"));
	show(unlink("folder"));
	show(unlinkat(AT_FDCWD, "folder", 0));
	show(rmdir("missing"));
	return finish();
}
