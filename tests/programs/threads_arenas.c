/*
 * Threads that reserve memory as malloc does for its arenas: twice as much as
 * they want, of which they give back what is not aligned. How much that is
 * depends on where the kernel put it, and so on what the others have given
 * back before.
 */
#include "test.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

enum { THREADS = 4, ROUNDS = 60 };
#define WANTED (UINT64_C(64) << 20)

static void *reserve(void *unused)
{
	for (int round = 0; round < ROUNDS; round++) {
		char *all = mmap(NULL, 2 * WANTED, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		must(all != MAP_FAILED);
		uint64_t before = -(uint64_t)(uintptr_t)all & (WANTED - 1);
		if (before)
			must(munmap(all, before) == 0);
		must(munmap(all + before + WANTED, WANTED - before) == 0);
		must(munmap(all + before, WANTED) == 0);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, reserve, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(threads[i], NULL) == 0);
	return finish();
}
