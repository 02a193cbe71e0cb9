/* Threads that open, map, write and close files beside each other. */
#include "test.h"
#include <pthread.h>
#include <sys/mman.h>

enum { PAGE = 4096, THREADS = 4, ROUNDS = 20 };

static char *shared;

static void *work(void *argument)
{
	int which = *(int *)argument;
	char name[16];
	snprintf(name, sizeof(name), "file%d", which);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || ftruncate(fd, PAGE) < 0)
			return (void *)"open";
		unsigned char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			return (void *)"mmap";
		map[which] = (unsigned char)i;
		if (pwrite(fd, &map[which], 1, 100) != 1 || map[100] != i)
			return (void *)"pwrite";
		shared[which] = (char)(shared[which] + map[100]);
		if (close(fd) < 0 || munmap(map, PAGE) < 0)
			return (void *)"close";
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS], fd = open("shared", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, PAGE) == 0);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(shared != MAP_FAILED);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		must(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *failed;
		must(pthread_join(threads[i], &failed) == 0);
		say("thread %d: %s, %d\n", i, failed ? (char *)failed : "well", shared[i]);
	}
	say("descriptor %d\n", dup(fd) > fd);
	return finish();
}
