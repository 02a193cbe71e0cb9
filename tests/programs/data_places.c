/* With --layout=code, heap, mappings, stack and thread pointer lie alike: their addresses are written to where nobody sees them. */
#include "test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void show_place(const char *what, const volatile void *place)
{
	int fd = open("/dev/null", O_WRONLY);
	must(write(fd, &place, sizeof(place)) == sizeof(place));
	must(close(fd) == 0);
	say("%s\n", what);
}

static void show_places(void)
{
	char local = 0;
	char *chunks[100];

	show_place("stack", &local);
	show_place("thread pointer", __builtin_thread_pointer());
	show_place("program break", sbrk(0));
	for (int i = 0; i < 100; i++) {
		chunks[i] = malloc(10000);
		must(chunks[i]);
		memset(chunks[i], 'c', 10000);
	}
	show_place("small chunk", chunks[0]);
	show_place("last chunk", chunks[99]);
	show_place("grown break", sbrk(0));
	show_place("large chunk", malloc(1 << 20));
	char *map = mmap(NULL, 3 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(map != MAP_FAILED);
	show_place("mapping", map);
	must(munmap(map + (1 << 20), 1 << 20) == 0);
	show_place("mapping in the gap",
		   mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	for (int i = 0; i < 100; i++)
		free(chunks[i]);
	show_place("trimmed break", sbrk(0));
}

int main(int argc, char **argv)
{
	show_places();
	if (argc > 1)
		return 0;
	pid_t pid = fork();
	if (pid == 0) {
		show_places();
		execl(argv[0], argv[0], "again", (char *)NULL);
		_exit(1);
	}
	wait_and_say("child", pid);
	return finish();
}
