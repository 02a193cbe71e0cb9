/* Files opened and mapped by a process that changed its user or its root: a library, a private copy, a shared file. */
#include "test.h"
#include <sys/mman.h>
#include <sys/socket.h>

enum { PAGE = 4096 };

static char *map_fd(int fd, int protection, int kind)
{
	char *map = mmap(NULL, PAGE, protection, kind, fd, 0);
	must(map != MAP_FAILED);
	return map;
}

static void use_files(const char *where)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/read", where);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	say("%s: %s", where, map_fd(fd, PROT_READ, MAP_PRIVATE));
	show(fcntl(fd, F_GETFD));
	must(close(fd) == 0);
	snprintf(path, sizeof(path), "%s/both", where);
	fd = open(path, O_RDWR);
	must(fd >= 0);
	char *map = map_fd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	map[0]++;
	char *copy = map_fd(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	pid_t pid = fork();
	if (pid == 0) {
		map[1]++;
		_exit(0);
	}
	wait_and_say("child", pid);
	must(pwrite(fd, "z", 1, 2) == 1);
	say("%.4s %.4s\n", map, copy);
	must(munmap(map, PAGE) == 0 && munmap(copy, PAGE) == 0 && close(fd) == 0);
	int memory = memfd_create("memory", MFD_CLOEXEC);
	must(memory >= 0 && ftruncate(memory, PAGE) == 0);
	map = map_fd(memory, PROT_READ | PROT_WRITE, MAP_SHARED);
	strcpy(map, "in memory");
	char text[10] = "";
	must(pread(memory, text, 9, 0) == 9);
	say("%s, descriptor %d\n", text, memory);
	must(munmap(map, PAGE) == 0 && close(memory) == 0);
}

static void as_another(const char *what, int (*change)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		must(change() == 0);
		use_files(".");
		_exit(0);
	}
	wait_and_say(what, pid);
}

static int change_user(void)
{
	return getuid() ? 0 : setgid(65534) || setuid(65534);
}

static int change_root(void)
{
	return getuid() ? 0 : chroot(".") || chdir("/");
}

int main(void)
{
	int before = memfd_create("made before", MFD_CLOEXEC);
	for (int fd = 3; fd < 32; fd++)
		if (fd != before)
			close(fd);
	make_file("read", "a file\n");
	make_file("both", "abcdefgh");
	must(truncate("both", PAGE) == 0 && chmod(".", 0755) == 0 && chmod("both", 0666) == 0);
	must(ftruncate(before, PAGE) == 0);
	use_files(".");
	as_another("another user", change_user);
	as_another("another root", change_root);
	must(change_user() == 0);
	char *map = map_fd(before, PROT_READ | PROT_WRITE, MAP_SHARED);
	strcpy(map, "made before");
	say("%s\n", map);
	say_file("both");
	return finish();
}
