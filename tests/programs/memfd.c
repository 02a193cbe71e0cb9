/* memfd_create: reads, writes, mappings shared with a child, seals, its path. */
#include "test.h"
#include <sys/mman.h>

int main(void)
{
	char text[16] = "", link[64] = "", path[64];
	int fd = memfd_create("a name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(fd >= 0);
	show(write(fd, "in memory", 9));
	show(pread(fd, text, 9, 0));
	say("%s\n", text);
	show(ftruncate(fd, 8192));
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	say("%s\n", map);
	map[0] = 'I';
	show(pread(fd, text, 2, 0));
	say("%s\n", text);
	show(pwrite(fd, "written", 7, 4096));
	say("%s\n", map + 4096);
	pid_t pid = fork();
	if (pid == 0) {
		strcpy(map + 100, "by the child");
		must(pwrite(fd, "too", 3, 200) == 3);
		_exit(0);
	}
	wait_and_say("child", pid);
	say("%s, %s\n", map + 100, map + 200);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(readlink(path, link, sizeof(link) - 1) > 0);
	say("%s\n", link);
	int again = open(path, O_RDONLY);
	show(pread(again, text, 9, 0));
	say("%s\n", text);
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	show(munmap(map, 8192));
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
	show(fcntl(fd, F_GET_SEALS));
	show(write(fd, "x", 1));
	int future = memfd_create("sealed", MFD_ALLOW_SEALING);
	must(ftruncate(future, 4096) == 0);
	show(fcntl(future, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, future, 0);
	must(map != MAP_FAILED);
	show(mprotect(map, 4096, PROT_READ | PROT_WRITE));
	show(close(future));
	show(ftruncate(fd, 1));
	show(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	const char *private = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	must(private != MAP_FAILED);
	say("%s\n", private);
	show(memfd_create("x", 0x8000));
	return finish();
}
