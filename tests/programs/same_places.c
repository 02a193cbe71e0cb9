/* With --layout=same everything lies at the same place in all variants: what is written would differ. */
#include "test.h"
#include <sys/mman.h>

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC),
	    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);

	(void)argv;
	must(null >= 0 && file >= 0 && shared != MAP_FAILED && mapped != MAP_FAILED);
	dprintf(null, "%p %p %p %p %p %p", (void *)main, (void *)printf, (void *)&argc, sbrk(0),
		shared, mapped);
	say("written\n");
	return finish();
}
