/* close_range closes, or marks, exactly the descriptors it names. */
#include "test.h"
#include <linux/close_range.h>

static void show_open(const char *when)
{
	say("%s:", when);
	for (int fd = 0; fd < 20; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (flags >= 0)
			say(" %d%s", fd, flags & FD_CLOEXEC ? "c" : "");
	}
	say("\n");
}

int main(void)
{
	show(close_range(3, ~0U, 0));
	for (int i = 0; i < 10; i++)
		must(open("/dev/null", O_RDONLY) >= 0);
	show_open("ten more");
	show(close_range(5, 7, 0));
	show_open("without 5 to 7");
	show(close_range(9, ~0U, CLOSE_RANGE_CLOEXEC));
	show_open("marked");
	show(close_range(10, 5, 0));
	show(close_range(3, 4, 0x100));
	show(open("made", O_WRONLY | O_CREAT, 0600));
	show(close_range(3, 3, CLOSE_RANGE_UNSHARE));
	show_open("without 3");
	show(close_range(3, ~0U, 0));
	show_open("end");
	return finish();
}
