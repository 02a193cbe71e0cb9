/* Recursion that grows the stack page by page, with system calls on the way; then its end. */
#include "test.h"
#include <sys/resource.h>

static int descend(int depth)
{
	volatile unsigned char page[3000];
	page[0] = (unsigned char)depth;
	page[2999] = (unsigned char)(depth + 1);
	if (depth % 100 == 0)
		must(getppid() > 0);
	int below = depth == 0 ? 0 : descend(depth - 1);
	return below + (page[2999] - page[0] == 1 || page[0] == 255);
}

static int endless(int depth)
{
	volatile unsigned char page[4096];
	page[depth % 4096] = 1;
	if (depth < 0)
		return 0;
	return endless(depth + 1) + page[depth % 4096];
}

int main(void)
{
	say("frames %d\n", descend(2000));
	pid_t pid = fork();
	if (pid == 0) {
		must(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
		_exit(endless(0));
	}
	wait_and_say("too deep", pid);
	return finish();
}
