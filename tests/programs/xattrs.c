/* Extended attributes by path, by link and by descriptor. */
#include "test.h"
#include <sys/xattr.h>

/* The names, in the order of their bytes: the kernel's order is its own. */
static int names_in(const char *list, ssize_t length)
{
	int found = 0;

	for (const char *name = list; name < list + length; name += strlen(name) + 1)
		found += strncmp(name, "user.mvx", 8) == 0;
	return found;
}

int main(void)
{
	char value[32] = "", list[1024];

	make_file("data", "x");
	must(symlink("data", "link") == 0);
	int fd = open("data", O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	if (setxattr("data", "user.mvx1", "one", 3, XATTR_CREATE) < 0) {
		say("no attributes here\n");
		return 77;
	}
	show(setxattr("data", "user.mvx1", "one", 3, XATTR_CREATE));
	show(fsetxattr(fd, "user.mvx2", "second", 6, 0));
	show(lsetxattr("link", "user.mvx3", "x", 1, 0));
	show(getxattr("link", "user.mvx1", value, sizeof(value)));
	say("%s\n", value);
	show(fgetxattr(fd, "user.mvx2", value, sizeof(value)));
	say("%s\n", value);
	show(lgetxattr("data", "user.mvx2", NULL, 0));
	show(lgetxattr("data", "user.mvx2", value, 2));
	say("names %d\n", names_in(list, listxattr("data", list, sizeof(list))));
	say("names %d\n", names_in(list, flistxattr(fd, list, sizeof(list))));
	say("names %d\n", names_in(list, llistxattr("data", list, sizeof(list))));
	show(listxattr("data", list, 1));
	show(fremovexattr(fd, "user.mvx2"));
	show(removexattr("link", "user.mvx1"));
	show(lremovexattr("data", "user.mvx1"));
	show(lremovexattr("link", "user.mvx3"));
	show(getxattr("data", "user.mvx1", value, sizeof(value)));
	show(fgetxattr(99, "user.mvx1", value, sizeof(value)));
	show(setxattr("data", "user.mvx1", bad_address(), 3, 0));
	return finish();
}
