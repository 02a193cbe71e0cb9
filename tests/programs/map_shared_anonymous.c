/* Anonymous shared memory between a parent and its children, in turn by pipes. */
#include "test.h"
#include <sys/mman.h>

int main(void)
{
	int to_child[2], to_parent[2];
	char byte = 'b';
	int *shared = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED && pipe(to_child) == 0 && pipe(to_parent) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 10; i++) {
			must(read(to_child[0], &byte, 1) == 1);
			shared[i + 1] = shared[i] * 2 + 1;
			must(write(to_parent[1], &byte, 1) == 1);
		}
		_exit(0);
	}
	shared[0] = 1;
	for (int i = 0; i < 10; i++) {
		must(write(to_child[1], &byte, 1) == 1);
		must(read(to_parent[0], &byte, 1) == 1);
		shared[i + 1]++;
		say("%d ", shared[i + 1]);
	}
	say("\n");
	wait_and_say("child", pid);
	show(mprotect(shared, 4096, PROT_READ));
	show(munmap(shared, 65536));
	return finish();
}
