/* A statically linked program: files, memory, a child, and exec of itself. */
#include "test.h"
#include <sys/auxv.h>
#include <time.h>

int main(int argc, char **argv)
{
	if (argc > 1) {
		say("executed: %s\n", argv[1]);
		return 5;
	}
	struct timespec one, two;
	make_file("data", "static\n");
	say_file("data");
	char *block = malloc(1 << 20);
	must(block);
	memset(block, 'm', 1 << 20);
	pid_t pid = fork();
	if (pid == 0) {
		execl(argv[0], "again", "argument", (char *)NULL);
		_exit(1);
	}
	wait_and_say("child", pid);
	must(clock_gettime(CLOCK_MONOTONIC, &one) == 0 &&
	     clock_gettime(CLOCK_MONOTONIC, &two) == 0);
	say("monotone %d\n",
	    two.tv_sec > one.tv_sec || (two.tv_sec == one.tv_sec && two.tv_nsec >= one.tv_nsec));
	say("page %lu\n", getauxval(AT_PAGESZ));
	return finish();
}
