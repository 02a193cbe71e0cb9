/* A file mapped shared and writable: stores, writes and size changes meet; written once. */
#include "test.h"
#include <sys/mman.h>

enum { PAGE = 4096 };

int main(void)
{
	char text[32] = "";
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	char *map = mmap(NULL, 4 * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	strcpy(map, "stored");
	show(pread(fd, text, 6, 0));
	say("%s\n", text);
	show(pwrite(fd, "written", 7, 100));
	say("%s\n", map + 100);
	pid_t pid = fork();
	if (pid == 0) {
		strcpy(map + 200, "by the child");
		must(pwrite(fd, "child wrote", 11, 300) == 11);
		_exit(map[0] == 's' ? 0 : 1);
	}
	wait_and_say("child", pid);
	say("%s, %s\n", map + 200, map + 300);
	show(ftruncate(fd, 3 * PAGE));
	map[2 * PAGE + 5] = 'g';
	show(pread(fd, text, 1, 2 * PAGE + 5));
	say("%c\n", text[0]);
	char *second = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(second != MAP_FAILED);
	second[0] = 'S';
	say("%s\n", map);
	show(msync(map, PAGE, MS_SYNC));
	show(close(fd));
	strcpy(map + 400, "after close");
	fd = open("data", O_RDONLY);
	show(pread(fd, text, 11, 400));
	say("%s\n", text);
	show(munmap(map, 4 * (size_t)PAGE));
	strcpy(second + 500, "still mapped");
	show(pread(fd, text, 12, 500));
	say("%s\n", text);
	int shm = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	must(shm >= 0 && ftruncate(shm, PAGE) == 0);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	must(map != MAP_FAILED);
	strcpy(map, "shm");
	show(pread(shm, text, 4, 0));
	say("%s\n", text);
	return finish();
}
