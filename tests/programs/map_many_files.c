/* More files mapped at once than a process may have open. */
#include "test.h"
#include <sys/mman.h>
#include <sys/resource.h>

enum { PAGE = 4096, FILES = 300 };

int main(void)
{
	static int *maps[FILES];
	struct rlimit limit;
	long sum = 0;
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 100;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int i = 0; i < FILES; i++) {
		int fd = open("data", O_RDWR | O_CREAT | O_EXCL, 0600);
		must(fd >= 0 && ftruncate(fd, PAGE) == 0);
		maps[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		must(maps[i] != MAP_FAILED && close(fd) == 0 && unlink("data") == 0);
		maps[i][0] = i;
	}
	for (int i = 0; i < FILES; i++)
		sum += maps[i][0];
	say("sum %ld\n", sum);
	return finish();
}
