/* Processes that meet in a mapped file: by fork, by name, through other descriptors. */
#include "test.h"
#include <sys/mman.h>

enum { PAGE = 4096, ROUNDS = 20 };

static int to_child[2], to_parent[2];

static void wake(const int ends[2])
{
	must(write(ends[1], "w", 1) == 1);
}

static void await(const int ends[2])
{
	char byte;
	must(read(ends[0], &byte, 1) == 1);
}

static int *map_file(const char *path, int flags, int protection, int kind)
{
	int fd = open(path, flags);
	must(fd >= 0);
	int *map = mmap(NULL, PAGE, protection, kind, fd, 0);
	must(map != MAP_FAILED && close(fd) == 0);
	return map;
}

/* Each in turn adds to what the other has stored. */
static void ping_pong(int *own, const int ends_in[2], const int ends_out[2])
{
	for (int i = 0; i < ROUNDS; i++) {
		await(ends_in);
		own[0] = (own[0] * 3 + 1) % 10007;
		own[1 + i % 8] += own[0];
		wake(ends_out);
	}
}

static void child(void)
{
	/* Mapped anew, by its name. */
	int *map = map_file("data", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	ping_pong(map, to_child, to_parent);
	_exit(0);
}

int main(void)
{
	make_file("data", "");
	must(truncate("data", PAGE) == 0 && pipe(to_child) == 0 && pipe(to_parent) == 0);
	int *map = map_file("data", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	map[100] = 7;
	pid_t pid = fork();
	if (pid == 0)
		child();
	wake(to_child);
	ping_pong(map, to_parent, to_child);
	wait_and_say("child", pid);
	say("%d %d %d\n", map[0], map[1], map[8]);

	/* Other ways to look at it, in the same process and in another. */
	const int *reading = map_file("data", O_RDONLY, PROT_READ, MAP_SHARED);
	const int *copy = map_file("data", O_RDONLY, PROT_READ, MAP_PRIVATE);
	map[200] = 12345;
	say("%d %d %d\n", reading[200], copy[200], reading[0] == map[0]);
	pid = fork();
	if (pid == 0) {
		const int *own = map_file("data", O_RDONLY, PROT_READ, MAP_SHARED);
		map[201] = own[200] + 1;
		_exit(own[100]);
	}
	wait_and_say("child", pid);
	say("%d %d\n", reading[201], map[201]);

	/* The file is what everybody stored. */
	int fd = open("data", O_RDONLY), value;
	must(pread(fd, &value, sizeof(value), 201 * sizeof(int)) == sizeof(value));
	say("read %d\n", value);

	/* All unmapped, and mapped again. */
	must(munmap(map, PAGE) == 0 && munmap((void *)reading, PAGE) == 0);
	for (int i = 0; i < 3; i++) {
		make_file("other", "");
		must(truncate("other", PAGE) == 0);
		int *other = map_file("other", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
		must(other[0] == 0);
		other[0] = i;
		must(munmap(other, PAGE) == 0 && unlink("other") == 0);
	}
	map = map_file("data", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	say("%d %d %d\n", map[0], map[200], map[201]);

	/* An exec does not keep it; the file does. */
	map[300] = 99;
	pid = fork();
	if (pid == 0) {
		execl("/usr/bin/od", "od", "-An", "-tu4", "-j1200", "-N4", "data", (char *)NULL);
		_exit(127);
	}
	wait_and_say("od", pid);
	return finish();
}
