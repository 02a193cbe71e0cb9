/* /dev/null, /dev/zero, /dev/full: reads, writes, and what can be mapped. */
#include "test.h"
#include <sys/mman.h>

int main(void)
{
	unsigned char bytes[100];
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);
	must(null >= 0 && zero >= 0 && full >= 0);
	memset(bytes, 1, sizeof(bytes));
	show(read(null, bytes, sizeof(bytes)));
	show(write(null, bytes, sizeof(bytes)));
	show(read(zero, bytes, sizeof(bytes)));
	say("zero %d\n", bytes[0] == 0 && bytes[99] == 0);
	show(write(zero, bytes, sizeof(bytes)));
	show(write(full, bytes, sizeof(bytes)));
	show(lseek(null, 100, SEEK_SET));
	show(lseek(zero, 0, SEEK_CUR));
	unsigned char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	must(map != MAP_FAILED);
	say("mapped zero %d\n", map[5000] == 0);
	map[5000] = 7;
	unsigned char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
	must(shared != MAP_FAILED);
	shared[1] = 3;
	pid_t pid = fork();
	if (pid == 0) {
		shared[2] = (unsigned char)(shared[1] + 1);
		map[5000] = 9;
		_exit(0);
	}
	wait_and_say("child", pid);
	say("shared %d, private %d\n", shared[2], map[5000]);
	say("null %d\n", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0) == MAP_FAILED);
	say("%s\n", strerrorname_np(errno));
	struct stat status;
	must(fstat(null, &status) == 0);
	say("character device %d\n", S_ISCHR(status.st_mode));
	return finish();
}
