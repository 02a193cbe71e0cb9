/* Where data lie is alike modulo 16 GiB in all variants, also what moves, and in a process with threads. */
#include "test.h"
#include <pthread.h>
#include <sys/mman.h>

#define MODULO (UINT64_C(1) << 34)

/* Compared by the monitor, and seen by nobody. */
static void *show_place(const char *what, void *place)
{
	uint64_t low = (uintptr_t)place % MODULO;
	int fd = open("/dev/null", O_WRONLY);

	must(place != MAP_FAILED);
	must(write(fd, &low, sizeof(low)) == sizeof(low));
	must(close(fd) == 0);
	say("%s\n", what);
	return place;
}

static void *map(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void grow(size_t bytes)
{
	char *at = show_place("mapped", map(bytes));

	show_place("in its way", map(4096));
	for (int i = 0; i < 6; i++) {
		memset(at, i, bytes);
		at = show_place("grown", mremap(at, bytes, 2 * bytes, MREMAP_MAYMOVE));
		must(at[0] == i && at[bytes - 1] == i && at[bytes] == 0);
		bytes *= 2;
	}
	at = show_place("shrunk", mremap(at, bytes, bytes / 2, MREMAP_MAYMOVE));
	char *other = show_place("left behind", mremap(at, bytes / 2, bytes / 2,
						       MREMAP_MAYMOVE | MREMAP_DONTUNMAP));
	must(other[0] == 5 && at[0] == 0);
	must(munmap(at, bytes / 2) == 0 && munmap(other, bytes / 2) == 0);
	show_place("in the gap", map(bytes / 4));
}

static void *wait_for_end(void *gate)
{
	char c;

	must(read(*(int *)gate, &c, 1) == 0);
	return NULL;
}

static void *grow_in_thread(void *bytes)
{
	show_place("thread", (void *)pthread_self());
	grow((size_t)bytes);
	return NULL;
}

int main(void)
{
	pthread_t idle, busy;
	int gate[2];

	grow(1 << 20);
	grow(65536);
	must(pipe(gate) == 0 && pthread_create(&idle, NULL, wait_for_end, &gate[0]) == 0);
	show_place("beside a thread", map(65536));
	grow(1 << 20);
	must(pthread_create(&busy, NULL, grow_in_thread, (void *)65536) == 0);
	must(pthread_join(busy, NULL) == 0);
	must(close(gate[1]) == 0 && pthread_join(idle, NULL) == 0);
	return finish();
}
